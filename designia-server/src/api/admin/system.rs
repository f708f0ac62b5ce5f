//! What runs here and how it stands: configuration, checks, the database and its indexes, Redis, the log.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use designia_core::ports::Facts;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::view::when::When;
use crate::app::App;
use crate::audit::{Deed, Doer};
use crate::checks::{self, Checkup};
use crate::http::auth::Staff;
use crate::http::extract::Json as JsonBody;
use crate::problem::{Code, Problem, ProblemBody};
use crate::telemetry;

/// How long a change of what is logged lasts if nobody says so.
const USUAL_MINUTES: u64 = 15;

/// What runs here and how it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct System {
    /// The release.
    pub(crate) version: &'static str,
    /// Every check, with the reason of any failure.
    pub(crate) checks: Vec<Checkup>,
    /// Whether this node could not say how its database stands, and why.
    pub(crate) database_silent: Option<String>,
    /// What the database says of itself.
    #[schema(value_type = Object)]
    pub(crate) database: Option<Facts>,
    pub(crate) redis: Option<RedisView>,
    pub(crate) log: Option<LogView>,
    /// What is configured; secrets only as set or not.
    pub(crate) settings: Vec<Setting>,
}

/// A Redis server.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RedisView {
    pub(crate) version: Option<String>,
    pub(crate) memory_bytes: Option<u64>,
    pub(crate) limit_bytes: Option<u64>,
    pub(crate) evicted_keys: Option<u64>,
    /// Why it could not be asked.
    pub(crate) silent: Option<String>,
}

/// What this node logs.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LogView {
    #[schema(example = "info")]
    pub(crate) filter: String,
    /// What it goes back to.
    #[schema(example = "info")]
    pub(crate) configured: String,
    /// When it does.
    pub(crate) until: Option<When>,
}

/// A setting under the variable that sets it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Setting {
    #[schema(example = "DESIGNIA_PAYMENT_GRACE")]
    pub(crate) name: &'static str,
    #[schema(example = "259200s")]
    pub(crate) value: String,
}

/// What is to be logged for a while.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogBody {
    /// A level, or levels of our own modules. Empty for what is configured.
    #[schema(example = "info,designia_stripe=debug")]
    pub(crate) filter: String,
    /// For so many minutes, at most a day; 15 if it is left out.
    pub(crate) minutes: Option<u64>,
}

/// What runs here and how it stands. The payment provider is not asked.
#[utoipa::path(get, path = "/api/admin/system/", tag = "admin", security(("token" = [])),
    responses((status = 200, body = System), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(State(app): State<App>, _: Staff) -> Result<Json<System>, Problem> {
    Ok(Json(load(&app).await))
}

/// Changes what this node logs, for a while. Secrets stay out of the log whatever is asked for.
#[utoipa::path(post, path = "/api/admin/system/log/", tag = "admin", security(("token" = [])), request_body = LogBody,
    responses((status = 200, body = LogView), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn set_log(
    State(app): State<App>,
    doer: Doer,
    JsonBody(body): JsonBody<LogBody>,
) -> Result<Json<LogView>, Problem> {
    perform_log(&app, &doer, &body).await.map(Json)
}

/// What runs here and how it stands. What can't be asked says why.
pub(crate) async fn load(app: &App) -> System {
    let mut checks = app.stores.checks(&app.health, &app.engine).await;
    checks.push(checks::gateway(&app.engine).await);
    let (database, database_silent) = match app.stores.facts.facts().await {
        Ok(facts) => (Some(facts), None),
        Err(error) => (None, Some(error.to_string())),
    };
    let redis = match app.stores.redis().await {
        Ok(None) => None,
        Ok(Some(facts)) => Some(RedisView {
            version: facts.version,
            memory_bytes: facts.memory_bytes,
            limit_bytes: facts.limit_bytes,
            evicted_keys: facts.evicted_keys,
            silent: None,
        }),
        Err(error) => Some(RedisView {
            version: None,
            memory_bytes: None,
            limit_bytes: None,
            evicted_keys: None,
            silent: Some(error.to_string()),
        }),
    };
    System {
        version: env!("CARGO_PKG_VERSION"),
        checks,
        database_silent,
        database,
        redis,
        log: telemetry::level().map(|level| LogView::of(level.get())),
        settings: app.settings.iter().map(|it| Setting { name: it.name, value: it.value.clone() }).collect(),
    }
}

/// Changes what is logged, and says in the audit log who did.
pub(crate) async fn perform_log(app: &App, doer: &Doer, body: &LogBody) -> Result<LogView, Problem> {
    let detail = serde_json::to_value(body).map_err(Problem::internal)?;
    let changing = async {
        let level = telemetry::level();
        let level = level.ok_or_else(|| Problem::new(Code::Conflict, "this process does not decide what is logged"))?;
        if body.filter.trim().is_empty() {
            level.reset();
            return Ok(LogView::of(level.get()));
        }
        let lasting = Duration::from_secs(body.minutes.unwrap_or(USUAL_MINUTES).saturating_mul(60));
        let state = level.set(body.filter.trim(), lasting, app.engine.ports().clock.now());
        state.map(LogView::of).map_err(|error| Problem::field("filter", error.to_string()))
    };
    app.audit.keep(doer, Deed::new("system.log").with(detail), changing).await
}

impl LogView {
    fn of(state: telemetry::LogState) -> Self {
        Self { filter: state.filter, configured: state.configured, until: state.until.map(When) }
    }
}
