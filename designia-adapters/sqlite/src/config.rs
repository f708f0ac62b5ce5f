//! Where the database is, and how it trades speed for safety.

use std::path::PathBuf;
use std::time::Duration;

/// How to open a [`SqliteStore`](crate::SqliteStore).
///
/// Made by [`Config::file`] or [`Config::memory`]; the fields may be changed after that.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Where the data is.
    pub place: Place,
    /// What an answered commit survives.
    pub durability: Durability,
    /// How many connections read at the same time; at least one. Writing is always one at a time.
    pub readers: u32,
    /// How long a call waits for its turn, or for another process that holds the file, before it fails as unavailable.
    pub patience: Duration,
}

/// Where the data is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In this file, with `-wal` and `-shm` beside it. The file and its folder are made if they are missing.
    File(PathBuf),
    /// In memory, until the store is dropped. All calls share one connection.
    Memory,
}

/// What an answered commit survives. Whatever is chosen, the death of the process loses nothing that was answered, and a
/// power failure never damages the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Durability {
    /// A power failure, too: each commit waits until the disk has it. The default, because an order that a power failure
    /// takes back may have been charged by then.
    #[default]
    PowerFailure,
    /// The death of the process only: a power failure or a crash of the operating system may take back the latest commits.
    /// Faster where the disk is slow; for demos and tests.
    ProcessDeath,
}

impl Config {
    /// A database in a file.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::at(Place::File(path.into()))
    }

    /// A database that ends with the store.
    #[must_use]
    pub const fn memory() -> Self {
        Self::at(Place::Memory)
    }

    const fn at(place: Place) -> Self {
        Self { place, durability: Durability::PowerFailure, readers: 4, patience: Duration::from_secs(10) }
    }
}
