//! Coming in and leaving: the same accounts, limits and second factor as everywhere, with a cookie instead of tokens.

use std::time::Duration;

use askama::Template;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use designia_core::account::{Hidden, Role};
use designia_core::id::ChallengeId;
use designia_core::service::accounts::{Accounts, Grant, LoggedIn, Origin};
use designia_core::time::HOUR;
use serde::Deserialize;
use uuid::Uuid;

use super::assets;
use super::gate::{Door, Own, form_of, same_origin};
use super::page::{Trouble, of_status, page};
use crate::api::auth::origin::From;
use crate::config::Secret;
use crate::http::auth::Tokens;
use crate::http::extract::{Query, Raw};
use crate::problem::{Code, Problem};

/// A working day: whoever begins the next one logs in again.
const LIFETIME: Duration = Duration::from_secs(12 * HOUR.as_secs());

/// Where somebody goes who wanted nothing else.
const HOME: &str = "/admin/";

#[derive(Template)]
#[template(path = "console/log_in.html")]
struct LogInPage<'p> {
    release: &'static str,
    next: &'p str,
    email: &'p str,
    wrong: Option<&'p str>,
}

#[derive(Template)]
#[template(path = "console/second_step.html")]
struct SecondStepPage<'p> {
    release: &'static str,
    next: &'p str,
    challenge: Uuid,
    by_mail: bool,
    wrong: Option<&'p str>,
}

/// Where to go on.
#[derive(Debug, Deserialize)]
pub(super) struct NextQuery {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
struct LogInForm {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
struct CodeForm {
    challenge: Uuid,
    code: String,
    #[serde(default)]
    by_mail: bool,
    #[serde(default)]
    next: String,
}

/// A form without fields of its own.
#[derive(Debug, Deserialize)]
pub(super) struct Nothing {}

/// The form.
pub(super) async fn form(Query(query): Query<NextQuery>) -> Response {
    page(&LogInPage { release: assets::release(), next: local(&query.next), email: "", wrong: None })
}

/// Address and password.
pub(super) async fn enter(
    State(accounts): State<Accounts>,
    State(tokens): State<Tokens>,
    Extension(door): Extension<Door>,
    From(origin): From,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Response, Trouble> {
    same_origin(&headers)?;
    let LogInForm { email, password, next } = form_of(&body)?;
    let next = local(&next);
    match accounts.log_in(&email, &Hidden::new(password), &origin).await.map_err(Problem::from) {
        Ok(LoggedIn::Granted(grant)) => inside(&accounts, &tokens, door, &grant, &origin, next).await,
        Ok(LoggedIn::SecondFactor(step)) => Ok(page(&SecondStepPage {
            release: assets::release(),
            next,
            challenge: step.challenge.as_uuid(),
            by_mail: step.by_mail,
            wrong: None,
        })),
        Err(problem) if is_told_in_the_form(&problem) => {
            let wrong = Some(problem.detail());
            let form = LogInPage { release: assets::release(), next, email: &email, wrong };
            Ok(of_status(problem.code().status(), &form))
        }
        Err(problem) => Err(problem.into()),
    }
}

/// The code of the second factor.
pub(super) async fn second_step(
    State(accounts): State<Accounts>,
    State(tokens): State<Tokens>,
    Extension(door): Extension<Door>,
    From(origin): From,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Response, Trouble> {
    same_origin(&headers)?;
    let CodeForm { challenge, code, by_mail, next } = form_of(&body)?;
    let next = local(&next);
    let granted = accounts.verify_second_factor(ChallengeId::from_uuid(challenge), &code, &origin).await;
    match granted.map_err(Problem::from) {
        Ok(grant) => inside(&accounts, &tokens, door, &grant, &origin, next).await,
        Err(problem) if is_told_in_the_form(&problem) => {
            let wrong = Some(problem.detail());
            let form = SecondStepPage { release: assets::release(), next, challenge, by_mail, wrong };
            Ok(of_status(problem.code().status(), &form))
        }
        Err(problem) => Err(problem.into()),
    }
}

/// Ends the session, not only the cookie.
pub(super) async fn leave(
    State(accounts): State<Accounts>,
    Extension(door): Extension<Door>,
    From(origin): From,
    Own(visitor): Own,
) -> Result<Response, Trouble> {
    if let Some(session) = visitor.doer.caller.session {
        accounts.log_out(visitor.doer.caller.account, session, &origin).await.map_err(Problem::from)?;
    }
    Ok((
        StatusCode::SEE_OTHER,
        [(header::SET_COOKIE, set_cookie(door, "", Duration::ZERO)?)],
        Redirect::to("/admin/login/"),
    )
        .into_response())
}

/// Lets staff in; anybody else's session ends again at once.
async fn inside(
    accounts: &Accounts,
    tokens: &Tokens,
    door: Door,
    grant: &Grant,
    origin: &Origin,
    next: &str,
) -> Result<Response, Trouble> {
    if !(grant.account.staff || grant.account.role == Role::Admin) {
        accounts.log_out(grant.account.id, grant.session.id, origin).await.map_err(Problem::from)?;
        return Err(Problem::new(Code::Forbidden, "the console is for the staff").into());
    }
    let token = tokens.issue_console(grant, LIFETIME)?;
    let cookie = set_cookie(door, Secret::expose(&token), LIFETIME)?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(next)).into_response())
}

fn set_cookie(door: Door, value: &str, lifetime: Duration) -> Result<HeaderValue, Problem> {
    let (path, secure) = if door.https { ("/", "; Secure") } else { ("/admin", "") };
    let (name, age) = (door.cookie(), lifetime.as_secs());
    // A link in a mail may lead in; forms are guarded by more than the cookie.
    let text = format!("{name}={value}; Path={path}; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).map_err(Problem::internal)
}

/// A page of the console; whatever else was named leads home.
fn local(next: &str) -> &str {
    let is_page = next.starts_with("/admin/") && !next.contains(['\\', '\r', '\n']) && !next.contains("//");
    if is_page { next } else { HOME }
}

/// What somebody can mend by typing again.
fn is_told_in_the_form(problem: &Problem) -> bool {
    matches!(
        problem.code(),
        Code::InvalidCredentials
            | Code::EmailNotVerified
            | Code::InvalidCode
            | Code::InvalidField
            | Code::TooManyRequests
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_out_of_the_console() {
        for wanted in ["/admin/orders/?status=expiring", "/admin/"] {
            assert_eq!(local(wanted), wanted);
        }
        for wanted in [
            "",
            "https://evil.example/",
            "//evil.example/",
            "/admin//evil.example",
            "/admin/\\evil",
            "/api/",
            "/admin/\r\nX: y",
        ] {
            assert_eq!(local(wanted), HOME, "{wanted:?}");
        }
    }
}
