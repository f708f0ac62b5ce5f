//! The port's verifier: authentic, for this installation, and an event.

use designia_core::ports::{WebhookError, WebhookEvent, WebhookRequest, WebhookSubject, WebhookVerifier};
use designia_core::time::Timestamp;

use super::interpret::interpret;
use super::signature::SignatureVerifier;
use crate::secret::SigningSecret;
use crate::wire::Event;

/// Reads the webhooks of one Stripe endpoint.
#[derive(Clone, Debug)]
pub struct StripeWebhooks {
    signatures: SignatureVerifier,
    livemode: Option<bool>,
    account: Option<String>,
}

/// The webhook configuration can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookConfigError {
    /// Without a secret every request would have to be refused.
    #[error("at least one signing secret is needed")]
    NoSecret,
    /// A tolerance of zero means "never expires" in the official SDKs, and nobody means that here.
    #[error("the tolerance for the age of a signature must be at least one second")]
    ZeroTolerance,
}

impl StripeWebhooks {
    /// Accepts events of the platform's own account that are signed with any of these secrets, within 300 s, in either
    /// mode.
    ///
    /// # Errors
    ///
    /// [`WebhookConfigError::NoSecret`] if there is none.
    pub fn new(secrets: impl IntoIterator<Item = SigningSecret>) -> Result<Self, WebhookConfigError> {
        Ok(Self::from_signatures(SignatureVerifier::new(secrets)?))
    }

    /// The same with a verifier that has its own tolerances.
    #[must_use]
    pub const fn from_signatures(signatures: SignatureVerifier) -> Self {
        Self { signatures, livemode: None, account: None }
    }

    /// Accepts only events of this mode, so that a test event never moves real goods. Take
    /// [`ApiKey::is_live`](crate::secret::ApiKey::is_live) of the key in use.
    #[must_use]
    pub const fn with_livemode(mut self, livemode: bool) -> Self {
        self.livemode = Some(livemode);
        self
    }

    /// Accepts only events of this connected account, for an endpoint of the scope "connected accounts".
    #[must_use]
    pub fn with_account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    fn check_origin(&self, event: &Event<'_>) -> Result<(), WebhookError> {
        if self.livemode.is_some_and(|livemode| livemode != event.livemode) {
            let mode = if event.livemode { "live mode" } else { "test mode" };
            return Err(WebhookError::WrongEndpoint(mode.to_owned()));
        }
        if self.account != event.account {
            let account =
                event.account.as_ref().map_or("the platform account".to_owned(), |id| format!("account {id}"));
            return Err(WebhookError::WrongEndpoint(account));
        }
        Ok(())
    }
}

impl WebhookVerifier for StripeWebhooks {
    fn verify(&self, request: &WebhookRequest<'_>, now: Timestamp) -> Result<WebhookEvent, WebhookError> {
        let header = request.header("stripe-signature").ok_or(WebhookError::MissingSignature)?;
        self.signatures.verify(header, request.body, now)?;
        let event = parse(request.body)?;
        self.check_origin(&event)?;
        Ok(WebhookEvent { id: event.id, kind: event.kind, created_at: Timestamp::from_secs(event.created) })
    }

    fn interpret(&self, body: &[u8]) -> Result<WebhookSubject, WebhookError> {
        interpret(&parse(body)?)
    }
}

fn parse(body: &[u8]) -> Result<Event<'_>, WebhookError> {
    #[derive(serde::Deserialize)]
    struct Kind {
        object: Option<String>,
    }
    let malformed = |error: serde_json::Error| {
        WebhookError::Malformed(format!("not the JSON of an event at line {} column {}", error.line(), error.column()))
    };
    // Asked first, for a better answer: a thin event lacks most of what makes an event here.
    let kind: Kind = serde_json::from_slice(body).map_err(malformed)?;
    match kind.object.as_deref() {
        Some("event") => serde_json::from_slice(body).map_err(malformed),
        Some("v2.core.event") => {
            Err(WebhookError::Malformed("a thin event; the endpoint must be set to snapshot payloads".to_owned()))
        }
        _ => Err(WebhookError::Malformed("`object` is not `event`".to_owned())),
    }
}
