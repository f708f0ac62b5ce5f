//! What this node hears: one subscription for each channel, shared by all sockets that want it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use designia_core::id::AccountId;
use designia_core::ports::{Broadcast, Received};
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::task::AbortHandle;

/// How many frames a room holds for sockets that are behind. Whoever is further behind reads the store.
const ROOM: usize = 32;

/// How long a socket waits at its start until its room listens. Without that it reads the store when the room does.
const PATIENCE: Duration = Duration::from_secs(3);

/// The pauses between attempts to subscribe.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The rooms of this node. Cheap to clone.
#[derive(Clone)]
pub struct Rooms {
    broadcast: Arc<dyn Broadcast>,
    open: Arc<Mutex<HashMap<Arc<str>, Room>>>,
}

struct Room {
    said: broadcast::Sender<Heard>,
    heard: Arc<AtomicU64>,
    listens: watch::Receiver<bool>,
    listener: AbortHandle,
    seats: usize,
}

/// A place in a room, for as long as this lives.
pub(super) struct Seat {
    rooms: Weak<Mutex<HashMap<Arc<str>, Room>>>,
    channel: Arc<str>,
    said: broadcast::Receiver<Heard>,
    listens: watch::Receiver<bool>,
}

/// What is heard in a room.
#[derive(Clone, Debug)]
pub(super) enum Heard {
    /// A frame, ready to be sent.
    Frame(Utf8Bytes, What),
    /// Something that can't be brought any more.
    Missed,
}

/// What a frame is about, as far as sockets have to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The message of this number.
    Message(u64),
    /// Somebody is typing, who need not be told.
    Typing(AccountId),
    /// Whatever else.
    Other,
}

/// The part of a frame that is read.
#[derive(Deserialize)]
struct Head<'f> {
    #[serde(borrow)]
    r#type: std::borrow::Cow<'f, str>,
    sender_id: Option<AccountId>,
    data: Option<Numbered>,
}

#[derive(Deserialize)]
struct Numbered {
    seq: Option<u64>,
}

impl Rooms {
    /// No rooms yet.
    #[must_use]
    pub fn new(broadcast: Arc<dyn Broadcast>) -> Self {
        Self { broadcast, open: Arc::default() }
    }

    /// Takes a seat in the room of a channel, which is opened for the first. What is published after this has returned is
    /// heard, unless the channel can't be heard now: then [`Heard::Missed`] comes as soon as it can.
    pub(super) async fn enter(&self, channel: &str) -> Seat {
        let mut seat = self.sit(channel);
        let listens = seat.listens.wait_for(|listens| *listens);
        // Not in time, or the room is gone: the store has it all.
        let _ = tokio::time::timeout(PATIENCE, listens).await;
        seat
    }

    fn sit(&self, channel: &str) -> Seat {
        let mut open = lock(&self.open);
        let channel: Arc<str> = channel.into();
        let room = open.entry(Arc::clone(&channel)).or_insert_with(|| self.open(&channel));
        room.seats += 1;
        let (said, listens) = (room.said.subscribe(), room.listens.clone());
        Seat { rooms: Arc::downgrade(&self.open), channel, said, listens }
    }

    fn open(&self, channel: &Arc<str>) -> Room {
        let (said, _) = broadcast::channel(ROOM);
        let (tell, listens) = watch::channel(false);
        let heard = Arc::new(AtomicU64::new(0));
        let listener = listen(Arc::clone(&self.broadcast), Arc::clone(channel), said.clone(), Arc::clone(&heard), tell);
        Room { said, heard, listens, listener: tokio::spawn(listener).abort_handle(), seats: 0 }
    }

    /// Which channels are heard, and the highest number that came over each.
    pub(super) fn heard(&self) -> Vec<(Arc<str>, u64)> {
        let open = lock(&self.open);
        open.iter().map(|(channel, room)| (Arc::clone(channel), room.heard.load(Ordering::Relaxed))).collect()
    }

    /// Has everybody in the room of a channel look at the store, which has messages up to this number.
    pub(super) fn look(&self, channel: &str, up_to: u64) {
        if let Some(room) = lock(&self.open).get(channel) {
            room.heard.fetch_max(up_to, Ordering::Relaxed);
            let _ = room.said.send(Heard::Missed);
        }
    }

    /// How many rooms are open.
    #[must_use]
    pub fn count(&self) -> usize {
        lock(&self.open).len()
    }
}

