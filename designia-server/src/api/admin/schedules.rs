//! Schedules: when each is next due; enabled, disabled, run now.

use axum::Json;
use axum::extract::State;
use designia_core::ports::Ports;

use super::{AskedView, ListView};
use crate::api::view::schedule::ScheduleView;
use crate::app::App;
use crate::audit::{Deed, Doer};
use crate::http::auth::Staff;
use crate::http::extract::Path;
use crate::problem::{Problem, ProblemBody};
use crate::tasks::{ask_schedule, find_schedule};

/// Every schedule, by name.
#[utoipa::path(get, path = "/api/admin/schedules/", tag = "admin", security(("token" = [])),
    responses((status = 200, body = ListView<ScheduleView>), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(State(ports): State<Ports>, _: Staff) -> Result<Json<ListView<ScheduleView>>, Problem> {
    Ok(Json(ListView::of(load(&ports).await?)))
}

/// Every schedule.
pub(crate) async fn load(ports: &Ports) -> Result<Vec<ScheduleView>, Problem> {
    let rows = ports.tasks.schedules.schedules().await?;
    Ok(rows.into_iter().map(ScheduleView::from).collect())
}

/// One schedule, with its next five moments.
#[utoipa::path(get, path = "/api/admin/schedules/{name}/", tag = "admin", security(("token" = [])),
    params(("name" = String, Path, description = "The schedule", example = "rates.update")),
    responses((status = 200, body = ScheduleView), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(ports): State<Ports>,
    _: Staff,
    Path(name): Path<String>,
) -> Result<Json<ScheduleView>, Problem> {
    view(&ports, &name).await.map(Json)
}

/// Lets a schedule fire. Moments that passed while it was disabled were not missed.
#[utoipa::path(post, path = "/api/admin/schedules/{name}/enable/", tag = "admin", security(("token" = [])),
    params(("name" = String, Path, description = "The schedule", example = "rates.update")),
    responses((status = 200, body = ScheduleView), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn enable(
    State(app): State<App>,
    doer: Doer,
    Path(name): Path<String>,
) -> Result<Json<ScheduleView>, Problem> {
    perform_enable(&app, &doer, &name, true).await.map(Json)
}

/// Keeps a schedule from firing.
#[utoipa::path(post, path = "/api/admin/schedules/{name}/disable/", tag = "admin", security(("token" = [])),
    params(("name" = String, Path, description = "The schedule", example = "rates.update")),
    responses((status = 200, body = ScheduleView), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn disable(
    State(app): State<App>,
    doer: Doer,
    Path(name): Path<String>,
) -> Result<Json<ScheduleView>, Problem> {
    perform_enable(&app, &doer, &name, false).await.map(Json)
}

/// Asks at once for what a schedule asks for, whether it is enabled or not. The answer says where to ask how far it is.
#[utoipa::path(post, path = "/api/admin/schedules/{name}/run/", tag = "admin", security(("token" = [])),
    params(("name" = String, Path, description = "The schedule", example = "rates.update")),
    responses((status = 202, body = AskedView, headers(("Location" = String, description = "Where to ask how far it is"))),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn run(State(app): State<App>, doer: Doer, Path(name): Path<String>) -> Result<AskedView, Problem> {
    perform_run(&app, &doer, &name).await
}

/// Asks for what a schedule asks for, and says in the audit log who did.
pub(crate) async fn perform_run(app: &App, doer: &Doer, name: &str) -> Result<AskedView, Problem> {
    let asking = async {
        let (ports, name) = (app.engine.ports(), super::schedule(name)?);
        let asked = ask_schedule(&app.registry, &ports.tasks, &name, ports.ids.as_ref(), ports.clock.now());
        let (row, asked) = asked.await?;
        Ok(AskedView::of(asked, &row.schedule.kind))
    };
    app.audit.keep(doer, Deed::new("schedule.run").about("schedule", name), asking).await
}

/// Lets a schedule fire or not, and says in the audit log who did.
pub(crate) async fn perform_enable(app: &App, doer: &Doer, name: &str, enabled: bool) -> Result<ScheduleView, Problem> {
    let deed = Deed::new(if enabled { "schedule.enable" } else { "schedule.disable" }).about("schedule", name);
    let setting = async {
        let (ports, schedule) = (app.engine.ports(), super::schedule(name)?);
        if !ports.tasks.schedules.set_enabled(&schedule, enabled, ports.clock.now()).await? {
            return Err(Problem::not_found("schedule"));
        }
        view(ports, name).await
    };
    app.audit.keep(doer, deed, setting).await
}

async fn view(ports: &Ports, name: &str) -> Result<ScheduleView, Problem> {
    let row = find_schedule(ports.tasks.schedules.as_ref(), &super::schedule(name)?).await?;
    row.map(ScheduleView::from).ok_or_else(|| Problem::not_found("schedule"))
}
