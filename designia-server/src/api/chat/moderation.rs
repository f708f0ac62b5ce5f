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
use crate::app::App;
use crate::audit::{Deed, Doer, Moderator};
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
    pub(crate) report: ReportView,
    /// Who judged it.
    pub(crate) resolver: Option<Uuid>,
    /// Why, for other staff.
    pub(crate) note: Option<String>,
    /// The message and some around it, in their order, hidden or not.
    pub(crate) context: Vec<MessageView>,
}

/// A judgement.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"action": "uphold", "note": "asked for payment outside"}))]
pub(crate) struct Judgement {
    /// `uphold`, which hides the message, or `dismiss`.
    pub(crate) action: Action,
    /// Why, for other staff, at most 2000 characters.
    #[serde(default)]
    pub(crate) note: String,
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
    load_page(&hub, filter.state, query).await.map(Json)
}

/// A page of reports.
pub(crate) async fn load_page(
    hub: &ChatHub,
    state: Option<ReportState>,
    query: PageQuery,
) -> Result<PageView<ReportView>, Problem> {
    let cursor = |report: &designia_core::chat::Report| report_cursor(report).to_string();
    let page = match query.wanted()? {
        Wanted::After { cursor: after, size } => {
            let after: Cursor = after.parse().map_err(|error| Problem::field("after", format!("{error}")))?;
            let request = PageRequest { after: Some(after), limit: size + 1 };
            PageView::after(hub.chat().reports(state, request).await?.rows, size, cursor)
        }
        Wanted::Number { page, size } => {
            let request = PageRequest { after: None, limit: rows_for(page, size) + 1 };
            PageView::numbered(hub.chat().reports(state, request).await?.rows, page, size, cursor)
        }
    };
    Ok(page.map(|report| ReportView::from(&report)))
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
    load(&hub, ReportId::from_uuid(id)).await.map(Json)
}

/// Resolves a report, for the staff; once.
#[utoipa::path(post, path = "/api/chat/reports/{id}/resolve/", tag = "chat", request_body = Judgement, params(("id" = Uuid, Path, description = "The report")), security(("token" = [])),
    responses((status = 200, body = ReportDetail), (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn resolve(
    State(app): State<App>,
    Moderator(doer): Moderator,
    Path(id): Path<Uuid>,
    Body(judgement): Body<Judgement>,
) -> Result<Json<ReportDetail>, Problem> {
    perform_resolve(&app, &doer, id, &judgement).await.map(Json)
}

/// Resolves a report, and says in the audit log who did.
pub(crate) async fn perform_resolve(
    app: &App,
    doer: &Doer,
    id: Uuid,
    judgement: &Judgement,
) -> Result<ReportDetail, Problem> {
    let is_upheld = judgement.action == Action::Uphold;
    let name = if is_upheld { "report.uphold" } else { "report.dismiss" };
    let resolving = async {
        let (hub, id) = (&app.chat, ReportId::from_uuid(id));
        hub.chat().resolve(doer.caller.account, id, is_upheld, &judgement.note).await?;
        load(hub, id).await
    };
    app.audit.keep(doer, Deed::new(name).about("report", id).because(&judgement.note), resolving).await
}

/// Hides a message from those who talk, or shows it again, for the staff.
#[utoipa::path(post, path = "/api/chat/messages/{id}/hide/", tag = "chat", request_body = Hiding, params(("id" = Uuid, Path, description = "The message")), security(("token" = [])),
    responses((status = 200, body = MessageView), (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn hide(
    State(app): State<App>,
    Moderator(doer): Moderator,
    Path(id): Path<Uuid>,
    Body(hiding): Body<Hiding>,
) -> Result<Json<MessageView>, Problem> {
    let name = if hiding.hidden { "message.hide" } else { "message.show" };
    let hiding = async {
        let chat = app.chat.chat();
        let message = chat.hide(MessageId::from_uuid(id), hiding.hidden).await?;
        let faces = chat.faces(&[message.sender]).await?;
        Ok(Json(view::uncovered(chat, &message, &faces)))
    };
    app.audit.keep(&doer, Deed::new(name).about("message", id), hiding).await
}

/// A report with what was said around it.
pub(crate) async fn load(hub: &ChatHub, id: ReportId) -> Result<ReportDetail, Problem> {
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
