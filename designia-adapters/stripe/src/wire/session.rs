//! `checkout.session`.

use serde::Deserialize;

use super::open_enum::open_enum;
use super::{Expandable, Identified, Metadata, PaymentIntent, Private, nullable};

/// A page on which one order can be paid once.
#[derive(Clone, Debug, Deserialize)]
pub struct CheckoutSession {
    /// `cs_…`
    pub id: String,
    /// Whether the page can still be used.
    pub status: Option<SessionStatus>,
    /// Whether the money is there, which is another question than whether the page is done.
    pub payment_status: PaymentStatus,
    /// What is to be paid, in Stripe's minor unit.
    pub amount_total: Option<i64>,
    /// The currency in small letters.
    pub currency: Option<String>,
    /// The payment behind the page; absent until the buyer has submitted it.
    pub payment_intent: Option<Expandable<PaymentIntent>>,
    /// Our name for the attempt.
    pub client_reference_id: Option<String>,
    /// Our notes.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: Metadata,
    /// Unix seconds.
    pub created: i64,
    /// Unix seconds.
    pub expires_at: i64,
    /// Whether it moves real money.
    #[serde(default)]
    pub livemode: bool,
    /// The hosted page, while it is open.
    pub url: Option<Private>,
    /// For the embedded page.
    pub client_secret: Option<Private>,
}

open_enum! {
    /// Whether a session's page can still be used.
    SessionStatus {
        /// It can.
        Open = "open",
        /// The buyer is done; a delayed payment may still be under way.
        Complete = "complete",
        /// It has run out, or we closed it.
        Expired = "expired",
    }
}

open_enum! {
    /// Whether a session's money is there.
    PaymentStatus {
        /// It is.
        Paid = "paid",
        /// It is not, or not yet.
        Unpaid = "unpaid",
        /// There was nothing to pay.
        NoPaymentRequired = "no_payment_required",
    }
}

impl Identified for CheckoutSession {
    fn id(&self) -> &str {
        &self.id
    }
}
