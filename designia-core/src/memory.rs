//! The reference adapters: everything in one process's memory, with the real semantics of every contract.
//!
//! [`MemoryStore`] keeps orders, products, webhook events, rates and tasks behind one lock, so a commit is all or nothing. It is
//! what tests and the simulation run on, and what other adapters are compared with; nothing in it survives the process.
//! [`MemoryNotifier`] keeps the messages that people would have been sent. [`MemoryCache`], [`MemoryRateLimiter`],
//! [`MemoryBroadcast`] and [`MemoryLease`] are what nodes would share, where there is one of them; [`MemoryObjects`] keeps files.

mod account_store;
mod accounts;
mod archive;
mod audit;
mod broadcast;
mod cache;
mod catalog;
mod catalog_search;
mod chat;
mod commit;
mod effects;
mod events;
mod facts;
mod lease;
mod mails;
mod names;
mod notifications;
mod notifier;
mod object_storage;
mod orders;
mod page;
mod queue;
mod rate_limiter;
mod rates;
mod records;
mod request_log;
mod reviews;
mod schedules;
mod shop;
mod stock;
mod store;
mod tasks;

pub use broadcast::MemoryBroadcast;
pub use cache::MemoryCache;
pub use lease::MemoryLease;
pub use mails::MemoryMailer;
pub use notifier::{MemoryNotifier, SentMessage};
pub use object_storage::MemoryObjects;
pub use rate_limiter::MemoryRateLimiter;
pub use store::MemoryStore;
