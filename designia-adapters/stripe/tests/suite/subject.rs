//! The requests that the tests make, and the gateway that makes them.

use std::time::Duration;

use designia_core::effect::{IdempotencyKey, OpenPayment, PageLine, PaymentRef, RefundPayment};
use designia_core::id::{AttemptNo, RefundNo};
use designia_core::money::{Currency, Money};
use designia_core::payment::{PaymentMethod, ProviderRefs};
use designia_core::time::{DAY, Timestamp};
use designia_stripe::client::StripeClient;
use designia_stripe::config::ClientConfig;
use designia_stripe::gateway::{CheckoutPage, GatewayOptions, StripeGateway};
use designia_stripe::secret::ApiKey;

pub(crate) const ORDER: &str = "018f0000-0000-7000-8000-000000000001";
pub(crate) const KEY: &str = "sk_test_abc123";

/// 22 November 2026, noon.
pub(crate) const STARTED_AT: Timestamp = Timestamp::from_secs(1_795_348_800);

pub(crate) fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

pub(crate) fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::new(text.to_owned())
}

pub(crate) fn config(base_url: &str) -> ClientConfig {
    ClientConfig::new(ApiKey::new(KEY).unwrap()).with_base_url(base_url)
}

pub(crate) fn client(base_url: &str) -> StripeClient {
    StripeClient::new(&config(base_url)).unwrap()
}

/// A client that gives up soon, for peers that never answer.
pub(crate) fn impatient(base_url: &str) -> StripeClient {
    let wait = Duration::from_millis(200);
    StripeClient::new(&config(base_url).with_timeouts(wait, wait)).unwrap()
}

pub(crate) fn hosted() -> CheckoutPage {
    CheckoutPage::Hosted {
        success_url: "https://shop.example/paid/{ORDER_ID}?session={CHECKOUT_SESSION_ID}".to_owned(),
        cancel_url: Some("https://shop.example/cart".to_owned()),
    }
}

pub(crate) fn gateway(client: StripeClient, page: CheckoutPage) -> StripeGateway {
    StripeGateway::new(client, GatewayOptions::new(page))
}

pub(crate) fn payment(session: Option<&str>, payment: Option<&str>) -> PaymentRef {
    PaymentRef {
        order: ORDER.parse().unwrap(),
        attempt: AttemptNo::FIRST,
        refs: ProviderRefs { session: session.map(str::to_owned), payment: payment.map(str::to_owned) },
        started_at: STARTED_AT,
    }
}

pub(crate) fn opening() -> OpenPayment {
    OpenPayment {
        payment: payment(None, None),
        amount: eur(4250),
        method: PaymentMethod::Card,
        expires_at: STARTED_AT + DAY,
        email: Some("ana@example.com".to_owned()),
        lines: vec![
            PageLine { title: "Lámpara & Más".to_owned(), quantity: 2, unit_amount: eur(1250) },
            PageLine { title: "Chair".to_owned(), quantity: 1, unit_amount: eur(1750) },
        ],
    }
}

pub(crate) fn refund(payment: PaymentRef, amount: Money) -> RefundPayment {
    RefundPayment { payment, refund: RefundNo::FIRST, amount, requested_at: STARTED_AT, provider_id: None }
}
