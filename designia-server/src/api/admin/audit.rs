//! What the staff did.

use axum::Json;
use axum::extract::State;
use designia_core::audit::{AuditEntry, AuditSubject};
use designia_core::id::{AccountId, AuditId};
use designia_core::ports::{AuditFilter, Cursor, PageRequest};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::paging::{PageQuery, PageView, cursor_of};
use crate::api::view::when::When;
use crate::app::App;
use crate::http::auth::Staff;
use crate::http::extract::Query;
use crate::problem::{Problem, ProblemBody};

/// Which entries.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditSearch {
    /// Only what this account did.
    #[serde(default)]
    pub(crate) actor: String,
    /// Only actions that begin with this word.
    #[param(example = "order")]
    #[serde(default)]
    pub(crate) area: String,
    /// Only what was done to this kind of thing; needs `subject`.
    #[param(example = "order")]
    #[serde(default)]
    pub(crate) kind: String,
    /// Only what was done to this; needs `kind`.
    #[serde(default)]
    pub(crate) subject: String,
}

/// Something that somebody of the staff did, or tried to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AuditRow {
    pub(crate) id: Uuid,
    pub(crate) at: When,
    pub(crate) actor: Uuid,
    pub(crate) actor_name: String,
    #[schema(example = "order.cancel")]
    pub(crate) action: String,
    #[schema(example = "order")]
    pub(crate) subject_kind: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) reason: Option<String>,
    /// What was asked for.
    #[schema(value_type = Option<Object>)]
    pub(crate) detail: designia_core::task::Json,
    /// `done`, `refused` or `failed`.
    #[schema(example = "done")]
    pub(crate) outcome: &'static str,
    /// Why it was not done.
    pub(crate) why: Option<String>,
    pub(crate) request_id: Option<String>,
    /// From which address on the network.
    pub(crate) from: Option<String>,
}

/// What the staff did, the latest first.
#[utoipa::path(get, path = "/api/admin/audit/", tag = "admin", params(AuditSearch, PageQuery), security(("token" = [])),
    responses((status = 200, body = PageView<AuditRow>),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(app): State<App>,
    _: Staff,
    Query(search): Query<AuditSearch>,
    Query(query): Query<PageQuery>,
) -> Result<Json<PageView<AuditRow>>, Problem> {
    load_page(&app, &search, query).await.map(Json)
}

/// A page of entries.
pub(crate) async fn load_page(
    app: &App,
    search: &AuditSearch,
    query: PageQuery,
) -> Result<PageView<AuditRow>, Problem> {
    let (after, size) = query.onward()?;
    let after = after.as_deref().map(cursor_of::<AuditId>).transpose()?;
    let page = app.audit.log().audit_page(&search.filter()?, PageRequest { after, limit: size }).await?;
    let rows = page.rows.into_iter().map(AuditRow::of).collect();
    Ok(PageView::cut(rows, size, page.next.as_ref().map(Cursor::to_string)))
}

impl AuditSearch {
    fn filter(&self) -> Result<AuditFilter, Problem> {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let actor = given(&self.actor).map(|text| text.parse::<AccountId>()).transpose();
        let area = given(&self.area).map(|text| text.parse()).transpose();
        let subject = match (given(&self.kind), given(&self.subject)) {
            (None, None) => None,
            (Some(kind), Some(id)) => Some(AuditSubject::new(&kind, id)),
            (None, Some(_)) => return Err(Problem::field("kind", "must be given with a subject")),
            (Some(_), None) => return Err(Problem::field("subject", "must be given with a kind")),
        };
        Ok(AuditFilter {
            actor: actor.map_err(|error| Problem::field("actor", error.to_string()))?,
            area: area
                .map_err(|error: designia_core::audit::AuditActionError| Problem::field("area", error.to_string()))?,
            subject,
        })
    }
}

impl AuditRow {
    fn of(entry: AuditEntry) -> Self {
        let (subject_kind, subject) = entry.subject.map(|it| (it.kind, it.id)).unzip();
        Self {
            id: entry.id.as_uuid(),
            at: When(entry.at),
            actor: entry.actor.as_uuid(),
            actor_name: entry.actor_name,
            action: entry.action.to_string(),
            subject_kind,
            subject,
            reason: entry.reason,
            detail: entry.detail,
            outcome: entry.outcome.as_str(),
            why: entry.outcome.why().map(str::to_owned),
            request_id: entry.request_id,
            from: entry.from,
        }
    }

    /// Where what it was done to is shown.
    pub(crate) fn path(&self) -> Option<String> {
        let (kind, id) = (self.subject_kind.as_deref()?, self.subject.as_deref()?);
        let section = match kind {
            "order" => "orders",
            "task" => "tasks",
            "webhook" => "webhooks",
            "account" => "accounts",
            "application" => "applications",
            "report" => "reports",
            "product" => "products",
            "mail" => "mails",
            _ => return None,
        };
        Some(format!("/admin/{section}/{id}/"))
    }
}
