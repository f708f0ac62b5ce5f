//! The server from outside: over HTTP, with sandbox, webhooks, loops and a clock that the tests push.

#![expect(
    clippy::unwrap_used,
    reason = "the tests are functions of the place they run in, which #[test] functions call"
)]

mod accounts;
mod api;
mod attacks;
mod bad_days;
mod carts;
mod catalog;
mod chats;
mod client_journey;
mod console;
mod contrib;
mod imports;
mod journeys;
mod mails;
mod matrix;
mod media;
mod nodes;
mod outages;
mod reviews;
mod roles;
mod samples;
mod scales;
mod support;
mod task_nodes;
mod task_relay;
mod tasks;
mod visitor;
mod webhooks;
