//! An `Arc` of an adapter is the adapter, so that wrappers and hosts can share one.

mod accounts;
mod archive;
mod between_nodes;
mod chat;
mod console;
mod mails;
mod shop;
mod stores;
mod tasks;
