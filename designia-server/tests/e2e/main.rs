//! The server from outside: over HTTP, with sandbox, webhooks, loops and a clock that the tests push.

mod api;
mod journeys;
mod outages;
mod roles;
mod support;
mod webhooks;
