//! One try of a buyer to pay an order: at Stripe, one Checkout Session or PaymentIntent.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::AttemptNo;
use crate::money::Money;
use crate::time::{DAY, HOUR, MINUTE, Timestamp};

/// How the buyer means to pay. The timeout policy may give each method its own deadlines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethod {
    /// A method that succeeds or fails while the buyer waits: cards and wallets.
    #[default]
    Card,
    /// A method that is promised now and settles days later (a voucher, a bank transfer), by the provider's name for
    /// it, such as `multibanco`.
    Delayed(String),
}

impl fmt::Display for PaymentMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Card => f.write_str("card"),
            Self::Delayed(name) => f.write_str(name),
        }
    }
}

/// The provider's own names for an attempt, as far as they are known. Opaque text of at most 255 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct ProviderRefs {
    /// The checkout session (`cs_…` at Stripe).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The payment (`pi_…` at Stripe).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<String>,
}

impl ProviderRefs {
    /// Whether nothing is known yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.session.is_none() && self.payment.is_none()
    }

    /// Whether both could name the same attempt: no field that both know differs.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        fn agree(left: Option<&String>, right: Option<&String>) -> bool {
            left.zip(right).is_none_or(|(left, right)| left == right)
        }
        agree(self.session.as_ref(), other.session.as_ref()) && agree(self.payment.as_ref(), other.payment.as_ref())
    }

    /// Whether both know a name, and it is the same.
    #[must_use]
    pub fn shares(&self, other: &Self) -> bool {
        (self.session.is_some() && self.session == other.session)
            || (self.payment.is_some() && self.payment == other.payment)
    }

    /// Whether `other` knows something that this does not.
    #[must_use]
    pub const fn lacks(&self, other: &Self) -> bool {
        (self.session.is_none() && other.session.is_some()) || (self.payment.is_none() && other.payment.is_some())
    }

    fn learn(&mut self, other: &Self) {
        if self.session.is_none() {
            self.session.clone_from(&other.session);
        }
        if self.payment.is_none() {
            self.payment.clone_from(&other.payment);
        }
    }
}

/// A refused card or wallet. It is a failed try inside an attempt: the buyer may try another card on the same page.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Decline {
    /// What the provider calls this try (`ch_…` at Stripe), which tells two declines from one told twice.
    pub reference: String,
    /// The provider's reason, such as `card_declined`.
    pub code: String,
}

/// Why an attempt can no longer be paid.
///
/// The order of the variants is the order of preference when several reasons are reported for one attempt, so that the
/// reports' order doesn't matter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// The provider refused to open it, with its reason.
    Refused(String),
    /// The order no longer wanted it before it was ever sent, or the provider never heard of it.
    NeverOpened,
    /// A delayed payment failed.
    SettlementFailed,
    /// It was closed unpaid: it ran out, or we voided it.
    Unpaid,
}

/// What a person calls the state of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptState {
    /// The provider has been, or is about to be, asked to open it.
    Opening,
    /// The buyer can pay.
    Open,
    /// Promised, not yet settled: normally no longer stoppable.
    Settling,
    /// Closed; what it had captured by then, if anything, stays captured.
    Closed,
    /// Paid in full.
    Captured,
}

impl AttemptState {
    /// Every state, in the order in which an attempt comes to them.
    pub const ALL: [Self; 5] = [Self::Opening, Self::Open, Self::Settling, Self::Closed, Self::Captured];

    /// The state as stores and interfaces spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Open => "open",
            Self::Settling => "settling",
            Self::Closed => "closed",
            Self::Captured => "captured",
        }
    }

    /// Whether money may still arrive through it in the ordinary way. An order has at most one live attempt.
    #[must_use]
    pub const fn is_live(self) -> bool {
        match self {
            Self::Opening | Self::Open | Self::Settling => true,
            Self::Closed | Self::Captured => false,
        }
    }
}

/// One try of a buyer to pay an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Attempt {
    no: AttemptNo,
    method: PaymentMethod,
    amount: Money,
    started_at: Timestamp,
    expires_at: Timestamp,
    refs: ProviderRefs,
    opened: bool,
    settles_by: Option<Timestamp>,
    closed: Option<CloseReason>,
    captured_minor: i64,
    declines: BTreeSet<Decline>,
    void_requested: bool,
    asks: u8,
    asked_at: Option<Timestamp>,
}

