//! The reference adapters: everything in one process's memory, with the real semantics of every contract.
//!
//! [`MemoryStore`] keeps orders, products, webhook events and rates behind one lock, so a commit is all or nothing. It is
//! what tests and the simulation run on, and what other adapters are compared with; nothing in it survives the process.
//! [`MemoryNotifier`] keeps the messages that people would have been sent.

mod archive;
mod commit;
mod effects;
mod events;
mod names;
mod notifier;
mod orders;
mod page;
mod rates;
mod stock;
mod store;

pub use notifier::{MemoryNotifier, SentMessage};
pub use store::MemoryStore;
