//! Where webhook events wait until they are folded: stored before they are answered, folded once.
//!
//! The provider delivers an event at least once, in no order. Here it is kept raw under its unique id, so the answer can be
//! given at once, a repetition is recognised, and an event that can't be folded blocks nobody.

use std::fmt;

use async_trait::async_trait;

use super::{Claim, Cursor, Page, PageRequest, StoreError};
use crate::id::OrderId;
use crate::time::{MINUTE, Timestamp};

/// The setting under which stores keep [`Inbox::reconciled_until`]: microseconds since 1970, as decimal text. Being a setting, it
/// is part of every copy of a store.
pub const RECONCILED_SETTING: &str = "reconciled_until";

/// How many steps of an event are kept: the latest.
pub const INBOX_LOG: usize = 50;

/// How many events [`Inbox::events_of`] answers with at most.
pub const INBOX_OF_ORDER: u32 = 200;

/// How many events [`Inbox::events`] looks at for one page of a kind, and how many dead ones [`Inbox::dead_causes`] counts.
pub const INBOX_WALK: u32 = 10_000;

/// How many minutes [`Inbox::inbox_figures`] tells of.
pub const INBOX_MINUTES: u32 = 60;

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
/// - An event that is folded or dead is not handed out again, unless `revive` is called on it.
/// - Folding an event again is harmless: what it says is known by then.
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

    /// Lets an event that is dead or folded be folded again; `false` if it waits, or there is none of that id.
    async fn revive(&self, id: &str, now: Timestamp) -> Result<bool, StoreError>;

    /// One page of events, newest first.
    ///
    /// Kinds have no index: a page of one kind is what [`INBOX_WALK`] events hold of it. So it may be short, even empty, and
    /// still have a `next`.
    async fn events(&self, filter: &InboxFilter, page: PageRequest) -> Result<Page<InboxRecord>, StoreError>;

    /// One event.
    async fn event(&self, id: &str) -> Result<Option<InboxRecord>, StoreError>;

    /// The events that an order was changed by or confirmed in, oldest first: the latest [`INBOX_OF_ORDER`].
    async fn events_of(&self, order: OrderId) -> Result<Vec<InboxRecord>, StoreError>;

    /// Why events are dead, by kind and note, at most `limit` causes: those of the most events first. It counts the latest
    /// [`INBOX_WALK`] dead events and no others.
    async fn dead_causes(&self, limit: u32) -> Result<Vec<DeadCause>, StoreError>;

    /// How many events there are, what waits, and how many came in of late.
    async fn inbox_figures(&self, now: Timestamp) -> Result<InboxFigures, StoreError>;

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
    /// The provider's signature header as it came; `None` for what was fetched from the provider.
    pub signature: Option<String>,
}

impl fmt::Debug for InboxEvent {
    /// Without the body, which may hold personal data, and without the signature, which vouches for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboxEvent")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("received_at", &self.received_at)
            .field("body_len", &self.body.len())
            .field("is_signed", &self.signature.is_some())
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
    /// The order that it changed, or confirmed in what was known.
    pub order: Option<OrderId>,
    /// What was done about it, oldest first: the latest [`INBOX_LOG`] steps.
    pub log: Vec<InboxStep>,
}

/// Something that was done about an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxStep {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: InboxStepKind,
    /// Why.
    pub note: Option<String>,
}

/// What can be done about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InboxStepKind {
    /// A worker took it.
    Claimed,
    /// It was recorded with an order.
    Folded,
    /// It concerned no order.
    Ignored,
    /// It was put off.
    Later,
    /// It was given up.
    Dead,
    /// It was put back to waiting.
    Revived,
}

impl InboxStepKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [Self::Claimed, Self::Folded, Self::Ignored, Self::Later, Self::Dead, Self::Revived];

    /// The word used in columns and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Folded => "folded",
            Self::Ignored => "ignored",
            Self::Later => "later",
            Self::Dead => "dead",
            Self::Revived => "revived",
        }
    }
}

/// Which events.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct InboxFilter {
    /// Only those in this state.
    pub state: Option<InboxState>,
    /// Only those of this type of the provider's.
    pub kind: Option<String>,
    /// Only those that came in at this moment or later.
    pub received_from: Option<Timestamp>,
    /// Only those that came in before this moment.
    pub received_before: Option<Timestamp>,
}

impl InboxFilter {
    /// All in a state.
    #[must_use]
    pub fn of(state: InboxState) -> Self {
        Self { state: Some(state), ..Self::default() }
    }

    /// The states that are asked for.
    #[must_use]
    pub fn states(&self) -> Vec<InboxState> {
        self.state.map_or_else(|| InboxState::ALL.to_vec(), |state| vec![state])
    }

