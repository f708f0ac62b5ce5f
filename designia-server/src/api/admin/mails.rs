//! The mails that went out, or would have: who was written to, what became of it, and what it says as far as that is kept.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::{Html, IntoResponse};
use designia_core::id::{AccountId, IdParseError, MailId, OrderId, TaskId};
use designia_core::mail::{MailRecord, MailState, Resend, resend_mail};
use designia_core::ports::{MailFilter, PageRequest, mail_cursor};
use designia_core::service::mails::Mails;
use designia_core::task::Json as TaskJson;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::AskedView;
use crate::api::paging::{PageQuery, PageView, Wanted, cursor_of, rows_for};
use crate::api::view::when::When;
use crate::app::App;
use crate::audit::{Deed, Doer};
use crate::http::auth::Admin;
use crate::http::extract::{Path, Query};
use crate::problem::{Code, Problem, ProblemBody};
use crate::tasks::ask;

/// Nothing in a mail may run, load or lead anywhere by itself, whoever wrote what stands in it.
pub(crate) const HARMLESS: &str =
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Which mails: by one of these at a time.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MailQuery {
    /// Only mails in this state: `waiting`, `sent` or `refused`.
    #[param(example = "refused")]
    pub(crate) state: Option<String>,
    /// Only mails to this account.
    pub(crate) account: Option<String>,
    /// Only mails about this order.
    pub(crate) order: Option<String>,
}

/// A mail.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MailView {
    pub(crate) id: Uuid,
    /// What it is about.
    #[schema(example = "receipt")]
    pub(crate) kind: &'static str,
    #[schema(example = "Zoe Jones")]
    pub(crate) to_name: String,
    #[schema(example = "zoe@example.com")]
    pub(crate) to_email: String,
    #[schema(example = "Your receipt")]
    pub(crate) subject: String,
    pub(crate) account_id: Option<Uuid>,
    pub(crate) order_id: Option<Uuid>,
    /// `waiting`: it will be tried again; `sent`: it was handed over; `refused`: it will never be accepted.
    #[schema(example = "sent")]
    pub(crate) state: &'static str,
    /// How often it was tried to hand it over.
    pub(crate) attempts: u32,
    /// Why it is in this state.
    pub(crate) note: Option<String>,
    pub(crate) created_at: When,
    pub(crate) changed_at: When,
}

/// A mail with what it says.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MailDetail {
    #[serde(flatten)]
    pub(crate) mail: MailView,
    /// What it says as plain text; absent if that is not kept, as of mails with codes once a mail server delivers them.
    pub(crate) text: Option<String>,
    /// Where its HTML form can be looked at.
    pub(crate) html_url: Option<String>,
}

/// Mails, the latest first.
#[utoipa::path(get, path = "/api/admin/mails/", tag = "admin", params(MailQuery, PageQuery), security(("token" = [])),
    responses((status = 200, body = PageView<MailView>),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(mails): State<Mails>,
    _: Admin,
    Query(filter): Query<MailQuery>,
    Query(query): Query<PageQuery>,
) -> Result<Json<PageView<MailView>>, Problem> {
    load_page(&mails, &filter, query).await.map(Json)
}

/// A page of mails.
pub(crate) async fn load_page(
    mails: &Mails,
    filter: &MailQuery,
    query: PageQuery,
) -> Result<PageView<MailView>, Problem> {
    let filter = filter.checked()?;
    let rows = async |after, limit| mails.page(&filter, PageRequest { after, limit }).await.map(|page| page.rows);
    let cursor = |mail: &MailRecord| mail_cursor(mail).to_string();
    let page = match query.wanted()? {
        Wanted::After { cursor: text, size } => {
            let after = cursor_of::<MailId>(&text)?;
            PageView::after(rows(Some(after), size + 1).await?, size, cursor)
        }
        Wanted::Number { page, size } => {
            PageView::numbered(rows(None, rows_for(page, size) + 1).await?, page, size, cursor)
        }
    };
    Ok(page.map(MailView::from))
}

/// One mail, with what it says as far as that is kept.
#[utoipa::path(get, path = "/api/admin/mails/{id}/", tag = "admin", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The mail")),
    responses((status = 200, body = MailDetail), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(mails): State<Mails>,
    _: Admin,
    Path(id): Path<Uuid>,
) -> Result<Json<MailDetail>, Problem> {
    load(&mails, id).await.map(Json)
}

