//! Which calls fail, how, and which calls there were.

use std::collections::{HashMap, VecDeque};

use crate::effect::IdempotencyKey;
use crate::id::OrderId;

/// A method of the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// `open`.
    Open,
    /// `look_up`.
    LookUp,
    /// `void`.
    Void,
    /// `refund`.
    Refund,
    /// `look_up_refund`.
    LookUpRefund,
    /// `events`.
    Events,
    /// `check`.
    Check,
}

/// How a call fails.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The provider refuses for good, with this code. Not executed.
    Refused(String),
    /// The request never left. Not executed.
    NotSent,
    /// The credentials are wrong. Not executed.
    Misconfigured,
    /// The request was lost on the way, and nobody knows: unknown, not executed.
    LostRequest,
    /// The reply was lost on the way back: unknown, executed.
    LostReply,
}

/// A call that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Of which method.
    pub method: Method,
    /// About which order.
    pub order: Option<OrderId>,
    /// Under which key.
    pub key: Option<IdempotencyKey>,
    /// The fault that it met.
    pub fault: Option<Fault>,
}

impl Call {
    pub(super) fn new(method: Method, order: Option<OrderId>, key: Option<&IdempotencyKey>) -> Self {
        Self { method, order, key: key.cloned(), fault: None }
    }
}

/// The faults to come, and the calls so far.
#[derive(Default)]
pub(super) struct Script {
    faults: HashMap<Method, VecDeque<Option<Fault>>>,
    calls: Vec<Call>,
}

impl Script {
    pub(super) fn extend(&mut self, method: Method, faults: impl IntoIterator<Item = Option<Fault>>) {
        self.faults.entry(method).or_default().extend(faults);
    }

    /// Writes a call down, and says how it fails.
    pub(super) fn begin(&mut self, call: Call) -> Option<Fault> {
        let fault = self.faults.get_mut(&call.method).and_then(VecDeque::pop_front).flatten();
        self.calls.push(Call { fault: fault.clone(), ..call });
        fault
    }

    pub(super) fn calls(&self) -> &[Call] {
        &self.calls
    }
}
