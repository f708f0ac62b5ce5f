//! Becoming a seller: the side of those who decide.

use axum::Json;
use axum::extract::State;
use designia_core::account::{ApplicationState, SellerApplication};
use designia_core::id::ApplicationId;
use designia_core::ports::{Cursor, PageRequest};
use designia_core::service::accounts::{Accounts, ApplicationDecision};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::paging::{PageQuery, PageView, Wanted, rows_for};
use crate::api::view::when::When;
use crate::app::App;
use crate::audit::{Deed, Doer, Moderator};
use crate::http::auth::Staff;
use crate::http::extract::{Json as JsonBody, Path, Query};
use crate::problem::{Problem, ProblemBody};

/// Which applications.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StateQuery {
    /// Only those in this state.
    #[param(example = "pending")]
    pub(crate) status: Option<String>,
}

/// An application, for those who decide.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ApplicationView {
    pub(crate) application_id: Uuid,
    pub(crate) user_id: Uuid,
    #[schema(example = "pending")]
    pub(crate) status: &'static str,
    pub(crate) business_name: String,
    #[schema(example = "individual")]
    pub(crate) seller_type: &'static str,
    pub(crate) motivation: String,
    pub(crate) portfolio_url: Option<String>,
    pub(crate) social_media_url: Option<String>,
    /// Addresses of the pictures.
    pub(crate) images: Vec<String>,
    pub(crate) submitted_at: When,
    pub(crate) decided_by: Option<Uuid>,
    pub(crate) decided_at: Option<When>,
    /// What the applicant is told.
    pub(crate) reason: Option<String>,
    /// What those who decide tell each other.
    pub(crate) admin_notes: Option<String>,
}

/// What becomes of an application.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"action": "reject", "reason": "the pictures show the work of somebody else"}))]
pub(crate) struct DecisionBody {
    /// `review`, `approve`, `reject` or `request_revision`.
    pub(crate) action: String,
    /// For the applicant; needed to reject and to ask for a revision.
    pub(crate) reason: Option<String>,
    /// For the others who decide.
    pub(crate) admin_notes: Option<String>,
}

/// Applications, the longest waiting first.
#[utoipa::path(get, path = "/api/auth/admin/seller/applications/", tag = "admin", security(("token" = [])),
    params(StateQuery, PageQuery), responses((status = 200, body = PageView<ApplicationView>),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(accounts): State<Accounts>,
    _: Staff,
    Query(filter): Query<StateQuery>,
    Query(query): Query<PageQuery>,
) -> Result<Json<PageView<ApplicationView>>, Problem> {
    load_page(&accounts, &filter, query).await.map(Json)
}

/// A page of applications.
pub(crate) async fn load_page(
    accounts: &Accounts,
    filter: &StateQuery,
    query: PageQuery,
) -> Result<PageView<ApplicationView>, Problem> {
    let only = filter.status.as_deref().filter(|word| !word.is_empty()).map(str::parse::<ApplicationState>);
    let only = only.transpose().map_err(|rule| Problem::field("status", rule))?;
    let rows = async |after, limit| accounts.applications(only, PageRequest { after, limit }).await;
    let cursor = |it: &SellerApplication| Cursor { at: it.submitted_at, id: it.id.to_string() }.to_string();
    let page = match query.wanted()? {
        Wanted::After { cursor: text, size } => {
            let after = text.parse::<Cursor>().map_err(|error| Problem::field("after", error.to_string()))?;
            PageView::after(rows(Some(after), size + 1).await?.rows, size, cursor)
        }
        Wanted::Number { page, size } => {
            PageView::numbered(rows(None, rows_for(page, size) + 1).await?.rows, page, size, cursor)
        }
    };
    Ok(page.map(|application| ApplicationView::of(accounts, &application)))
}

/// One application.
#[utoipa::path(get, path = "/api/auth/admin/seller/applications/{id}/", tag = "admin", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The application")), responses((status = 200, body = ApplicationView),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(accounts): State<Accounts>,
    _: Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<ApplicationView>, Problem> {
    load(&accounts, id).await.map(Json)
}

/// One application.
pub(crate) async fn load(accounts: &Accounts, id: Uuid) -> Result<ApplicationView, Problem> {
    Ok(ApplicationView::of(accounts, &accounts.application(ApplicationId::from_uuid(id)).await?))
}

/// Decides about an application. Whoever is approved is a seller from that moment on.
#[utoipa::path(post, path = "/api/auth/admin/seller/applications/{id}/", tag = "admin", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The application")), request_body = DecisionBody,
    responses((status = 200, body = ApplicationView),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn decide(
    State(app): State<App>,
    Moderator(doer): Moderator,
    Path(id): Path<Uuid>,
    JsonBody(body): JsonBody<DecisionBody>,
) -> Result<Json<ApplicationView>, Problem> {
    perform(&app, &doer, id, body).await.map(Json)
}

/// Decides about an application, and says in the audit log who did.
pub(crate) async fn perform(app: &App, doer: &Doer, id: Uuid, body: DecisionBody) -> Result<ApplicationView, Problem> {
    let reason = body.reason.unwrap_or_default();
    let deed = Deed::new("application.decide").about("application", id).because(&reason);
    let deed = deed.with(serde_json::json!({"action": body.action}));
    let deciding = async {
        let decision = match body.action.as_str() {
            "review" => ApplicationDecision::Review,
            "approve" => ApplicationDecision::Approve,
            "reject" => ApplicationDecision::Reject { reason },
            "request_revision" => ApplicationDecision::Revise { reason },
            _ => return Err(Problem::field("action", "must be review, approve, reject or request_revision")),
        };
        let (id, by, notes) = (ApplicationId::from_uuid(id), doer.caller.account, body.admin_notes.as_deref());
        let decided = app.accounts.decide_application(id, by, &decision, notes).await?;
        Ok(ApplicationView::of(&app.accounts, &decided))
    };
    app.audit.keep(doer, deed, deciding).await
}

impl ApplicationView {
    fn of(accounts: &Accounts, it: &SellerApplication) -> Self {
        Self {
            application_id: it.id.as_uuid(),
            user_id: it.account.as_uuid(),
            status: it.state.as_str(),
            business_name: it.business_name.clone(),
            seller_type: it.seller_type.as_str(),
            motivation: it.motivation.clone(),
            portfolio_url: it.portfolio_url.clone(),
            social_media_url: it.social_media_url.clone(),
            images: it.images.iter().map(|key| accounts.picture_at(key)).collect(),
            submitted_at: it.submitted_at.into(),
            decided_by: it.decided.map(|(by, _)| by.as_uuid()),
            decided_at: it.decided.map(|(_, at)| at.into()),
            reason: it.reason.clone(),
            admin_notes: it.notes.clone(),
        }
    }
}
