//! Webhooks: what Stripe tells us by itself. First whether it was Stripe, then what it said.

mod interpret;
mod signature;
mod verifier;

pub use interpret::EVENT_TYPES;
pub use signature::SignatureVerifier;
pub use verifier::{StripeWebhooks, WebhookConfigError};
