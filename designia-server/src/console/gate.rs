//! Who may enter the console, and which forms are ours.
//!
//! A browser holds a signed token of its session in a cookie that scripts can't read and other sites can't send along. The
//! session is looked up at every request, so logging out, a new password and a closed account count at once.
//!
//! A form is taken only if the browser says that a page of this origin sent it, and if it carries the token that only a page of
//! this session was given.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use designia_core::id::SessionId;
use serde::de::DeserializeOwned;

use super::page::Trouble;
use crate::app::App;
use crate::audit::Doer;
use crate::config::{Console, Secret};
use crate::http::auth::Tokens;
use crate::http::extract::{NO_NUL, Raw};
use crate::problem::{Code, Problem};

/// The field of every form that shows that a page of ours made it.
const FORM_TOKEN: &str = "form_token";

/// How the console is reached, and what it does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Door {
    pub(super) mode: Console,
    pub(super) https: bool,
}

impl Door {
    /// The cookie's name. With https, the prefix makes browsers refuse one that another host or an open connection has set.
    pub(super) const fn cookie(self) -> &'static str {
        if self.https { "__Host-designia_console" } else { "designia_console" }
    }

    pub(super) fn of(parts: &Parts) -> Self {
        let closed = Self { mode: Console::Off, https: true };
        parts.extensions.get().copied().unwrap_or(closed)
    }
}

/// Somebody of the staff who looks at a page.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    /// Who, in this request.
    pub(super) doer: Doer,
    session: SessionId,
    mode: Console,
    form_token: Secret,
    /// What the action before has to say.
    pub(super) notice: Option<String>,
}

impl Visitor {
    /// Whether they may change what the marketplace does.
    pub(super) fn may_act(&self) -> bool {
        self.may_moderate() && self.doer.caller.is_admin()
    }

    /// Whether they may look after conversations.
    pub(super) fn may_moderate(&self) -> bool {
        self.mode == Console::On
    }

    /// Why they may only look, if it is so.
    pub(super) fn only_looks(&self) -> Option<&'static str> {
        match self.mode {
            Console::ReadOnly | Console::Off => {
                Some("The console is set to read-only: it shows everything and changes nothing.")
            }
            Console::On if self.doer.caller.is_admin() => None,
            Console::On => Some("You can look at everything. Only an admin can change it."),
        }
    }

    /// What this session's forms carry.
    pub(super) fn form_token(&self) -> &str {
        self.form_token.expose()
    }
}

/// An admin who looks at what the rest of the staff may not see.
#[derive(Clone, Debug)]
pub(super) struct AdminVisitor(pub(super) Visitor);

impl FromRequestParts<App> for AdminVisitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        if visitor.doer.caller.is_admin() {
            return Ok(Self(visitor));
        }
        Err(Trouble::from(Problem::new(Code::Forbidden, "only an admin may see this")).into_response())
    }
}

/// The value of one of the request's cookies.
pub(super) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let door = Door::of(parts);
        match enter(&app.tokens, door, parts).await {
            Ok(visitor) => Ok(visitor),
            // Where to go on after the log-in; a form that was sent can't be sent again.
            Err(problem) if problem.code() == Code::Unauthenticated && parts.method.is_safe() => {
                Err(Redirect::to(&log_in_page(&parts.uri)).into_response())
            }
            Err(problem) => Err(Trouble::from(problem).into_response()),
        }
    }
}

fn log_in_page(wanted: &Uri) -> String {
    let wanted = wanted.path_and_query().map_or("/admin/", |it| it.as_str());
    let query = serde_urlencoded::to_string([("next", wanted)]).unwrap_or_default();
    format!("/admin/login/?{query}")
}

async fn enter(tokens: &Tokens, door: Door, parts: &Parts) -> Result<Visitor, Problem> {
    let nobody = || Problem::new(Code::Unauthenticated, "log in to enter the console");
    let headers = &parts.headers;
    let token = cookie(headers, door.cookie()).ok_or_else(nobody)?;
    let caller = tokens.console_caller_of(token).await?;
    if !caller.is_staff() {
        return Err(Problem::new(Code::Forbidden, "the console is for the staff"));
    }
    let session = caller.session.ok_or_else(nobody)?;
    let form_token = tokens.form_token(session);
    let doer = Doer::of(caller, parts);
    Ok(Visitor { doer, session, mode: door.mode, form_token, notice: super::page::notice_in(headers) })
}

/// A form that an admin has sent, from a page of ours.
#[derive(Clone, Debug)]
pub(super) struct Act<T> {
    pub(super) visitor: Visitor,
    pub(super) form: T,
}

/// A form that somebody of the staff has sent, from a page of ours: for moderation.
#[derive(Clone, Debug)]
pub(super) struct Moderate<T> {
    pub(super) visitor: Visitor,
    pub(super) form: T,
}

/// A form that somebody of the staff has sent about their own session, from a page of ours.
#[derive(Clone, Debug)]
pub(super) struct Own(pub(super) Visitor);

impl<T: DeserializeOwned> FromRequest<App> for Act<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (visitor, body) = own_form(request, app).await.map_err(refused)?;
        allowed(visitor.only_looks()).map_err(refused)?;
        let form = form_of(&body).map_err(refused)?;
        Ok(Self { visitor, form })
    }
}

impl<T: DeserializeOwned> FromRequest<App> for Moderate<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (visitor, body) = own_form(request, app).await.map_err(refused)?;
        allowed(visitor.only_looks().filter(|_| !visitor.may_moderate())).map_err(refused)?;
        let form = form_of(&body).map_err(refused)?;
        Ok(Self { visitor, form })
    }
}

impl FromRequest<App> for Own {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        own_form(request, app).await.map(|(visitor, _)| Self(visitor)).map_err(refused)
    }
}

fn refused(problem: Problem) -> Response {
    Trouble::from(problem).into_response()
}

fn allowed(why_not: Option<&'static str>) -> Result<(), Problem> {
    why_not.map_or(Ok(()), |why| Err(Problem::new(Code::Forbidden, why)))
}

/// Who sent a form, and its fields, if it was made by a page of theirs.
async fn own_form(request: Request, app: &App) -> Result<(Visitor, Bytes), Problem> {
    let (parts, body) = request.into_parts();
    let visitor = enter(&app.tokens, Door::of(&parts), &parts).await?;
    same_origin(&parts.headers)?;
    let Raw(body) = Raw::from_request(Request::from_parts(parts, body), app).await?;
    let pairs: Vec<(String, String)> = form_of(&body)?;
    let sent = pairs.iter().find_map(|(name, value)| (name == FORM_TOKEN).then_some(value.as_str()));
    if !sent.is_some_and(|sent| app.tokens.is_form_token(visitor.session, sent)) {
        return Err(not_ours());
    }
    Ok((visitor, body))
}

/// The fields of a form.
pub(super) fn form_of<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if body.windows(3).any(|part| part == b"%00") {
        return Err(Problem::field("form", NO_NUL));
    }
    serde_urlencoded::from_bytes(body).map_err(|error| Problem::field("form", error.to_string()))
}

/// Refuses what another site made this browser send. Browsers say where a request comes from; older ones say it in `Origin`.
pub(super) fn same_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let is_ours = match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_some() && host == text("host")
        }
        (None, None) => false,
    };
    if is_ours { Ok(()) } else { Err(not_ours()) }
}

fn not_ours() -> Problem {
    Problem::new(
        Code::Forbidden,
        "this form was not made by a page of your session; open the page again and repeat the action",
    )
}
