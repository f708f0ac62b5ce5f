//! The parts of Stripe's objects that are read here, and nothing else.
//!
//! Stripe counts new fields, new words in enumerations and new event types as compatible, and delivers webhooks in the
//! version of the endpoint, not in ours. So unknown fields are ignored, every enumeration has an arm for the unknown,
//! ids are opaque, and a field is required only if nothing could be said without it. The fields were read off PyPI
//! `stripe` 16.1.0, API 2026-10-28.endive.

mod charge;
mod event;
mod expandable;
mod open_enum;
mod payment_intent;
mod refund;
mod session;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer};

pub use charge::{BalanceTransaction, Charge, ChargeStatus};
pub use event::{Event, EventData};
pub use expandable::{Expandable, Identified};
pub use payment_intent::{LastPaymentError, NextAction, PaymentIntent, PaymentIntentStatus};
pub use refund::{Refund, RefundStatus};
pub use session::{CheckoutSession, PaymentStatus, SessionStatus};

use crate::secret::REDACTED;

/// One page of a list, newest first.
#[derive(Clone, Debug, Deserialize)]
pub struct List<T> {
    /// The objects.
    pub data: Vec<T>,
    /// Whether there are older ones.
    pub has_more: bool,
}

/// The `error` of an answer that is not a success.
#[derive(Clone, Deserialize)]
pub struct ErrorBody {
    /// `api_error`, `card_error`, `idempotency_error` or `invalid_request_error`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The code, such as `resource_missing`.
    pub code: Option<String>,
    /// The issuer's reason, such as `insufficient_funds`.
    pub decline_code: Option<String>,
    /// For people.
    pub message: Option<String>,
    /// The parameter that it is about.
    pub param: Option<String>,
}

impl fmt::Debug for ErrorBody {
    /// Leaves the free text out: it may repeat what was sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorBody").field("kind", &self.kind).field("code", &self.code).finish_non_exhaustive()
    }
}

/// Notes that we put on an object and get back with it.
pub type Metadata = BTreeMap<String, String>;

/// Text that lets its holder pay or see an order: a client secret, the address of a hosted page.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Private(String);

impl Private {
    /// The text, to be handed to the buyer.
    #[must_use]
    pub fn reveal(self) -> String {
        self.0
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

/// Reads an explicit `null` as the default, which `serde(default)` alone does only for an absent field.
fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests;
