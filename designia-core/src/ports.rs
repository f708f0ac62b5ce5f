//! The roles that an engine needs filled, one trait each, and [`Ports`], the struct that holds who fills them.
//!
//! Every port is object-safe, small, and free of policy. Its contract is written on the trait and checked by the
//! conformance suite in `testing::conformance`.

mod payment_gateway;
mod rate_source;
mod webhook_verifier;

pub use payment_gateway::{
    GatewayError, GatewayErrorKind, PaymentGateway, PaymentPage, PaymentSnapshot, PaymentStanding, RefundSnapshot,
};
pub use rate_source::{RateSource, RateSourceError, RateSourceErrorKind};
pub use webhook_verifier::{
    PaymentLocator, WebhookError, WebhookEvent, WebhookRequest, WebhookSubject, WebhookVerifier,
};
