//! One running server: listener, engine, sandbox, routes and loops put together out of the configuration.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use designia_core::ports::{Clock, Ports, StoreErrorKind};
use designia_core::service::Engine;
use designia_core::worker::TaskRegistry;
use designia_stripe_sandbox::{Sandbox, SandboxClock};
use designia_tokio::Heartbeat;
use tokio::net::TcpListener;

use crate::app::{self, App};
use crate::config::{Config, Database, Roles, Secret, Stripe};
use crate::edge::{self, SandboxTime, SystemClock};
use crate::http::auth::Tokens;
use crate::http::health::Health;
use crate::http::metrics::Metrics;
use crate::opening::{NotOpened, Opening};
use crate::runtime::{Wake, Work, Workers};
use crate::serve::{Ended, serve};
use crate::signals::Outbox;
pub use crate::tasks::Host;
use crate::tasks::{Calling, Figures, Liveness, Share};
use crate::wiring::{self, Provider, Stores, WiringError};
use crate::{checks, demo, installation, tasks};

/// Where the provider's webhooks come in.
const WEBHOOK_PATH: &str = "/api/payments/stripe_webhook/";

/// The sandbox's state, in the data directory.
const SANDBOX_FILE: &str = "stripe-sandbox.json";

/// How long a start waits to hear from its database. A wrong password is known by then and ends the start; a database that is
/// away is waited for while the server already listens.
const FIRST_TRY: Duration = Duration::from_millis(500);

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
    /// What this node does.
    pub roles: Roles,
    listener: TcpListener,
    routes: Router,
    health: Health,
    opening: Opening,
    work: Work,
    grace: Duration,
}

impl Instance {
    /// Listens, opens the database, and puts everything together.
    ///
    /// # Errors
    ///
    /// In one line that begins with the variable to change.
    pub async fn prepare(config: &Config, time: SandboxClock) -> Result<Self, WiringError> {
        Self::prepare_with(config, time, |ports| ports).await
    }

    /// The same, with a word about the ports before the engine gets them: a host puts its own in their place, or around them.
    ///
    /// # Errors
    ///
    /// Those of [`Instance::prepare`].
    pub async fn prepare_with(
        config: &Config,
        time: SandboxClock,
        decorate: impl FnOnce(Ports) -> Ports,
    ) -> Result<Self, WiringError> {
        Self::assemble(config, time, decorate, |_, registry| registry).await
    }

    /// The same, with all that a host puts into the server.
    ///
    /// # Errors
    ///
    /// Those of [`Instance::prepare`].
    pub async fn prepare_for(config: &Config, time: SandboxClock, host: Host) -> Result<Self, WiringError> {
        Self::assemble(config, time, host.ports, host.kinds).await
    }

    async fn assemble(
        config: &Config,
        time: SandboxClock,
        decorate: impl FnOnce(Ports) -> Ports,
        kinds: impl FnOnce(&Engine, TaskRegistry) -> TaskRegistry,
    ) -> Result<Self, WiringError> {
        let listener =
            TcpListener::bind(config.bind).await.map_err(|error| format!("BIND: {}: {error}", config.bind))?;
        let address = listener.local_addr()?;
        let url = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
        let shop_url = config.shop_url.as_deref().unwrap_or(&url);
        let tokens = if config.demo { Tokens::demo(&installation::jwt_secret(config)?) } else { Tokens::none() };
        let stores = Stores::begin(&config.database).await?.with_redis(config.redis.as_ref())?;
        let (provider, sandbox, clock) = provider(config, address, time).await?;
        let ports = decorate(wiring::ports(config, &stores, &provider, shop_url, clock)?);
        let (roles, outbox) = (config.roles, Outbox::default());
        let (wake, metrics) = (Wake::of(roles.worker, outbox.clone()), Metrics::new(config.http.metrics_open));
        let ports = Calling::around(ports, &wake, &Figures::new(metrics.clone()));
        let engine = Engine::new(ports, wiring::policy(config));
        let share = share(config, &engine, kinds, stores.heartbeat())?;
        let registry = share.registry.clone();
        let liveness = share.worker.clone().map(|worker| Liveness::of(worker, Arc::clone(&engine.ports().clock)));
        let mut opening = opening(&stores, &engine, config.demo && roles.serve);
        opening.first_try(FIRST_TRY).await?;
        let gate = opening.gate();
        let health = Health::new(checks::readiness(&engine, &gate, liveness.clone()));
        let app = App {
            engine: engine.clone(),
            wake: wake.clone(),
            tokens: tokens.clone(),
            metrics: metrics.clone(),
            health: health.clone(),
            roles,
            registry,
            liveness,
        };
        let routes = app::router(app, &config.http, url.starts_with("https://"))?;
        let interval = config.payment.sweep_interval;
        let (engine_at_work, signals, grace) = (engine.clone(), stores.signals(), config.http.shutdown_grace);
        let work = Work {
            engine: engine_at_work,
            stores,
            roles,
            interval,
            gate,
            wake,
            outbox,
            signals,
            metrics,
            share,
            grace,
        };
        Ok(Self { engine, sandbox, tokens, address, url, roles, listener, routes, health, opening, work, grace })
    }

