//! The promises, end to end: a whole server with its workers, the sandbox as Stripe over real HTTP, signed webhooks, and a
//! clock that the tests push.
//!
//! Each test ends by comparing what the provider holds with what the orders say.

#![expect(clippy::unwrap_used, reason = "test helpers stand outside of #[test] functions")]

#[path = "promises/late_money.rs"]
mod late_money;
#[path = "promises/lost_replies.rs"]
mod lost_replies;
#[path = "promises/paying.rs"]
mod paying;
#[path = "promises/reconciling.rs"]
mod reconciling;
#[path = "promises/shop.rs"]
mod shop;