impl Attempt {
    pub(crate) fn start(
        no: AttemptNo,
        method: PaymentMethod,
        amount: Money,
        started_at: Timestamp,
        expires_at: Timestamp,
    ) -> Self {
        Self {
            no,
            method,
            amount,
            started_at,
            expires_at,
            refs: ProviderRefs::default(),
            opened: false,
            settles_by: None,
            closed: None,
            captured_minor: 0,
            declines: BTreeSet::new(),
            void_requested: false,
            asks: 0,
            asked_at: None,
        }
    }

    /// Its number within the order.
    #[must_use]
    pub const fn no(&self) -> AttemptNo {
        self.no
    }

    /// How the buyer means to pay.
    #[must_use]
    pub const fn method(&self) -> &PaymentMethod {
        &self.method
    }

    /// What the buyer was asked to pay.
    #[must_use]
    pub const fn amount(&self) -> Money {
        self.amount
    }

    /// When it was started.
    #[must_use]
    pub const fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// When the provider's page closes by itself.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// The provider's names for it.
    #[must_use]
    pub const fn refs(&self) -> &ProviderRefs {
        &self.refs
    }

    /// What has been captured through it, ever; refunds don't lower it.
    #[must_use]
    pub const fn captured(&self) -> Money {
        Money::new(self.captured_minor, self.amount.currency())
    }

    /// By when a delayed payment settles or fails, if one was promised.
    #[must_use]
    pub const fn settles_by(&self) -> Option<Timestamp> {
        self.settles_by
    }

    /// Why it was closed, if it was.
    #[must_use]
    pub const fn close_reason(&self) -> Option<&CloseReason> {
        self.closed.as_ref()
    }

    /// The refused cards, each once.
    #[must_use]
    pub const fn declines(&self) -> &BTreeSet<Decline> {
        &self.declines
    }

    /// Whether the provider has been asked to close it.
    #[must_use]
    pub const fn is_void_requested(&self) -> bool {
        self.void_requested
    }

    /// The state, derived from all that is known.
    #[must_use]
    pub const fn state(&self) -> AttemptState {
        if self.captured_minor >= self.amount.minor() {
            AttemptState::Captured
        } else if self.closed.is_some() {
            AttemptState::Closed
        } else if self.settles_by.is_some() {
            AttemptState::Settling
        } else if self.opened {
            AttemptState::Open
        } else {
            AttemptState::Opening
        }
    }

    /// When to ask the provider what became of it, because by then we should have been told: some minutes after the
    /// page closes or the settlement is due, and then ever more rarely. `None` once nothing more can come of it, and
    /// while it is still being opened (the opening effect resolves itself).
    #[must_use]
    pub fn next_ask_at(&self) -> Option<Timestamp> {
        let due = match self.state() {
            AttemptState::Open => self.expires_at,
            AttemptState::Settling => self.settles_by.unwrap_or(self.expires_at),
            AttemptState::Opening | AttemptState::Closed | AttemptState::Captured => return None,
        };
        let first = due + ASK_MARGIN;
        Some(self.asked_at.map_or(first, |asked| first.max(asked + ask_interval(self.asks))))
    }

    pub(crate) fn opened(&mut self, refs: &ProviderRefs) {
        self.opened = true;
        self.refs.learn(refs);
    }

    pub(crate) fn declined(&mut self, decline: &Decline) {
        self.opened = true;
        self.declines.insert(decline.clone());
    }

    pub(crate) fn settling(&mut self, by: Timestamp) {
        self.opened = true;
        self.settles_by = self.settles_by.max(Some(by));
    }

    pub(crate) fn captured_up_to(&mut self, minor: i64) {
        self.opened = true;
        self.captured_minor = self.captured_minor.max(minor);
    }

    pub(crate) fn close(&mut self, reason: &CloseReason) {
        if self.closed.as_ref().is_none_or(|known| reason < known) {
            self.closed = Some(reason.clone());
        }
    }

    /// Whether it is known to exist at the provider.
    #[must_use]
    pub const fn is_opened(&self) -> bool {
        self.opened
    }

    pub(crate) const fn request_void(&mut self) {
        self.void_requested = true;
    }

    pub(crate) const fn ask(&mut self, at: Timestamp) {
        self.asks = self.asks.saturating_add(1);
        self.asked_at = Some(at);
    }
}

/// How long after the moment at which the provider must know we give its webhook to arrive.
const ASK_MARGIN: Duration = Duration::from_secs(10 * MINUTE.as_secs());

/// One hour after the first question, doubling, at most a day.
fn ask_interval(asks: u8) -> Duration {
    HOUR.saturating_mul(1 << asks.saturating_sub(1).min(5)).min(DAY)
}
