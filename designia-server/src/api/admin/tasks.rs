//! Tasks: those that there are, one of them, a new one; called off, or tried again.

use axum::Json;
use axum::extract::State;
use designia_core::id::TaskId;
use designia_core::ports::{Ports, TaskFilter, TaskPage};
use designia_core::task::{Json as TaskJson, Retrial, Revocation, TaskRecord, TaskState};
use designia_core::time::Timestamp;
use designia_core::worker::TaskRegistry;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{AskedView, ListView};
use crate::api::paging::{PageQuery, PageView, Wanted, rows_for};
use crate::api::view::task::{KindView, TaskView};
use crate::http::auth::Admin;
use crate::http::extract::{Json as JsonBody, Path, Query};
use crate::problem::{Code, Problem, ProblemBody};
use crate::runtime::Wake;
use crate::tasks::{ask, of_kind};

/// Which tasks.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TaskQuery {
    /// Only tasks in this state, such as `PENDING` or `FAILURE`.
    #[param(example = "FAILURE")]
    state: Option<String>,
    /// Only tasks of this queue.
    #[param(example = "payment_tasks")]
    queue: Option<String>,
    /// Only tasks of this kind.
    #[param(example = "rates.update")]
    kind: Option<String>,
}

/// A task to be run.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTask {
    /// What is to be done: one of the kinds that there are.
    #[schema(example = "orders.cancel_expired")]
    kind: String,
    /// The arguments of its handler; left out if it takes none.
    #[schema(value_type = Option<Object>, example = json!({"order": "019ab1a2-7c50-7d7e-9d67-0d3d4f2f1a11"}))]
    args: Option<Box<RawValue>>,
    /// Not before this; left out, as soon as there is a worker.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-11-23T00:00:00Z")]
    run_at: Option<String>,
}

/// What calling a task off did.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RevokedView {
    task_id: Uuid,
    /// `revoked`: it will not run; `asked`: it runs, and its worker will stop it within seconds.
    #[schema(example = "revoked")]
    outcome: &'static str,
}

/// Background tasks, the latest first.
#[utoipa::path(get, path = "/api/admin/tasks/", tag = "admin", params(TaskQuery, PageQuery), security(("token" = [])),
    responses((status = 200, body = PageView<TaskView>),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(ports): State<Ports>,
    _: Admin,
    Query(filter): Query<TaskQuery>,
    Query(query): Query<PageQuery>,
) -> Result<Json<PageView<TaskView>>, Problem> {
    let filter = filter.checked()?;
    let console = &ports.tasks.console;
    let rows = |below, limit| console.tasks(&filter, TaskPage { below, limit });
    let cursor = |record: &TaskRecord| record.task.id.to_string();
    let page = match query.wanted()? {
        Wanted::After { cursor: text, size } => {
            let below: TaskId = text
                .parse()
                .map_err(|error: designia_core::id::IdParseError| Problem::field("after", error.to_string()))?;
            PageView::after(rows(Some(below), size + 1).await?, size, cursor)
        }
        Wanted::Number { page, size } => {
            PageView::numbered(rows(None, rows_for(page, size) + 1).await?, page, size, cursor)
        }
    };
    Ok(Json(page.map(TaskView::from)))
}

/// One task: its state, its progress, its result. A task that nobody has heard of, or that was forgotten, is not found.
#[utoipa::path(get, path = "/api/admin/tasks/{id}/", tag = "admin", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The task")),
    responses((status = 200, body = TaskView), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(ports): State<Ports>,
    _: Admin,
    Path(id): Path<Uuid>,
) -> Result<Json<TaskView>, Problem> {
    let record = ports.tasks.console.task(TaskId::from_uuid(id)).await?;
    record.map(|record| Json(record.into())).ok_or_else(|| Problem::not_found("task"))
}

