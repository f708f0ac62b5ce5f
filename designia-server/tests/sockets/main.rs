//! Real sockets on real servers: on every database, and between nodes over a real Redis.
#![expect(clippy::unwrap_used, reason = "test helpers stand outside of #[test] functions")]

mod closed;
mod figures;
mod hostile;
mod nodes;
mod stores;
mod support;
mod talking;
