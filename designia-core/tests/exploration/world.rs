//! One state of the whole: the order as it is stored, the calls planned for it, the stock, the clock, and the truth at the
//! provider, which the engine knows only by asking and by being told.

use std::hash::Hash;

use designia_core::effect::EffectState;
use designia_core::payment::RefundState;

use super::bounds::{ATTEMPTS, CALLS, REFUNDS};
use super::words::{Input, Kind};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) now: u8,
    /// The order, as an entry of the book.
    pub(crate) order: u32,
    pub(crate) sessions: [Session; ATTEMPTS],
    pub(crate) refunds: [ProviderRefund; REFUNDS],
    pub(crate) dashboard: Option<DashboardRefund>,
    /// The calls that are not done, in order; the rest of the places are empty.
    pub(crate) calls: [Option<Call>; CALLS],
    pub(crate) available: [u8; 2],
    /// Which movements of stock have been applied: one bit for each product, reason and round.
    pub(crate) movements: u16,
    /// Another request that has decided on an order that it loaded earlier, and has not committed yet.
    pub(crate) writer: Option<Writer>,
    pub(crate) spent: Spent,
}

/// A payment attempt at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct Session {
    pub(crate) standing: Standing,
    pub(crate) captured: u8,
    /// What webhooks the provider has sent about it. Each may arrive at any time, any number of times, or never.
    pub(crate) told: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) enum Standing {
    #[default]
    None,
    Open,
    Settling,
    Paid,
    Closed,
    SettlementFailed,
}

pub(crate) mod told {
    pub(crate) const DECLINED: u8 = 1;
    pub(crate) const PROMISED: u8 = 1 << 1;
    pub(crate) const PART: u8 = 1 << 2;
    pub(crate) const PAID: u8 = 1 << 3;
    pub(crate) const CLOSED: u8 = 1 << 4;
    pub(crate) const FAILED: u8 = 1 << 5;
    /// It was closed, and a payment that was under way landed all the same.
    pub(crate) const LANDED: u8 = 1 << 6;
}

/// A refund at the provider, by the number that we gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct ProviderRefund {
    /// How far it is; `None` if the provider never made it.
    pub(crate) state: Option<RefundState>,
    /// Whether it was pending before, and whether it succeeded before: the webhooks that were sent.
    pub(crate) was_pending: bool,
    pub(crate) had_succeeded: bool,
}

/// A refund that somebody made in the provider's dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct DashboardRefund {
    pub(crate) attempt: u8,
    pub(crate) amount: u8,
    pub(crate) state: RefundState,
}

/// An effect that is not done: its row, and the worker that holds it, if one does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Call {
    pub(crate) kind: Kind,
    pub(crate) no: u8,
    pub(crate) row: EffectState,
    pub(crate) worker: Worker,
}

/// How far the worker has come that holds a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Worker {
    /// Nobody holds it, or whoever did is dead.
    None,
    /// About to send: it has seen that the order wants the call, and the call was certainly not sent before.
    Sends,
    /// It has its answer and is about to record it.
    Knows(Reply),
}

/// What the provider answered, as of the moment when it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Reply {
    Open(u8),
    Settling,
    Paid(u8),
    Closed(u8),
    SettlementFailed,
    Refund(RefundState),
    Refused,
    Absent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Writer {
    pub(crate) loaded: u32,
    pub(crate) at: u8,
    pub(crate) input: Input,
    /// Whether the store's version has moved on since.
    pub(crate) is_behind: bool,
}

/// How much of what is bounded has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct Spent {
    pub(crate) refund_failures: u8,
    pub(crate) landings: u8,
    pub(crate) dashboard: u8,
    pub(crate) writers: u8,
    pub(crate) others_bought: bool,
}

impl World {
    pub(crate) fn fingerprint(&self) -> u64 {
        super::search::hash_of(self)
    }
}
