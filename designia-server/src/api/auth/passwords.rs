//! Passwords: proving, changing and resetting.

use axum::Json;
use axum::extract::State;
use designia_core::account::Hidden;
use designia_core::service::accounts::{Accounts, AskByMail, NewPassword};
use serde::Deserialize;
use utoipa::ToSchema;

use super::origin::From;
use super::register::{EmailBody, Password, same};
use super::view::Message;
use crate::http::auth::Caller;
use crate::http::extract::Json as JsonBody;
use crate::problem::{Problem, ProblemBody};

/// The caller's password.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"password": "correct horse battery"}))]
pub(crate) struct PasswordBody {
    password: Password,
}

/// What shows that the caller is there: the password. Who has none logs in again instead, at most 15 minutes before.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"password": "correct horse battery"}))]
pub(crate) struct PresenceBody {
    password: Option<Password>,
}

impl PresenceBody {
    pub(super) fn password(&self) -> Option<&Hidden> {
        self.password.as_ref().map(|it| &it.0)
    }
}

/// A new password in the place of the old one.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"old_password": "correct horse battery", "password": "staple it to the door",
    "password_confirm": "staple it to the door"}))]
pub(crate) struct ChangeBody {
    /// The old one; may be left out by who has none.
    #[serde(alias = "current_password")]
    old_password: Option<Password>,
    #[serde(alias = "new_password")]
    password: Password,
    password_confirm: Option<Password>,
}

/// A new password by the link of a mail.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"email": "ada@example.com", "code": "0192f0c1a2b37d4e8f901234567890ab00112233445566778899aabbccddeeff",
    "password": "staple it to the door", "password_confirm": "staple it to the door"}))]
pub(crate) struct ResetBody {
    email: String,
    /// What the link holds as `code`.
    code: String,
    password: Password,
    password_confirm: Option<Password>,
}

/// Whether this is the caller's password; 400 if it is not, because 401 would mean the token.
#[utoipa::path(post, path = "/api/auth/verify-password/", tag = "auth", security(("token" = [])), request_body = PasswordBody,
    responses((status = 200, body = Message),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json"),
    (status = 503, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn verify(
    State(accounts): State<Accounts>,
    caller: Caller,
    JsonBody(body): JsonBody<PasswordBody>,
) -> Result<Json<Message>, Problem> {
    accounts.verify_password(caller.account, &body.password.0).await?;
    Ok(Json(Message::of("the password is right")))
}

/// Changes the caller's password, or sets the first one. Every other session ends.
#[utoipa::path(post, path = "/api/auth/password/change/", tag = "auth", security(("token" = [])), request_body = ChangeBody,
    responses((status = 200, body = Message),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json"),
    (status = 503, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn change(
    State(accounts): State<Accounts>,
    From(origin): From,
    caller: Caller,
    JsonBody(body): JsonBody<ChangeBody>,
) -> Result<Json<Message>, Problem> {
    same(&body.password, body.password_confirm.as_ref())?;
    let password = NewPassword { old: body.old_password.map(|it| it.0), new: body.password.0 };
    accounts.change_password(caller.account, caller.session, &password, &origin).await?;
    Ok(Json(Message::of("the password is changed, and every other session has ended")))
}

/// Mails a link that sets a new password. The answer is the same whether there is such an account or not.
#[utoipa::path(post, path = "/api/auth/password/reset/", tag = "auth", request_body = EmailBody,
    responses((status = 200, body = Message),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn ask_for_reset(
    State(accounts): State<Accounts>,
    From(origin): From,
    JsonBody(body): JsonBody<EmailBody>,
) -> Result<Json<Message>, Problem> {
    let email = body.email()?;
    accounts.ask_by_mail(&AskByMail::Reset { email }, &origin).await?;
    Ok(Json(Message::of("if the address has an account, a mail with a link is on its way")))
}

/// Sets a new password by the link of the mail. Every session ends.
#[utoipa::path(post, path = "/api/auth/password/reset/verify/", tag = "auth", request_body = ResetBody,
    responses((status = 200, body = Message),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json"),
    (status = 503, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn reset(
    State(accounts): State<Accounts>,
    From(origin): From,
    JsonBody(body): JsonBody<ResetBody>,
) -> Result<Json<Message>, Problem> {
    same(&body.password, body.password_confirm.as_ref())?;
    accounts.reset_password(&body.email, body.code.trim(), &body.password.0, &origin).await?;
    Ok(Json(Message::of("the password is changed; log in with the new one")))
}
