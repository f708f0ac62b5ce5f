//! The adapter against its peers: scripted ones for what goes wrong, the sandbox for whole lives, the official SDKs for a
//! second opinion.

#![expect(clippy::unwrap_used, reason = "in a test a failed unwrap is a failed test, also in its helpers")]

mod bench;
mod change;
mod client;
mod conformance;
mod events;
mod find;
mod matrix;
mod objects;
mod peer;
mod record;
mod refunds;
mod requests;
mod sandbox;
mod signature;
mod strangers;
mod subject;
