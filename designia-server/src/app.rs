//! The application: its state, and its routes put together inside the frame.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::FromRef;
use designia_core::memory::{MemoryRateLimiter, MemoryStore};
use designia_core::ports::{Ports, RateLimiter, RequestLog};
use designia_core::service::Engine;
use designia_core::service::accounts::Accounts;
use designia_core::service::cart::Carts;
use designia_core::service::catalog::Catalog;
use designia_core::service::mails::Mails;
use designia_core::service::notifications::Notifications;
use designia_core::worker::TaskRegistry;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::Audit;
use crate::chat::ChatHub;
use crate::config::{self, Roles};
use crate::edge::SystemClock;
use crate::http::auth::Tokens;
use crate::http::callers::Callers;
use crate::http::health::{self, Health};
use crate::http::idempotency::Repeats;
use crate::http::limits::Limits;
use crate::http::metrics::{self, Metrics};
use crate::http::{Guards, docs, framed, index, pages};
use crate::media::Uploads;
use crate::runtime::Wake;
use crate::shop::Shop;
use crate::tasks::Liveness;
use crate::wiring::{ConsolePorts, Stores};

/// What the lease of a request is longer than its time.
const LONGER_THAN_ANY_REQUEST: Duration = Duration::from_secs(5);

/// What handlers share.
#[derive(Clone, Debug)]
pub struct App {
    /// The engine.
    pub engine: Engine,
    /// Accounts.
    pub accounts: Accounts,
    /// What people are told on the site.
    pub notifications: Notifications,
    /// What was mailed.
    pub mails: Mails,
    /// Sockets and conversations.
    pub chat: ChatHub,
    /// What is for sale.
    pub shop: Shop,
    /// Wakes the background loops.
    pub wake: Wake,
    /// Who calls.
    pub tokens: Tokens,
    /// Figures for Prometheus.
    pub metrics: Metrics,
    /// How often who may ask.
    pub limiter: Arc<dyn RateLimiter>,
    /// Requests that clients may repeat.
    pub requests: Arc<dyn RequestLog>,
    /// Whether this server can do its work.
    pub health: Health,
    /// What the operations console does.
    pub console: config::Console,
    /// The configuration in force, as far as anybody may see it.
    pub settings: Arc<[config::Shown]>,
    /// What it reads of the stores themselves.
    pub stores: ConsolePorts,
    /// What the staff does, written down.
    pub audit: Audit,
    /// What this node does.
    pub roles: Roles,
    /// The kinds of task that it knows.
    pub registry: TaskRegistry,
    /// Its task worker, if it is one.
    pub(crate) liveness: Option<Liveness>,
}

impl App {
    /// One that knows no kind of task, runs none, and is ready for everything.
    #[must_use]
    pub fn new(
        engine: Engine,
        accounts: Accounts,
        post: (Notifications, Mails),
        chat: ChatHub,
        shop: Shop,
        tokens: Tokens,
        metrics: Metrics,
    ) -> Self {
        let (notifications, mails) = post;
        let stores = Stores::in_memory().console();
        let (clock, ids) = (Arc::clone(&engine.ports().clock), Arc::clone(&engine.ports().ids));
        Self {
            audit: Audit::new(Arc::clone(&stores.audit), clock, ids),
            stores,
            engine,
            accounts,
            notifications,
            mails,
            chat,
            shop,
            wake: Wake::default(),
            tokens,
            metrics,
            limiter: Arc::new(MemoryRateLimiter::new()),
            requests: Arc::new(MemoryStore::new()),
            health: Health::default(),
            console: config::Console::default(),
            settings: Arc::default(),
            roles: Roles::ALL,
            registry: TaskRegistry::new(),
            liveness: None,
        }
    }
}

impl FromRef<App> for Ports {
    fn from_ref(app: &App) -> Self {
        app.engine.ports().clone()
    }
}

impl FromRef<App> for Engine {
    fn from_ref(app: &App) -> Self {
        app.engine.clone()
    }
}

impl FromRef<App> for Accounts {
    fn from_ref(app: &App) -> Self {
        app.accounts.clone()
    }
}

