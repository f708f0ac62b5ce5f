//! One connection for everybody: calls share it, and one that breaks is replaced by the next call that needs one.
//!
//! The driver has a manager that does the like, but it keeps the first error that isn't about the network, such as "too many
//! clients", for ever.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use designia_core::ports::StoreError;
use redis::aio::{ConnectionLike, MultiplexedConnection, PubSub};
use redis::{AsyncConnectionConfig, Cmd, FromRedisValue, RedisError, Value};
use tokio::time::timeout;

use crate::config::Config;
use crate::error::{OpenError, is_of_the_connection, no_answer, store_error};

/// The first version that has all commands that are used here.
const NEEDED: ((u32, u32), &str) = ((6, 2), "6.2");

/// A connection to a server, shared by all its clones. Whoever waits for an answer doesn't keep the others waiting.
#[derive(Clone)]
pub struct RedisConnection {
    shared: Arc<Shared>,
}

struct Shared {
    config: Config,
    live: Mutex<Live>,
    /// Held while connecting, so that of many callers one connects.
    connecting: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Live {
    connection: Option<MultiplexedConnection>,
    /// Which connection this is, so that a late failure of an old one doesn't end a new one.
    number: u64,
}

impl RedisConnection {
    /// Connects, and makes sure that the server is one that can be used.
    ///
    /// # Errors
    /// Why it can't.
    pub async fn connect(config: &Config) -> Result<Self, OpenError> {
        let connection = Self::lazy(config);
        connection.shared.live().await?;
        Ok(connection)
    }

    /// A connection that is made by the first call: until the server is there, calls fail as unavailable.
    #[must_use]
    pub fn lazy(config: &Config) -> Self {
        let (live, connecting) = (Mutex::default(), tokio::sync::Mutex::default());
        Self { shared: Arc::new(Shared { config: config.clone(), live, connecting }) }
    }

    /// Where it leads.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// Whether the server answers.
    ///
    /// # Errors
    /// It doesn't.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.ask(&redis::cmd("PING")).await
    }

    /// The key of this name: `{namespace}:name`.
    pub(crate) fn key(&self, name: impl fmt::Display) -> String {
        format!("{{{}}}:{name}", self.shared.config.namespace())
    }

    /// Sends a command and reads its answer.
    pub(crate) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        self.try_ask(command).await?.map_err(|error| store_error(&error))
    }

    /// Like [`RedisConnection::ask`], for who can do something about the server's refusal.
    pub(crate) async fn try_ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<Result<T, RedisError>, StoreError> {
        let (mut connection, number) = self.shared.live().await.map_err(OpenError::into_store_error)?;
        let answer = connection.req_packed_command(command).await.and_then(Value::extract_error);
        if let Err(error) = &answer
            && is_of_the_connection(error)
        {
            self.shared.forget(number);
        }
        Ok(answer.and_then(|value| redis::from_redis_value(value).map_err(RedisError::from)))
    }

    /// A connection of its own for subscriptions.
    pub(crate) async fn subscriber(&self) -> Result<PubSub, OpenError> {
        let config = &self.shared.config;
        let client = config.client()?;
        let connection = timeout(config.connect_timeout, client.get_async_pubsub()).await;
        connection.unwrap_or_else(|_| Err(no_answer())).map_err(|error| OpenError::connecting(&error, config))
    }
}

impl Shared {
    async fn live(&self) -> Result<(MultiplexedConnection, u64), OpenError> {
        if let Some(live) = self.present() {
            return Ok(live);
        }
        let connecting = timeout(self.config.answer_timeout, self.connecting.lock()).await;
        let _connecting = connecting.map_err(|_| OpenError::connecting(&no_answer(), &self.config))?;
        if let Some(live) = self.present() {
            return Ok(live);
        }
        let connection = self.connect().await?;
        let mut live = self.lock();
        live.number += 1;
        live.connection = Some(connection.clone());
        Ok((connection, live.number))
    }

    async fn connect(&self) -> Result<MultiplexedConnection, OpenError> {
        let config = &self.config;
        let client = config.client()?;
        let patience = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(config.connect_timeout))
            .set_response_timeout(Some(config.answer_timeout));
        let connection = client.get_multiplexed_async_connection_with_config(&patience).await;
        let mut connection = connection.map_err(|error| OpenError::connecting(&error, config))?;
        let mut info = redis::cmd("INFO");
        info.arg("server");
        let told: Result<String, _> = info.query_async(&mut connection).await;
        let told = told.map_err(|error| OpenError::connecting(&error, config))?;
        let found = version_in(&told);
        let ((major, minor), needed) = NEEDED;
        if found.is_some_and(|(found, _)| found < (major, minor)) {
            let found = found.map_or_else(String::new, |(_, text)| text.to_owned());
            return Err(OpenError::OldServer { place: config.place(), found, needed });
        }
        Ok(connection)
    }

    fn present(&self) -> Option<(MultiplexedConnection, u64)> {
        let live = self.lock();
        live.connection.clone().map(|connection| (connection, live.number))
    }

    fn forget(&self, number: u64) {
        let mut live = self.lock();
        if live.number == number {
            live.connection = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for RedisConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConnection").field("config", self.config()).finish_non_exhaustive()
    }
}

/// The server's version in what it says of itself; none if it isn't told, as by some who stand in for Redis.
pub(crate) fn version_in(info: &str) -> Option<((u32, u32), &str)> {
    let text = info.lines().find_map(|line| line.strip_prefix("redis_version:"))?.trim();
    let mut numbers = text.split('.').map(str::parse);
    Some(((numbers.next()?.ok()?, numbers.next()?.ok()?), text))
}
