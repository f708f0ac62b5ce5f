//! Accounts and applications to sell: looked at, closed, opened, decided.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use super::gate::{Act, Moderate, Visitor};
use super::log_in::Nothing;
use super::page::{AfterQuery, Frame, ROWS, Section, Trouble, back, nothing_done, page};
use crate::api::auth::decisions::{self, ApplicationView, DecisionBody, StateQuery};
use crate::api::auth::people::{
    AccountQuery, AccountView, EventView, load, load_events, load_page, perform_disable, perform_enable, perform_role,
};
use crate::api::paging::{PageQuery, PageView};
use crate::app::App;
use crate::http::extract::{Path, Query};
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "console/accounts.html")]
struct AccountsPage<'p> {
    frame: Frame,
    filter: &'p AccountQuery,
    roles: [&'static str; 3],
    standings: [&'static str; 4],
    accounts: PageView<AccountView>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "console/account.html")]
struct AccountPage {
    frame: Frame,
    roles: [&'static str; 3],
    it: AccountView,
    events: Vec<EventView>,
}

#[derive(Template)]
#[template(path = "console/applications.html")]
struct ApplicationsPage<'p> {
    frame: Frame,
    states: [&'static str; 5],
    state: &'p str,
    applications: PageView<ApplicationView>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "console/application.html")]
struct ApplicationPage {
    frame: Frame,
    it: ApplicationView,
}

const ROLES: [&str; 3] = ["customer", "seller", "admin"];

/// The list.
pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(filter): Query<AccountQuery>,
    Query(AfterQuery { after }): Query<AfterQuery>,
) -> Result<Response, Trouble> {
    let frame = Frame::new(&visitor, Section::Accounts, "Accounts", app.engine.ports().clock.now());
    let accounts = load_page(&app.accounts, &filter, PageQuery::of(after, ROWS)).await?;
    let given = [("q", &filter.q), ("role", &filter.role), ("standing", &filter.standing)];
    let next = super::page::next("/admin/accounts/", &given, accounts.next.as_deref())?;
    let standings = ["unverified", "active", "disabled", "deleted"];
    Ok(page(&AccountsPage { frame, filter: &filter, roles: ROLES, standings, accounts, next }))
}

/// One account.
pub(super) async fn show(State(app): State<App>, visitor: Visitor, Path(id): Path<Uuid>) -> Result<Response, Trouble> {
    let (it, events) = (load(&app.accounts, id).await?, load_events(&app.accounts, id).await?);
    let title = format!("Account {}", it.username);
    let frame = Frame::new(&visitor, Section::Accounts, title, app.engine.ports().clock.now());
    Ok(page(&AccountPage { frame, roles: ROLES, it, events }))
}

/// Why.
#[derive(Debug, Deserialize)]
pub(super) struct ReasonForm {
    #[serde(default)]
    reason: String,
}

/// Closes it; its sessions die.
pub(super) async fn disable(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Act { visitor, form }: Act<ReasonForm>,
) -> Result<Response, Trouble> {
    let here = format!("/admin/accounts/{id}/");
    let disabled = perform_disable(&app, &visitor.doer, id, &form.reason).await;
    let told = "The account is closed, and its sessions are over.";
    disabled.map(|_| back(&here, told)).or_else(|problem| nothing_done(&here, problem))
}

/// Opens it again.
pub(super) async fn enable(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Act { visitor, form: Nothing {} }: Act<Nothing>,
) -> Result<Response, Trouble> {
    let here = format!("/admin/accounts/{id}/");
    let enabled = perform_enable(&app, &visitor.doer, id).await;
    enabled.map(|_| back(&here, "The account is open again.")).or_else(|problem| nothing_done(&here, problem))
}

/// What somebody may do.
#[derive(Debug, Deserialize)]
pub(super) struct RoleForm {
    role: String,
    #[serde(default)]
    staff: Option<String>,
}

/// Says what it may do.
pub(super) async fn change_role(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Act { visitor, form }: Act<RoleForm>,
) -> Result<Response, Trouble> {
    let here = format!("/admin/accounts/{id}/");
    let changed = perform_role(&app, &visitor.doer, id, &form.role, form.staff.is_some()).await;
    changed.map(|_| back(&here, "The role is changed.")).or_else(|problem| nothing_done(&here, problem))
}

/// Applications to sell, the longest waiting first.
pub(super) async fn applications(
    State(app): State<App>,
    visitor: Visitor,
    Query(filter): Query<StateQuery>,
    Query(AfterQuery { after }): Query<AfterQuery>,
) -> Result<Response, Trouble> {
    let frame = Frame::new(&visitor, Section::Applications, "Applications", app.engine.ports().clock.now());
    let applications = decisions::load_page(&app.accounts, &filter, PageQuery::of(after, ROWS)).await?;
    let next = super::page::next("/admin/applications/", &[("status", &filter.status)], applications.next.as_deref())?;
    let states = ["pending", "under_review", "approved", "rejected", "revision_requested"];
    let state = filter.status.as_deref().unwrap_or_default();
    Ok(page(&ApplicationsPage { frame, states, state, applications, next }))
}

/// One application.
pub(super) async fn application(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<Uuid>,
) -> Result<Response, Trouble> {
    let it = decisions::load(&app.accounts, id).await?;
    let title = format!("Application of {}", it.business_name);
    let frame = Frame::new(&visitor, Section::Applications, title, app.engine.ports().clock.now());
    Ok(page(&ApplicationPage { frame, it }))
}

/// What becomes of it.
#[derive(Debug, Deserialize)]
pub(super) struct DecisionForm {
    action: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    admin_notes: String,
}

/// Decides about an application.
pub(super) async fn decide(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Moderate { visitor, form }: Moderate<DecisionForm>,
) -> Result<Response, Trouble> {
    let here = format!("/admin/applications/{id}/");
    let given = |text: String| Some(text).filter(|text| !text.trim().is_empty());
    let (reason, admin_notes) = (given(form.reason), given(form.admin_notes));
    let body = DecisionBody { action: form.action, reason, admin_notes };
    let decided = decisions::perform(&app, &visitor.doer, id, body).await;
    decided
        .map(|it: ApplicationView| back(&here, &format!("The application is {}.", it.status.replace('_', " "))))
        .or_else(|problem: Problem| nothing_done(&here, problem))
}
