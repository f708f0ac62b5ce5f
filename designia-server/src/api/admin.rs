//! What the staff sees and does: money, orders, the provider's events, and the background. The console's pages are made from the
//! same views.

pub(crate) mod audit;
pub(crate) mod calls;
pub(crate) mod mails;
pub(crate) mod orders;
pub(crate) mod overview;
pub(crate) mod payments;
pub(crate) mod products;
pub(crate) mod queues;
pub(crate) mod rates;
pub(crate) mod schedules;
pub(crate) mod system;
pub(crate) mod tasks;
pub(crate) mod webhooks;
pub(crate) mod workers;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use designia_core::task::{KindName, NameError, QueueName, ScheduleName};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::http::idempotency::idempotent;
use crate::problem::Problem;
use crate::tasks::{Asked, NotAsked};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(overview::show))
        .routes(routes!(orders::list))
        .routes(routes!(orders::export::export))
        .routes(routes!(orders::show))
        .routes(routes!(orders::acting::act))
        .routes(routes!(webhooks::list))
        .routes(routes!(webhooks::causes))
        .routes(routes!(webhooks::replay_all))
        .routes(routes!(webhooks::show))
        .routes(routes!(webhooks::replay))
        .routes(routes!(payments::list))
        .routes(routes!(calls::list))
        .routes(routes!(rates::show))
        .routes(routes!(audit::list))
        .routes(routes!(system::show))
        .routes(routes!(system::set_log))
        .routes(routes!(products::list))
        .routes(routes!(products::show, products::change))
        .routes(idempotent(routes!(tasks::list, tasks::create)))
        .routes(routes!(tasks::show))
        .routes(routes!(tasks::revoke))
        .routes(routes!(tasks::retry))
        .routes(routes!(tasks::kinds))
        .routes(routes!(tasks::failures))
        .routes(routes!(queues::list))
        .routes(routes!(queues::pause))
        .routes(routes!(queues::resume))
        .routes(routes!(queues::purge))
        .routes(routes!(schedules::list))
        .routes(routes!(schedules::show))
        .routes(routes!(schedules::enable))
        .routes(routes!(schedules::disable))
        .routes(routes!(schedules::run))
        .routes(routes!(workers::list))
        .routes(routes!(mails::list))
        .routes(routes!(mails::show))
        .routes(routes!(mails::html))
        .routes(routes!(mails::resend))
}

/// A whole list, which is short.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ListView<T> {
    results: Vec<T>,
    count: usize,
}

impl<T> ListView<T> {
    fn of(results: Vec<T>) -> Self {
        let count = results.len();
        Self { results, count }
    }
}

/// A task that was asked for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AskedView {
    /// The task. If another is not allowed beside the one that waits or runs, it is that one.
    pub(crate) task_id: Uuid,
    /// What is done.
    #[schema(example = "rates.update")]
    task_name: String,
    /// Whether the task is new.
    pub(crate) is_new: bool,
    /// Where to ask how far it is.
    #[schema(example = "/api/admin/tasks/019ab1a2-7c50-7d7e-9d67-0d3d4f2f1a11/")]
    status_url: String,
}

impl AskedView {
    fn of(asked: Asked, kind: &KindName) -> Self {
        let task_id = asked.id.as_uuid();
        let status_url = format!("/api/admin/tasks/{task_id}/");
        Self { task_id, task_name: kind.to_string(), is_new: asked.is_new, status_url }
    }
}

impl IntoResponse for AskedView {
    /// Accepted, with where to ask how far it is.
    fn into_response(self) -> Response {
        let location = HeaderValue::from_str(&self.status_url);
        let mut response = (StatusCode::ACCEPTED, axum::Json(self)).into_response();
        // An id and fixed words can stand in a header.
        if let Ok(location) = location {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

impl From<NotAsked> for Problem {
    fn from(not_asked: NotAsked) -> Self {
        let told = not_asked.to_string();
        match not_asked {
            NotAsked::UnknownKind { .. } => Self::field("kind", told),
            NotAsked::Args(rule) => Self::field("args", rule),
            NotAsked::NoSuchSchedule(_) => Self::not_found("schedule"),
            NotAsked::Store(error) => error.into(),
        }
    }
}

fn queue(name: &str) -> Result<QueueName, Problem> {
    name.parse().map_err(|error: NameError| Problem::field("queue", error.to_string()))
}

fn kind(name: &str) -> Result<KindName, Problem> {
    name.parse().map_err(|error: NameError| Problem::field("kind", error.to_string()))
}

/// A name that can't be one is no schedule's.
fn schedule(name: &str) -> Result<ScheduleName, Problem> {
    name.parse().map_err(|_| Problem::not_found("schedule"))
}
