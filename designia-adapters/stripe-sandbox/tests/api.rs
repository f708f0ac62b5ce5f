//! The sandbox over HTTP, as a client sees it.
#![expect(clippy::unwrap_used, reason = "clippy's own allowance for tests does not reach their helpers")]

#[path = "api/clock.rs"]
mod clock;
#[path = "api/control.rs"]
mod control;
#[path = "api/faults.rs"]
mod faults;
#[path = "api/idempotency.rs"]
mod idempotency;
#[path = "api/intents.rs"]
mod intents;
#[path = "api/lists.rs"]
mod lists;
#[path = "api/page.rs"]
mod page;
#[path = "api/refunds.rs"]
mod refunds;
#[path = "api/requests.rs"]
mod requests;
#[path = "api/sessions.rs"]
mod sessions;
#[path = "api/state.rs"]
mod state;
#[path = "api/support.rs"]
mod support;
#[path = "api/webhooks.rs"]
mod webhooks;
