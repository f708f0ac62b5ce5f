//! One running server: listener, engine, sandbox, routes and loops put together out of the configuration.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use designia_core::ports::{Clock, Ports, StoreError, StoreErrorKind};
use designia_core::service::Engine;
use designia_core::service::accounts::Accounts;
use designia_core::worker::TaskRegistry;
use designia_stripe_sandbox::{Sandbox, SandboxClock};
use designia_tokio::Heartbeat;
use tokio::net::TcpListener;

use crate::app::{self, App};
use crate::audit::Audit;
use crate::chat::ChatHub;
use crate::config::{Config, Console, Database, Roles, Secret, Stripe};
use crate::demo::people::{self, DemoPerson, PEOPLE};
use crate::edge::{self, SandboxTime, SystemClock};
use crate::http::auth::Tokens;
use crate::http::health::Health;
use crate::http::metrics::Metrics;
use crate::opening::{NotOpened, Opening};
use crate::runtime::{Wake, Work, Workers};
use crate::serve::{Ended, Patience, serve};
use crate::signals::Outbox;
pub use crate::tasks::Host;
use crate::tasks::{Calling, Figures, Liveness, Share};
use crate::wiring::{self, Provider, Services, Stores, Urls, WiringError};
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
    /// Accounts.
    pub accounts: Accounts,
    /// Makes and checks tokens.
    pub tokens: Tokens,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where people reach it.
    pub url: String,
    /// What this node does.
    pub roles: Roles,
    /// What its console does.
    pub console: Console,
    listener: TcpListener,
    routes: Router,
    health: Health,
    opening: Opening,
    work: Work,
    grace: Duration,
    header_timeout: Duration,
    /// Sockets and conversations.
    pub chat: ChatHub,
    /// The demo's people have passwords that follow from it.
    demo: Option<Secret>,
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
        let secret = installation::jwt_secret(config)?;
        let stores = Stores::begin(&config.database).await?.with_redis(config.redis.as_ref())?;
        let (provider, sandbox, clock) = provider(config, address, time).await?;
        let ports = decorate(wiring::ports(config, &stores, &provider, shop_url, clock)?);
        let (roles, outbox) = (config.roles, Outbox::default());
        let (wake, metrics) = (Wake::of(roles.worker, outbox.clone()), Metrics::new(config.http.metrics_open));
        let ports = Calling::around(ports, &wake, &Figures::new(metrics.clone()));
        let storage = wiring::storage(config)?;
        let urls = Urls { server: &url, shop: shop_url };
        let services = Services::over(config, &stores, ports, &secret, storage, urls)?;
        let registry = kinds(&services.engine, services.registry(config));
        let Services { engine, accounts, chat, post, shop } = services;
        let tokens = Tokens::new(&secret, accounts.clone(), config.accounts.access_lifetime);
        let hub = wiring::hub(config, &stores, chat, tokens.clone(), metrics.clone());
        let share = share(config, &engine, registry, stores.heartbeat())?;
        let registry = share.registry.clone();
        let liveness = share.worker.clone().map(|worker| Liveness::of(worker, Arc::clone(&engine.ports().clock)));
        let demo = config.demo.then_some(secret);
        let mut opening = opening(&stores, &engine, &accounts, demo.clone().filter(|_| roles.serve));
        opening.first_try(FIRST_TRY).await?;
        let gate = opening.gate();
        let health = Health::new(checks::readiness(&engine, &gate, liveness.clone()));
        let console = stores.console();
        let app = App {
            engine: engine.clone(),
            accounts: accounts.clone(),
            chat: hub.clone(),
            shop,
            notifications: post.notifications.clone(),
            mails: post.mails.clone(),
            wake: wake.clone(),
            tokens: tokens.clone(),
            metrics: metrics.clone(),
            limiter: stores.rate_limiter(),
            requests: stores.requests(),
            health: health.clone(),
            console: config.console,
            settings: config.shown().into(),
            audit: Audit::new(
                Arc::clone(&console.audit),
                Arc::clone(&engine.ports().clock),
                Arc::clone(&engine.ports().ids),
            ),
            stores: console,
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
        Ok(Self {
            engine,
            sandbox,
            accounts,
            tokens,
            address,
            url,
            roles,
            console: config.console,
            listener,
            routes,
            health,
            opening,
            work,
            grace,
            header_timeout: config.http.header_timeout,
            chat: hub,
            demo,
        })
    }

    /// The demo's people with their passwords; nobody if there is no demo.
    pub fn demo_people(&self) -> impl Iterator<Item = (&'static DemoPerson, Secret)> {
        self.demo.iter().flat_map(|secret| PEOPLE.iter().map(|person| (person, person.password(secret))))
    }

    /// Serves and works until `stop` completes; then finishes what runs, for at most the grace.
    ///
    /// # Errors
    ///
    /// When the listener fails, or the database turns out to be one that can't be opened at all.
    pub async fn run<F: Future<Output = ()> + Send + 'static>(self, stop: F) -> Result<Ended, WiringError> {
        let stores = self.work.stores.clone();
        let workers = Workers::start(self.work);
        let (health, hub) = (self.health, self.chat.clone());
        let stop = async move {
            stop.await;
            health.stop();
            hub.stop();
        };
        let patience = Patience { headers: self.header_timeout, grace: self.grace };
        let ended = tokio::select! {
            ended = serve(self.listener, self.routes, stop, patience) => ended.map_err(WiringError::from),
            Err(told) = self.opening.finish() => Err(told.into()),
        };
        self.chat.drain(self.grace).await;
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
fn share(config: &Config, engine: &Engine, registry: TaskRegistry, heartbeat: Heartbeat) -> Result<Share, WiringError> {
    let clock = Arc::clone(&engine.ports().clock);
    let worker = config.roles.worker.then(|| tasks::worker(&config.tasks, &registry, clock)).transpose()?;
    Ok(Share { registry, worker, heartbeat })
}

/// Opens the database, and puts the demo's goods and people into it, if this is the secret of their passwords.
fn opening(stores: &Stores, engine: &Engine, accounts: &Accounts, demo: Option<Secret>) -> Opening {
    let (stores, engine, accounts) = (stores.clone(), engine.clone(), accounts.clone());
    Opening::by(move || {
        let (stores, engine, accounts, demo) = (stores.clone(), engine.clone(), accounts.clone(), demo.clone());
        async move {
            stores.attempt().await?;
            let Some(secret) = demo else { return Ok(()) };
            furnish(&engine, &accounts, &secret).await.map_err(|error| match error.kind {
                StoreErrorKind::Unavailable => {
                    NotOpened::ForNow { class: "the database does not answer", told: error.to_string() }
                }
                _ => NotOpened::ForGood(format!("DATABASE_URL: the demo can't be stored: {error}")),
            })
        }
    })
}

/// Puts the demo's people and goods into the stores.
async fn furnish(engine: &Engine, accounts: &Accounts, secret: &Secret) -> Result<(), StoreError> {
    let ports = accounts.ports();
    people::settle(&ports.store, secret, ports.clock.now()).await?;
    demo::seed::seed(engine.ports().catalog.as_ref()).await
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
