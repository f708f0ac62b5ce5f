//! Turns a request that claims to come from the payment provider into an authentic event, and an event into a fact.

use std::fmt;

use crate::id::{AttemptNo, OrderId, RefundNo};
use crate::money::Money;
use crate::payment::{PaymentNews, ProviderRefs, RefundState};
use crate::time::Timestamp;

/// Verifies and reads webhook requests. Synchronous: it computes, it does not ask.
///
/// # Contract
/// - `verify` accepts only what the provider signed, over the raw bytes, in constant time, and not older or newer than its
///   tolerance against `now`.
/// - `interpret` reads bytes that were verified before, or that the provider [listed](super::PaymentGateway::events), perhaps
///   long ago: it must go on reading what it once could.
///   Unknown event types, fields and enum values are not errors.
pub trait WebhookVerifier: fmt::Debug + Send + Sync + 'static {
    /// Checks that the request is authentic and says which event it carries.
    fn verify(&self, request: &WebhookRequest<'_>, now: Timestamp) -> Result<WebhookEvent, WebhookError>;

    /// Reads what an authentic event says.
    fn interpret(&self, body: &[u8]) -> Result<WebhookSubject, WebhookError>;
}

/// A request as it came in.
#[derive(Clone, Copy)]
pub struct WebhookRequest<'a> {
    /// Header names and values, names in any case.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The raw body, before any decoding.
    pub body: &'a [u8],
}

impl<'a> WebhookRequest<'a> {
    /// The value of the first header with this name, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .and_then(|(_, value)| std::str::from_utf8(value).ok())
    }
}

impl fmt::Debug for WebhookRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookRequest").field("body_len", &self.body.len()).finish_non_exhaustive()
    }
}

/// The envelope of an authentic event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookEvent {
    /// The provider's id of the event (`evt_…` at Stripe): unique, the same in every delivery of it.
    pub id: String,
    /// The provider's type of the event, such as `checkout.session.completed`.
    pub kind: String,
    /// When the provider made it. Too coarse (one second) to order events by.
    pub created_at: Timestamp,
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookSubject {
    /// A payment attempt.
    Payment {
        /// How to find it.
        locator: PaymentLocator,
        /// What the event says about it.
        news: PaymentNews,
    },
    /// A refund.
    Refund {
        /// How to find the payment that it belongs to.
        locator: PaymentLocator,
        /// The refund's number, if it is one that an order asked for.
        refund: Option<RefundNo>,
        /// The provider's name for it.
        provider_id: String,
        /// How much.
        amount: Money,
        /// How far it has come.
        state: RefundState,
    },
    /// Nothing that concerns an order: it is kept and answered, nothing more.
    Unrelated,
}

/// How to find the attempt that an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PaymentLocator {
    /// The order that the object carries as metadata.
    pub order: Option<OrderId>,
    /// The attempt that the object carries as metadata.
    pub attempt: Option<AttemptNo>,
    /// The provider's names.
    pub refs: ProviderRefs,
}

/// Why a webhook request is not accepted, or an event can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// There is no signature header.
    #[error("the signature header is missing")]
    MissingSignature,
    /// The signature header can't be read.
    #[error("the signature header can't be read: {0}")]
    MalformedSignature(&'static str),
    /// No signature in the header matches any of the configured secrets.
    #[error("no signature matches")]
    BadSignature,
    /// The signature is too old or too far in the future.
    #[error("the signature's time is {age_secs} s away, and at most {tolerance_secs} s are allowed")]
    OutsideTolerance {
        /// How many seconds ago it was made; negative for the future.
        age_secs: i64,
        /// How many seconds are allowed.
        tolerance_secs: i64,
    },
    /// The event belongs to another mode or account than this installation's.
    #[error("the event belongs to {0}")]
    WrongEndpoint(String),
    /// The body is not an event.
    #[error("the body is not an event: {0}")]
    Malformed(String),
}
