//! Which adapter fills which port: the only file of this server that names them.

use std::sync::Arc;

use designia_core::exchange::{Freshness, RateBatch};
use designia_core::memory::MemoryStore;
use designia_core::money::Currency;
use designia_core::order::{LatePaymentPolicy, Terms, TimeoutPolicy};
use designia_core::ports::{
    CatalogStore, Clock, Inbox, OrderQueries, OrderStore, PaymentGateway, Ports, RateSource, RateStore, StoreError,
    WebhookVerifier,
};
use designia_core::service::{Engine, Policy};
use designia_core::time::{DAY, Timestamp};
use designia_http::{BundledRates, EcbRates, ExchangeRateApi, FileRates, HttpLimits};
use designia_sqlite::SqliteStore;
use designia_stripe::client::StripeClient;
use designia_stripe::config::ClientConfig;
use designia_stripe::gateway::{CheckoutPage, GatewayOptions, StripeGateway};
use designia_stripe::secret::{ApiKey, SigningSecret};
use designia_stripe::webhook::StripeWebhooks;

use crate::config::{self, CheckoutUi, Config, Database, LatePayment, RatesFrom, Secret};
use crate::edge::SystemIds;
use crate::notifier::LogNotifier;

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

/// The stores of one database.
#[derive(Clone, Debug)]
pub struct Stores {
    orders: Arc<dyn OrderStore>,
    queries: Arc<dyn OrderQueries>,
    catalog: Arc<dyn CatalogStore>,
    inbox: Arc<dyn Inbox>,
    rates: Arc<dyn RateStore>,
    /// The file behind them, if there is one, for its upkeep.
    file: Option<SqliteStore>,
}

impl Stores {
    fn of<S: OrderStore + OrderQueries + CatalogStore + Inbox + RateStore>(store: S) -> Self {
        let store = Arc::new(store);
        Self {
            orders: store.clone(),
            queries: store.clone(),
            catalog: store.clone(),
            inbox: store.clone(),
            rates: store,
            file: None,
        }
    }

    /// Stores in memory.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::of(MemoryStore::new())
    }

    /// Opens the database, and brings its schema up to date.
    ///
    /// # Errors
    ///
    /// When it can't be opened, or a newer release has changed it.
    pub async fn open(database: &Database) -> Result<Self, WiringError> {
        match database {
            Database::Memory => Ok(Self::in_memory()),
            Database::Sqlite(path) => {
                let opened = SqliteStore::open(&designia_sqlite::Config::file(path)).await;
                let store = opened.map_err(|error| format!("DATABASE_URL: {error}"))?;
                Ok(Self { file: Some(store.clone()), ..Self::of(store) })
            }
        }
    }

    /// Writes everything into the file itself and closes it.
    ///
    /// # Errors
    ///
    /// When the file can't be written to; nothing that was answered is lost even then.
    pub async fn close(&self) -> Result<(), StoreError> {
        match &self.file {
            Some(file) => file.close().await,
            None => Ok(()),
        }
    }

    /// What is stored in which version of the schema, in words; what contradicts itself is an error.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, in one line.
    pub async fn examine(&self) -> Result<String, WiringError> {
        let Some(file) = &self.file else { return Ok("in memory, gone with the process".to_owned()) };
        let (version, report) = (file.schema_version().await?, file.integrity_check().await?);
        if report.is_sound() {
            return Ok(format!("schema version {version}, {} orders, nothing contradicts itself", report.orders));
        }
        let wrong: Vec<String> = report.findings.iter().map(|it| format!("{}: {}", it.rule, it.detail)).collect();
        Err(wrong.join("; ").into())
    }
}

/// The migrations that a database has and lacks, a line for each; the database is left as it is.
///
/// # Errors
///
/// When the file is not ours, or a newer release has changed it.
pub async fn migrations(database: &Database) -> Result<Vec<String>, WiringError> {
    let Database::Sqlite(path) = database else { return Ok(Vec::new()) };
    let known = designia_sqlite::migrations(&designia_sqlite::Config::file(path)).await;
    let known = known.map_err(|error| format!("DATABASE_URL: {error}"))?;
    let line = |it: &designia_sqlite::Migration| {
        format!("{:>3}  {}  {}", it.version, if it.applied { "applied" } else { "pending" }, it.name)
    };
    Ok(known.iter().map(line).collect())
}

/// The engine over these stores and this provider.
///
/// # Errors
///
/// When a setting can't be used after all.
pub fn engine(
    config: &Config,
    stores: Stores,
    provider: &Provider,
    shop_url: &str,
    clock: Arc<dyn Clock>,
) -> Result<Engine, WiringError> {
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
    let Stores { orders, queries, catalog, inbox, rates, file: _ } = stores;
    let ports = Ports {
        orders,
        queries,
        catalog,
        inbox,
        rates,
        rate_sources: rate_sources(&config.rates)?,
        gateway,
        webhooks,
        notifier: Arc::new(LogNotifier),
        clock,
        ids: Arc::new(SystemIds),
    };
    Ok(Engine::new(ports, policy(config)))
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

fn policy(config: &Config) -> Policy {
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
