//! Background tasks: what waits, what runs, what failed and why. Flower's place.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use designia_core::ports::Ports;
use designia_core::task::TaskState;
use serde::Deserialize;
use uuid::Uuid;

use super::gate::{Act, Visitor};
use super::live::follow;
use super::log_in::Nothing;
use super::page::{AfterQuery, Frame, ROWS, Section, Trouble, back, next, nothing_done, page};
use crate::api::admin::queues::{self, perform_pause, perform_purge};
use crate::api::admin::tasks::{
    FailureCause, TaskQuery, load, load_failures, load_page, perform_retry, perform_revoke, perform_run,
};
use crate::api::admin::{schedules, workers};
use crate::api::paging::{PageQuery, PageView};
use crate::api::view::task::{KindView, QueueView, TaskView, WorkerView};
use crate::app::App;
use crate::http::extract::{Path, Query};
use crate::problem::{Code, Problem};

#[derive(Template)]
#[template(path = "console/tasks.html")]
struct TasksPage<'p> {
    frame: Frame,
    states: [TaskState; 7],
    queues: Vec<QueueView>,
    kinds: Vec<KindRow>,
    failures: Vec<FailureCause>,
    filter: &'p TaskQuery,
    tasks: PageView<TaskView>,
    next: Option<String>,
    wrong: Option<&'p str>,
}

#[derive(Template)]
#[template(path = "console/task.html")]
struct TaskPage {
    frame: Frame,
    task: TaskView,
}

#[derive(Template)]
#[template(path = "console/task_live.html")]
struct TaskLive<'p> {
    frame: &'p Frame,
    task: &'p TaskView,
}

#[derive(Template)]
#[template(path = "console/workers.html")]
struct WorkersPage {
    frame: Frame,
    workers: Vec<WorkerView>,
}

/// A kind of task, and who can run it now.
struct KindRow {
    name: String,
    /// What this program knows of it.
    known: Option<KindView>,
    /// How many live workers can run it.
    workers: usize,
}

/// Queues, kinds, and tasks.
pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(filter): Query<TaskQuery>,
    Query(AfterQuery { after }): Query<AfterQuery>,
) -> Result<Response, Trouble> {
    let ports = app.engine.ports();
    let frame = Frame::new(&visitor, Section::Tasks, "Tasks", ports.clock.now());
    let (tasks, wrong) = match load_page(ports, &app.registry, &filter, PageQuery::of(after, ROWS)).await {
        Ok(tasks) => (tasks, None),
        Err(problem) if problem.code() == Code::InvalidField => (PageView::empty(ROWS), Some(problem)),
        Err(problem) => return Err(problem.into()),
    };
    let TaskQuery { state, queue, kind, from, to } = &filter;
    let given = [("state", state), ("queue", queue), ("kind", kind), ("from", from), ("to", to)];
    let next = next("/admin/tasks/", &given, tasks.next.as_deref())?;
    Ok(page(&TasksPage {
        frame,
        states: TaskState::ALL,
        queues: queues::load(ports, &app.registry).await?,
        kinds: kinds(&app, ports).await?,
        failures: load_failures(ports).await?,
        filter: &filter,
        tasks,
        next,
        wrong: wrong.as_ref().map(Problem::detail),
    }))
}

/// Every kind that somebody knows: this program, a schedule, a live worker.
async fn kinds(app: &App, ports: &Ports) -> Result<Vec<KindRow>, Problem> {
    let workers = workers::load(ports).await?;
    let alive: Vec<&WorkerView> = workers.iter().filter(|it| it.phase == "working").collect();
    let known: Vec<KindView> = app.registry.kinds().map(|kind| KindView::from(kind.as_ref())).collect();
    let scheduled = schedules::load(ports).await?;
    let mut names: BTreeSet<String> = known.iter().map(|kind| kind.name.clone()).collect();
    names.extend(scheduled.into_iter().map(|schedule| schedule.kind));
    names.extend(alive.iter().flat_map(|worker| worker.kinds.iter().cloned()));
    let row = |name: String| KindRow {
        known: known.iter().find(|kind| kind.name == name).cloned(),
        workers: alive.iter().filter(|worker| worker.kinds.contains(&name)).count(),
        name,
    };
    Ok(names.into_iter().map(row).collect())
}

/// One task.
pub(super) async fn show(State(app): State<App>, visitor: Visitor, Path(id): Path<Uuid>) -> Result<Response, Trouble> {
    Ok(page(&task(&app, &visitor, id).await?))
}

