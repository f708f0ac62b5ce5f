//! Every statement, as a constant: one place to read what reaches the database, and a test that each prepares against the
//! migrated schema (`tests.rs`).
//!
//! Every name is qualified with the schema, so that nothing depends on a connection's `search_path`: hosts commit on
//! connections of their own. Rows that come in numbers travel as parallel arrays and are unfolded at the server, so a commit
//! is the same few statements however large the order is.

pub(crate) mod accounts;
pub(crate) mod archive;
pub(crate) mod audit;
pub(crate) mod catalog;
pub(crate) mod catalog_search;
pub(crate) mod chat;
pub(crate) mod effects;
pub(crate) mod facts;
pub(crate) mod health;
pub(crate) mod inbox;
pub(crate) mod integrity;
pub(crate) mod mails;
pub(crate) mod notifications;
pub(crate) mod orders;
pub(crate) mod queries;
pub(crate) mod rates;
pub(crate) mod records;
pub(crate) mod requests;
pub(crate) mod schedules;
pub(crate) mod shop;
pub(crate) mod tasks;
pub(crate) mod upkeep;

/// Constants, and a list of all of them for the tests.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)+) => {
        $($(#[$doc])* pub(crate) const $name: &str = $text;)+

        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &str)] = &[$((stringify!($name), $text),)+];
    };
}
use statements;
