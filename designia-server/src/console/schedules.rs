//! Schedules: what is asked for and when; switched on and off, and run now. Beat's place.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::gate::{Act, Visitor};
use super::log_in::Nothing;
use super::page::{Frame, Section, Trouble, back, nothing_done, page};
use crate::api::admin::schedules::{load, perform_enable, perform_run};
use crate::api::view::schedule::ScheduleView;
use crate::app::App;
use crate::http::extract::Path;

const HERE: &str = "/admin/schedules/";

#[derive(Template)]
#[template(path = "console/schedules.html")]
struct SchedulesPage {
    frame: Frame,
    schedules: Vec<ScheduleView>,
}

/// The list.
pub(super) async fn list(State(app): State<App>, visitor: Visitor) -> Result<Response, Trouble> {
    let ports = app.engine.ports();
    let frame = Frame::new(&visitor, Section::Schedules, "Schedules", ports.clock.now());
    Ok(page(&SchedulesPage { frame, schedules: load(ports).await? }))
}

/// Lets one fire.
pub(super) async fn enable(
    State(app): State<App>,
    Path(name): Path<String>,
    Act { visitor, form: Nothing {} }: Act<Nothing>,
) -> Result<Response, Trouble> {
    let enabled = perform_enable(&app, &visitor.doer, &name, true).await;
    let told = format!("{name} fires at its times again.");
    enabled.map(|_| back(HERE, &told)).or_else(|problem| nothing_done(HERE, problem))
}

/// Keeps one from firing.
pub(super) async fn disable(
    State(app): State<App>,
    Path(name): Path<String>,
    Act { visitor, form: Nothing {} }: Act<Nothing>,
) -> Result<Response, Trouble> {
    let disabled = perform_enable(&app, &visitor.doer, &name, false).await;
    let told = format!("{name} does not fire any more.");
    disabled.map(|_| back(HERE, &told)).or_else(|problem| nothing_done(HERE, problem))
}

/// Asks at once for what one asks for.
pub(super) async fn run(
    State(app): State<App>,
    Path(name): Path<String>,
    Act { visitor, form: Nothing {} }: Act<Nothing>,
) -> Result<Response, Trouble> {
    let asked = perform_run(&app, &visitor.doer, &name).await;
    asked
        .map(|it| back(&format!("/admin/tasks/{}/", it.task_id), "The task of the schedule waits to run."))
        .or_else(|problem| nothing_done(HERE, problem))
}