impl Seat {
    /// Waits for what comes next.
    pub(super) async fn hear(&mut self) -> Heard {
        match self.said.recv().await {
            Ok(heard) => heard,
            Err(RecvError::Lagged(_)) => Heard::Missed,
            // The room lives as long as a seat in it.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some(rooms) = self.rooms.upgrade() else { return };
        let mut open = lock(&rooms);
        let Some(room) = open.get_mut(&self.channel) else { return };
        room.seats -= 1;
        if room.seats == 0 {
            room.listener.abort();
            open.remove(&self.channel);
        }
    }
}

/// Passes on what comes over a channel, and listens again whenever that was cut off.
async fn listen(
    broadcast: Arc<dyn Broadcast>,
    channel: Arc<str>,
    said: broadcast::Sender<Heard>,
    highest: Arc<AtomicU64>,
    listens: watch::Sender<bool>,
) {
    let (mut pause, mut has_missed) = (FIRST_PAUSE, false);
    loop {
        match broadcast.subscribe(&channel).await {
            Ok(mut subscription) => {
                pause = FIRST_PAUSE;
                listens.send_replace(true);
                if has_missed {
                    let _ = said.send(Heard::Missed);
                }
                while let Ok(received) = subscription.next().await {
                    let heard = match received {
                        Received::Message(bytes) => frame(bytes),
                        Received::Missed => Some(Heard::Missed),
                    };
                    let Some(heard) = heard else { continue };
                    if let Heard::Frame(_, What::Message(seq)) = heard {
                        highest.fetch_max(seq, Ordering::Relaxed);
                    }
                    // An error says that nobody listens just now.
                    let _ = said.send(heard);
                }
            }
            Err(error) => tracing::debug!(%error, "a channel can't be heard now"),
        }
        has_missed = true;
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// The frame that was published; nothing if it is none of ours.
fn frame(bytes: Vec<u8>) -> Option<Heard> {
    let what = match serde_json::from_slice::<Head<'_>>(&bytes) {
        Ok(head) => match (&*head.r#type, head.sender_id, head.data.and_then(|data| data.seq)) {
            ("chat.message", _, Some(seq)) => What::Message(seq),
            ("chat.typing", Some(sender), _) => What::Typing(sender),
            _ => What::Other,
        },
        Err(error) => {
            tracing::warn!(%error, "what came over a channel is no frame");
            return None;
        }
    };
    Utf8Bytes::try_from(bytes).ok().map(|text| Heard::Frame(text, what))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for Rooms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rooms").field("open", &self.count()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use designia_core::memory::MemoryBroadcast;

    use super::*;

    fn rooms() -> (Rooms, MemoryBroadcast) {
        let broadcast = MemoryBroadcast::new(NonZeroUsize::new(100).unwrap());
        (Rooms::new(Arc::new(broadcast.clone())), broadcast)
    }

    #[tokio::test]
    async fn all_who_want_a_channel_share_one_subscription_and_the_last_one_ends_it() {
        let (rooms, broadcast) = rooms();
        let mut seats = [rooms.enter("chat:1").await, rooms.enter("chat:1").await];
        assert_eq!(rooms.count(), 1);
        broadcast.publish("chat:1", br#"{"type":"chat.message","data":{"seq":7}}"#).await.unwrap();
        for seat in &mut seats {
            assert!(matches!(seat.hear().await, Heard::Frame(_, What::Message(7))));
        }
        assert_eq!(rooms.heard(), [("chat:1".into(), 7)]);
        drop(seats);
        assert_eq!(rooms.count(), 0);
    }

    #[tokio::test]
    async fn whoever_is_too_far_behind_is_told_to_look() {
        let (rooms, broadcast) = rooms();
        let (mut slow, mut quick) = (rooms.enter("chat:1").await, rooms.enter("chat:1").await);
        for seq in 0..100 {
            let text = format!(r#"{{"type":"chat.message","data":{{"seq":{seq}}}}}"#);
            broadcast.publish("chat:1", text.as_bytes()).await.unwrap();
            assert!(matches!(quick.hear().await, Heard::Frame(_, What::Message(heard)) if heard == seq));
        }
        assert!(matches!(slow.hear().await, Heard::Missed));
    }

    #[tokio::test]
    async fn what_is_no_frame_is_passed_over() {
        let (rooms, broadcast) = rooms();
        let mut seat = rooms.enter("chat:1").await;
        for text in [&b"\xff\xfe"[..], b"no json", b"[]", br#"{"type":"something.new"}"#] {
            broadcast.publish("chat:1", text).await.unwrap();
        }
        assert!(matches!(seat.hear().await, Heard::Frame(text, What::Other) if text.contains("something.new")));
    }
}
