//! Where webhook events wait until they are folded: stored before they are answered, folded once.
//!
//! The provider delivers an event at least once, in no order. Here it is kept raw under its unique id, so the answer can be
//! given at once, a repetition is recognised, and an event that can't be folded blocks nobody.

use std::fmt;

use async_trait::async_trait;

use super::{Claim, Page, PageRequest, StoreError};
use crate::time::Timestamp;

/// The setting under which stores keep [`Inbox::reconciled_until`]: microseconds since 1970, as decimal text. Being a setting, it
/// is part of every copy of a store.
pub const RECONCILED_SETTING: &str = "reconciled_until";

/// Reads the value of [`RECONCILED_SETTING`].
///
/// # Errors
/// A [`StoreError`] of kind `Corrupt` if it is not what was written.
pub fn reconciled_until(text: &str) -> Result<Timestamp, StoreError> {
    text.parse().map(Timestamp::from_micros).map_err(|error| StoreError::corrupt("the setting reconciled_until", error))
}

/// Keeps webhook events.
///
/// # Contract
/// - `accept` is durable when it returns, and keeps the first body under an id for ever.
/// - An event that is folded or dead is not handed out again, unless `revive` is called on a dead one.
/// - An event that changes an order is marked as folded by [`OrderStore::commit`](super::OrderStore::commit), in the same
///   transaction.
/// - `note_reconciled` never takes the moment back: noting an earlier one changes nothing.
#[async_trait]
pub trait Inbox: fmt::Debug + Send + Sync + 'static {
    /// Stores an event; `false` if it had been stored before.
    async fn accept(&self, event: InboxEvent) -> Result<bool, StoreError>;

    /// Hands out events that wait and are due at `claim.now`, the longest overdue first.
    async fn claim_events(&self, claim: Claim) -> Result<Vec<ClaimedEvent>, StoreError>;

    /// Records what became of a claimed event that changed no order. `false` if a later claim has taken over.
    async fn settle_event(&self, mark: InboxMark, outcome: InboxOutcome) -> Result<bool, StoreError>;

    /// Lets a dead event be folded again; `false` if there is no dead event of that id.
    async fn revive(&self, id: &str, now: Timestamp) -> Result<bool, StoreError>;

    /// One page of events in a state, newest first.
    async fn events(&self, state: InboxState, page: PageRequest) -> Result<Page<InboxRecord>, StoreError>;

    /// Up to which moment the provider's own record has been compared with what is here; `None` if it never was.
    async fn reconciled_until(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Notes that the provider's own record has been compared up to this moment.
    async fn note_reconciled(&self, until: Timestamp) -> Result<(), StoreError>;
}

/// An authentic event as it came in.
#[derive(Clone, PartialEq, Eq)]
pub struct InboxEvent {
    /// The provider's id.
    pub id: String,
    /// The provider's type.
    pub kind: String,
    /// When it came in.
    pub received_at: Timestamp,
    /// The raw body.
    pub body: Vec<u8>,
}

impl fmt::Debug for InboxEvent {
    /// Without the body, which may hold personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboxEvent")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("received_at", &self.received_at)
            .field("body_len", &self.body.len())
            .finish()
    }
}

/// How far an event has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InboxState {
    /// It waits to be folded.
    Waiting,
    /// It was folded, or concerned no order.
    Folded,
    /// It can't be folded: a person must look.
    Dead,
}

impl InboxState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Folded, Self::Dead];

    /// The word used in columns, filters and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Folded => "folded",
            Self::Dead => "dead",
        }
    }
}

/// An event as its store holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxRecord {
    /// The event.
    pub event: InboxEvent,
    /// How far it has come.
    pub state: InboxState,
    /// How often it has been claimed; also the fencing token of the latest claim.
    pub claims: u32,
    /// When it is next due, or when the present claim runs out.
    pub due_at: Timestamp,
    /// Why it is in this state.
    pub note: Option<String>,
}

/// A claimed event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedEvent {
    /// The event.
    pub event: InboxEvent,
    /// Proof of this claim; how often the event has been claimed.
    pub token: u32,
}

impl ClaimedEvent {
    /// What marks it as folded.
    #[must_use]
    pub fn mark(&self) -> InboxMark {
        InboxMark { event: self.event.id.clone(), token: self.token }
    }
}

/// Which claim of which event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InboxMark {
    /// The provider's id of the event.
    pub event: String,
    /// The claim's token.
    pub token: u32,
}

/// What became of a claimed event that changed no order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InboxOutcome {
    /// It concerns no order; why.
    Ignored(String),
    /// It can't be folded yet, perhaps because it overtook another.
    Later {
        /// When to try again.
        at: Timestamp,
        /// Why.
        why: String,
    },
    /// It can't be folded, with the reason.
    Dead(String),
}

impl InboxRecord {
    /// A fresh row.
    #[must_use]
    pub const fn waiting(event: InboxEvent) -> Self {
        let due_at = event.received_at;
        Self { event, state: InboxState::Waiting, claims: 0, due_at, note: None }
    }

    /// Claims the row, if it is due.
    pub fn claim(&mut self, claim: Claim) -> Option<ClaimedEvent> {
        if self.state != InboxState::Waiting || self.due_at > claim.now {
            return None;
        }
        self.claims += 1;
        self.due_at = claim.until;
        Some(ClaimedEvent { event: self.event.clone(), token: self.claims })
    }

    /// Whether the claim with this token is the present one.
    #[must_use]
    pub fn is_held_by(&self, token: u32) -> bool {
        self.state == InboxState::Waiting && self.claims == token
    }

    /// Records what became of the present claim.
    pub fn settle(&mut self, outcome: InboxOutcome) {
        match outcome {
            InboxOutcome::Ignored(why) => {
                self.state = InboxState::Folded;
                self.note = Some(why);
            }
            InboxOutcome::Later { at, why } => {
                self.due_at = at;
                self.note = Some(why);
            }
            InboxOutcome::Dead(why) => {
                self.state = InboxState::Dead;
                self.note = Some(why);
            }
        }
    }
}
