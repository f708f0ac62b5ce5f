//! Runners at work on the memory store: on a paused clock where time matters, on real threads where threads do.

#![expect(clippy::unwrap_used, reason = "in a test a failed unwrap is a failed test, also in its helpers")]

mod heartbeat;
mod holding;
mod liveness;
mod loops;
mod outages;
mod rough;
mod running;
mod shared;
mod stopping;
