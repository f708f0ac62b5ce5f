//! Messages to every node, now or never.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use designia_core::ports::{Broadcast, Received, StoreError, StoreErrorKind, Subscription};
use futures_util::StreamExt;
use redis::aio::{PubSubSink, PubSubStream};
use tokio::time::timeout;

use crate::connection::RedisConnection;
use crate::error::{OpenError, store_error};

/// After so long without a message, the connection is tried out: one whose other end is gone would be silent for ever.
const SILENCE: Duration = Duration::from_secs(10);

/// A [`Broadcast`] through a Redis server. Each subscription has a connection of its own.
#[derive(Clone, Debug)]
pub struct RedisBroadcast {
    connection: RedisConnection,
}

impl RedisBroadcast {
    /// A broadcast through the server of a connection, on which it publishes.
    #[must_use]
    pub const fn new(connection: RedisConnection) -> Self {
        Self { connection }
    }

    fn channel(&self, channel: &str) -> String {
        self.connection.key(format_args!("channel:{channel}"))
    }
}

#[async_trait]
impl Broadcast for RedisBroadcast {
    async fn publish(&self, channel: &str, message: &[u8]) -> Result<(), StoreError> {
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(self.channel(channel)).arg(message);
        self.connection.ask(&publish).await
    }

    async fn subscribe(&self, channel: &str) -> Result<Box<dyn Subscription>, StoreError> {
        let (connection, channel) = (self.connection.clone(), self.channel(channel));
        let live = Live::new(&connection, &channel).await?;
        Ok(Box::new(RedisSubscription { connection, channel, live: Some(live) }))
    }
}

/// One whose connection was lost says so once; asked for more, it subscribes again, and says that something was missed.
struct RedisSubscription {
    connection: RedisConnection,
    channel: String,
    live: Option<Live>,
}

struct Live {
    sink: PubSubSink,
    messages: PubSubStream,
}

impl Live {
    async fn new(connection: &RedisConnection, channel: &str) -> Result<Self, StoreError> {
        let subscriber = connection.subscriber().await.map_err(OpenError::into_store_error)?;
        let (mut sink, messages) = subscriber.split();
        let patience = connection.config().answer_timeout;
        let subscribed = timeout(patience, sink.subscribe(channel)).await.map_err(|_| lost())?;
        subscribed.map_err(|error| store_error(&error))?;
        Ok(Self { sink, messages })
    }
}

#[async_trait]
impl Subscription for RedisSubscription {
    async fn next(&mut self) -> Result<Received, StoreError> {
        let patience = self.connection.config().answer_timeout;
        let Some(live) = &mut self.live else {
            self.live = Some(Live::new(&self.connection, &self.channel).await?);
            return Ok(Received::Missed);
        };
        loop {
            match timeout(SILENCE, live.messages.next()).await {
                Ok(Some(message)) => return Ok(Received::Message(message.get_payload_bytes().to_vec())),
                Ok(None) => break,
                Err(_) if matches!(timeout(patience, live.sink.ping::<redis::Value>()).await, Ok(Ok(_))) => {}
                Err(_) => break,
            }
        }
        self.live = None;
        Err(lost())
    }
}

impl fmt::Debug for RedisSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisSubscription").field("channel", &self.channel).finish_non_exhaustive()
    }
}

fn lost() -> StoreError {
    let message = "redis: the connection of a subscription is lost".to_owned();
    StoreError { kind: StoreErrorKind::Unavailable, message, source: None }
}
