//! Private services for tests, benches and the crash campaign.
//!
//! A test of a store is worth what its database is worth: it has to be the real one, of its own, and gone afterwards, on a
//! laptop as on CI, as root as otherwise. Nothing here needs Docker, a service manager, or a port that is known in advance.
//!
//! - [`PrivatePostgres`] is a server that this process may stop, crash and start again.
//! - [`PrivateRedis`] is the same of Redis; [`redis()`] gives each test a namespace of its own on the server that `REDIS_URL` names.
//! - [`PgBouncer`] pools in transaction mode in front of a server.
//! - [`ChromeDriver`] starts a browser without a screen for each test that asks for one.
//! - `postgres()` and `Server::fresh_database` (feature `databases`) give each test a database of its own on the server that
//!   `DATABASE_URL` names.
//! - The command `services` runs a command with all of that in its environment.
//!
//! Whatever is missing is told with one line that starts with `SKIPPED`, and is a failure where `CI` is `true`.

mod account;
mod chromedriver;
mod error;
mod memory;
mod pgbouncer;
mod ports;
mod postgres;
mod process;
mod programs;
mod redis;
mod skip;
mod url;
mod watchdog;

#[cfg(feature = "databases")]
mod databases;

pub use chromedriver::{ChromeDriver, chromedriver};
#[cfg(feature = "databases")]
pub use databases::{Database, Migration, Server, Template, postgres};
pub use error::Error;
pub use pgbouncer::{PgBouncer, pgbouncer_or_skip};
pub use postgres::{Builder, PrivatePostgres, private_postgres_or_skip};
pub use redis::{Namespace, Persistence, PrivateRedis, RedisBuilder, SharedRedis, private_redis_or_skip, redis};
