//! Accounts, for those who run the marketplace.

use axum::Json;
use axum::extract::State;
use designia_core::account::{Account, AccountEvent, Role, Standing};
use designia_core::id::AccountId;
use designia_core::ports::{AccountFilter, Cursor, PageRequest, account_cursor};
use designia_core::service::accounts::Accounts;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::fields::optional_text;
use crate::api::paging::{PageQuery, PageView, Wanted, rows_for};
use crate::api::view::when::When;
use crate::app::App;
use crate::audit::{Deed, Doer, Moderator};
use crate::http::auth::Staff;
use crate::http::extract::{Json as JsonBody, OptionalJson, Path, Query};
use crate::problem::{Problem, ProblemBody};

/// How many of the latest events are shown.
const EVENTS: u32 = 100;

/// Longest beginning of an address or name.
const LONGEST: usize = 254;

/// Which accounts.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccountQuery {
    /// Only those whose address or public name begins with this.
    pub(crate) q: Option<String>,
    /// Only those of this role: `customer`, `seller`, `admin`.
    pub(crate) role: Option<String>,
    /// Only those in this standing: `unverified`, `active`, `disabled`, `deleted`.
    pub(crate) standing: Option<String>,
}

/// An account, for those who run the marketplace.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AccountView {
    pub(crate) id: Uuid,
    pub(crate) email: String,
    pub(crate) username: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    #[schema(example = "customer")]
    pub(crate) role: &'static str,
    pub(crate) is_staff: bool,
    #[schema(example = "active")]
    pub(crate) standing: &'static str,
    pub(crate) disabled_at: Option<When>,
    pub(crate) disabled_reason: Option<String>,
    pub(crate) two_factor_enabled: bool,
    pub(crate) date_joined: When,
    pub(crate) last_login: Option<When>,
}

/// Something that happened to an account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct EventView {
    pub(crate) at: When,
    #[schema(example = "logged_in")]
    pub(crate) kind: &'static str,
    /// Who did it, if it was not the owner.
    pub(crate) by: Option<Uuid>,
    /// From which address on the network.
    pub(crate) from: Option<String>,
    pub(crate) note: Option<String>,
}

/// What happened to an account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct EventsView {
    results: Vec<EventView>,
}

/// Why.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"reason": "sells what is not theirs"}))]
pub(crate) struct ReasonBody {
    /// For those who run the marketplace.
    reason: Option<String>,
}

/// What somebody may do.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"role": "seller", "is_staff": false}))]
pub(crate) struct RoleBody {
    /// `customer`, `seller` or `admin`.
    role: String,
    /// Whether they help to run the marketplace.
    #[serde(default)]
    is_staff: bool,
}

/// Accounts, newest first.
#[utoipa::path(get, path = "/api/auth/admin/accounts/", tag = "admin", security(("token" = [])), params(AccountQuery, PageQuery),
    responses((status = 200, body = PageView<AccountView>),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(accounts): State<Accounts>,
    _: Staff,
    Query(filter): Query<AccountQuery>,
    Query(query): Query<PageQuery>,
) -> Result<Json<PageView<AccountView>>, Problem> {
    load_page(&accounts, &filter, query).await.map(Json)
}

/// A page of accounts.
pub(crate) async fn load_page(
    accounts: &Accounts,
    filter: &AccountQuery,
    query: PageQuery,
) -> Result<PageView<AccountView>, Problem> {
    let filter = filter.check()?;
    let rows = async |after, limit| accounts.account_page(&filter, PageRequest { after, limit }).await;
    let cursor = |account: &Account| account_cursor(account).to_string();
    let page = match query.wanted()? {
        Wanted::After { cursor: text, size } => {
            let after = text.parse::<Cursor>().map_err(|error| Problem::field("after", error.to_string()))?;
            PageView::after(rows(Some(after), size + 1).await?.rows, size, cursor)
        }
        Wanted::Number { page, size } => {
            PageView::numbered(rows(None, rows_for(page, size) + 1).await?.rows, page, size, cursor)
        }
    };
    Ok(page.map(|account| AccountView::of(&account)))
}

/// One account.
#[utoipa::path(get, path = "/api/auth/admin/accounts/{id}/", tag = "admin", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The account")), responses((status = 200, body = AccountView),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(accounts): State<Accounts>,
    _: Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<AccountView>, Problem> {
    load(&accounts, id).await.map(Json)
}

/// One account.
pub(crate) async fn load(accounts: &Accounts, id: Uuid) -> Result<AccountView, Problem> {
    Ok(AccountView::of(&accounts.account(AccountId::from_uuid(id)).await?))
}

/// The latest of what happened to an account, newest first.
#[utoipa::path(get, path = "/api/auth/admin/accounts/{id}/events/", tag = "admin", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The account")), responses((status = 200, body = EventsView),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn events(
    State(accounts): State<Accounts>,
    _: Staff,
    Path(id): Path<Uuid>,
) -> Result<Json<EventsView>, Problem> {
    Ok(Json(EventsView { results: load_events(&accounts, id).await? }))
}

/// The latest of what happened to an account.
pub(crate) async fn load_events(accounts: &Accounts, id: Uuid) -> Result<Vec<EventView>, Problem> {
    let id = accounts.account(AccountId::from_uuid(id)).await?.id;
    let events = accounts.account_events(id, PageRequest { after: None, limit: EVENTS }).await?;
    Ok(events.rows.iter().map(EventView::of).collect())
}

