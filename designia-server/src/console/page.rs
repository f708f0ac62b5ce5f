//! What all pages have in common: the frame around them, the headers they are sent with, and how trouble looks.

use askama::Template;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use designia_core::time::Timestamp;
use serde::Deserialize;

use super::assets;
use super::gate::{Visitor, cookie};
use crate::api::view::when::When;
use crate::problem::{Code, Problem};

/// Nothing but our own files, and no form that leads elsewhere.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'",
);

/// Carries what an action has to say to the page after it.
const NOTICE: &str = "designia_notice";

/// Longer ones are cut: a cookie holds little.
const LONGEST_NOTICE: usize = 600;

/// Rows on a page of a list.
pub(super) const ROWS: u32 = 50;

/// Where a page of a list begins.
#[derive(Debug, Deserialize)]
pub(super) struct AfterQuery {
    #[serde(default)]
    pub(super) after: Option<String>,
}

/// A part of the console, with a place in its menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Overview,
    Orders,
    Payments,
    Webhooks,
    Calls,
    Tasks,
    Schedules,
    Workers,
    Rates,
    Products,
    Accounts,
    Applications,
    Reports,
    Mails,
    Audit,
    System,
}

impl Section {
    /// The menu, in groups.
    const MENU: [(&'static str, &'static [Self]); 4] = [
        ("Money", &[Self::Overview, Self::Orders, Self::Payments, Self::Webhooks, Self::Calls, Self::Rates]),
        ("Work", &[Self::Tasks, Self::Schedules, Self::Workers]),
        ("Shop", &[Self::Products, Self::Accounts, Self::Applications, Self::Reports, Self::Mails]),
        ("Running", &[Self::Audit, Self::System]),
    ];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Orders => "Orders",
            Self::Payments => "Payments",
            Self::Webhooks => "Webhooks",
            Self::Calls => "Outside calls",
            Self::Tasks => "Tasks",
            Self::Schedules => "Schedules",
            Self::Workers => "Workers",
            Self::Rates => "Rates",
            Self::Products => "Products",
            Self::Accounts => "Accounts",
            Self::Applications => "Applications",
            Self::Reports => "Chat reports",
            Self::Mails => "Mails",
            Self::Audit => "Audit log",
            Self::System => "System",
        }
    }

    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Overview => "/admin/",
            Self::Orders => "/admin/orders/",
            Self::Payments => "/admin/payments/",
            Self::Webhooks => "/admin/webhooks/",
            Self::Calls => "/admin/calls/",
            Self::Tasks => "/admin/tasks/",
            Self::Schedules => "/admin/schedules/",
            Self::Workers => "/admin/workers/",
            Self::Rates => "/admin/rates/",
            Self::Products => "/admin/products/",
            Self::Accounts => "/admin/accounts/",
            Self::Applications => "/admin/applications/",
            Self::Reports => "/admin/reports/",
            Self::Mails => "/admin/mails/",
            Self::Audit => "/admin/audit/",
            Self::System => "/admin/system/",
        }
    }
}

/// What stands around a page.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) title: String,
    pub(super) here: Section,
    pub(super) who: String,
    pub(super) role: &'static str,
    pub(super) form_token: String,
    pub(super) may_act: bool,
    pub(super) may_moderate: bool,
    pub(super) only_looks: Option<&'static str>,
    pub(super) notice: Option<String>,
    pub(super) now: Timestamp,
}

impl Frame {
    pub(super) fn new(visitor: &Visitor, here: Section, title: impl Into<String>, now: Timestamp) -> Self {
        Self {
            title: title.into(),
            here,
            who: visitor.doer.caller.name.clone(),
            role: if visitor.doer.caller.is_admin() { "admin" } else { "staff" },
            form_token: visitor.form_token().to_owned(),
            may_act: visitor.may_act(),
            may_moderate: visitor.may_moderate(),
            only_looks: visitor.only_looks(),
            notice: visitor.notice.clone(),
            now,
        }
    }

    pub(super) fn menu(&self) -> &'static [(&'static str, &'static [Section])] {
        &Section::MENU
    }

    pub(super) fn is_here(&self, section: &Section) -> bool {
        self.here == *section
    }

    /// Whether this visitor may see a section.
    pub(super) fn may_see(&self, section: &Section) -> bool {
        *section != Section::Mails || self.role == "admin"
    }

    pub(super) fn release(&self) -> &'static str {
        assets::release()
    }

    /// An instant as people want it: how long ago it was or how long it is until then, with the whole of it at hand.
    pub(super) fn moment(&self, at: impl AsRef<When>) -> String {
        let (at, full) = (at.as_ref().0, self.full(&at));
        let (past, future) = (self.now.since(at), at.since(self.now));
        let told = match (past.as_secs(), future.as_secs()) {
            (0, 0) => "now".to_owned(),
            (0, ahead) => format!("in {}", span(ahead)),
            (gone, _) => format!("{} ago", span(gone)),
        };
        format!("<time datetime=\"{at}\" title=\"{full}\">{told}</time>")
    }

    /// The same of an instant that is no part of a view.
    pub(super) fn at(&self, at: &Timestamp) -> String {
        self.moment(When(*at))
    }

    /// The instant in whole seconds, as people write it.
    pub(super) fn full(&self, at: impl AsRef<When>) -> String {
        let text = Timestamp::from_secs(at.as_ref().0.as_secs()).to_string();
        text.replace('T', " ").replace('Z', " UTC")
    }

    /// The end of an id, which tells ids apart better than their beginning.
    pub(super) fn tail<I: ToString + ?Sized>(&self, id: &I) -> String {
        let id = id.to_string();
        id.get(id.len().saturating_sub(8)..).unwrap_or_default().to_owned()
    }

    /// A name for programs as people write it.
    pub(super) fn words(&self, name: impl AsRef<str>) -> String {
        name.as_ref().replace('_', " ")
    }

    /// How a state looks. The word itself is always there too.
    pub(super) fn tone(&self, word: impl AsRef<str>) -> &'static str {
        tone(word.as_ref())
    }
}

