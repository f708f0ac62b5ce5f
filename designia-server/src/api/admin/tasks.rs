//! Tasks: those that there are, one of them, a new one; called off, or tried again.

use axum::Json;
use axum::extract::State;
use designia_core::id::TaskId;
use designia_core::ports::{Ports, TaskFilter, TaskPage};
use designia_core::task::{Json as TaskJson, Retrial, Revocation, TaskRecord, TaskState};
use designia_core::time::{DAY, Timestamp};
use designia_core::worker::TaskRegistry;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{AskedView, ListView};
use crate::api::fields::{day, given};
use crate::api::paging::{PageQuery, PageView, Wanted, rows_for};
use crate::api::view::task::{KindView, TaskView};
use crate::app::App;
use crate::audit::{Deed, Doer};
use crate::http::auth::Staff;
use crate::http::extract::{Json as JsonBody, Path, Query};
use crate::problem::{Code, Problem, ProblemBody};
use crate::tasks::{ask, of_kind};

/// Failed tasks that are read to group them.
const FAILURES_READ: u32 = 1_000;

/// Which tasks.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TaskQuery {
    /// Only tasks in this state, such as `PENDING` or `FAILURE`.
    #[param(example = "FAILURE")]
    pub(crate) state: Option<String>,
    /// Only tasks of this queue.
    #[param(example = "payment_tasks")]
    pub(crate) queue: Option<String>,
    /// Only tasks of this kind.
    #[param(example = "rates.update")]
    pub(crate) kind: Option<String>,
    /// Asked for on this day or later, in UTC.
    #[param(example = "2026-11-01")]
    pub(crate) from: Option<String>,
    /// Asked for on this day or earlier, in UTC.
    #[param(example = "2026-11-30")]
    pub(crate) to: Option<String>,
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
    pub(crate) outcome: &'static str,
}

/// Background tasks, the latest first.
#[utoipa::path(get, path = "/api/admin/tasks/", tag = "admin", params(TaskQuery, PageQuery), security(("token" = [])),
    responses((status = 200, body = PageView<TaskView>),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(ports): State<Ports>,
    State(registry): State<TaskRegistry>,
    _: Staff,
    Query(filter): Query<TaskQuery>,
    Query(query): Query<PageQuery>,
) -> Result<Json<PageView<TaskView>>, Problem> {
    load_page(&ports, &registry, &filter, query).await.map(Json)
}

/// A page of tasks.
pub(crate) async fn load_page(
    ports: &Ports,
    registry: &TaskRegistry,
    filter: &TaskQuery,
    query: PageQuery,
) -> Result<PageView<TaskView>, Problem> {
    let (filter, end) = (filter.checked()?, filter.end()?);
    let console = &ports.tasks.console;
    let rows = |below: Option<TaskId>, limit| {
        let below = below.into_iter().chain(end).min();
        console.tasks(&filter, TaskPage { below, limit })
    };
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
    Ok(page.map(|record| TaskView::of(record, registry)))
}

