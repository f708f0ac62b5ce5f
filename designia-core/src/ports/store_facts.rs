//! What a store says of itself.

use std::fmt;

use async_trait::async_trait;
use serde::Serialize;

use super::StoreError;
use crate::time::Timestamp;

/// Says how large a store is, and of what it consists.
///
/// # Contract
/// - Whatever is told is read from the store's own books: nothing is counted, and the cost doesn't grow with what is stored.
/// - What the store doesn't know, or could tell only by walking through what it stores, is absent; a note says so.
/// - Tables, indexes and migrations are told in the order of their names and numbers.
#[async_trait]
pub trait StoreFacts: fmt::Debug + Send + Sync + 'static {
    /// What there is to tell now.
    async fn facts(&self) -> Result<Facts, StoreError>;
}

/// What a store says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Facts {
    /// The technology, in one word: `postgresql`, `sqlite` or `memory`, or that of a host's own store.
    pub engine: String,
    /// Its version.
    pub version: String,
    /// How much the whole takes, indexes and all.
    pub size_bytes: Option<u64>,
    /// Its tables.
    pub tables: Vec<TableFacts>,
    /// Its indexes.
    pub indexes: Vec<IndexFacts>,
    /// The steps by which its schema came about.
    pub migrations: Vec<MigrationFacts>,
    /// How many are connected, if it is a server.
    pub connections: Option<ConnectionFacts>,
    /// What a reader should know about these figures, a sentence each.
    pub notes: Vec<String>,
}

/// A table, with all its parts if it is divided.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct TableFacts {
    /// Its name.
    pub name: String,
    /// About how many rows it has.
    pub rows_estimated: Option<u64>,
    /// How much it takes without its indexes.
    pub bytes: Option<u64>,
    /// About how many rows are dead: changed or removed, but still taking room. Measured against the living ones this is the bloat
    /// that can be told without reading the table. Room that a vacuum has already freed inside the table is not in it.
    pub dead_rows_estimated: Option<u64>,
    /// When dead rows were last cleared away.
    pub last_vacuum: Option<Timestamp>,
}

/// An index, with all its parts if its table is divided.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct IndexFacts {
    /// Its name.
    pub name: String,
    /// Its table.
    pub table: String,
    /// How much it takes.
    pub bytes: Option<u64>,
    /// How often it was read since the store's figures were last reset.
    pub scans: Option<u64>,
}

/// One step of the schema that the store has taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MigrationFacts {
    /// Its number.
    pub number: u32,
    /// What it brought.
    pub name: String,
    /// When it was taken.
    pub applied_at: Option<Timestamp>,
}

/// How many are connected to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ConnectionFacts {
    /// How many there are, of all programs.
    pub in_use: u64,
    /// How many there may be.
    pub limit: u64,
}
