//! Messages to every node, now or never.
//!
//! However many channels are subscribed to, and however often, there is one connection that listens. What it brings is handed on
//! within the process.

use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use designia_core::memory::MemoryBroadcast;
use designia_core::ports::{Broadcast, Received, StoreError, StoreErrorKind, Subscription};
use futures_util::StreamExt;
use redis::aio::{PubSubSink, PubSubStream};
use tokio::sync::{Mutex, watch};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::connection::RedisConnection;
use crate::error::{OpenError, store_error};

/// After so long without a message, the connection is tried out: one whose other end is gone would be silent for ever.
const SILENCE: Duration = Duration::from_secs(10);

/// How many messages one subscriber may be behind before it is told that it has missed some.
const ROOM: NonZeroUsize = NonZeroUsize::new(1_024).unwrap();

/// A [`Broadcast`] through a Redis server. Its subscriptions, and those of its clones, share a connection; they need the tokio
/// runtime on which the first of them was made.
#[derive(Clone)]
pub struct RedisBroadcast {
    connection: RedisConnection,
    board: Arc<Board>,
}

/// What the subscriptions share.
struct Board {
    connection: RedisConnection,
    /// Within the process.
    local: MemoryBroadcast,
    line: Mutex<Option<Line>>,
    /// How many connections were lost.
    lost: watch::Sender<u64>,
}

/// The connection that listens.
struct Line {
    sink: PubSubSink,
    /// How many subscriptions each channel has.
    channels: HashMap<String, usize>,
    listener: AbortHandle,
    /// Which connection it is: how many were lost before.
    number: u64,
}

impl RedisBroadcast {
    /// A broadcast through the server of a connection, on which it publishes.
    #[must_use]
    pub fn new(connection: RedisConnection) -> Self {
        let (lost, _) = watch::channel(0);
        let local = MemoryBroadcast::new(ROOM);
        let board = Board { connection: connection.clone(), local, line: Mutex::new(None), lost };
        Self { connection, board: Arc::new(board) }
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
        let (board, channel) = (Arc::clone(&self.board), self.channel(channel));
        let local = board.local.subscribe(&channel).await?;
        let (seat, lost) = (Seat::take(&board, &channel).await?, board.lost.subscribe());
        Ok(Box::new(RedisSubscription { board, channel, local, lost, seat: Some(seat) }))
    }
}

impl Board {
    /// Counts one more subscription to a channel, and listens to it: over which connection.
    async fn join(self: &Arc<Self>, channel: &str) -> Result<u64, StoreError> {
        let mut place = self.line.lock().await;
        if place.is_none() {
            *place = Some(self.connect().await?);
        }
        let Some(line) = place.as_mut() else { return Err(lost()) };
        if !line.channels.contains_key(channel) {
            let patience = self.connection.config().answer_timeout;
            let subscribed = timeout(patience, line.sink.subscribe(channel)).await;
            if let Err(error) = subscribed.map_err(|_| lost()).and_then(|it| it.map_err(|error| store_error(&error))) {
                let number = line.number;
                Self::drop_line(&mut place, &self.lost, number);
                return Err(error);
            }
        }
        *line.channels.entry(channel.to_owned()).or_default() += 1;
        Ok(line.number)
    }

    /// Counts one less; a channel that nobody wants is not listened to.
    async fn leave(&self, channel: &str, number: u64) {
        let mut place = self.line.lock().await;
        let Some(line) = place.as_mut().filter(|line| line.number == number) else { return };
        let Some(count) = line.channels.get_mut(channel) else { return };
        *count -= 1;
        if *count > 0 {
            return;
        }
        line.channels.remove(channel);
        if line.channels.is_empty() {
            line.listener.abort();
            *place = None;
            self.lost.send_modify(|lost| *lost += 1);
            return;
        }
        let patience = self.connection.config().answer_timeout;
        // If that fails, so does the listener, which says so to all.
        let _ = timeout(patience, line.sink.unsubscribe(channel)).await;
    }

    async fn connect(self: &Arc<Self>) -> Result<Line, StoreError> {
        let subscriber = self.connection.subscriber().await.map_err(OpenError::into_store_error)?;
        let (sink, messages) = subscriber.split();
        let number = *self.lost.borrow();
        let listener = tokio::spawn(listen(Arc::clone(self), sink.clone(), messages, number)).abort_handle();
        Ok(Line { sink, channels: HashMap::new(), listener, number })
    }

    /// Lets go of a connection that is not good any more, and tells its subscriptions.
    fn drop_line(place: &mut Option<Line>, lost: &watch::Sender<u64>, number: u64) {
        if let Some(line) = place.take_if(|line| line.number == number) {
            line.listener.abort();
            lost.send_modify(|lost| *lost += 1);
        }
    }
}

/// Hands on what comes until the connection is lost.
async fn listen(board: Arc<Board>, mut sink: PubSubSink, mut messages: PubSubStream, number: u64) {
    let patience = board.connection.config().answer_timeout;
    loop {
        match timeout(SILENCE, messages.next()).await {
            Ok(Some(message)) => {
                // Within the process nothing fails.
                let _ = board.local.publish(message.get_channel_name(), message.get_payload_bytes()).await;
            }
            Ok(None) => break,
            Err(_) if matches!(timeout(patience, sink.ping::<redis::Value>()).await, Ok(Ok(_))) => {}
            Err(_) => break,
        }
    }
    Board::drop_line(&mut *board.line.lock().await, &board.lost, number);
}

/// One that is counted, for as long as this lives.
struct Seat {
    board: Arc<Board>,
    channel: String,
    number: u64,
}

impl Seat {
    async fn take(board: &Arc<Board>, channel: &str) -> Result<Self, StoreError> {
        let number = board.join(channel).await?;
        Ok(Self { board: Arc::clone(board), channel: channel.to_owned(), number })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let (board, channel, number) = (Arc::clone(&self.board), std::mem::take(&mut self.channel), self.number);
        // Where no runtime is left the connection is not, either.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { board.leave(&channel, number).await });
        }
    }
}

/// One whose connection was lost says so once; asked for more, it subscribes again, and says that something was missed.
struct RedisSubscription {
    board: Arc<Board>,
    channel: String,
    local: Box<dyn Subscription>,
    lost: watch::Receiver<u64>,
    seat: Option<Seat>,
}

#[async_trait]
impl Subscription for RedisSubscription {
    async fn next(&mut self) -> Result<Received, StoreError> {
        let Some(seat) = &self.seat else {
            self.seat = Some(Seat::take(&self.board, &self.channel).await?);
            return Ok(Received::Missed);
        };
        let number = seat.number;
        tokio::select! {
            biased;
            // What came before the loss is still brought.
            received = self.local.next() => received,
            _ = self.lost.wait_for(|lost| *lost > number) => {
                self.seat = None;
                Err(lost())
            }
        }
    }
}

impl fmt::Debug for RedisBroadcast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBroadcast").field("connection", &self.connection).finish_non_exhaustive()
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