/// Closes an account: nobody logs in, and its sessions and tokens are void at once.
#[utoipa::path(post, path = "/api/auth/admin/accounts/{id}/disable/", tag = "admin", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The account")), request_body = Option<ReasonBody>,
    responses((status = 200, body = AccountView),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn disable(
    State(app): State<App>,
    Moderator(doer): Moderator,
    Path(id): Path<Uuid>,
    OptionalJson(body): OptionalJson<ReasonBody>,
) -> Result<Json<AccountView>, Problem> {
    perform_disable(&app, &doer, id, &body.reason.unwrap_or_default()).await.map(Json)
}

/// Closes an account, and says in the audit log who did.
pub(crate) async fn perform_disable(app: &App, doer: &Doer, id: Uuid, reason: &str) -> Result<AccountView, Problem> {
    let closing = async {
        let account = app.accounts.disable(AccountId::from_uuid(id), doer.caller.account, reason).await?;
        Ok(AccountView::of(&account))
    };
    app.audit.keep(doer, Deed::new("account.disable").about("account", id).because(reason), closing).await
}

/// Opens an account that was closed.
#[utoipa::path(post, path = "/api/auth/admin/accounts/{id}/enable/", tag = "admin", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The account")), responses((status = 200, body = AccountView),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn enable(
    State(app): State<App>,
    Moderator(doer): Moderator,
    Path(id): Path<Uuid>,
) -> Result<Json<AccountView>, Problem> {
    perform_enable(&app, &doer, id).await.map(Json)
}

/// Opens an account, and says in the audit log who did.
pub(crate) async fn perform_enable(app: &App, doer: &Doer, id: Uuid) -> Result<AccountView, Problem> {
    let opening =
        async { Ok(AccountView::of(&app.accounts.enable(AccountId::from_uuid(id), doer.caller.account).await?)) };
    app.audit.keep(doer, Deed::new("account.enable").about("account", id), opening).await
}

/// Says what somebody may do, from that moment on. Nobody does so about themselves.
#[utoipa::path(post, path = "/api/auth/admin/accounts/{id}/role/", tag = "admin", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The account")), request_body = RoleBody,
    responses((status = 200, body = AccountView),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn change_role(
    State(app): State<App>,
    doer: Doer,
    Path(id): Path<Uuid>,
    JsonBody(body): JsonBody<RoleBody>,
) -> Result<Json<AccountView>, Problem> {
    perform_role(&app, &doer, id, &body.role, body.is_staff).await.map(Json)
}

/// Says what somebody may do, and in the audit log who said so.
pub(crate) async fn perform_role(
    app: &App,
    doer: &Doer,
    id: Uuid,
    role: &str,
    is_staff: bool,
) -> Result<AccountView, Problem> {
    let detail = serde_json::json!({"role": role, "is_staff": is_staff});
    let changing = async {
        let role = role.parse::<Role>().map_err(|rule| Problem::field("role", rule))?;
        let changed = app.accounts.change_role(AccountId::from_uuid(id), doer.caller.account, role, is_staff).await?;
        Ok(AccountView::of(&changed))
    };
    app.audit.keep(doer, Deed::new("account.role").about("account", id).with(detail), changing).await
}

impl AccountQuery {
    fn check(&self) -> Result<AccountFilter, Problem> {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let role = filled(self.role.clone()).map(|role| role.parse::<Role>()).transpose();
        let standing = filled(self.standing.clone());
        let names = ["unverified", "active", "disabled", "deleted"];
        if standing.as_deref().is_some_and(|standing| !names.contains(&standing)) {
            return Err(Problem::field("standing", format!("must be one of: {}", names.join(", "))));
        }
        let role = role.map_err(|rule| Problem::field("role", rule))?;
        let starts_with = optional_text("q", self.q.clone(), LONGEST)?;
        Ok(AccountFilter { role, standing, starts_with: filled(Some(starts_with)) })
    }
}

impl AccountView {
    fn of(account: &Account) -> Self {
        let disabled = match &account.standing {
            Standing::Disabled { at, why } => Some((*at, why.clone())),
            Standing::Unverified | Standing::Active | Standing::Deleted { .. } => None,
        };
        Self {
            id: account.id.as_uuid(),
            email: account.email.to_string(),
            username: account.username.to_string(),
            first_name: account.first_name.clone(),
            last_name: account.last_name.clone(),
            role: account.role.as_str(),
            is_staff: account.is_staff(),
            standing: account.standing.as_str(),
            disabled_at: disabled.as_ref().map(|(at, _)| When(*at)),
            disabled_reason: disabled.map(|(_, why)| why).filter(|why| !why.is_empty()),
            two_factor_enabled: account.second_factor.is_on(),
            date_joined: account.created_at.into(),
            last_login: account.last_login.map(When),
        }
    }
}

impl EventView {
    fn of(event: &AccountEvent) -> Self {
        Self {
            at: event.at.into(),
            kind: event.kind.as_str(),
            by: event.by.map(AccountId::as_uuid),
            from: event.from.clone(),
            note: event.note.clone(),
        }
    }
}
