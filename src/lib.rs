#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub use designia_core::*;

/// Exchange-rate sources over HTTP, from files, and bundled.
#[cfg(feature = "http")]
pub use designia_http as http;

/// All stores in one PostgreSQL database, for any number of nodes.
#[cfg(feature = "postgres")]
pub use designia_postgres as postgres;

/// Tasks, schedules, and what nodes share, on Redis.
#[cfg(feature = "redis")]
pub use designia_redis as redis;

/// Mail over SMTP.
#[cfg(feature = "smtp")]
pub use designia_smtp as smtp;

/// All stores in one SQLite file.
#[cfg(feature = "sqlite")]
pub use designia_sqlite as sqlite;

/// Files that people upload, in a folder or in whatever speaks the S3 protocol.
#[cfg(feature = "storage")]
pub use designia_storage as storage;

/// Stripe as payment gateway and webhook source.
#[cfg(feature = "stripe")]
pub use designia_stripe as stripe;

/// A stateful Stripe on loopback.
#[cfg(feature = "stripe-sandbox")]
pub use designia_stripe_sandbox as stripe_sandbox;

/// Background tasks on Tokio.
#[cfg(feature = "tokio")]
pub use designia_tokio as tokio;
