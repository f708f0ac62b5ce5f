//! The sweep: orders whose deadline has come. The orders themselves are the timers, so there is nothing else to keep.

use std::time::Duration;

use super::Turn;
use crate::id::OrderId;
use crate::order::{Cause, Command};
use crate::ports::{Claim, Commit, CommitError};
use crate::service::{Engine, Error};

/// When an order that could not be changed comes up again.
const LATER: Duration = Duration::from_secs(30);

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
    /// A store error of the whole turn; try again. An order that can't be changed now comes up again later by itself.
    pub async fn sweep_turn(&self, limit: u32) -> Result<Turn<Swept>, Error> {
        let now = self.ports().clock.now();
        let tick = |order: &crate::order::Order| match order.decide(&Command::Tick, now) {
            Ok(decision) if decision.events.is_empty() => None,
            Ok(decision) => Some(Commit::of(decision, &Cause::Timer)),
            Err(refusal) => {
                tracing::error!(order = %order.id(), %refusal, "an order refused the time of day");
                None
            }
        };
        let due = self.ports().orders.change_due(Claim { now, until: now + LATER, limit }, &tick).await?;
        let swept = due.into_iter().map(|it| {
            let changed = match it.outcome {
                Ok(changed) => changed,
                // Whoever was faster has left the order with its own next tick.
                Err(CommitError::Conflict) => false,
                Err(error) => {
                    tracing::warn!(order = %it.order, %error, "an order that is due could not be changed now");
                    false
                }
            };
            Swept { order: it.order, changed }
        });
        Ok(Turn::of(swept.collect(), limit))
    }
}
