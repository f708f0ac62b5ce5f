//! Which adapter fills which port: the only module of this server that names them.

mod accounts;
mod chat;
mod mail;
mod redis;
mod services;
mod shop;
mod signals;
mod stores;

use std::sync::Arc;

use designia_core::exchange::{Freshness, RateBatch};
use designia_core::money::Currency;
use designia_core::order::{LatePaymentPolicy, Terms, TimeoutPolicy};
use designia_core::ports::{Clock, PaymentGateway, Ports, RateSource, WebhookVerifier};
use designia_core::service::Policy;
use designia_core::service::catalog::{RatesFollowed, SalesNoted};
use designia_core::time::{DAY, Timestamp};
use designia_http::{BundledRates, EcbRates, ExchangeRateApi, FileRates, HttpLimits};
use designia_stripe::client::StripeClient;
use designia_stripe::config::ClientConfig;
use designia_stripe::gateway::{CheckoutPage, GatewayOptions, StripeGateway};
use designia_stripe::secret::{ApiKey, SigningSecret};
use designia_stripe::webhook::StripeWebhooks;

use crate::config::{self, CheckoutUi, Config, LatePayment, RatesFrom, Secret};
use crate::edge::SystemIds;
pub use accounts::accounts;
pub use chat::{chat, hub};
pub(crate) use mail::check_mail;
pub use mail::{mails, notifications};
pub use redis::check_redis;
pub(crate) use services::{Services, Urls};
pub use shop::{check_bucket, shop, storage};
pub use stores::{ConsolePorts, Finding, Level, Migration, Stores, check_postgres, migrations, place};

/// A failure to wire, told in one line that begins with the variable to change.
pub type WiringError = Box<dyn std::error::Error + Send + Sync>;

/// How long after the cancellation late money may still reinstate an order.
const REINSTATE_WITHIN: std::time::Duration = std::time::Duration::from_secs(DAY.as_secs());

/// How long a person has to decide about held money.
const HOLD_WITHIN: std::time::Duration = std::time::Duration::from_secs(3 * DAY.as_secs());

/// How to reach the payment provider.
#[derive(Clone, Debug)]
pub struct Provider {
    /// The API's root.
    pub api_base: String,
    /// Authenticates this server to the provider.
    pub secret_key: Secret,
    /// Authenticates the provider to this server.
    pub webhook_secret: Secret,
}

impl Provider {
    /// One that nobody is at, for whoever has no call to make. Port 9 is that of the discard service.
    #[must_use]
    pub fn nobody() -> Self {
        Self {
            api_base: "http://127.0.0.1:9".to_owned(),
            secret_key: Secret::new("sk_test_nobody"),
            webhook_secret: Secret::new("whsec_nobody"),
        }
    }
}

/// The ports over these stores and this provider.
///
/// # Errors
///
/// When a setting can't be used after all.
pub fn ports(
    config: &Config,
    stores: &Stores,
    provider: &Provider,
    shop_url: &str,
    clock: Arc<dyn Clock>,
) -> Result<Ports, WiringError> {
    let key = ApiKey::new(provider.secret_key.expose()).map_err(|error| format!("STRIPE_SECRET_KEY: {error}"))?;
    let live = key.is_live();
    let client = StripeClient::new(&ClientConfig::new(key).with_base_url(&provider.api_base))
        .map_err(|error| format!("STRIPE_API_BASE: {error}"))?;
    let gateway = StripeGateway::new(client, GatewayOptions::new(page(config.payment.checkout_ui, shop_url)));
    let webhooks = SigningSecret::new(provider.webhook_secret.expose())
        .map_err(WiringError::from)
        .and_then(|secret| Ok(StripeWebhooks::new([secret])?.with_livemode(live)))
        .map_err(|error| format!("STRIPE_WEBHOOK_SECRET: {error}"))?;
    let (gateway, webhooks): (Arc<dyn PaymentGateway>, Arc<dyn WebhookVerifier>) =
        (Arc::new(gateway), Arc::new(webhooks));
    let notifier = Arc::new(mail::teller(stores, Arc::clone(&stores.tasks.queue), Arc::clone(&clock)));
    let stores = stores.clone();
    // What was sold is counted with the message to its seller.
    let (figures, orders) = (Arc::clone(&stores.figures), Arc::clone(&stores.orders));
    let noted = SalesNoted { notifier, figures, orders };
    let ids = Arc::new(SystemIds);
    let rates = RatesFollowed {
        rates: stores.rates,
        queue: Arc::clone(&stores.tasks.queue),
        clock: Arc::clone(&clock),
        ids: ids.clone(),
    };
    Ok(Ports {
        orders: stores.orders,
        queries: stores.queries,
        catalog: stores.catalog,
        inbox: stores.inbox,
        rates: Arc::new(rates),
        rate_sources: rate_sources(&config.rates)?,
        gateway,
        webhooks,
        notifier: Arc::new(noted),
        tasks: stores.tasks,
        clock,
        ids,
    })
}

fn page(ui: CheckoutUi, shop_url: &str) -> CheckoutPage {
    let back = format!(
        "{shop_url}/checkout/confirmation/{{ORDER_ID}}?order_id={{ORDER_ID}}&session_id={{CHECKOUT_SESSION_ID}}"
    );
    match ui {
        CheckoutUi::Hosted => CheckoutPage::Hosted {
            success_url: back,
            cancel_url: Some(format!("{shop_url}/checkout/cancelled/{{ORDER_ID}}")),
        },
        CheckoutUi::Embedded => CheckoutPage::Embedded { return_url: back },
    }
}

fn rate_sources(rates: &config::Rates) -> Result<Vec<Arc<dyn RateSource>>, WiringError> {
    let limits = HttpLimits::default();
    let source = |from: &RatesFrom| -> Result<Arc<dyn RateSource>, WiringError> {
        Ok(match from {
            RatesFrom::Bundled => Arc::new(BundledRates),
            RatesFrom::Ecb => Arc::new(EcbRates::new(EcbRates::BASE_URL, limits)?),
            RatesFrom::ExchangeRateApi => {
                let euro: Currency = "EUR".parse()?;
                Arc::new(ExchangeRateApi::new(ExchangeRateApi::BASE_URL, euro, limits)?)
            }
            RatesFrom::File(path) => Arc::new(FileRates::new("file", path)),
        })
    };
    rates.sources.iter().map(source).collect()
}

/// Reads a file of rates of past days: the European Central Bank's XML or CSV, or our own JSON.
///
/// # Errors
///
/// When the file is none of these; one bad day refuses the whole file.
pub fn parse_rates(document: &[u8], now: Timestamp) -> Result<Vec<RateBatch>, WiringError> {
    Ok(designia_http::parse_file(document, now)?)
}

/// The rules of business that the configuration asks for.
#[must_use]
pub fn policy(config: &Config) -> Policy {
    Policy {
        terms: Terms {
            timeout: TimeoutPolicy::with_grace(config.payment.grace),
            late_payment: match config.payment.late {
                LatePayment::Refund => LatePaymentPolicy::Refund,
                LatePayment::Reinstate => LatePaymentPolicy::Reinstate { within: REINSTATE_WITHIN },
                LatePayment::Hold => LatePaymentPolicy::Hold { within: HOLD_WITHIN },
            },
        },
        freshness: Freshness { max_age: config.rates.freshness },
        // Whoever names the snapshot as a source has decided to use it.
        accept_bundled_rates: config.rates.sources.contains(&RatesFrom::Bundled),
        ..Policy::default()
    }
}
