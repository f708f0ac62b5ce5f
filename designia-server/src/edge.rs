//! The edge: the only file of the server that reads a clock, draws randomness or makes ids out of nothing.
//!
//! Everything else takes time and ids as arguments, which is what lets the demo run on a virtual clock and a test replay
//! a month in a millisecond.

#![expect(clippy::disallowed_methods, reason = "this is the edge: ambient time and ids enter here and nowhere else")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use designia_core::ports::{Clock, IdGenerator};
use designia_core::time::Timestamp;
use designia_stripe_sandbox::SandboxClock;
use ring::rand::{SecureRandom, SystemRandom};
use uuid::Uuid;

/// Measures how long something took, for metrics and logs; never for a decision about an order.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts measuring.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // A clock before 1970 is broken, and the epoch as good as any other wrong time.
        Timestamp::EPOCH + SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}

/// The sandbox's time: the machine's, as far ahead as somebody has pushed it.
///
/// Engine and sandbox must agree on the time, or the one would refuse the other's signatures.
#[derive(Clone, Debug)]
pub struct SandboxTime(pub SandboxClock);

impl Clock for SandboxTime {
    fn now(&self) -> Timestamp {
        loop {
            let before = SystemClock.now();
            let seconds = self.0.now();
            if self.0.is_virtual() {
                return Timestamp::from_secs(seconds);
            }
            // The sandbox counts whole seconds; the fraction is the machine's, unless a second ended between the two.
            if SystemClock.now().as_secs() == before.as_secs() {
                let ahead = seconds.saturating_sub(before.as_secs());
                return Timestamp::from_micros(before.as_micros().saturating_add(ahead.saturating_mul(1_000_000)));
            }
        }
    }
}

/// Ids that rise with the machine's time.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

impl IdGenerator for SystemIds {
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// A fresh id for one request: ordered by time, so that logs sort by it.
#[must_use]
pub fn request_id() -> Uuid {
    Uuid::now_v7()
}

/// A pause a little shorter than this one, by chance: so that nodes which were started together don't ask the database in
/// step for ever.
#[must_use]
pub fn jittered(pause: Duration) -> Duration {
    // Without randomness the nodes keep step, which is slower and not wrong.
    let chance = random_bytes::<1>().map_or(0, |[byte]| u32::from(byte));
    pause - pause / 5 * chance / u32::from(u8::MAX)
}

/// What this machine calls itself; empty where that can't be told.
#[must_use]
pub fn host_name() -> String {
    #[cfg(unix)]
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    #[cfg(not(unix))]
    let name = std::env::var("COMPUTERNAME").unwrap_or_default();
    name
}

/// The operating system could not give random bytes.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct NoRandomness;

/// Bytes from the operating system's random source, for secrets.
///
/// # Errors
///
/// When the source is unavailable; there is no fallback, because a guessable secret is worse than none.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jittered_pause_is_never_longer_and_at_most_a_fifth_shorter() {
        let pause = Duration::from_secs(5);
        let pauses: Vec<Duration> = (0..200).map(|_| jittered(pause)).collect();
        assert!(pauses.iter().all(|it| (Duration::from_secs(4)..=pause).contains(it)), "{pauses:?}");
        assert!(pauses.iter().any(|it| *it != pauses[0]), "by chance");
    }
}