/// One mail.
pub(crate) async fn load(mails: &Mails, id: Uuid) -> Result<MailDetail, Problem> {
    let mut mail = kept(mails, id).await?;
    let text = mail.body.take().map(|body| body.text);
    let html_url = text.is_some().then(|| format!("/api/admin/mails/{id}/html/"));
    Ok(MailDetail { mail: mail.into(), text, html_url })
}

/// What a mail says as HTML: a page in which nothing runs.
#[utoipa::path(get, path = "/api/admin/mails/{id}/html/", tag = "admin", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The mail")),
    responses((status = 200, body = String, content_type = "text/html"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn html(
    State(mails): State<Mails>,
    _: Admin,
    Path(id): Path<Uuid>,
) -> Result<impl IntoResponse, Problem> {
    let html = load_html(&mails, id).await?;
    let headers: [(HeaderName, &str); 3] = [
        (header::CONTENT_SECURITY_POLICY, HARMLESS),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Html(html)))
}

/// What a mail says as HTML, if that is kept. It has to be sent with [`HARMLESS`].
pub(crate) async fn load_html(mails: &Mails, id: Uuid) -> Result<String, Problem> {
    let body = kept(mails, id).await?.body.ok_or_else(|| Problem::not_found("HTML of the mail"))?;
    Ok(body.html)
}

/// Sends a mail again, by a background task. What it says has to be kept, and it must not wait already.
#[utoipa::path(post, path = "/api/admin/mails/{id}/resend/", tag = "admin", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The mail")),
    responses((status = 202, body = AskedView), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn resend(State(app): State<App>, doer: Doer, Path(id): Path<Uuid>) -> Result<AskedView, Problem> {
    perform_resend(&app, &doer, id).await
}

/// Sends a mail again, and says in the audit log who asked.
pub(crate) async fn perform_resend(app: &App, doer: &Doer, id: Uuid) -> Result<AskedView, Problem> {
    app.audit.keep(doer, Deed::new("mail.resend").about("mail", id), send_again(app, id)).await
}

async fn send_again(app: &App, id: Uuid) -> Result<AskedView, Problem> {
    let (mails, ports) = (&app.mails, app.engine.ports());
    let mail = kept(mails, id).await?;
    let is_waiting = mail.state == MailState::Waiting;
    if mail.body.is_none() {
        let told = "what the mail says is not kept: have its reader ask for a new one";
        return Err(Problem::new(Code::Conflict, told));
    }
    // Of two who ask at once, the second finds it waiting, and its task by the unique key.
    if !is_waiting && !mails.reopen(mail.id).await? {
        return Err(Problem::new(Code::Conflict, "the mail has changed meanwhile"));
    }
    let args = TaskJson::of(&Resend { mail: mail.id }).map_err(Problem::internal)?;
    let kind = resend_mail();
    let mut task = kind.task(TaskId::from_uuid(ports.ids.next()), args, ports.clock.now());
    task.unique_key = Some(format!("resend-{id}"));
    Ok(AskedView::of(ask(ports.tasks.queue.as_ref(), task).await?, &kind.name))
}

async fn kept(mails: &Mails, id: Uuid) -> Result<MailRecord, Problem> {
    mails.mail(MailId::from_uuid(id)).await?.ok_or_else(|| Problem::not_found("mail"))
}

impl MailQuery {
    fn checked(&self) -> Result<MailFilter, Problem> {
        let wrong = |field: &'static str| move |error: IdParseError| Problem::field(field, error.to_string());
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        match (given(&self.state), given(&self.account), given(&self.order)) {
            (None, None, None) => Ok(MailFilter::All),
            (Some(state), None, None) => {
                state.parse().map(MailFilter::State).map_err(|rule: String| Problem::field("state", rule))
            }
            (None, Some(account), None) => {
                account.parse::<AccountId>().map(MailFilter::Account).map_err(wrong("account"))
            }
            (None, None, Some(order)) => order.parse::<OrderId>().map(MailFilter::Order).map_err(wrong("order")),
            _ => Err(Problem::field("state", "only one of state, account and order may be given")),
        }
    }
}

impl From<MailRecord> for MailView {
    fn from(mail: MailRecord) -> Self {
        Self {
            id: mail.id.as_uuid(),
            kind: mail.kind.as_str(),
            to_name: mail.to.name.to_string(),
            to_email: mail.to.email.as_str().to_owned(),
            subject: mail.subject.to_string(),
            account_id: mail.account.map(AccountId::as_uuid),
            order_id: mail.order.map(OrderId::as_uuid),
            state: mail.state.as_str(),
            attempts: mail.attempts,
            note: mail.note,
            created_at: mail.created_at.into(),
            changed_at: mail.changed_at.into(),
        }
    }
}
