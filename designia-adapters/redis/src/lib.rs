#![doc = include_str!("../README.md")]

mod broadcast;
mod cache;
#[cfg(feature = "celery")]
pub mod celery;
mod config;
mod connection;
mod error;
mod facts;
mod lease;
mod queue;
mod rate_limiter;
mod script;

pub use broadcast::RedisBroadcast;
pub use cache::RedisCache;
pub use config::{Config, ConfigError};
pub use connection::RedisConnection;
pub use error::OpenError;
pub use facts::RedisFacts;
pub use lease::RedisLease;
pub use queue::{HealthFinding, HealthLevel, RedisQueue};
pub use rate_limiter::RedisRateLimiter;
