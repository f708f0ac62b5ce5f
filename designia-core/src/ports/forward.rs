//! An `Arc` of an adapter is the adapter, so that wrappers and hosts can share one.

mod archive;
mod between_nodes;
mod stores;
mod tasks;
