//! Free ports, outside the range that the operating system hands out.
//!
//! A port of that range can be taken by any outgoing connection while a server is down, and a client that keeps dialling such
//! a port can even be connected with itself.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::Error;

const FIRST: u32 = 20_000;
const COUNT: u32 = 12_000;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A port of 127.0.0.1 that nobody listened on a moment ago, a different one on each call.
pub(crate) fn free() -> Result<u16, Error> {
    // Processes that run at the same time begin far apart.
    let begin = std::process::id().wrapping_mul(97);
    (0..COUNT)
        .find_map(|_| {
            let step = NEXT.fetch_add(1, Ordering::Relaxed);
            let port = u16::try_from(FIRST + begin.wrapping_add(step) % COUNT).ok()?;
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok().map(|_| port)
        })
        .ok_or_else(|| Error::Refused { reason: format!("no free port from {FIRST} to {}", FIRST + COUNT - 1) })
}
