//! The socket of a conversation.

use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use designia_core::chat::{Frame, Message, Said, conversation_channel};
use designia_core::id::ConversationId;
use designia_core::ports::{MessageRange, StoreErrorKind};
use designia_core::service::chat::{ChatError, Draft, Person};
use tokio::time::{Instant, sleep_until, timeout};

use super::frames::{Answer, Gap, Order, Payload, code_of};
use super::rooms::{Heard, Seat, What};
use super::wire::{Ended, Incoming, Wire, code};
use super::{Hub, MESSAGES, stopped};
use crate::http::auth::Caller;

/// How many messages are read at once, and how many are sent at most to somebody who was away: what is longer ago is in the history.
const CHUNK: u32 = 100;
const MOST: u64 = 1_000;

/// How soon the store is asked again after it failed.
const AGAIN: Duration = Duration::from_secs(1);

/// At most one sign of typing is told in this time.
const TYPING: Duration = Duration::from_secs(1);

/// One socket.
pub(super) struct Talk<'h> {
    hub: &'h Hub,
    wire: &'h mut Wire,
    caller: &'h Caller,
    me: Person,
    other: Person,
    id: ConversationId,
    /// The number of the last message that was passed on.
    last: u64,
    /// Whether there may be more in the store.
    is_behind: bool,
    typed_at: Option<Instant>,
}

/// How far reading on from the store has come.
enum Progress {
    /// There was nothing more.
    Done,
    /// There may be more.
    More,
    /// The store can't be read now.
    Later,
}

/// Serves a socket until it ends. `after` is the last message that the client has; without it, it has what there is.
pub(super) async fn serve(
    hub: &Hub,
    wire: &mut Wire,
    caller: &Caller,
    id: ConversationId,
    after: Option<u64>,
) -> Result<(), Ended> {
    // First listen, then look: what comes in between is heard twice and passed on once.
    let seat = hub.rooms.enter(&conversation_channel(id)).await;
    let chat = &hub.ports.chat;
    let conversation = chat.conversation(caller.account, id).await.map_err(|error| refused(&error))?;
    let other = conversation.other(caller.account).map_or(caller.account, |side| side.account);
    let faces = chat.faces(&[other]).await.map_err(|error| refused(&error))?;
    let name = faces.get(&other).map_or_else(String::new, |face| face.name.clone());
    let mut talk = Talk {
        hub,
        wire,
        caller,
        me: Person { account: caller.account, name: caller.name.clone() },
        other: Person { account: other, name },
        id,
        last: after.map_or(conversation.last_seq, |after| after.min(conversation.last_seq)),
        is_behind: after.is_some(),
        typed_at: None,
    };
    talk.run(seat).await
}

