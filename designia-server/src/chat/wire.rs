//! One end of a socket: what may come in, and how long anything may take to go out.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use tokio::time::{Instant, timeout};

/// Largest message that a client may send, in bytes.
pub(super) const LARGEST: usize = 16 * 1024;

/// So many frames may come at once, and one more after each step.
const BURST: u32 = 60;
const STEP: Duration = Duration::from_millis(50);

/// So many frames beyond that are answered with an error before the socket is closed.
const STRIKES: u32 = 40;

/// How long a client may take to answer a close.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why a socket is closed. The first three are what the web client knows.
pub(super) mod code {
    /// No token, or one that is not good any more.
    pub(crate) const UNAUTHENTICATED: u16 = 4001;
    /// Not for this account.
    pub(crate) const FORBIDDEN: u16 = 4003;
    /// Too many, or too fast.
    pub(crate) const THROTTLED: u16 = 4029;
    /// Nothing that was sent was taken for a while.
    pub(crate) const SLOW: u16 = 4008;
    /// Nothing was heard for a while.
    pub(crate) const SILENT: u16 = 4009;
    /// The node stops; connect to another.
    pub(crate) const RESTART: u16 = 1012;
    /// Something other than text.
    pub(crate) const UNSUPPORTED: u16 = 1003;
    /// Too large.
    pub(crate) const TOO_LARGE: u16 = 1009;
    /// Not what the protocol allows.
    pub(crate) const PROTOCOL: u16 = 1002;
    /// Something failed inside.
    pub(crate) const INTERNAL: u16 = 1011;
}

/// A socket, with what its client has used up.
pub(super) struct Wire {
    socket: WebSocket,
    patience: Duration,
    /// When the client was last heard.
    heard_at: Instant,
    /// When the client may send as much at once as anybody.
    full_at: Instant,
    strikes: u32,
}

/// How a socket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The client has closed it, or is gone.
    Gone,
    /// It is to be closed with this code, for this reason.
    Close(u16, &'static str),
}

/// What came in.
pub(super) enum Incoming {
    /// A text.
    Text(Utf8Bytes),
    /// One too many: it was dropped.
    TooFast,
}

impl Wire {
    pub(super) fn new(socket: WebSocket, patience: Duration) -> Self {
        let now = Instant::now();
        Self { socket, patience, heard_at: now, full_at: now, strikes: 0 }
    }

    /// Waits for what comes next. May be dropped while it waits.
    pub(super) async fn next(&mut self) -> Result<Incoming, Ended> {
        loop {
            let message = match self.socket.recv().await {
                Some(Ok(message)) => message,
                Some(Err(error)) => return Err(of_error(&error.to_string())),
                None => return Err(Ended::Gone),
            };
            let now = Instant::now();
            self.heard_at = now;
            let is_within = self.take(now);
            match message {
                Message::Text(text) if is_within => return Ok(Incoming::Text(text)),
                Message::Binary(_) => return Err(Ended::Close(code::UNSUPPORTED, "send text")),
                Message::Close(_) => return Err(Ended::Gone),
                Message::Ping(_) | Message::Pong(_) if is_within => {}
                Message::Text(_) | Message::Ping(_) | Message::Pong(_) => {
                    self.strikes += 1;
                    if self.strikes > STRIKES {
                        return Err(Ended::Close(code::THROTTLED, "too many frames"));
                    }
                    return Ok(Incoming::TooFast);
                }
            }
        }
    }

    /// Sends a text, unless the client takes nothing.
    pub(super) async fn tell(&mut self, text: impl Into<Utf8Bytes>) -> Result<(), Ended> {
        self.send(Message::Text(text.into())).await
    }

    /// Asks the client's end for a sign of life, which clients give by themselves; refuses one that gave none for too long.
    pub(super) async fn beat(&mut self, silence: Duration) -> Result<(), Ended> {
        if self.heard_at.elapsed() > silence {
            return Err(Ended::Close(code::SILENT, "nothing was heard for too long"));
        }
        self.send(Message::Ping(bytes::Bytes::new())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Ended> {
        match timeout(self.patience, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Ended::Gone),
            Err(_) => Err(Ended::Close(code::SLOW, "nothing was taken for too long")),
        }
    }

    /// Says goodbye, and waits a moment for the answer, so that the code arrives.
    pub(super) async fn close(mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
        let farewell = async {
            if self.socket.send(Message::Close(Some(frame))).await.is_ok() {
                while let Some(Ok(_)) = self.socket.recv().await {}
            }
        };
        // A client that doesn't answer is cut off.
        let _ = timeout(FAREWELL, farewell).await;
    }

    /// Whether one more frame may come now.
    fn take(&mut self, now: Instant) -> bool {
        let then = self.full_at.max(now) + STEP;
        let is_within = then <= now + STEP * BURST;
        if is_within {
            self.full_at = then;
        }
        is_within
    }
}

/// What is wrong with what came in.
fn of_error(told: &str) -> Ended {
    if told.contains("too long") || told.contains("too big") {
        return Ended::Close(code::TOO_LARGE, "a message has at most 16 kB");
    }
    if told.contains("protocol") || told.contains("UTF-8") || told.contains("utf-8") {
        return Ended::Close(code::PROTOCOL, "that is no WebSocket frame");
    }
    Ended::Gone
}
