//! Workers: who runs tasks, and whether they do.

use axum::Json;
use axum::extract::State;
use designia_core::ports::Ports;

use super::ListView;
use crate::api::view::task::WorkerView;
use crate::http::auth::Staff;
use crate::problem::{Problem, ProblemBody};
use crate::tasks::HEARD_OF;

/// The workers of all nodes that were heard of in the last ten minutes.
#[utoipa::path(get, path = "/api/admin/workers/", tag = "admin", security(("token" = [])),
    responses((status = 200, body = ListView<WorkerView>), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(State(ports): State<Ports>, _: Staff) -> Result<Json<ListView<WorkerView>>, Problem> {
    Ok(Json(ListView::of(load(&ports).await?)))
}

/// The workers that were heard of lately.
pub(crate) async fn load(ports: &Ports) -> Result<Vec<WorkerView>, Problem> {
    let now = ports.clock.now();
    let workers = ports.tasks.console.workers(now - HEARD_OF).await?;
    Ok(workers.into_iter().map(|worker| WorkerView::of(worker, now)).collect())
}
