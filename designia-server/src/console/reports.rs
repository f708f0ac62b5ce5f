//! Complaints about messages: what was said, and what becomes of it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use designia_core::chat::ReportState;
use designia_core::id::ReportId;
use serde::Deserialize;
use uuid::Uuid;

use super::gate::{Moderate, Visitor};
use super::page::{Frame, ROWS, Section, Trouble, back, nothing_done, page};
use crate::api::chat::moderation::{Action, Judgement, ReportDetail, load, load_page, perform_resolve};
use crate::api::chat::view::ReportView;
use crate::api::paging::{PageQuery, PageView};
use crate::app::App;
use crate::http::extract::{Path, Query};
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "console/reports.html")]
struct ReportsPage<'p> {
    frame: Frame,
    states: [&'static str; 3],
    state: &'p str,
    reports: PageView<ReportView>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "console/report.html")]
struct ReportPage {
    frame: Frame,
    it: ReportDetail,
}

/// Which reports, and where the page begins.
#[derive(Debug, Deserialize)]
pub(super) struct ReportQuery {
    #[serde(default)]
    state: String,
    #[serde(default)]
    after: Option<String>,
}

/// The list: unless somebody asks for others, those that wait.
pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Trouble> {
    let frame = Frame::new(&visitor, Section::Reports, "Chat reports", app.engine.ports().clock.now());
    let states = ["open", "upheld", "dismissed"];
    let state = if query.state.is_empty() { "open" } else { query.state.as_str() };
    let only: ReportState = serde_json::from_value(state.into())
        .map_err(|_| Problem::field("state", format!("must be one of {}", states.join(", "))))?;
    let reports = load_page(&app.chat, Some(only), PageQuery::of(query.after, ROWS)).await?;
    let next = super::page::next("/admin/reports/", &[("state", &Some(state.to_owned()))], reports.next.as_deref())?;
    Ok(page(&ReportsPage { frame, states, state, reports, next }))
}

/// One report with what was said around it.
pub(super) async fn show(State(app): State<App>, visitor: Visitor, Path(id): Path<Uuid>) -> Result<Response, Trouble> {
    let it = load(&app.chat, ReportId::from_uuid(id)).await?;
    let frame = Frame::new(&visitor, Section::Reports, "Chat report", app.engine.ports().clock.now());
    Ok(page(&ReportPage { frame, it }))
}

/// A judgement.
#[derive(Debug, Deserialize)]
pub(super) struct JudgementForm {
    action: Action,
    #[serde(default)]
    note: String,
}

/// Resolves it.
pub(super) async fn resolve(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Moderate { visitor, form }: Moderate<JudgementForm>,
) -> Result<Response, Trouble> {
    let here = format!("/admin/reports/{id}/");
    let told = match form.action {
        Action::Uphold => "The report was right: the message is hidden.",
        Action::Dismiss => "The report is dismissed.",
    };
    let judgement = Judgement { action: form.action, note: form.note };
    let resolved = perform_resolve(&app, &visitor.doer, id, &judgement).await;
    resolved.map(|_| back(&here, told)).or_else(|problem| nothing_done(&here, problem))
}
