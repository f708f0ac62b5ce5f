//! The server from outside: over HTTP, with sandbox, webhooks, loops and a clock that the tests push.

#![expect(
    clippy::unwrap_used,
    reason = "the tests are functions of the place they run in, which #[test] functions call"
)]

mod api;
mod bad_days;
mod journeys;
mod nodes;
mod outages;
mod roles;
mod support;
mod task_nodes;
mod tasks;
mod webhooks;
