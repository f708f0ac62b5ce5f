//! Wrappers of ports: adapters that stand in front of others and keep their contracts.
//!
//! | wrapper | what it adds |
//! |---|---|
//! | [`Traced`] | a span per call, with what was called and how it ended, and without what was said |
//! | [`Retrying`] | a second try of reads that found the store unavailable |
//! | [`Reacting`] | tasks of the host's own in the commits that they follow from |
//!
//! Wrappers can be stacked, and run the conformance suites of what they wrap.

mod reacting;
mod retrying;
mod traced;

pub use reacting::Reacting;
pub use retrying::Retrying;
pub use traced::Traced;