    /// Where the page begins: events on it have a smaller time and id. `None` for no bound.
    #[must_use]
    pub fn upper(&self, page: &PageRequest) -> Option<(Timestamp, String)> {
        let after = page.after.as_ref().map(|Cursor { at, id }| (*at, id.clone()));
        let before = self.received_before.map(|at| (at, String::new()));
        after.into_iter().chain(before).min()
    }
}

/// Why events are dead.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeadCause {
    /// The provider's type.
    pub kind: String,
    /// What was noted when they were given up.
    pub note: Option<String>,
    /// How many there are.
    pub events: u64,
    /// When the first of them came in.
    pub oldest: Timestamp,
    /// When the last of them came in.
    pub newest: Timestamp,
}

/// Webhook events in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct InboxFigures {
    /// How many are in each state; a state without events may be missing.
    pub by_state: Vec<(InboxState, u64)>,
    /// When the event came in that waits the longest.
    pub oldest_waiting: Option<Timestamp>,
    /// How many came in, by the minute in which they did, oldest first: the last [`INBOX_MINUTES`], of which the present one
    /// is the last. A minute in which none came in may be missing.
    pub received_by_minute: Vec<(Timestamp, u64)>,
}

impl InboxFigures {
    /// The number of a moment's minute, counted from 1970.
    #[must_use]
    pub fn minute(at: Timestamp) -> i64 {
        at.as_secs().div_euclid(60)
    }

    /// When a minute of this number begins.
    #[must_use]
    pub const fn minute_start(number: i64) -> Timestamp {
        Timestamp::from_secs(number.saturating_mul(60))
    }

    /// The numbers of the first and the last minute that are told of at `now`.
    #[must_use]
    pub fn minutes(now: Timestamp) -> (i64, i64) {
        (Self::minute(now - MINUTE * (INBOX_MINUTES - 1)), Self::minute(now))
    }
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
    /// What marks it as folded, or as settled otherwise, at this moment.
    #[must_use]
    pub fn mark(&self, at: Timestamp) -> InboxMark {
        InboxMark { event: self.event.id.clone(), token: self.token, at }
    }
}

/// Which claim of which event comes to an end, and when.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InboxMark {
    /// The provider's id of the event.
    pub event: String,
    /// The claim's token.
    pub token: u32,
    /// When it was found out what becomes of it.
    pub at: Timestamp,
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

impl InboxOutcome {
    /// What the event's log says about it.
    #[must_use]
    pub const fn step(&self) -> InboxStepKind {
        match self {
            Self::Ignored(_) => InboxStepKind::Ignored,
            Self::Later { .. } => InboxStepKind::Later,
            Self::Dead(_) => InboxStepKind::Dead,
        }
    }
}

impl InboxRecord {
    /// A fresh row.
    #[must_use]
    pub const fn waiting(event: InboxEvent) -> Self {
        let due_at = event.received_at;
        Self { event, state: InboxState::Waiting, claims: 0, due_at, note: None, order: None, log: Vec::new() }
    }

    /// Claims the row, if it is due.
    pub fn claim(&mut self, claim: Claim) -> Option<ClaimedEvent> {
        if self.state != InboxState::Waiting || self.due_at > claim.now {
            return None;
        }
        self.claims += 1;
        self.due_at = claim.until;
        self.log(claim.now, InboxStepKind::Claimed, None);
        Some(ClaimedEvent { event: self.event.clone(), token: self.claims })
    }

    /// Whether the claim with this token is the present one.
    #[must_use]
    pub fn is_held_by(&self, token: u32) -> bool {
        self.state == InboxState::Waiting && self.claims == token
    }

    /// Records that the present claim ended in a commit of this order.
    pub fn fold(&mut self, order: OrderId, at: Timestamp) {
        self.state = InboxState::Folded;
        self.note = None;
        self.order = Some(order);
        self.log(at, InboxStepKind::Folded, None);
    }

    /// Records what became of the present claim.
    pub fn settle(&mut self, outcome: InboxOutcome, at: Timestamp) {
        let step = outcome.step();
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
        self.log(at, step, self.note.clone());
    }

    /// Puts a row that is dead or folded back to waiting; `false` if it waits.
    pub fn revive(&mut self, now: Timestamp) -> bool {
        match self.state {
            InboxState::Waiting => return false,
            InboxState::Folded | InboxState::Dead => {}
        }
        self.state = InboxState::Waiting;
        self.due_at = now;
        self.log(now, InboxStepKind::Revived, None);
        true
    }

    fn log(&mut self, at: Timestamp, what: InboxStepKind, note: Option<String>) {
        self.log.push(InboxStep { at, what, note });
        let surplus = self.log.len().saturating_sub(INBOX_LOG);
        self.log.drain(..surplus);
    }
}
