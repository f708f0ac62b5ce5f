#![doc = include_str!("../README.md")]

mod accounts;
mod archive;
mod audit;
mod catalog;
mod catalog_search;
mod change;
mod chat;
mod commit;
mod config;
mod effects;
mod error;
mod facts;
mod health;
mod inbox;
mod instant;
mod integrity;
mod listen;
mod mails;
mod migrate;
mod notifications;
mod open;
mod order_queries;
mod order_store;
mod rates;
mod refusal;
mod requests;
mod restate;
mod reviews;
mod row;
mod rows;
mod schedules;
mod search_vector;
mod session;
mod shop;
mod shop_figures;
mod sql;
mod statement;
mod store;
mod tasks;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod upkeep;

pub use commit::commit_in;
pub use config::{Config, ConfigError};
pub use error::OpenError;
pub use health::{HealthFinding, HealthLevel};
pub use listen::{Listener, Topic};
pub use migrate::{Migration, SCHEMA_VERSION, migrations};
pub use store::PostgresStore;