    /// Serves and works until `stop` completes; then finishes what runs, for at most the grace.
    ///
    /// # Errors
    ///
    /// When the listener fails, or the database turns out to be one that can't be opened at all.
    pub async fn run<F: Future<Output = ()> + Send + 'static>(self, stop: F) -> Result<Ended, WiringError> {
        let stores = self.work.stores.clone();
        let workers = Workers::start(self.work);
        let health = self.health;
        let stop = async move {
            stop.await;
            health.stop();
        };
        let ended = tokio::select! {
            ended = serve(self.listener, self.routes, stop, self.grace) => ended.map_err(WiringError::from),
            Err(told) = self.opening.finish() => Err(told.into()),
        };
        workers.stop(self.grace).await;
        if let Some(sandbox) = self.sandbox {
            sandbox.shutdown().await;
        }
        if let Err(error) = stores.close().await {
            tracing::warn!(%error, "the database could not be closed; nothing that was answered is lost");
        }
        ended
    }
}

/// What the node does of the background tasks.
fn share(
    config: &Config,
    engine: &Engine,
    kinds: impl FnOnce(&Engine, TaskRegistry) -> TaskRegistry,
    heartbeat: Heartbeat,
) -> Result<Share, WiringError> {
    let registry = kinds(engine, engine.task_registry(config.tasks.kept_for));
    let clock = Arc::clone(&engine.ports().clock);
    let worker = config.roles.worker.then(|| tasks::worker(&config.tasks, &registry, clock)).transpose()?;
    Ok(Share { registry, worker, heartbeat })
}

/// Opens the database, and puts demo goods into it.
fn opening(stores: &Stores, engine: &Engine, seeds: bool) -> Opening {
    let (stores, catalog) = (stores.clone(), Arc::clone(&engine.ports().catalog));
    Opening::by(move || {
        let (stores, catalog) = (stores.clone(), Arc::clone(&catalog));
        async move {
            stores.attempt().await?;
            if !seeds {
                return Ok(());
            }
            demo::seed::seed(catalog.as_ref()).await.map_err(|error| match error.kind {
                StoreErrorKind::Unavailable => {
                    NotOpened::ForNow { class: "the database does not answer", told: error.to_string() }
                }
                _ => NotOpened::ForGood(format!("DATABASE_URL: the demo's products can't be stored: {error}")),
            })
        }
    })
}

/// The configured provider, or a sandbox of this process; and the clock that goes with it.
async fn provider(
    config: &Config,
    address: SocketAddr,
    time: SandboxClock,
) -> Result<(Provider, Option<Sandbox>, Arc<dyn Clock>), WiringError> {
    match &config.stripe {
        // Rates are fetched without it.
        Stripe::Sandbox { .. } if !config.roles.serve && !config.roles.worker => {
            Ok((Provider::nobody(), None, Arc::new(SandboxTime(time))))
        }
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
            let builder = match state_file(config)? {
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
fn state_file(config: &Config) -> Result<Option<PathBuf>, WiringError> {
    match &config.database {
        Database::Sqlite(path) => Ok(Some(path.with_file_name(SANDBOX_FILE))),
        Database::Postgres(_) => {
            installation::make_data_dir(&config.data_dir)?;
            Ok(Some(config.data_dir.join(SANDBOX_FILE)))
        }
        Database::Memory => Ok(None),
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
