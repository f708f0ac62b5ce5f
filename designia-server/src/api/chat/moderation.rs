//! What staff does about complaints.

use axum::Json;
use axum::extract::State;
use designia_core::chat::ReportState;
use designia_core::id::{MessageId, ReportId};
use designia_core::ports::{Cursor, PageRequest, report_cursor};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::view::{self, MessageView, ReportView};
use crate::api::paging::{PageQuery, PageView, Wanted, rows_for};
use crate::chat::ChatHub;
use crate::http::auth::Staff;
use crate::http::extract::{Json as Body, Path, Query};
use crate::problem::{Problem, ProblemBody};

/// Which reports.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StateQuery {
    /// Only those that are `open`, `upheld` or `dismissed`.
    #[param(value_type = Option<String>)]
    state: Option<ReportState>,
}

/// A report, with what staff needs to judge it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ReportDetail {
    #[serde(flatten)]
    report: ReportView,
    /// Who judged it.
    resolver: Option<Uuid>,
    /// Why, for other staff.
    note: Option<String>,
    /// The message and some around it, in their order, hidden or not.
    context: Vec<MessageView>,
}

/// A judgement.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"action": "uphold", "note": "asked for payment outside"}))]
pub(crate) struct Judgement {
    /// `uphold`, which hides the message, or `dismiss`.
    action: Action,
    /// Why, for other staff, at most 2000 characters.
    #[serde(default)]
    note: String,
}

/// What becomes of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    /// It was right: the message is hidden.
    Uphold,
    /// Nothing was wrong.
    Dismiss,
}

/// Whether a message is to be hidden.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"hidden": true}))]
pub(crate) struct Hiding {
    /// Whether those who talk may not see it.
    hidden: bool,
}

/// Reports, newest first, for the staff.
#[utoipa::path(get, path = "/api/chat/reports/", tag = "chat", params(StateQuery, PageQuery), security(("token" = [])),
    responses((status = 200, body = PageView<ReportView>), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(hub): State<ChatHub>,
    Staff(_): Staff,
    Query(filter): Query<StateQuery>,
    Query(query): Query<PageQuery>,
) -> Result<Json<PageView<ReportView>>, Problem> {
    let cursor = |report: &designia_core::chat::Report| report_cursor(report).to_string();
    let page = match query.wanted()? {
        Wanted::After { cursor: after, size } => {
            let after: Cursor = after.parse().map_err(|error| Problem::field("after", format!("{error}")))?;
            let request = PageRequest { after: Some(after), limit: size + 1 };
            PageView::after(hub.chat().reports(filter.state, request).await?.rows, size, cursor)
        }
        Wanted::Number { page, size } => {
            let request = PageRequest { after: None, limit: rows_for(page, size) + 1 };
            PageView::numbered(hub.chat().reports(filter.state, request).await?.rows, page, size, cursor)
        }
    };
    Ok(Json(page.map(|report| ReportView::from(&report))))
}

/// A report with the message and what was said around it, for the staff.
#[utoipa::path(get, path = "/api/chat/reports/{id}/", tag = "chat", params(("id" = Uuid, Path, description = "The report")), security(("token" = [])),
    responses((status = 200, body = ReportDetail), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(hub): State<ChatHub>,
    Staff(_): Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<ReportDetail>, Problem> {
    detail(&hub, ReportId::from_uuid(id)).await.map(Json)
}

/// Resolves a report, for the staff; once.
#[utoipa::path(post, path = "/api/chat/reports/{id}/resolve/", tag = "chat", request_body = Judgement, params(("id" = Uuid, Path, description = "The report")), security(("token" = [])),
    responses((status = 200, body = ReportDetail), (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn resolve(
    State(hub): State<ChatHub>,
    Staff(staff): Staff,
    Path(id): Path<Uuid>,
    Body(judgement): Body<Judgement>,
) -> Result<Json<ReportDetail>, Problem> {
    let id = ReportId::from_uuid(id);
    let is_upheld = judgement.action == Action::Uphold;
    hub.chat().resolve(staff.account, id, is_upheld, &judgement.note).await?;
    detail(&hub, id).await.map(Json)
}

/// Hides a message from those who talk, or shows it again, for the staff.
#[utoipa::path(post, path = "/api/chat/messages/{id}/hide/", tag = "chat", request_body = Hiding, params(("id" = Uuid, Path, description = "The message")), security(("token" = [])),
    responses((status = 200, body = MessageView), (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn hide(
    State(hub): State<ChatHub>,
    Staff(_): Staff,
    Path(id): Path<Uuid>,
    Body(hiding): Body<Hiding>,
) -> Result<Json<MessageView>, Problem> {
    let message = hub.chat().hide(MessageId::from_uuid(id), hiding.hidden).await?;
    let faces = hub.chat().faces(&[message.sender]).await?;
    Ok(Json(view::uncovered(hub.chat(), &message, &faces)))
}

async fn detail(hub: &ChatHub, id: ReportId) -> Result<ReportDetail, Problem> {
    let examined = hub.chat().examine(id).await?;
    let senders: Vec<_> = examined.context.iter().map(|message| message.sender).collect();
    let faces = hub.chat().faces(&senders).await?;
    let resolution = examined.report.resolution.as_ref();
    Ok(ReportDetail {
        report: ReportView::from(&examined.report),
        resolver: resolution.map(|it| it.resolver.as_uuid()),
        note: resolution.map(|it| it.note.clone()),
        context: examined.context.iter().map(|message| view::uncovered(hub.chat(), message, &faces)).collect(),
    })
}