/// One task: its state, its progress, its result. A task that nobody has heard of, or that was forgotten, is not found.
#[utoipa::path(get, path = "/api/admin/tasks/{id}/", tag = "admin", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The task")),
    responses((status = 200, body = TaskView), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(ports): State<Ports>,
    State(registry): State<TaskRegistry>,
    _: Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<TaskView>, Problem> {
    load(&ports, &registry, id).await.map(Json)
}

/// One task.
pub(crate) async fn load(ports: &Ports, registry: &TaskRegistry, id: Uuid) -> Result<TaskView, Problem> {
    let record = ports.tasks.console.task(TaskId::from_uuid(id)).await?;
    record.map(|record| TaskView::of(record, registry)).ok_or_else(|| Problem::not_found("task"))
}

/// Asks for a task. The answer says where to ask how far it is.
#[utoipa::path(post, path = "/api/admin/tasks/", tag = "admin", security(("token" = [])), request_body = NewTask,
    responses((status = 202, body = AskedView, headers(("Location" = String, description = "Where to ask how far it is"))),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn create(
    State(app): State<App>,
    doer: Doer,
    JsonBody(body): JsonBody<NewTask>,
) -> Result<AskedView, Problem> {
    perform_run(&app, &doer, &body.kind, body.args.as_deref().map(RawValue::get), body.run_at.as_deref()).await
}

/// Asks for a task of this kind, and says in the audit log who did.
pub(crate) async fn perform_run(
    app: &App,
    doer: &Doer,
    kind: &str,
    args: Option<&str>,
    run_at: Option<&str>,
) -> Result<AskedView, Problem> {
    let deed = Deed::new("task.run").about("kind", kind);
    let asking = async {
        let ports = app.engine.ports();
        let now = ports.clock.now();
        let args = args.map(TaskJson::parse).transpose();
        let args = args.map_err(|error| Problem::field("args", error.to_string()))?;
        let run_at = run_at.map(str::parse::<Timestamp>).transpose();
        let run_at = run_at.map_err(|error| Problem::field("run_at", error.to_string()))?.unwrap_or(now);
        let task = of_kind(&app.registry, kind, args, ports.ids.as_ref(), now, run_at)?;
        let kind = task.kind.clone();
        Ok(AskedView::of(ask(ports.tasks.queue.as_ref(), task).await?, &kind))
    };
    app.audit.keep(doer, deed, asking).await
}

/// Calls a task off. One that runs is told by its worker within seconds.
#[utoipa::path(post, path = "/api/admin/tasks/{id}/revoke/", tag = "admin", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The task")),
    responses((status = 200, body = RevokedView), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn revoke(
    State(app): State<App>,
    doer: Doer,
    Path(id): Path<Uuid>,
) -> Result<Json<RevokedView>, Problem> {
    perform_revoke(&app, &doer, id).await.map(Json)
}

/// Calls a task off, and says in the audit log who did.
pub(crate) async fn perform_revoke(app: &App, doer: &Doer, id: Uuid) -> Result<RevokedView, Problem> {
    let revoking = async {
        let ports = app.engine.ports();
        let revocation = ports.tasks.console.revoke(TaskId::from_uuid(id), ports.clock.now()).await?;
        let outcome = match revocation.ok_or_else(|| Problem::not_found("task"))? {
            Revocation::Revoked => "revoked",
            Revocation::Asked => "asked",
            Revocation::Ended(state) => {
                return Err(Problem::new(Code::Conflict, format!("the task has ended: it is {}", state.as_str())));
            }
        };
        Ok(RevokedView { task_id: id, outcome })
    };
    app.audit.keep(doer, Deed::new("task.revoke").about("task", id), revoking).await
}

/// Lets a task that failed or was called off run again, with all its attempts.
#[utoipa::path(post, path = "/api/admin/tasks/{id}/retry/", tag = "admin", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The task")),
    responses((status = 202, body = AskedView), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn retry(State(app): State<App>, doer: Doer, Path(id): Path<Uuid>) -> Result<AskedView, Problem> {
    perform_retry(&app, &doer, id).await
}

/// Lets a task run again, and says in the audit log who did.
pub(crate) async fn perform_retry(app: &App, doer: &Doer, id: Uuid) -> Result<AskedView, Problem> {
    app.audit.keep(doer, Deed::new("task.retry").about("task", id), run_again(app, id)).await
}

async fn run_again(app: &App, id: Uuid) -> Result<AskedView, Problem> {
    let id = TaskId::from_uuid(id);
    let ports = app.engine.ports();
    let console = &ports.tasks.console;
    let record = console.task(id).await?.ok_or_else(|| Problem::not_found("task"))?;
    let retrial = console.retry(id, ports.clock.now()).await?;
    match retrial.ok_or_else(|| Problem::not_found("task"))? {
        Retrial::Waiting => {
            app.wake.tasks();
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

/// Failed tasks with one cause.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FailureCause {
    #[schema(example = "rates.update")]
    pub(crate) kind: String,
    /// What went wrong, with every number in it as `#`.
    #[schema(example = "no answer within # s")]
    pub(crate) cause: String,
    /// How many of the tasks looked at.
    pub(crate) tasks: u64,
    /// The latest of them.
    pub(crate) latest: Uuid,
}

/// Failed tasks by their cause, the most frequent first: of the latest thousand.
#[utoipa::path(get, path = "/api/admin/task-failures/", tag = "admin", security(("token" = [])),
    responses((status = 200, body = ListView<FailureCause>), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn failures(State(ports): State<Ports>, _: Staff) -> Result<Json<ListView<FailureCause>>, Problem> {
    Ok(Json(ListView::of(load_failures(&ports).await?)))
}

/// Failed tasks by their cause.
pub(crate) async fn load_failures(ports: &Ports) -> Result<Vec<FailureCause>, Problem> {
    let filter = TaskFilter { state: Some(TaskState::Failure), ..TaskFilter::default() };
    let failed = ports.tasks.console.tasks(&filter, TaskPage { below: None, limit: FAILURES_READ }).await?;
    let mut causes = Vec::<FailureCause>::new();
    for record in failed {
        let (kind, cause) = (record.task.kind.to_string(), fingerprint(record.last_error().unwrap_or_default()));
        match causes.iter_mut().find(|it| it.kind == kind && it.cause == cause) {
            Some(known) => known.tasks += 1,
            None => causes.push(FailureCause { kind, cause, tasks: 1, latest: record.task.id.as_uuid() }),
        }
    }
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.tasks));
    Ok(causes)
}

/// The first line of an error without what differs from task to task.
fn fingerprint(error: &str) -> String {
    let mut print = String::new();
    for c in error.lines().next().unwrap_or_default().chars().take(200) {
        if !c.is_ascii_digit() {
            print.push(c);
        } else if !print.ends_with('#') {
            print.push('#');
        }
    }
    print
}

/// The kinds of task that this node can run.
#[utoipa::path(get, path = "/api/admin/task-kinds/", tag = "admin", security(("token" = [])),
    responses((status = 200, body = ListView<KindView>), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn kinds(State(registry): State<TaskRegistry>, _: Staff) -> Json<ListView<KindView>> {
    Json(ListView::of(registry.kinds().map(|kind| KindView::from(kind.as_ref())).collect()))
}

impl TaskQuery {
    fn checked(&self) -> Result<TaskFilter, Problem> {
        let state = |name: &str| {
            TaskState::ALL.into_iter().find(|state| state.as_str().eq_ignore_ascii_case(name)).ok_or_else(|| {
                let known = TaskState::ALL.map(TaskState::as_str).join(", ");
                Problem::field("state", format!("must be one of {known}"))
            })
        };
        Ok(TaskFilter {
            state: self.state.as_deref().and_then(given).map(state).transpose()?,
            queue: self.queue.as_deref().and_then(given).map(super::queue).transpose()?,
            kind: self.kind.as_deref().and_then(given).map(super::kind).transpose()?,
            from: self
                .from
                .as_deref()
                .and_then(given)
                .map(|text| day("from", text))
                .transpose()?
                .map(TaskId::lowest_at),
        })
    }

    /// Where the ids begin of those that were asked for later.
    fn end(&self) -> Result<Option<TaskId>, Problem> {
        let last = self.to.as_deref().and_then(given).map(|text| day("to", text)).transpose()?;
        Ok(last.map(|day| TaskId::lowest_at(day + DAY)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_that_differ_in_numbers_alone_have_one_cause() {
        assert_eq!(fingerprint("no answer within 12 s of 2026-11-23\nat x"), "no answer within # s of #-#-#");
        assert_eq!(
            fingerprint("no answer within 7 s of 2025-01-02"),
            fingerprint("no answer within 12 s of 2026-11-23")
        );
        assert_eq!(fingerprint(""), "");
    }
}
