//! Sockets: conversations as they happen, and whatever else an account should see at once.
//!
//! Each socket is one task that holds a place in the history of its conversation: the number of the last message that it has
//! passed on. What comes over [`Broadcast`](designia_core::ports::Broadcast) is passed on if it is the next one; anything else, a gap, a
//! lost connection, a socket that could not keep up, makes the task read on from the store. So order and completeness rest on
//! the store alone, and nothing is ever queued for somebody who doesn't read: a socket that takes nothing for a while is
//! closed, and its client resumes where it was.

mod activity;
mod entrance;
mod frames;
mod keeper;
mod rooms;
mod slots;
mod talk;
mod ticket;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use designia_core::ports::{Cache, CartStore, Clock, Quota, RateLimiter};
use designia_core::service::chat::Chat;
use tokio::sync::watch;

pub(crate) use entrance::{__path_enter_activity, __path_enter_talk, enter_activity, enter_talk};
pub use rooms::Rooms;
use slots::Slots;
pub(crate) use ticket::LIFETIME as TICKET_LIFETIME;

use crate::http::auth::Tokens;
use crate::http::metrics::Metrics;

/// How many sockets are open, by what they show.
const OPEN: &str = "designia_sockets";
/// Messages that came in over sockets.
const MESSAGES: &str = "designia_socket_messages_total";
/// Sockets that the server closed, by code.
const CLOSED: &str = "designia_sockets_closed_total";

/// Where sockets meet: one for each node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ChatHub(Arc<Hub>);

/// What sockets share.
#[derive(Debug)]
struct Hub {
    ports: HubPorts,
    limits: SocketLimits,
    rooms: Rooms,
    slots: Arc<Slots>,
    /// Whether the node is to stop.
    stop: watch::Sender<bool>,
}

/// What a [`ChatHub`] needs.
#[derive(Clone, Debug)]
pub struct HubPorts {
    /// Conversations.
    pub chat: Chat,
    /// How much is in a cart.
    pub carts: Arc<dyn CartStore>,
    /// Who calls.
    pub tokens: Tokens,
    /// Where tickets are kept.
    pub cache: Arc<dyn Cache>,
    /// Limits on connecting.
    pub limiter: Arc<dyn RateLimiter>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Figures.
    pub metrics: Metrics,
}

/// How much sockets may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketLimits {
    /// Sockets of this node.
    pub sockets: usize,
    /// Sockets of one account on this node.
    pub per_account: usize,
    /// How often one address may connect.
    pub connects: Quota,
    /// Origins whose pages may connect, besides pages of this server.
    pub origins: Vec<String>,
    /// How often a socket is looked after: its other end, and its token.
    pub beat: Duration,
    /// How long the other end may say nothing at all.
    pub silence: Duration,
    /// How long it may take nothing that is sent.
    pub patience: Duration,
    /// How often the numbers in the store are compared with what was heard.
    pub check: Duration,
}

impl Default for SocketLimits {
    /// Ten thousand sockets, twenty for each account, two connects a second from one address.
    fn default() -> Self {
        Self {
            sockets: 10_000,
            per_account: 20,
            connects: Quota { burst: 120, per: Duration::from_secs(60) },
            origins: Vec::new(),
            beat: Duration::from_secs(20),
            silence: Duration::from_secs(70),
            patience: Duration::from_secs(10),
            check: Duration::from_secs(15),
        }
    }
}

impl ChatHub {
    /// A hub without sockets. It needs a tokio runtime, on which it looks after its rooms until it is dropped.
    #[must_use]
    pub fn new(ports: HubPorts, limits: SocketLimits) -> Self {
        let metrics = &ports.metrics;
        metrics.describe_gauge(OPEN, "Sockets that are open on this node.");
        metrics.describe_count(MESSAGES, "Messages that came in over sockets of this node.");
        metrics.describe_count(CLOSED, "Sockets that this node has closed, by code.");
        let rooms = Rooms::new(Arc::clone(&ports.chat.ports().broadcast));
        let slots = Arc::new(Slots::new(limits.sockets, limits.per_account, metrics.clone()));
        let (stop, _) = watch::channel(false);
        let hub = Arc::new(Hub { ports, limits, rooms, slots, stop });
        keeper::start(&hub);
        Self(hub)
    }

    /// Conversations.
    #[must_use]
    pub fn chat(&self) -> &Chat {
        &self.0.ports.chat
    }

    /// How many sockets are open.
    #[must_use]
    pub fn open_sockets(&self) -> usize {
        self.0.slots.open()
    }

    /// Tells every socket that the node goes away, so that its client connects to another. None is taken any more.
    pub fn stop(&self) {
        self.0.stop.send_replace(true);
    }

    /// The same, and waits for them for at most so long.
    pub async fn drain(&self, grace: Duration) {
        self.stop();
        // What is still there after that is cut with the process; its client resumes where it was.
        let _ = tokio::time::timeout(grace, self.0.slots.empty()).await;
    }
}

/// Waits until the node is to stop.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Where the hub is gone there is nothing left to serve either.
    let _ = stop.wait_for(|stop| *stop).await;
}