impl Talk<'_> {
    async fn run(&mut self, mut seat: Seat) -> Result<(), Ended> {
        enum Event {
            Incoming(Incoming),
            Heard(Heard),
            Time,
            Stop,
        }
        let mut stop = self.hub.stop.subscribe();
        let mut beat_at = Instant::now() + self.hub.limits.beat;
        loop {
            if Instant::now() >= beat_at {
                self.hub.look_after(self.wire, self.caller).await?;
                beat_at = Instant::now() + self.hub.limits.beat;
            }
            let mut wake_at = beat_at;
            if self.is_behind {
                match self.catch_up().await? {
                    Progress::Done => {}
                    Progress::More => wake_at = Instant::now(),
                    Progress::Later => wake_at = beat_at.min(Instant::now() + AGAIN),
                }
            }
            let event = tokio::select! {
                incoming = self.wire.next() => Event::Incoming(incoming?),
                heard = seat.hear() => Event::Heard(heard),
                () = sleep_until(wake_at) => Event::Time,
                () = stopped(&mut stop) => Event::Stop,
            };
            match event {
                Event::Incoming(Incoming::Text(text)) => self.obey(&text).await?,
                Event::Incoming(Incoming::TooFast) => self.complain("throttled", "too many frames").await?,
                Event::Heard(Heard::Frame(text, what)) => self.pass(text, what).await?,
                Event::Heard(Heard::Missed) => self.is_behind = true,
                Event::Time => {}
                Event::Stop => return Err(Ended::Close(code::RESTART, "the server restarts")),
            }
        }
    }

    /// Passes on what was heard, in the order of the numbers.
    async fn pass(&mut self, text: Utf8Bytes, what: What) -> Result<(), Ended> {
        match what {
            What::Message(seq) if seq <= self.last => Ok(()),
            What::Message(seq) if seq == self.last + 1 && !self.is_behind => {
                self.wire.tell(text).await?;
                self.last = seq;
                Ok(())
            }
            What::Message(_) => {
                self.is_behind = true;
                Ok(())
            }
            What::Typing(sender) if sender == self.me.account => Ok(()),
            What::Typing(_) | What::Other => self.wire.tell(text).await,
        }
    }

    /// Sends some of what the store has beyond the last message that was passed on.
    async fn catch_up(&mut self) -> Result<Progress, Ended> {
        let chat = &self.hub.ports.chat;
        let read = chat.messages(self.me.account, self.id, MessageRange::After(self.last), CHUNK).await;
        let (conversation, messages) = match read {
            Ok(read) => read,
            Err(ChatError::Store(error)) if error.kind == StoreErrorKind::Unavailable => return Ok(Progress::Later),
            Err(error) => return Err(refused(&error)),
        };
        let first = conversation.last_seq.saturating_sub(MOST);
        if self.last < first {
            let data = Gap { after: self.last, before: first + 1 };
            self.wire.tell(Answer::Behind { data }.text()).await?;
            self.last = first;
            return Ok(Progress::More);
        }
        let is_more = messages.len() >= usize::try_from(CHUNK).unwrap_or(usize::MAX);
        // Each message may take its time; all of them together may not take so long that nobody looks at the token.
        let sent = timeout(3 * self.hub.limits.patience, self.pass_on(messages)).await;
        sent.map_err(|_| Ended::Close(code::SLOW, "too little was taken for too long"))??;
        self.is_behind = is_more;
        Ok(if is_more { Progress::More } else { Progress::Done })
    }

    async fn pass_on(&mut self, messages: Vec<Message>) -> Result<(), Ended> {
        for message in messages {
            let sender = if message.sender == self.me.account { &self.me } else { &self.other };
            let data: Said = self.hub.ports.chat.said(&message, sender.name.clone());
            let text = Frame::Message { data }.text().map_err(|_| failed())?;
            self.wire.tell(text).await?;
            self.last = message.seq;
        }
        Ok(())
    }

    async fn obey(&mut self, text: &str) -> Result<(), Ended> {
        match serde_json::from_str(text) {
            Ok(Order::Message { payload }) => self.say(payload).await,
            Ok(Order::Typing) => {
                let now = Instant::now();
                if self.typed_at.is_none_or(|at| now.duration_since(at) >= TYPING) {
                    self.typed_at = Some(now);
                    self.hub.ports.chat.typing(&self.me, self.id).await;
                }
                Ok(())
            }
            Ok(Order::Read { seq }) => match self.hub.ports.chat.read(self.me.account, self.id, seq).await {
                Ok(_) => Ok(()),
                Err(error) => self.complain(code_of(&error), "it could not be marked as read").await,
            },
            Ok(Order::Resume { after }) => {
                self.last = self.last.min(after);
                self.is_behind = true;
                Ok(())
            }
            Ok(Order::Ping) => self.wire.tell(Answer::Pong.text()).await,
            Ok(Order::Pong) => Ok(()),
            Ok(Order::Unknown) => self.complain("unknown_type", "there is no such type of frame").await,
            Err(_) => self.complain("invalid", "that is not a JSON object with a type that can be read").await,
        }
    }

    async fn say(&mut self, payload: Payload) -> Result<(), Ended> {
        let (chat, name) = (&self.hub.ports.chat, payload.client_id.clone());
        let sent = match draft(payload) {
            Ok(draft) => chat.say(&self.me, self.id, draft).await,
            Err(error) => Err(error),
        };
        match sent {
            Ok(sent) => {
                self.hub.ports.metrics.count(MESSAGES, &[], 1);
                if let Some(name) = &name {
                    self.wire.tell(Answer::ack(&sent.said, name).text()).await?;
                }
                chat.announce(&sent).await;
                // If nobody could be told, this socket still shows what was sent.
                self.is_behind |= sent.said.seq > self.last + 1;
                Ok(())
            }
            Err(ChatError::NoSuchConversation) => Err(Ended::Close(code::FORBIDDEN, "not your conversation")),
            Err(error) => {
                let retry_after_ms = match &error {
                    ChatError::TooMany { retry_after } => u64::try_from(retry_after.as_millis()).ok(),
                    _ => None,
                };
                let told = match &error {
                    ChatError::Store(_) => "it could not be stored; send it again".to_owned(),
                    known => known.to_string(),
                };
                let client_id = name.as_deref();
                let answer = Answer::Error { code: code_of(&error), message: &told, client_id, retry_after_ms };
                self.wire.tell(answer.text()).await
            }
        }
    }

    async fn complain(&mut self, code: &str, message: &str) -> Result<(), Ended> {
        self.wire.tell(Answer::error(code, message).text()).await
    }
}

fn draft(payload: Payload) -> Result<Draft, ChatError> {
    let Payload { text, image_url, client_id } = payload;
    Ok(Draft {
        text: text.unwrap_or_default(),
        image: image_url.map(|key| key.parse()).transpose()?,
        client_id: client_id.map(|name| name.parse()).transpose()?,
    })
}

/// Why a conversation can't be shown.
fn refused(error: &ChatError) -> Ended {
    match error {
        ChatError::NoSuchConversation => Ended::Close(code::FORBIDDEN, "not your conversation"),
        ChatError::Store(_) => {
            tracing::warn!(%error, "a conversation can't be read");
            failed()
        }
        _ => failed(),
    }
}

const fn failed() -> Ended {
    Ended::Close(code::INTERNAL, "something failed inside the server")
}
