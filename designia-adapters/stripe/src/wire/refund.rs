//! `refund`.

use serde::Deserialize;

use super::open_enum::open_enum;
use super::{Charge, Expandable, Identified, Metadata, PaymentIntent, nullable};

/// Money on its way back to the buyer.
#[derive(Clone, Debug, Deserialize)]
pub struct Refund {
    /// `re_…` (or `pyr_…`).
    pub id: String,
    /// How far it has come; absent on some old objects.
    pub status: Option<RefundStatus>,
    /// In Stripe's minor unit.
    pub amount: i64,
    /// The currency in small letters.
    pub currency: String,
    /// The charge whose money goes back.
    pub charge: Option<Expandable<Charge>>,
    /// The payment whose money goes back.
    pub payment_intent: Option<Expandable<PaymentIntent>>,
    /// Why it failed.
    pub failure_reason: Option<String>,
    /// Why it waits: `processing`, `insufficient_funds`, `charge_pending`.
    pub pending_reason: Option<String>,
    /// Our notes.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: Metadata,
    /// Unix seconds.
    pub created: i64,
}

open_enum! {
    /// How far a refund has come.
    RefundStatus {
        /// Under way, or waiting for funds.
        Pending = "pending",
        /// The buyer has to say where to.
        RequiresAction = "requires_action",
        /// On its way to the buyer; it can still fail days later.
        Succeeded = "succeeded",
        /// The money came back to the platform.
        Failed = "failed",
        /// It was called off.
        Canceled = "canceled",
    }
}

impl Identified for Refund {
    fn id(&self) -> &str {
        &self.id
    }
}
