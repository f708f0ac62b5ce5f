//! Outside calls as rows: written with the change that causes them, frozen, keyed, and resolved before they are repeated.
//!
//! An effect is *planned* in the same commit as the event that causes it. A worker that claims it makes it *sent* before
//! anything leaves the process, so a crash at any instruction leaves a row that says "this may have happened". Such a row,
//! and one whose answer was lost (*unknown*), is resolved by asking the provider first; only proof of absence allows a
//! second send, with the same key and the same bytes. That holds also after the provider has forgotten the key (24 hours at
//! Stripe), on a schedule that never gives up.

mod request;
mod schedule;

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use request::{EffectRequest, Message, MessageKind, OpenPayment, PageLine, PaymentRef, RefundPayment};
pub use schedule::{LEASE, REPLY_GRACE, retry_at};

use crate::id::OrderId;
use crate::time::Timestamp;

/// Which effect: the order, the event that planned it, and its place among that event's effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EffectId {
    /// The order.
    pub order: OrderId,
    /// The event's number in the order's history, from 1.
    pub event: u32,
    /// The place among the event's effects, from 0.
    pub index: u8,
}

impl fmt::Display for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.order, self.event, self.index)
    }
}

/// The text is no effect's id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no effect's id")]
pub struct EffectIdParseError(String);

impl FromStr for EffectId {
    type Err = EffectIdParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (order, rest) = text.split_once('.')?;
            let (event, index) = rest.split_once('.')?;
            Some(Self { order: order.parse().ok()?, event: event.parse().ok()?, index: index.parse().ok()? })
        };
        parse().ok_or_else(|| EffectIdParseError(text.to_owned()))
    }
}

/// The key under which the provider recognises a repeated request. Derived from the row, never random, so a restart can't
/// lose it; at most 255 characters and without personal data, as Stripe asks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Wraps a key's text.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The key's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One outside call, frozen.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Effect {
    /// Which effect.
    pub id: EffectId,
    /// The key under which the provider recognises it.
    pub key: IdempotencyKey,
    /// What is asked, exactly; it is never read again from the order.
    pub request: EffectRequest,
    /// When it was planned, which is when it is first due.
    pub planned_at: Timestamp,
}

/// How far an effect has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectState {
    /// Written; certain not to have happened.
    Planned,
    /// A worker has taken it: it may have happened.
    Sent,
    /// Its answer is known and recorded.
    Done,
    /// The provider, or the order itself, refused it for good.
    Refused,
    /// It was sent and its answer was lost: it is looked up before anything is sent again.
    Unknown,
}

impl EffectState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Planned, Self::Sent, Self::Done, Self::Refused, Self::Unknown];

    /// Whether nothing more will be done about it.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Done | Self::Refused => true,
            Self::Planned | Self::Sent | Self::Unknown => false,
        }
    }

    /// The word used in columns, filters and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Sent => "sent",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// An effect as its store holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectRecord {
    /// The frozen call.
    pub effect: Effect,
    /// How far it has come.
    pub state: EffectState,
    /// How often it has been claimed; also the fencing token of the latest claim.
    pub claims: u32,
    /// When it was first claimed: from then on it may have happened.
    pub first_sent_at: Option<Timestamp>,
    /// When it is next due, or when the present claim runs out.
    pub due_at: Timestamp,
    /// Why it is in this state, for people; never holds a secret.
    pub note: Option<String>,
    /// The calls that were made, or may have been, oldest first: the latest [`CALL_LOG`].
    #[serde(default)]
    pub calls: Vec<EffectCall>,
}

/// How many calls of an effect are kept: the latest.
pub const CALL_LOG: usize = 50;

/// What a claim of an effect was for, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectCall {
    /// When it was claimed.
    pub at: Timestamp,
    /// What for.
    pub what: CallKind,
    /// What state the effect had afterwards; `None` as long as nobody has said.
    pub outcome: Option<EffectState>,
    /// Why.
    pub note: Option<String>,
}

/// What an effect was claimed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// To send it.
    Send,
    /// To ask the provider first, since it may have happened.
    LookUp,
}

