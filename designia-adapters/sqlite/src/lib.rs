#![doc = include_str!("../README.md")]

mod accounts;
mod archive;
mod audit;
mod catalog;
mod catalog_search;
mod chat;
mod commit;
mod config;
mod effects;
mod error;
mod facts;
mod inbox;
mod integrity;
mod mails;
mod migrate;
mod notifications;
mod open;
mod order_queries;
mod order_store;
mod rates;
mod requests;
mod reviews;
mod row;
mod schedules;
mod shop;
mod shop_figures;
mod sql;
mod store;
mod sweep;
mod task_console;
mod task_queue;
mod task_row;
#[cfg(test)]
mod tests;
mod writer;

pub use config::{Config, Durability, Place};
pub use error::OpenError;
pub use migrate::{Migration, SCHEMA_VERSION, migrations};
pub use store::SqliteStore;
