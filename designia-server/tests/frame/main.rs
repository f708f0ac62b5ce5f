//! The frame over real sockets: who is counted as whom, what is answered twice, who is too slow, and what the document says.

#![expect(clippy::unwrap_used, reason = "test helpers stand outside of #[test] functions")]

mod document;
mod fuzz;
mod limits;
mod repeats;
mod slow;
mod support;