impl CallKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Send, Self::LookUp];

    /// The word used in columns and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::LookUp => "look_up",
        }
    }
}

impl EffectRecord {
    /// A fresh row.
    #[must_use]
    pub const fn planned(effect: Effect) -> Self {
        let due_at = effect.planned_at;
        Self {
            effect,
            state: EffectState::Planned,
            claims: 0,
            first_sent_at: None,
            due_at,
            note: None,
            calls: Vec::new(),
        }
    }
}

/// A claimed effect: the worker that holds it is the only one to act on it until the lease runs out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedEffect {
    /// The frozen call.
    pub effect: Effect,
    /// Proof of this claim; a completion with an older one is refused.
    pub token: u32,
    /// When it was first sent, if an earlier claim may have sent it: it must be looked up before it is sent again.
    pub maybe_sent_at: Option<Timestamp>,
    /// When the claim runs out. Nothing is sent from then on.
    pub lease_until: Timestamp,
}

/// What became of a claimed effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectSettlement {
    /// Which effect.
    pub id: EffectId,
    /// The claim's token.
    pub token: u32,
    /// The outcome.
    pub outcome: EffectOutcome,
}

/// The outcome of one claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EffectOutcome {
    /// The answer is known; it is recorded in the same commit.
    Done,
    /// Refused for good, with the reason.
    Refused(String),
    /// It certainly did not happen: it is planned again for later.
    NotSent {
        /// When to try again.
        at: Timestamp,
        /// Why.
        why: String,
    },
    /// It may have happened: ask again later.
    Unknown {
        /// When to ask.
        at: Timestamp,
        /// Why.
        why: String,
    },
}

impl EffectOutcome {
    /// The state that the row gets.
    #[must_use]
    pub const fn state(&self) -> EffectState {
        match self {
            Self::Done => EffectState::Done,
            Self::Refused(_) => EffectState::Refused,
            Self::NotSent { .. } => EffectState::Planned,
            Self::Unknown { .. } => EffectState::Unknown,
        }
    }
}

impl EffectRecord {
    /// Claims the row, if it is due.
    ///
    /// This and [`EffectRecord::settle`] are the whole life of a row; adapters that can't call them express the same in
    /// SQL, and the conformance suite holds them to it.
    pub fn claim(&mut self, now: Timestamp, lease_until: Timestamp) -> Option<ClaimedEffect> {
        if self.state.is_final() || self.due_at > now {
            return None;
        }
        let maybe_sent_at = match self.state {
            EffectState::Planned => None,
            EffectState::Sent | EffectState::Unknown | EffectState::Done | EffectState::Refused => self.first_sent_at,
        };
        self.state = EffectState::Sent;
        self.claims += 1;
        self.first_sent_at = maybe_sent_at.or(Some(now));
        self.due_at = lease_until;
        let what = if maybe_sent_at.is_some() { CallKind::LookUp } else { CallKind::Send };
        self.calls.push(EffectCall { at: now, what, outcome: None, note: None });
        let surplus = self.calls.len().saturating_sub(CALL_LOG);
        self.calls.drain(..surplus);
        Some(ClaimedEffect { effect: self.effect.clone(), token: self.claims, maybe_sent_at, lease_until })
    }

    /// Records what became of the claim with this token; `false` if a later claim has taken over.
    #[must_use]
    pub fn settle(&mut self, token: u32, outcome: &EffectOutcome) -> bool {
        if self.state != EffectState::Sent || self.claims != token {
            return false;
        }
        self.state = outcome.state();
        self.note = None;
        match outcome {
            EffectOutcome::Done => {}
            EffectOutcome::Refused(why) => self.note = Some(why.clone()),
            EffectOutcome::NotSent { at, why } => {
                self.first_sent_at = None;
                self.due_at = *at;
                self.note = Some(why.clone());
            }
            EffectOutcome::Unknown { at, why } => {
                self.due_at = *at;
                self.note = Some(why.clone());
            }
        }
        if let Some(call) = self.calls.last_mut() {
            (call.outcome, call.note) = (Some(self.state), self.note.clone());
        }
        true
    }
}
