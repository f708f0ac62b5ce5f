#![doc = include_str!("../README.md")]
//!
//! # Inside
//!
//! - `world`: everything the pretended Stripe knows; synchronous, told the time by its callers.
//! - `resource`: one file per resource of the API; `payment`: how money moves between them.
//! - `api`: from an HTTP request to an answer; idempotency, pagination, expansion.
//! - `webhook`: what is owed to whom, signed and sent.
//! - `fault`, `clock`, `seed`: bad luck, time and dice, all of them told and none of them ambient.

// A Checkout Session has seventy fields, and `json!` recurses once for each.
#![recursion_limit = "256"]

mod api;
mod builder;
mod buyer;
mod clock;
mod control;
mod currency;
mod error;
mod fault;
mod form;
mod instrument;
mod page;
mod params;
mod payment;
mod resource;
mod sandbox;
mod save;
mod seed;
mod server;
mod shared;
mod webhook;
mod world;

pub use builder::{Builder, StartError};
pub use buyer::{Card, Delayed, Refused};
pub use clock::SandboxClock;
pub use fault::{Fault, FaultKind, Faults, LONGEST_DELAY};
pub use sandbox::{Objects, Sandbox, Webhooks};
pub use shared::RequestRecord;

/// The version of Stripe's API that the sandbox speaks.
pub const API_VERSION: &str = "2026-10-28.endive";
