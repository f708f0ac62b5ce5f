//! Queues: how full they are; held, let go on, emptied.

use axum::Json;
use axum::extract::State;
use designia_core::ports::{Ports, QueueStatus};
use designia_core::task::QueueName;
use designia_core::worker::TaskRegistry;
use serde::Serialize;
use utoipa::ToSchema;

use super::ListView;
use crate::api::view::task::QueueView;
use crate::app::App;
use crate::audit::{Deed, Doer};
use crate::http::auth::Staff;
use crate::http::extract::Path;
use crate::problem::{Problem, ProblemBody};
use crate::tasks::queues as all_queues;

/// Tasks called off at a time, and by one request at most.
const CHUNK: u32 = 500;
const MOST: u64 = 10_000;

/// How many tasks were called off.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct PurgedView {
    /// How many.
    #[schema(example = 42)]
    pub(crate) purged: u64,
    /// Whether there may be more: ask again.
    pub(crate) more: bool,
}

/// Every queue, with how many tasks it has in each state.
#[utoipa::path(get, path = "/api/admin/queues/", tag = "admin", security(("token" = [])),
    responses((status = 200, body = ListView<QueueView>), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(ports): State<Ports>,
    State(registry): State<TaskRegistry>,
    _: Staff,
) -> Result<Json<ListView<QueueView>>, Problem> {
    Ok(Json(ListView::of(load(&ports, &registry).await?)))
}

/// Every queue.
pub(crate) async fn load(ports: &Ports, registry: &TaskRegistry) -> Result<Vec<QueueView>, Problem> {
    let now = ports.clock.now();
    let queues = all_queues(&ports.tasks, registry, now).await?;
    Ok(queues.iter().map(|queue| QueueView::of(queue, now)).collect())
}

/// Holds a queue: nothing more is taken from it. What runs goes on.
#[utoipa::path(post, path = "/api/admin/queues/{name}/pause/", tag = "admin", security(("token" = [])),
    params(("name" = String, Path, description = "The queue", example = "payment_tasks")),
    responses((status = 200, body = QueueView), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn pause(
    State(app): State<App>,
    doer: Doer,
    Path(name): Path<String>,
) -> Result<Json<QueueView>, Problem> {
    perform_pause(&app, &doer, &name, true).await.map(Json)
}

/// Lets a queue that was held go on.
#[utoipa::path(post, path = "/api/admin/queues/{name}/resume/", tag = "admin", security(("token" = [])),
    params(("name" = String, Path, description = "The queue", example = "payment_tasks")),
    responses((status = 200, body = QueueView), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn resume(
    State(app): State<App>,
    doer: Doer,
    Path(name): Path<String>,
) -> Result<Json<QueueView>, Problem> {
    perform_pause(&app, &doer, &name, false).await.map(Json)
}

/// Holds a queue or lets it go on, and says in the audit log who did.
pub(crate) async fn perform_pause(app: &App, doer: &Doer, name: &str, paused: bool) -> Result<QueueView, Problem> {
    let deed = Deed::new(if paused { "queue.pause" } else { "queue.resume" }).about("queue", name);
    let setting = async {
        let queue = set_paused(app.engine.ports(), &app.registry, name, paused).await?;
        app.wake.tasks();
        Ok(queue)
    };
    app.audit.keep(doer, deed, setting).await
}

/// Calls off the tasks that wait in a queue: up to 10,000 in one request.
#[utoipa::path(post, path = "/api/admin/queues/{name}/purge/", tag = "admin", security(("token" = [])),
    params(("name" = String, Path, description = "The queue", example = "marketplace_tasks")),
    responses((status = 200, body = PurgedView), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn purge(
    State(app): State<App>,
    doer: Doer,
    Path(name): Path<String>,
) -> Result<Json<PurgedView>, Problem> {
    perform_purge(&app, &doer, &name).await.map(Json)
}

/// Calls off the tasks that wait in a queue, and says in the audit log who did.
pub(crate) async fn perform_purge(app: &App, doer: &Doer, name: &str) -> Result<PurgedView, Problem> {
    let purging = async {
        let ports = app.engine.ports();
        let queue = known(ports, &app.registry, name).await?.name;
        let (mut purged, mut more) = (0, true);
        while more && purged < MOST {
            let chunk = ports.tasks.console.purge(&queue, ports.clock.now(), CHUNK).await?;
            purged += u64::from(chunk);
            more = chunk >= CHUNK;
        }
        Ok(PurgedView { purged, more })
    };
    app.audit.keep(doer, Deed::new("queue.purge").about("queue", name), purging).await
}

async fn set_paused(ports: &Ports, registry: &TaskRegistry, name: &str, paused: bool) -> Result<QueueView, Problem> {
    let queue: QueueName = known(ports, registry, name).await?.name;
    ports.tasks.console.set_paused(&queue, paused).await?;
    let queue = known(ports, registry, name).await?;
    Ok(QueueView::of(&queue, ports.clock.now()))
}

/// A queue that is used, or could be.
async fn known(ports: &Ports, registry: &TaskRegistry, name: &str) -> Result<QueueStatus, Problem> {
    let queues = all_queues(&ports.tasks, registry, ports.clock.now()).await?;
    queues.into_iter().find(|queue| queue.name.as_str() == name).ok_or_else(|| Problem::not_found("queue"))
}