/// Asks for a task. The answer says where to ask how far it is.
#[utoipa::path(post, path = "/api/admin/tasks/", tag = "admin", security(("token" = [])), request_body = NewTask,
    responses((status = 202, body = AskedView, headers(("Location" = String, description = "Where to ask how far it is"))),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn create(
    State(ports): State<Ports>,
    State(registry): State<TaskRegistry>,
    _: Admin,
    JsonBody(body): JsonBody<NewTask>,
) -> Result<AskedView, Problem> {
    let now = ports.clock.now();
    let args = body.args.map(|args| TaskJson::parse(args.get())).transpose();
    let args = args.map_err(|error| Problem::field("args", error.to_string()))?;
    let run_at = body.run_at.map(|text| text.parse::<Timestamp>()).transpose();
    let run_at = run_at.map_err(|error| Problem::field("run_at", error.to_string()))?.unwrap_or(now);
    let task = of_kind(&registry, &body.kind, args, ports.ids.as_ref(), now, run_at)?;
    let kind = task.kind.clone();
    Ok(AskedView::of(ask(ports.tasks.queue.as_ref(), task).await?, &kind))
}

/// Calls a task off. One that runs is told by its worker within seconds.
#[utoipa::path(post, path = "/api/admin/tasks/{id}/revoke/", tag = "admin", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The task")),
    responses((status = 200, body = RevokedView), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn revoke(
    State(ports): State<Ports>,
    _: Admin,
    Path(id): Path<Uuid>,
) -> Result<Json<RevokedView>, Problem> {
    let revocation = ports.tasks.console.revoke(TaskId::from_uuid(id), ports.clock.now()).await?;
    let outcome = match revocation.ok_or_else(|| Problem::not_found("task"))? {
        Revocation::Revoked => "revoked",
        Revocation::Asked => "asked",
        Revocation::Ended(state) => {
            return Err(Problem::new(Code::Conflict, format!("the task has ended: it is {}", state.as_str())));
        }
    };
    Ok(Json(RevokedView { task_id: id, outcome }))
}

/// Lets a task that failed or was called off run again, with all its attempts.
#[utoipa::path(post, path = "/api/admin/tasks/{id}/retry/", tag = "admin", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The task")),
    responses((status = 202, body = AskedView), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn retry(
    State(ports): State<Ports>,
    State(wake): State<Wake>,
    _: Admin,
    Path(id): Path<Uuid>,
) -> Result<AskedView, Problem> {
    let id = TaskId::from_uuid(id);
    let console = &ports.tasks.console;
    let record = console.task(id).await?.ok_or_else(|| Problem::not_found("task"))?;
    let retrial = console.retry(id, ports.clock.now()).await?;
    match retrial.ok_or_else(|| Problem::not_found("task"))? {
        Retrial::Waiting => {
            wake.tasks();
            Ok(AskedView::of(crate::tasks::Asked { id, is_new: false }, &record.task.kind))
        }
        Retrial::NotEnded(state) => {
            let told = format!("the task is {}: only one that failed or was called off is tried again", state.as_str());
            Err(Problem::new(Code::Conflict, told))
        }
        Retrial::Duplicate(other) => {
            Err(Problem::new(Code::Conflict, format!("the task {other} with the same unique key waits or runs")))
        }
    }
}

/// The kinds of task that this node can run.
#[utoipa::path(get, path = "/api/admin/task-kinds/", tag = "admin", security(("token" = [])),
    responses((status = 200, body = ListView<KindView>), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn kinds(State(registry): State<TaskRegistry>, _: Admin) -> Json<ListView<KindView>> {
    Json(ListView::of(registry.kinds().map(|kind| KindView::from(kind.as_ref())).collect()))
}

impl TaskQuery {
    fn checked(self) -> Result<TaskFilter, Problem> {
        let state = |name: &str| {
            TaskState::ALL.into_iter().find(|state| state.as_str().eq_ignore_ascii_case(name)).ok_or_else(|| {
                let known = TaskState::ALL.map(TaskState::as_str).join(", ");
                Problem::field("state", format!("must be one of {known}"))
            })
        };
        Ok(TaskFilter {
            state: self.state.as_deref().map(state).transpose()?,
            queue: self.queue.as_deref().map(super::queue).transpose()?,
            kind: self.kind.as_deref().map(super::kind).transpose()?,
        })
    }
}
