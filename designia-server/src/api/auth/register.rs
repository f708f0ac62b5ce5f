//! Registering, and the link that verifies the address.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use designia_core::account::{Email, Hidden};
use designia_core::service::accounts::{Accounts, AskByMail, Registration};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::origin::From;
use super::view::{Message, UserView};
use crate::http::extract::Json as JsonBody;
use crate::problem::{Problem, ProblemBody};

/// What is answered whether there is such an account or not.
const SENT: &str = "if an account is waiting for it, a mail is on its way";

/// A new account.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"username": "ada", "email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace",
    "password": "correct horse battery", "password_confirm": "correct horse battery"}))]
pub(crate) struct RegisterBody {
    /// The public name; if it is taken, one close to it is given.
    #[serde(default)]
    username: String,
    email: String,
    #[serde(default)]
    first_name: String,
    #[serde(default)]
    last_name: String,
    /// 8 to 128 characters, and not among the first that anybody would try.
    password: Password,
    /// The same once more.
    password_confirm: Option<Password>,
}

/// A password in a body, which doesn't print itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Password)]
pub(crate) struct Password(pub(crate) Hidden);

/// An account that was registered.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RegisteredView {
    message: &'static str,
    user: UserView,
}

/// A link's token.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"token": "0192f0c1a2b37d4e8f901234567890ab00112233445566778899aabbccddeeff"}))]
pub(crate) struct TokenBody {
    /// What the link ends with.
    token: String,
}

/// An address.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"email": "ada@example.com"}))]
pub(crate) struct EmailBody {
    email: String,
}

impl EmailBody {
    pub(super) fn email(&self) -> Result<Email, Problem> {
        self.email
            .trim()
            .parse()
            .map_err(|error: designia_core::account::EmailError| Problem::field("email", error.to_string()))
    }
}

/// The two passwords of a form are one.
pub(super) fn same(password: &Password, again: Option<&Password>) -> Result<(), Problem> {
    let is_same = again.is_none_or(|again| again == password);
    if is_same { Ok(()) } else { Err(Problem::field("password_confirm", "must be the same as password")) }
}

/// Makes an account and mails the link that verifies its address.
///
/// The answer is the same for an address that has an account: only its owner learns of it, by mail.
#[utoipa::path(post, path = "/api/auth/register/", tag = "auth", request_body = RegisterBody,
    responses((status = 201, body = RegisteredView),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json"),
    (status = 503, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn register(
    State(accounts): State<Accounts>,
    From(origin): From,
    JsonBody(body): JsonBody<RegisterBody>,
) -> Result<(StatusCode, Json<RegisteredView>), Problem> {
    same(&body.password, body.password_confirm.as_ref())?;
    let RegisterBody { username, email, first_name, last_name, password, .. } = body;
    let registration = Registration { username, email, first_name, last_name, password: password.0 };
    let registered = accounts.register(registration, &origin).await?;
    let message = "registered; follow the link in the mail to verify the address";
    Ok((StatusCode::CREATED, Json(RegisteredView { message, user: UserView::registered(&registered) })))
}

/// Follows the link of the mail: the account can be used from now on.
#[utoipa::path(post, path = "/api/auth/verify-email/", tag = "auth", request_body = TokenBody,
    responses((status = 200, body = Message),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn verify_email(
    State(accounts): State<Accounts>,
    From(origin): From,
    JsonBody(body): JsonBody<TokenBody>,
) -> Result<Json<Message>, Problem> {
    accounts.verify_email(body.token.trim(), &origin).await?;
    Ok(Json(Message::of("the address is verified; you can log in")))
}

/// Mails the link once more. The answer is the same whether there is such an account or not, and there is at most one mail a
/// minute.
#[utoipa::path(post, path = "/api/auth/resend-verification/", tag = "auth", request_body = EmailBody,
    responses((status = 200, body = Message),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn resend_verification(
    State(accounts): State<Accounts>,
    From(origin): From,
    JsonBody(body): JsonBody<EmailBody>,
) -> Result<Json<Message>, Problem> {
    let email = body.email()?;
    accounts.ask_by_mail(&AskByMail::Verification { email }, &origin).await?;
    Ok(Json(Message::of(SENT)))
}