/// The live part of it.
pub(super) async fn live(State(app): State<App>, visitor: Visitor, Path(id): Path<Uuid>) -> Response {
    follow(app, visitor, move |app, visitor| async move {
        let page = task(&app, &visitor, id).await?;
        TaskLive { frame: &page.frame, task: &page.task }.render().map_err(Problem::internal)
    })
}

async fn task(app: &App, visitor: &Visitor, id: Uuid) -> Result<TaskPage, Problem> {
    let ports = app.engine.ports();
    let task = load(ports, &app.registry, id).await?;
    let frame = Frame::new(visitor, Section::Tasks, format!("Task {}", task.kind), ports.clock.now());
    Ok(TaskPage { frame, task })
}

/// The workers that were heard of lately.
pub(super) async fn workers(State(app): State<App>, visitor: Visitor) -> Result<Response, Trouble> {
    let ports = app.engine.ports();
    let frame = Frame::new(&visitor, Section::Workers, "Workers", ports.clock.now());
    Ok(page(&WorkersPage { frame, workers: workers::load(ports).await? }))
}

/// Lets a task run again.
pub(super) async fn retry(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Act { visitor, form: Nothing {} }: Act<Nothing>,
) -> Result<Response, Trouble> {
    let here = format!("/admin/tasks/{id}/");
    let retried = perform_retry(&app, &visitor.doer, id).await;
    retried.map(|_| back(&here, "The task waits to run again.")).or_else(|problem| nothing_done(&here, problem))
}

/// Calls a task off.
pub(super) async fn revoke(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Act { visitor, form: Nothing {} }: Act<Nothing>,
) -> Result<Response, Trouble> {
    let here = format!("/admin/tasks/{id}/");
    let told = |outcome| match outcome {
        "asked" => "The task runs; its worker will stop it within seconds.",
        _ => "The task is called off.",
    };
    let revoked = perform_revoke(&app, &visitor.doer, id).await;
    revoked.map(|it| back(&here, told(it.outcome))).or_else(|problem| nothing_done(&here, problem))
}

/// What is to be run.
#[derive(Debug, Deserialize)]
pub(super) struct RunForm {
    kind: String,
    #[serde(default)]
    args: String,
}

/// Asks for a task.
pub(super) async fn run(State(app): State<App>, Act { visitor, form }: Act<RunForm>) -> Result<Response, Trouble> {
    let args = Some(form.args.trim()).filter(|args| !args.is_empty());
    let asked = perform_run(&app, &visitor.doer, &form.kind, args, None).await;
    let told = |is_new| if is_new { "The task waits to run." } else { "This task waits or runs already." };
    asked
        .map(|it| back(&format!("/admin/tasks/{}/", it.task_id), told(it.is_new)))
        .or_else(|problem| nothing_done("/admin/tasks/", problem))
}

/// Holds a queue.
pub(super) async fn pause(
    State(app): State<App>,
    Path(name): Path<String>,
    Act { visitor, form: Nothing {} }: Act<Nothing>,
) -> Result<Response, Trouble> {
    let paused = perform_pause(&app, &visitor.doer, &name, true).await;
    let told = format!("The queue {name} is held: nothing more is taken from it.");
    paused.map(|_| back("/admin/tasks/", &told)).or_else(|problem| nothing_done("/admin/tasks/", problem))
}

/// Lets a queue go on.
pub(super) async fn resume(
    State(app): State<App>,
    Path(name): Path<String>,
    Act { visitor, form: Nothing {} }: Act<Nothing>,
) -> Result<Response, Trouble> {
    let resumed = perform_pause(&app, &visitor.doer, &name, false).await;
    let told = format!("The queue {name} goes on.");
    resumed.map(|_| back("/admin/tasks/", &told)).or_else(|problem| nothing_done("/admin/tasks/", problem))
}

/// Calls off what waits in a queue.
pub(super) async fn purge(
    State(app): State<App>,
    Path(name): Path<String>,
    Act { visitor, form: Nothing {} }: Act<Nothing>,
) -> Result<Response, Trouble> {
    let purged = perform_purge(&app, &visitor.doer, &name).await;
    let told = |purged: u64, more: bool| {
        let rest = if more { "; there are more, so repeat it" } else { "" };
        format!("{purged} tasks of {name} were called off{rest}.")
    };
    purged
        .map(|it| back("/admin/tasks/", &told(it.purged, it.more)))
        .or_else(|problem| nothing_done("/admin/tasks/", problem))
}
