//! The mails that went out, or would have. What stands in them opens accounts, so only admins read them.

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::gate::{Act, AdminVisitor};
use super::log_in::Nothing;
use super::page::{AfterQuery, Frame, ROWS, Section, Trouble, back, next, nothing_done, page};
use crate::api::admin::mails::{HARMLESS, MailDetail, MailQuery, MailView, load, load_html, load_page, perform_resend};
use crate::api::paging::{PageQuery, PageView};
use crate::app::App;
use crate::http::extract::{Path, Query};

#[derive(Template)]
#[template(path = "console/mails.html")]
struct MailsPage<'p> {
    frame: Frame,
    states: [&'static str; 3],
    state: &'p str,
    mails: PageView<MailView>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "console/mail.html")]
struct MailPage {
    frame: Frame,
    it: MailDetail,
}

/// The list.
pub(super) async fn list(
    State(app): State<App>,
    AdminVisitor(visitor): AdminVisitor,
    Query(filter): Query<MailQuery>,
    Query(AfterQuery { after }): Query<AfterQuery>,
) -> Result<Response, Trouble> {
    let frame = Frame::new(&visitor, Section::Mails, "Mails", app.engine.ports().clock.now());
    let mails = load_page(&app.mails, &filter, PageQuery::of(after, ROWS)).await?;
    let given = [("state", &filter.state), ("account", &filter.account), ("order", &filter.order)];
    let next = next("/admin/mails/", &given, mails.next.as_deref())?;
    let state = filter.state.as_deref().unwrap_or_default();
    Ok(page(&MailsPage { frame, states: ["waiting", "sent", "refused"], state, mails, next }))
}

/// One mail.
pub(super) async fn show(
    State(app): State<App>,
    AdminVisitor(visitor): AdminVisitor,
    Path(id): Path<Uuid>,
) -> Result<Response, Trouble> {
    let it = load(&app.mails, id).await?;
    let frame = Frame::new(&visitor, Section::Mails, "Mail", app.engine.ports().clock.now());
    Ok(page(&MailPage { frame, it }))
}

/// What it says as HTML: a page in which nothing runs, with no way to the console around it.
pub(super) async fn html(State(app): State<App>, _: AdminVisitor, Path(id): Path<Uuid>) -> Result<Response, Trouble> {
    let html = load_html(&app.mails, id).await?;
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, HARMLESS)];
    Ok((headers, html).into_response())
}

/// Sends it again.
pub(super) async fn resend(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Act { visitor, form: Nothing {} }: Act<Nothing>,
) -> Result<Response, Trouble> {
    let here = format!("/admin/mails/{id}/");
    let resent = perform_resend(&app, &visitor.doer, id).await;
    resent.map(|_| back(&here, "The mail goes out again.")).or_else(|problem| nothing_done(&here, problem))
}
