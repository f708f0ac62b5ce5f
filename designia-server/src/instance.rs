//! One running server: listener, engine, sandbox, routes and loops put together out of the configuration.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use designia_core::ports::Clock;
use designia_core::service::Engine;
use designia_stripe_sandbox::{Sandbox, SandboxClock};
use tokio::net::TcpListener;

use crate::app::{self, App};
use crate::config::{Config, Database, Secret, Stripe};
use crate::edge::{self, SandboxTime, SystemClock};
use crate::http::auth::Tokens;
use crate::http::health::Health;
use crate::http::metrics::Metrics;
use crate::runtime::{Wake, Workers};
use crate::serve::{Ended, serve};
use crate::wiring::{self, Provider, Stores, WiringError};
use crate::{checks, demo, installation};

/// Where the provider's webhooks come in.
const WEBHOOK_PATH: &str = "/api/payments/stripe_webhook/";

/// The sandbox's state, in the data directory.
const SANDBOX_FILE: &str = "stripe-sandbox.json";

/// A server that is ready to run.
#[derive(Debug)]
pub struct Instance {
    /// The engine.
    pub engine: Engine,
    /// The built-in Stripe, if there is no real one.
    pub sandbox: Option<Sandbox>,
    /// Makes and checks tokens.
    pub tokens: Tokens,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where people reach it.
    pub url: String,
    stores: Stores,
    listener: TcpListener,
    routes: Router,
    health: Health,
    wake: Wake,
    metrics: Metrics,
    interval: Duration,
    grace: Duration,
}

impl Instance {
    /// Listens, opens the database, and puts everything together.
    ///
    /// # Errors
    ///
    /// In one line that begins with the variable to change.
    pub async fn prepare(config: &Config, time: SandboxClock) -> Result<Self, WiringError> {
        let listener =
            TcpListener::bind(config.bind).await.map_err(|error| format!("BIND: {}: {error}", config.bind))?;
        let address = listener.local_addr()?;
        let url = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
        let shop_url = config.shop_url.as_deref().unwrap_or(&url);
        let tokens = if config.demo { Tokens::demo(&installation::jwt_secret(config)?) } else { Tokens::none() };
        let stores = Stores::open(&config.database).await?;
        let (provider, sandbox, clock) = provider(config, address, time).await?;
        let engine = wiring::engine(config, stores.clone(), &provider, shop_url, clock)?;
        if config.demo {
            demo::seed::seed(engine.ports().catalog.as_ref()).await?;
        }
        let (wake, metrics) = (Wake::default(), Metrics::new(config.http.metrics_open));
        let health = Health::new(checks::readiness(&engine));
        let app = App {
            engine: engine.clone(),
            wake: wake.clone(),
            tokens: tokens.clone(),
            metrics: metrics.clone(),
            health: health.clone(),
        };
        let routes = app::router(app, &config.http, url.starts_with("https://"))?;
        let (interval, grace) = (config.payment.sweep_interval, config.http.shutdown_grace);
        Ok(Self {
            engine,
            sandbox,
            tokens,
            address,
            url,
            stores,
            listener,
            routes,
            health,
            wake,
            metrics,
            interval,
            grace,
        })
    }

    /// Serves and works until `stop` completes; then finishes what runs, for at most the grace.
    ///
    /// # Errors
    ///
    /// When the listener fails.
    pub async fn run<F: Future<Output = ()> + Send + 'static>(self, stop: F) -> std::io::Result<Ended> {
        let workers = Workers::start(&self.engine, self.interval, &self.wake, &self.metrics);
        let health = self.health;
        let stop = async move {
            stop.await;
            health.stop();
        };
        let ended = serve(self.listener, self.routes, stop, self.grace).await;
        workers.stop(self.grace).await;
        if let Some(sandbox) = self.sandbox {
            sandbox.shutdown().await;
        }
        if let Err(error) = self.stores.close().await {
            tracing::warn!(%error, "the database could not be closed; nothing that was answered is lost");
        }
        ended
    }
}

/// The configured provider, or a sandbox of this process; and the clock that goes with it.
async fn provider(
    config: &Config,
    address: SocketAddr,
    time: SandboxClock,
) -> Result<(Provider, Option<Sandbox>, Arc<dyn Clock>), WiringError> {
    match &config.stripe {
        Stripe::Remote { api_base, secret_key, webhook_secret } => {
            let provider = Provider {
                api_base: api_base.clone(),
                secret_key: secret_key.clone(),
                webhook_secret: webhook_secret.clone(),
            };
            Ok((provider, None, Arc::new(SystemClock)))
        }
        Stripe::Sandbox { webhook_secret } => {
            let webhook_secret = match webhook_secret {
                Some(secret) => secret.expose().to_owned(),
                None => format!("whsec_{}", hex::encode(edge::random_bytes::<24>()?)),
            };
            let webhooks = format!("http://{}{WEBHOOK_PATH}", from_this_machine(address));
            let builder = Sandbox::builder()
                .clock(time.clone())
                .seed(u64::from_le_bytes(edge::random_bytes()?))
                .webhook(webhooks, &webhook_secret);
            let builder = match state_file(config) {
                Some(path) => builder.state_file(path),
                None => builder,
            };
            let sandbox = builder.start().await?;
            let provider = Provider {
                api_base: sandbox.base_url(),
                secret_key: Secret::new("sk_test_built_in_sandbox"),
                webhook_secret: Secret::new(webhook_secret),
            };
            Ok((provider, Some(sandbox), Arc::new(SandboxTime(time))))
        }
    }
}

/// The sandbox is kept as long as the orders that refer to it.
fn state_file(config: &Config) -> Option<PathBuf> {
    match &config.database {
        Database::Sqlite(path) => Some(path.with_file_name(SANDBOX_FILE)),
        Database::Memory => None,
    }
}

/// The address under which this machine itself reaches a listener.
fn from_this_machine(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
