//! Tickets: a token in an address ends up in histories and logs of others, so a browser may fetch a ticket for it first, which
//! opens one socket, once, within half a minute.

use std::time::Duration;

use designia_core::account::Role;
use designia_core::ports::Quota;
use ring::digest;
use serde::{Deserialize, Serialize};

use super::ChatHub;
use crate::edge;
use crate::http::auth::Caller;
use crate::problem::Problem;

/// How long a ticket is good.
pub(crate) const LIFETIME: Duration = Duration::from_secs(30);

/// A ticket, as it is given out.
pub(crate) struct Ticket(pub(crate) String);

/// The caller whom a ticket lets in, as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    account: designia_core::id::AccountId,
    role: Role,
    staff: bool,
    name: String,
    session: Option<designia_core::id::SessionId>,
}

impl ChatHub {
    /// A ticket for this caller.
    ///
    /// # Errors
    ///
    /// When it can't be made or kept now.
    pub(crate) async fn ticket(&self, caller: &Caller) -> Result<Ticket, Problem> {
        let ports = &self.0.ports;
        let text = hex::encode(edge::random_bytes::<24>().map_err(Problem::internal)?);
        let Caller { account, role, staff, name, session } = caller.clone();
        let kept = serde_json::to_vec(&Kept { account, role, staff, name, session }).map_err(Problem::internal)?;
        let put = ports.cache.put(&key(&text), &kept, LIFETIME, ports.clock.now()).await;
        put.map_err(Problem::unavailable)?;
        Ok(Ticket(text))
    }

    /// The caller whom a ticket lets in; `None` if it lets in nobody, or has let in somebody before.
    pub(super) async fn redeem(&self, ticket: &str) -> Option<Caller> {
        let ports = &self.0.ports;
        let (key, now) = (key(ticket), ports.clock.now());
        let kept = ports.cache.get(&key, now).await.ok()??;
        // A cache can't take and tell at once; a limiter can. Of those who come at the same time one is let in.
        let once = Quota { burst: 1, per: 2 * LIFETIME };
        if !ports.limiter.take(&key, once, now).await.ok()?.allowed {
            return None;
        }
        if let Err(error) = ports.cache.remove(&key).await {
            tracing::debug!(%error, "a ticket that was used is kept until its time is over");
        }
        let Kept { account, role, staff, name, session } = serde_json::from_slice(&kept).ok()?;
        Some(Caller { account, role, staff, name, session })
    }
}

/// What a ticket is kept under: whoever reads the cache can't use it.
fn key(ticket: &str) -> String {
    format!("ws-ticket:{}", hex::encode(digest::digest(&digest::SHA256, ticket.as_bytes())))
}