/// How a word for a state is to look.
pub(super) fn tone(word: &str) -> &'static str {
    match word {
        "delivered" | "paid" | "succeeded" | "SUCCESS" | "done" | "folded" | "captured" | "working" | "active"
        | "ok" | "approved" | "shipped" | "sent_mail" | "on" => "good",
        "FAILURE" | "dead" | "failed" | "failed_refund" | "refused" | "vanished" | "rejected" | "disabled"
        | "overdue" | "not ready" | "failing" | "no worker" => "bad",
        "expiring" | "unknown" | "RETRY" | "processing" | "pending_payment" | "waiting" | "partial_refund" | "held"
        | "paused" | "draining" | "unverified" | "open" | "settling" => "wait",
        "STARTED" | "PROGRESS" | "payment_confirmed" | "awaiting_shipment" | "sent" | "running" => "busy",
        _ => "plain",
    }
}

/// A length of time in its largest whole unit.
fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// A rendered page.
pub(super) fn page(template: &impl Template) -> Response {
    of_status(StatusCode::OK, template)
}

/// A rendered page with this status.
pub(super) fn of_status(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, headers(), html).into_response(),
        Err(error) => Problem::internal(error).into_response(),
    }
}

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::from_iter([
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        // A page is shown once after an action: what it said must not be said again.
        (
            header::SET_COOKIE,
            HeaderValue::from_static("designia_notice=; Path=/admin; Max-Age=0; HttpOnly; SameSite=Strict"),
        ),
    ]);
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    headers
}

/// The address of the next page of a list, with what the list was asked for.
pub(super) fn next(
    path: &str,
    given: &[(&str, &Option<String>)],
    after: Option<&str>,
) -> Result<Option<String>, Problem> {
    let Some(after) = after else { return Ok(None) };
    let given = given.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
    let pairs: Vec<(&str, &str)> = given.filter(|(_, value)| !value.is_empty()).chain([("after", after)]).collect();
    let query = serde_urlencoded::to_string(pairs).map_err(Problem::internal)?;
    Ok(Some(format!("{path}?{query}")))
}

/// To another page, after an action that has this to say.
pub(super) fn back(to: &str, said: &str) -> Response {
    let mut end = said.len().min(LONGEST_NOTICE);
    while !said.is_char_boundary(end) {
        end -= 1;
    }
    let value = URL_SAFE_NO_PAD.encode(&said[..end]);
    let cookie = format!("{NOTICE}={value}; Path=/admin; Max-Age=60; HttpOnly; SameSite=Strict");
    let mut response = Redirect::to(to).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// To where somebody was, after an action that was refused: what they see is still as it was.
pub(super) fn nothing_done(to: &str, problem: Problem) -> Result<Response, Trouble> {
    let is_refused = problem.code().status().is_client_error() && problem.code() != Code::NotFound;
    if is_refused { Ok(back(to, &format!("Nothing was done: {}", problem.detail()))) } else { Err(problem.into()) }
}

/// What the action before has to say.
pub(super) fn notice_in(headers: &HeaderMap) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cookie(headers, NOTICE)?).ok()?;
    String::from_utf8(bytes).ok().filter(|text| !text.is_empty())
}

/// A problem as a page.
#[derive(Clone, Debug)]
pub(super) struct Trouble(Problem);

#[derive(Template)]
#[template(path = "console/trouble.html")]
struct TroublePage<'p> {
    title: &'static str,
    detail: &'p str,
    release: &'static str,
    may_log_in: bool,
}

impl<P: Into<Problem>> From<P> for Trouble {
    fn from(problem: P) -> Self {
        Self(problem.into())
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let problem = self.0;
        let template = TroublePage {
            title: problem.code().title(),
            detail: problem.detail(),
            release: assets::release(),
            may_log_in: problem.code() == Code::Unauthenticated,
        };
        let mut response = of_status(problem.code().status(), &template);
        if let Some(wait) = problem.wait() {
            response.headers_mut().insert(header::RETRY_AFTER, wait);
        }
        response
    }
}
