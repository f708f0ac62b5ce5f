//! Schedules: when each is next due; enabled, disabled, run now.

use axum::Json;
use axum::extract::State;
use designia_core::ports::Ports;
use designia_core::worker::TaskRegistry;

use super::{AskedView, ListView};
use crate::api::view::schedule::ScheduleView;
use crate::http::auth::Admin;
use crate::http::extract::Path;
use crate::problem::{Problem, ProblemBody};
use crate::tasks::{ask_schedule, find_schedule};

/// Every schedule, by name.
#[utoipa::path(get, path = "/api/admin/schedules/", tag = "admin", security(("token" = [])),
    responses((status = 200, body = ListView<ScheduleView>), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(State(ports): State<Ports>, _: Admin) -> Result<Json<ListView<ScheduleView>>, Problem> {
    let rows = ports.tasks.schedules.schedules().await?;
    Ok(Json(ListView::of(rows.into_iter().map(ScheduleView::from).collect())))
}

/// One schedule, with its next five moments.
#[utoipa::path(get, path = "/api/admin/schedules/{name}/", tag = "admin", security(("token" = [])),
    params(("name" = String, Path, description = "The schedule", example = "rates.update")),
    responses((status = 200, body = ScheduleView), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(ports): State<Ports>,
    _: Admin,
    Path(name): Path<String>,
) -> Result<Json<ScheduleView>, Problem> {
    view(&ports, &name).await
}

/// Lets a schedule fire. Moments that passed while it was disabled were not missed.
#[utoipa::path(post, path = "/api/admin/schedules/{name}/enable/", tag = "admin", security(("token" = [])),
    params(("name" = String, Path, description = "The schedule", example = "rates.update")),
    responses((status = 200, body = ScheduleView), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn enable(
    State(ports): State<Ports>,
    _: Admin,
    Path(name): Path<String>,
) -> Result<Json<ScheduleView>, Problem> {
    set_enabled(&ports, &name, true).await
}

/// Keeps a schedule from firing.
#[utoipa::path(post, path = "/api/admin/schedules/{name}/disable/", tag = "admin", security(("token" = [])),
    params(("name" = String, Path, description = "The schedule", example = "rates.update")),
    responses((status = 200, body = ScheduleView), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn disable(
    State(ports): State<Ports>,
    _: Admin,
    Path(name): Path<String>,
) -> Result<Json<ScheduleView>, Problem> {
    set_enabled(&ports, &name, false).await
}

/// Asks at once for what a schedule asks for, whether it is enabled or not. The answer says where to ask how far it is.
#[utoipa::path(post, path = "/api/admin/schedules/{name}/run/", tag = "admin", security(("token" = [])),
    params(("name" = String, Path, description = "The schedule", example = "rates.update")),
    responses((status = 202, body = AskedView, headers(("Location" = String, description = "Where to ask how far it is"))),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn run(
    State(ports): State<Ports>,
    State(registry): State<TaskRegistry>,
    _: Admin,
    Path(name): Path<String>,
) -> Result<AskedView, Problem> {
    let name = super::schedule(&name)?;
    let (row, asked) = ask_schedule(&registry, &ports.tasks, &name, ports.ids.as_ref(), ports.clock.now()).await?;
    Ok(AskedView::of(asked, &row.schedule.kind))
}

async fn set_enabled(ports: &Ports, name: &str, enabled: bool) -> Result<Json<ScheduleView>, Problem> {
    let schedule = super::schedule(name)?;
    if !ports.tasks.schedules.set_enabled(&schedule, enabled, ports.clock.now()).await? {
        return Err(Problem::not_found("schedule"));
    }
    view(ports, name).await
}

async fn view(ports: &Ports, name: &str) -> Result<Json<ScheduleView>, Problem> {
    let row = find_schedule(ports.tasks.schedules.as_ref(), &super::schedule(name)?).await?;
    row.map(|row| Json(row.into())).ok_or_else(|| Problem::not_found("schedule"))
}
