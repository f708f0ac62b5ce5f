//! `charge` and `balance_transaction`.

use serde::Deserialize;

use super::open_enum::open_enum;
use super::{Expandable, Identified, Metadata, PaymentIntent, nullable};

/// One try of a payment, successful or not.
#[derive(Clone, Debug, Deserialize)]
pub struct Charge {
    /// `ch_…` (or `py_…` for some bank methods).
    pub id: String,
    /// Whether it succeeded.
    pub status: ChargeStatus,
    /// What was to be collected, in Stripe's minor unit.
    pub amount: i64,
    /// What was captured.
    #[serde(default, deserialize_with = "nullable")]
    pub amount_captured: i64,
    /// What has gone back so far.
    #[serde(default, deserialize_with = "nullable")]
    pub amount_refunded: i64,
    /// The currency in small letters.
    pub currency: String,
    /// Whether all of it has gone back.
    #[serde(default)]
    pub refunded: bool,
    /// Whether the buyer's bank disputes it.
    #[serde(default)]
    pub disputed: bool,
    /// The payment that it belongs to.
    pub payment_intent: Option<Expandable<PaymentIntent>>,
    /// What it did to the platform's balance.
    pub balance_transaction: Option<Expandable<BalanceTransaction>>,
    /// The label that groups it with its transfers.
    pub transfer_group: Option<String>,
    /// Why it failed, such as `card_declined`.
    pub failure_code: Option<String>,
    /// Our notes.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: Metadata,
    /// Unix seconds.
    pub created: i64,
}

open_enum! {
    /// Whether a charge succeeded.
    ChargeStatus {
        /// It did.
        Succeeded = "succeeded",
        /// Not known yet.
        Pending = "pending",
        /// It did not.
        Failed = "failed",
    }
}

/// A movement on the platform's balance, in the settlement currency. `exchange_rate` is a JSON number and is left out:
/// nothing may be computed from it.
#[derive(Clone, Debug, Deserialize)]
pub struct BalanceTransaction {
    /// `txn_…`
    pub id: String,
    /// Gross, in Stripe's minor unit; negative when money leaves.
    pub amount: i64,
    /// What Stripe keeps.
    pub fee: i64,
    /// Gross less fee.
    pub net: i64,
    /// The settlement currency in small letters.
    pub currency: String,
    /// Unix seconds from which the net can be paid out.
    pub available_on: i64,
}

impl Identified for Charge {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Identified for BalanceTransaction {
    fn id(&self) -> &str {
        &self.id
    }
}
