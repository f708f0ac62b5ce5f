//! `payment_intent`.

use serde::Deserialize;

use super::open_enum::open_enum;
use super::{Charge, Expandable, Identified, Metadata, Private, nullable};

/// One payment, through however many tries of a card.
#[derive(Clone, Debug, Deserialize)]
pub struct PaymentIntent {
    /// `pi_…`
    pub id: String,
    /// How far it has come.
    pub status: PaymentIntentStatus,
    /// What is to be paid, in Stripe's minor unit.
    pub amount: i64,
    /// What has been captured.
    #[serde(default, deserialize_with = "nullable")]
    pub amount_received: i64,
    /// The currency in small letters.
    pub currency: String,
    /// The latest try.
    pub latest_charge: Option<Expandable<Charge>>,
    /// The label that groups the charge with its transfers.
    pub transfer_group: Option<String>,
    /// Our notes.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: Metadata,
    /// Why the latest try failed, if it did.
    pub last_payment_error: Option<LastPaymentError>,
    /// Why it was cancelled, if it was.
    pub cancellation_reason: Option<String>,
    /// What the buyer has to do next, if anything.
    pub next_action: Option<NextAction>,
    /// For the payment form in a page of the host.
    pub client_secret: Option<Private>,
    /// Unix seconds.
    pub created: i64,
    /// Whether it moves real money.
    #[serde(default)]
    pub livemode: bool,
}

open_enum! {
    /// How far a payment has come.
    PaymentIntentStatus {
        /// It waits for a card or the like; also after a decline.
        RequiresPaymentMethod = "requires_payment_method",
        /// It waits to be confirmed.
        RequiresConfirmation = "requires_confirmation",
        /// It waits for the buyer: 3-D Secure, or paying a voucher.
        RequiresAction = "requires_action",
        /// The bank is at work.
        Processing = "processing",
        /// Authorised, not captured. Designia never asks for this.
        RequiresCapture = "requires_capture",
        /// Closed unpaid.
        Canceled = "canceled",
        /// Paid.
        Succeeded = "succeeded",
    }
}

/// Why a try failed.
#[derive(Clone, Debug, Deserialize)]
pub struct LastPaymentError {
    /// The code, such as `card_declined`.
    pub code: Option<String>,
    /// The issuer's reason, such as `insufficient_funds`.
    pub decline_code: Option<String>,
    /// The charge that failed.
    pub charge: Option<String>,
}

/// What the buyer has to do next. Only vouchers and bank transfers are told apart: with those the buyer has left the
/// page, and the money comes days later or never.
#[derive(Clone, Debug, Deserialize)]
pub struct NextAction {
    /// Such as `use_stripe_sdk` or `multibanco_display_details`.
    #[serde(rename = "type")]
    pub kind: String,
    multibanco_display_details: Option<Voucher>,
    boleto_display_details: Option<Voucher>,
    konbini_display_details: Option<Voucher>,
    oxxo_display_details: Option<Voucher>,
}

#[derive(Clone, Debug, Deserialize)]
struct Voucher {
    /// OXXO's voucher alone calls it `expires_after`.
    #[serde(alias = "expires_after")]
    expires_at: Option<i64>,
}

impl NextAction {
    /// Whether the buyer has been given a voucher or an account number to pay to.
    #[must_use]
    pub fn is_delayed(&self) -> bool {
        self.voucher().is_some()
            || matches!(
                self.kind.as_str(),
                "display_bank_transfer_instructions"
                    | "multibanco_display_details"
                    | "boleto_display_details"
                    | "konbini_display_details"
                    | "oxxo_display_details"
            )
    }

    /// Until when the voucher can be paid, in Unix seconds.
    #[must_use]
    pub fn voucher_expires_at(&self) -> Option<i64> {
        self.voucher().and_then(|voucher| voucher.expires_at)
    }

    fn voucher(&self) -> Option<&Voucher> {
        self.multibanco_display_details
            .as_ref()
            .or(self.boleto_display_details.as_ref())
            .or(self.konbini_display_details.as_ref())
            .or(self.oxxo_display_details.as_ref())
    }
}

impl Identified for PaymentIntent {
    fn id(&self) -> &str {
        &self.id
    }
}
