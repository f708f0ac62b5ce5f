//! The application: its state, and its routes put together inside the frame.

use axum::Router;
use axum::extract::FromRef;
use designia_core::ports::Ports;
use designia_core::service::Engine;
use designia_core::worker::TaskRegistry;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::config::{self, Roles};
use crate::http::auth::Tokens;
use crate::http::health::{self, Health};
use crate::http::metrics::{self, Metrics};
use crate::http::{docs, framed, index, pages};
use crate::runtime::Wake;
use crate::tasks::Liveness;

/// What handlers share.
#[derive(Clone, Debug)]
pub struct App {
    /// The engine.
    pub engine: Engine,
    /// Wakes the background loops.
    pub wake: Wake,
    /// Who calls.
    pub tokens: Tokens,
    /// Figures for Prometheus.
    pub metrics: Metrics,
    /// Whether this server can do its work.
    pub health: Health,
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
    pub fn new(engine: Engine, tokens: Tokens, metrics: Metrics) -> Self {
        Self {
            engine,
            wake: Wake::default(),
            tokens,
            metrics,
            health: Health::default(),
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

/// What every node answers, whatever else it does.
fn of_every_node() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(crate::http::document())
        .routes(routes!(health::live))
        .routes(routes!(health::is_ready))
        .routes(routes!(metrics::show))
        .routes(routes!(index::show))
}

/// The whole server as one service: the API if that is among its roles, and what every node answers.
///
/// # Errors
///
/// When the OpenAPI document cannot be written, which a test rules out.
pub fn router(app: App, settings: &config::Http, https: bool) -> Result<Router, serde_json::Error> {
    let metrics = app.metrics.clone();
    let routes = if app.roles.serve {
        let (routes, mut document) = of_every_node().merge(crate::api::routes()).split_for_parts();
        crate::http::complete(&mut document);
        routes.merge(docs::routes(&document)?).merge(pages::routes())
    } else {
        of_every_node().split_for_parts().0
    };
    Ok(framed(routes.with_state(app), settings, https, &metrics))
}
