//! The sweep: orders whose deadline has come. The orders themselves are the timers, so there is nothing else to keep.

use std::time::Duration;

use super::Turn;
use crate::id::OrderId;
use crate::ports::Claim;
use crate::service::{Engine, Error};

/// How long a node may take for a batch before another may take it over.
const LEASE: Duration = Duration::from_secs(30);

/// What became of one order that was due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swept {
    /// Which order.
    pub order: OrderId,
    /// Whether this turn changed it; somebody else may have been faster.
    pub changed: bool,
}

impl Engine {
    /// One turn of the sweep: lets up to `limit` orders do what is due: remind, expire, ask, retry.
    ///
    /// # Errors
    /// A store error of the claim; try again. An order that can't be changed now is due again when the claim runs out.
    pub async fn sweep_turn(&self, limit: u32) -> Result<Turn<Swept>, Error> {
        let now = self.ports().clock.now();
        let due = self.ports().orders.claim_due(Claim { now, until: now + LEASE, limit }).await?;
        let mut done = Vec::with_capacity(due.len());
        for order in due {
            let changed = match self.tick_order(&order, now).await {
                Ok(changed) => changed,
                Err(error) => {
                    tracing::warn!(order = %order.id(), %error, "an order that is due could not be changed now");
                    false
                }
            };
            done.push(Swept { order: order.id(), changed });
        }
        Ok(Turn::of(done, limit))
    }
}
