//! Messages within one process.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use async_trait::async_trait;

use crate::ports::{Broadcast, Received, StoreError, Subscription};

/// A [`Broadcast`] within one process. A subscriber that is behind by more messages than there is room for loses the oldest
/// ones, and is told so. Clones are one.
#[derive(Clone)]
pub struct MemoryBroadcast {
    room: NonZeroUsize,
    channels: Arc<Mutex<Channels>>,
}

type Channels = HashMap<String, Vec<Arc<Mutex<Waiting>>>>;

/// What one subscriber has not received yet.
#[derive(Default)]
struct Waiting {
    messages: VecDeque<Arc<[u8]>>,
    has_missed: bool,
    waker: Option<Waker>,
}

struct Subscriber {
    channel: String,
    waiting: Arc<Mutex<Waiting>>,
    channels: Arc<Mutex<Channels>>,
}

impl MemoryBroadcast {
    /// One that keeps so many messages for each subscriber that has not received them yet.
    #[must_use]
    pub fn new(room: NonZeroUsize) -> Self {
        Self { room, channels: Arc::default() }
    }
}

#[async_trait]
impl Broadcast for MemoryBroadcast {
    async fn publish(&self, channel: &str, message: &[u8]) -> Result<(), StoreError> {
        let channels = lock(&self.channels);
        let Some(subscribers) = channels.get(channel) else { return Ok(()) };
        let message: Arc<[u8]> = message.into();
        for subscriber in subscribers {
            let mut waiting = lock(subscriber);
            if waiting.messages.len() >= self.room.get() {
                waiting.messages.pop_front();
                waiting.has_missed = true;
            }
            waiting.messages.push_back(Arc::clone(&message));
            waiting.waker.take().into_iter().for_each(Waker::wake);
        }
        Ok(())
    }

    async fn subscribe(&self, channel: &str) -> Result<Box<dyn Subscription>, StoreError> {
        let waiting: Arc<Mutex<Waiting>> = Arc::default();
        lock(&self.channels).entry(channel.to_owned()).or_default().push(Arc::clone(&waiting));
        Ok(Box::new(Subscriber { channel: channel.to_owned(), waiting, channels: Arc::clone(&self.channels) }))
    }
}

#[async_trait]
impl Subscription for Subscriber {
    async fn next(&mut self) -> Result<Received, StoreError> {
        poll_fn(|context| {
            let mut waiting = lock(&self.waiting);
            if std::mem::take(&mut waiting.has_missed) {
                return Poll::Ready(Ok(Received::Missed));
            }
            if let Some(message) = waiting.messages.pop_front() {
                return Poll::Ready(Ok(Received::Message(message.to_vec())));
            }
            waiting.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        let mut channels = lock(&self.channels);
        let Some(subscribers) = channels.get_mut(&self.channel) else { return };
        subscribers.retain(|it| !Arc::ptr_eq(it, &self.waiting));
        if subscribers.is_empty() {
            channels.remove(&self.channel);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for MemoryBroadcast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBroadcast").field("channels", &lock(&self.channels).len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscriber").field("channel", &self.channel).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::testing::block_on;

    #[test]
    fn whoever_is_behind_loses_the_oldest_and_is_told_first() {
        let broadcast = MemoryBroadcast::new(NonZeroUsize::new(2).unwrap());
        let mut subscriber = block_on(broadcast.subscribe("channel")).unwrap();
        for message in [b"1", b"2", b"3"] {
            block_on(broadcast.publish("channel", message)).unwrap();
        }
        let mut next = || block_on(subscriber.next()).unwrap();
        assert_eq!(next(), Received::Missed);
        assert_eq!(next(), Received::Message(b"2".to_vec()));
        assert_eq!(next(), Received::Message(b"3".to_vec()));
    }

    #[test]
    fn a_channel_that_everybody_left_is_forgotten() {
        let broadcast = MemoryBroadcast::new(NonZeroUsize::MIN);
        let subscribers = [(); 3].map(|()| block_on(broadcast.subscribe("channel")).unwrap());
        assert_eq!(lock(&broadcast.channels).len(), 1);
        drop(subscribers);
        assert_eq!(lock(&broadcast.channels).len(), 0);
    }
}
