//! The payment provider, as far as orders need it.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use super::WebhookEvent;
use crate::effect::{IdempotencyKey, OpenPayment, PaymentRef, RefundPayment};
use crate::money::Money;
use crate::payment::{CloseReason, ProviderRefs, RefundState};
use crate::time::Timestamp;

/// Opens, looks up and closes payment attempts, and gives money back.
///
/// # Contract
/// - A call that answers `Ok` has reached the provider, and the answer is the provider's own word.
/// - `open` and `refund` are executed at most once per key as long as the provider remembers the key; callers look up
///   before they send again.
/// - `look_up` and `look_up_refund` change nothing. `Ok(None)` means that the provider does not know the object: the
///   whole window from `started_at` (or `requested_at`) on was searched, not only the first page.
/// - `find_sent` may search less: what was sent at `sent_at` was made, if at all, before
///   [`REPLY_GRACE`](crate::effect::REPLY_GRACE) had passed. What was made, and was there when the call began, is found.
/// - No search takes so long that a worker's claim runs out over it: one that can't be finished in time is an error, never
///   `Ok(None)`.
/// - `void` never fails because the attempt is already closed or paid: it answers with the standing. An attempt that can
///   be neither closed nor found paid answers with its true standing, `Open` or `Settling`.
/// - `events` lists what webhooks bring: the same ids, and bodies that [`interpret`](super::WebhookVerifier::interpret) reads.
///   Its pages together hold everything of the window that the provider still has on record and that can concern an order,
///   whether or not its webhook was ever delivered, in any order.
/// - No method retries by itself after anything was sent; the caller knows the schedule.
#[async_trait]
pub trait PaymentGateway: fmt::Debug + Send + Sync + 'static {
    /// Opens an attempt.
    async fn open(&self, request: &OpenPayment, key: &IdempotencyKey) -> Result<PaymentSnapshot, GatewayError>;

    /// Finds an attempt by the provider's names for it, or else by the order and attempt that it carries.
    async fn look_up(&self, payment: &PaymentRef) -> Result<Option<PaymentSnapshot>, GatewayError>;

    /// Finds an attempt whose opening was sent at `sent_at`, and never answered, by the order and attempt that it carries.
    async fn find_sent(
        &self,
        payment: &PaymentRef,
        sent_at: Timestamp,
    ) -> Result<Option<PaymentSnapshot>, GatewayError> {
        let _anywhere = sent_at;
        self.look_up(payment).await
    }

    /// Closes an attempt so that it can't be paid, or finds out that it has been. `Ok(None)` if the provider doesn't know it.
    async fn void(&self, payment: &PaymentRef, key: &IdempotencyKey) -> Result<Option<PaymentSnapshot>, GatewayError>;

    /// Gives money back.
    async fn refund(&self, request: &RefundPayment, key: &IdempotencyKey) -> Result<RefundSnapshot, GatewayError>;

    /// Finds a refund by the provider's name for it, or else by the order and refund number that it carries.
    async fn look_up_refund(&self, request: &RefundPayment) -> Result<Option<RefundSnapshot>, GatewayError>;

    /// One page of what the provider has on record of a window of time; `after` is the `next` of the page before.
    async fn events(&self, window: EventWindow, after: Option<&str>) -> Result<EventPage, GatewayError>;

    /// Whether the provider can be reached with the credentials at hand; for readiness and `doctor`.
    async fn check(&self) -> Result<(), GatewayError>;
}

/// An attempt as the provider sees it at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentSnapshot {
    /// The provider's names for it.
    pub refs: ProviderRefs,
    /// How it stands.
    pub standing: PaymentStanding,
    /// Where the buyer can pay it, while that is possible.
    pub page: Option<PaymentPage>,
}

/// How an attempt stands at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentStanding {
    /// It can be paid; nothing, or only a part, has been captured.
    Open {
        /// What has been captured so far.
        captured: Money,
    },
    /// Promised by a delayed method, not settled.
    Settling {
        /// When it will have settled or failed, if the provider says.
        by: Option<Timestamp>,
    },
    /// Paid: the whole sum captured.
    Captured {
        /// The sum.
        total: Money,
    },
    /// It can no longer be paid.
    Closed {
        /// Why.
        reason: CloseReason,
        /// What had been captured by then, usually nothing.
        captured: Money,
    },
}

/// Where the buyer pays. `Debug` shows neither field, since both let their holder pay or see the order.
#[derive(Clone, PartialEq, Eq)]
pub struct PaymentPage {
    /// The provider's hosted page.
    pub url: Option<String>,
    /// What a page of the host hands to the provider's embedded form.
    pub client_secret: Option<String>,
    /// When the page closes.
    pub expires_at: Timestamp,
}

impl fmt::Debug for PaymentPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PaymentPage").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// A refund as the provider sees it at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundSnapshot {
    /// The provider's name for it.
    pub provider_id: String,
    /// How much.
    pub amount: Money,
    /// How far it has come.
    pub state: RefundState,
}

/// A window of the provider's record: both ends belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventWindow {
    /// Made at this moment or later.
    pub from: Timestamp,
    /// Made at this moment or before.
    pub until: Timestamp,
}

/// One page of the provider's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPage {
    /// The events.
    pub events: Vec<ListedEvent>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<String>,
}

/// An event of the provider's record. It came over an authenticated connection, so there is no signature to check.
#[derive(Clone, PartialEq, Eq)]
pub struct ListedEvent {
    /// Its envelope.
    pub event: WebhookEvent,
    /// Its body, as a webhook would bring it.
    pub body: Vec<u8>,
}

impl fmt::Debug for ListedEvent {
    /// Without the body, which may hold personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListedEvent").field("event", &self.event).field("body_len", &self.body.len()).finish()
    }
}

/// What a caller can do about a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GatewayErrorKind {
    /// The provider executed the request and refused it for good. The same request will be refused again.
    Refused,
    /// The request certainly was not executed: not sent, rate limited, locked. Send the same again later.
    NotSent,
    /// The request may have been executed. Look it up before anything is sent again.
    Unknown,
    /// The credentials or the account are wrong; certainly not executed. A person must act; trying later may help.
    Misconfigured,
}

/// A failed call to the payment provider. The text never holds a secret.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct GatewayError {
    /// What a caller can do.
    pub kind: GatewayErrorKind,
    /// The provider's code, such as `amount_too_small`, if it gave one.
    pub code: Option<String>,
    /// What happened, in words.
    pub message: String,
    /// Not to be tried again before this has passed, if the provider said so.
    pub retry_after: Option<Duration>,
    /// The error below.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl GatewayError {
    /// An error of this kind with words for people.
    #[must_use]
    pub fn new(kind: GatewayErrorKind, message: impl Into<String>) -> Self {
        Self { kind, code: None, message: message.into(), retry_after: None, source: None }
    }
}
