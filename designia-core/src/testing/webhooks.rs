//! A provider's webhooks in a form that tests can write.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{AttemptNo, OrderId, RefundNo};
use crate::money::Money;
use crate::payment::{PaymentNews, ProviderRefs, RefundState};
use crate::ports::{PaymentLocator, WebhookError, WebhookEvent, WebhookRequest, WebhookSubject, WebhookVerifier};
use crate::time::Timestamp;

/// A [`WebhookVerifier`] for tests: the header [`FakeWebhooks::HEADER`] must equal the secret, and the body is JSON that
/// [`FakeWebhooks::body`] writes. It checks no signature and no time, so it proves nothing but that it was asked.
#[derive(Clone)]
pub struct FakeWebhooks {
    secret: String,
}

/// The body of a fake event.
#[derive(Serialize, Deserialize)]
struct Body {
    id: String,
    kind: String,
    created_at: Timestamp,
    subject: Subject,
}

/// [`WebhookSubject`] as it is written.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Subject {
    Payment { locator: Locator, news: PaymentNews },
    Refund { locator: Locator, refund: Option<RefundNo>, provider_id: String, amount: Money, state: RefundState },
    Unrelated,
}

/// [`PaymentLocator`] as it is written.
#[derive(Serialize, Deserialize)]
struct Locator {
    order: Option<OrderId>,
    attempt: Option<AttemptNo>,
    refs: ProviderRefs,
}

impl FakeWebhooks {
    /// The header that must equal the secret.
    pub const HEADER: &'static str = "test-signature";

    /// Accepts requests that carry this secret.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Self { secret: secret.into() }
    }

    /// The headers of an authentic request.
    #[must_use]
    pub fn headers(&self) -> [(&str, &[u8]); 1] {
        [(Self::HEADER, self.secret.as_bytes())]
    }

    /// The body of an event that says this.
    ///
    /// # Panics
    /// Never: every event can be written.
    #[must_use]
    pub fn body(event: &WebhookEvent, subject: &WebhookSubject) -> Vec<u8> {
        let WebhookEvent { id, kind, created_at } = event.clone();
        let body = Body { id, kind, created_at, subject: subject.clone().into() };
        serde_json::to_vec(&body).expect("an event can be written as JSON")
    }

    fn read(body: &[u8]) -> Result<Body, WebhookError> {
        serde_json::from_slice(body).map_err(|error| WebhookError::Malformed(error.to_string()))
    }
}

impl fmt::Debug for FakeWebhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeWebhooks").finish_non_exhaustive()
    }
}

impl WebhookVerifier for FakeWebhooks {
    fn verify(&self, request: &WebhookRequest<'_>, _now: Timestamp) -> Result<WebhookEvent, WebhookError> {
        let signature = request.header(Self::HEADER).ok_or(WebhookError::MissingSignature)?;
        if signature != self.secret {
            return Err(WebhookError::BadSignature);
        }
        let Body { id, kind, created_at, subject: _ } = Self::read(request.body)?;
        Ok(WebhookEvent { id, kind, created_at })
    }

    fn interpret(&self, body: &[u8]) -> Result<WebhookSubject, WebhookError> {
        Ok(Self::read(body)?.subject.into())
    }
}

impl From<WebhookSubject> for Subject {
    fn from(subject: WebhookSubject) -> Self {
        match subject {
            WebhookSubject::Payment { locator, news } => Self::Payment { locator: locator.into(), news },
            WebhookSubject::Refund { locator, refund, provider_id, amount, state } => {
                Self::Refund { locator: locator.into(), refund, provider_id, amount, state }
            }
            WebhookSubject::Unrelated => Self::Unrelated,
        }
    }
}

impl From<Subject> for WebhookSubject {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::Payment { locator, news } => Self::Payment { locator: locator.into(), news },
            Subject::Refund { locator, refund, provider_id, amount, state } => {
                Self::Refund { locator: locator.into(), refund, provider_id, amount, state }
            }
            Subject::Unrelated => Self::Unrelated,
        }
    }
}

impl From<PaymentLocator> for Locator {
    fn from(PaymentLocator { order, attempt, refs }: PaymentLocator) -> Self {
        Self { order, attempt, refs }
    }
}

impl From<Locator> for PaymentLocator {
    fn from(Locator { order, attempt, refs }: Locator) -> Self {
        Self { order, attempt, refs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixtures::{NOW, euros, order_id};

    fn event() -> WebhookEvent {
        WebhookEvent { id: "evt_1".to_owned(), kind: "refund.updated".to_owned(), created_at: NOW }
    }

    fn subjects() -> [WebhookSubject; 3] {
        let refs = ProviderRefs { session: Some("cs_1".to_owned()), payment: None };
        let locator = PaymentLocator { order: Some(order_id(1)), attempt: Some(AttemptNo::FIRST), refs };
        [
            WebhookSubject::Payment { locator: locator.clone(), news: PaymentNews::Captured { total: euros(1) } },
            WebhookSubject::Refund {
                locator,
                refund: Some(RefundNo::FIRST),
                provider_id: "re_1".to_owned(),
                amount: euros(1),
                state: RefundState::Pending,
            },
            WebhookSubject::Unrelated,
        ]
    }

    #[test]
    fn what_is_written_is_read() {
        let webhooks = FakeWebhooks::new("secret");
        for subject in subjects() {
            let body = FakeWebhooks::body(&event(), &subject);
            let request = WebhookRequest { headers: &webhooks.headers(), body: &body };
            assert_eq!(webhooks.verify(&request, NOW), Ok(event()));
            assert_eq!(webhooks.interpret(&body), Ok(subject));
        }
    }

    #[test]
    fn a_request_without_the_secret_is_refused() {
        let webhooks = FakeWebhooks::new("secret");
        let body = FakeWebhooks::body(&event(), &WebhookSubject::Unrelated);
        let refused = |headers: &[(&str, &[u8])], body| webhooks.verify(&WebhookRequest { headers, body }, NOW);
        assert_eq!(refused(&[], &body), Err(WebhookError::MissingSignature));
        assert_eq!(refused(&[(FakeWebhooks::HEADER, b"guess")], &body), Err(WebhookError::BadSignature));
        assert!(matches!(refused(&webhooks.headers(), b"{"), Err(WebhookError::Malformed(_))));
    }
}