impl FromRef<App> for Shop {
    fn from_ref(app: &App) -> Self {
        app.shop.clone()
    }
}

impl FromRef<App> for Catalog {
    fn from_ref(app: &App) -> Self {
        app.shop.catalog.clone()
    }
}

impl FromRef<App> for Carts {
    fn from_ref(app: &App) -> Self {
        app.shop.carts.clone()
    }
}

impl FromRef<App> for Uploads {
    fn from_ref(app: &App) -> Self {
        app.shop.uploads.clone()
    }
}

impl FromRef<App> for ChatHub {
    fn from_ref(app: &App) -> Self {
        app.chat.clone()
    }
}

impl FromRef<App> for Notifications {
    fn from_ref(app: &App) -> Self {
        app.notifications.clone()
    }
}

impl FromRef<App> for Mails {
    fn from_ref(app: &App) -> Self {
        app.mails.clone()
    }
}

impl FromRef<App> for Wake {
    fn from_ref(app: &App) -> Self {
        app.wake.clone()
    }
}

impl FromRef<App> for Tokens {
    fn from_ref(app: &App) -> Self {
        app.tokens.clone()
    }
}

impl FromRef<App> for Metrics {
    fn from_ref(app: &App) -> Self {
        app.metrics.clone()
    }
}

impl FromRef<App> for Health {
    fn from_ref(app: &App) -> Self {
        app.health.clone()
    }
}

impl FromRef<App> for Roles {
    fn from_ref(app: &App) -> Self {
        app.roles
    }
}

impl FromRef<App> for TaskRegistry {
    fn from_ref(app: &App) -> Self {
        app.registry.clone()
    }
}

impl FromRef<App> for Option<Liveness> {
    fn from_ref(app: &App) -> Self {
        app.liveness.clone()
    }
}

/// Limits by the machine's own time, whatever the time of orders is; repetitions by that of orders, as all that is stored.
fn guards(app: &App, settings: &config::Http) -> Guards {
    let (ports, metrics) = (app.engine.ports(), &app.metrics);
    let callers: Arc<dyn Callers> = Arc::new(app.tokens.clone());
    let limits = settings.rate_limits.clone().map(|limits| {
        let (limiter, clock) = (Arc::clone(&app.limiter), Arc::new(SystemClock));
        Limits::new(limits, limiter, clock, Arc::clone(&callers), metrics.clone())
    });
    let (log, clock, ids) = (Arc::clone(&app.requests), Arc::clone(&ports.clock), Arc::clone(&ports.ids));
    let lease = settings.request_timeout + LONGER_THAN_ANY_REQUEST;
    Guards { limits, repeats: Some(Repeats::new(log, clock, ids, callers, metrics.clone(), lease)) }
}

/// What every node answers, whatever else it does.
fn of_every_node() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(crate::http::document())
        .routes(routes!(health::live))
        .routes(routes!(health::is_ready))
        .routes(routes!(metrics::show))
        .routes(routes!(index::show))
}

/// All routes, and the document that describes them.
fn documented() -> (Router<App>, OpenApi) {
    let (routes, mut document) = of_every_node().merge(crate::api::routes()).split_for_parts();
    crate::http::complete(&mut document);
    (routes, document)
}

/// The OpenAPI document as it is served.
///
/// # Errors
///
/// When it cannot be written, which a test rules out.
pub fn document() -> Result<serde_json::Value, serde_json::Error> {
    docs::to_json(&documented().1)
}

/// The whole server as one service: the API if that is among its roles, and what every node answers.
///
/// # Errors
///
/// When the OpenAPI document cannot be written, which a test rules out.
pub fn router(app: App, settings: &config::Http, https: bool) -> Result<Router, serde_json::Error> {
    let guards = guards(&app, settings);
    let metrics = app.metrics.clone();
    let routes = if app.roles.serve {
        let (routes, document) = documented();
        routes.merge(docs::routes(&document)?).merge(pages::routes()).merge(crate::console::routes(app.console, https))
    } else {
        of_every_node().split_for_parts().0
    };
    Ok(framed(routes.with_state(app), settings, guards, https, &metrics))
}
