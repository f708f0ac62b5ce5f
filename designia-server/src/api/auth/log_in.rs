//! Logging in, and staying logged in.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use designia_core::id::ChallengeId;
use designia_core::service::accounts::{Accounts, LoggedIn, SecondStep};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::origin::From;
use super::register::Password;
use super::view::TokensView;
use crate::http::auth::Tokens;
use crate::http::extract::Json as JsonBody;
use crate::problem::{Problem, ProblemBody};

const WELCOME: &str = "logged in";

/// Address and password.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"email": "ada@example.com", "password": "correct horse battery"}))]
pub(crate) struct LogInBody {
    email: String,
    password: Password,
}

/// A code for the second step.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"user_id": "0192f0c1-a2b3-7d4e-8f90-1234567890ab", "code": "123456"}))]
pub(crate) struct SecondStepBody {
    /// The `user_id` that the first step answered with.
    user_id: String,
    /// Six digits from the mail or the program, or a recovery code.
    code: String,
}

/// A token that somebody else has made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"token": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"}))]
pub(crate) struct GoogleBody {
    /// Google's ID token.
    token: String,
}

/// A refresh token.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"refresh": "eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.c2lnbmF0dXJl"}))]
pub(crate) struct RefreshBody {
    refresh: String,
}

/// That a second step is needed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SecondStepView {
    requires_2fa: bool,
    message: &'static str,
    /// What the code is to be sent back with. It names this log-in and not the account: whoever has not shown the password can't
    /// know one.
    user_id: Uuid,
    /// Whether the code is in a mail that went out before.
    code_already_sent: bool,
    /// Which codes are taken: `email`, `totp`, `recovery`.
    methods: Vec<&'static str>,
}

/// The next two tokens.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RefreshedView {
    access: String,
    refresh: String,
}

/// Logs in with address and password.
///
/// An unknown address, a wrong password and a closed account get the same answer. With 202 a second step is needed.
#[utoipa::path(post, path = "/api/auth/login/", tag = "auth", request_body = LogInBody,
    responses((status = 200, body = TokensView), (status = 202, body = SecondStepView),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json"),
    (status = 503, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn log_in(
    State(accounts): State<Accounts>,
    State(tokens): State<Tokens>,
    From(origin): From,
    JsonBody(body): JsonBody<LogInBody>,
) -> Result<Response, Problem> {
    answer(&tokens, &accounts, accounts.log_in(&body.email, &body.password.0, &origin).await?)
}

/// The second step of a log-in.
#[utoipa::path(post, path = "/api/auth/login/verify-2fa/", tag = "auth", request_body = SecondStepBody,
    responses((status = 200, body = TokensView),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn verify_second_factor(
    State(accounts): State<Accounts>,
    State(tokens): State<Tokens>,
    From(origin): From,
    JsonBody(body): JsonBody<SecondStepBody>,
) -> Result<Json<TokensView>, Problem> {
    // What is no id is as wrong as one that was never given out.
    let challenge = Uuid::try_parse(&body.user_id).unwrap_or_default();
    let challenge = ChallengeId::from_uuid(challenge);
    let grant = accounts.verify_second_factor(challenge, &body.code, &origin).await?;
    Ok(Json(TokensView::of(WELCOME, &tokens.issue(&grant)?, &accounts, &grant.account)))
}

/// Logs in with Google's ID token. An account that has a second factor is asked for it all the same.
#[utoipa::path(post, path = "/api/auth/google/login/", tag = "auth", request_body = GoogleBody,
    responses((status = 200, body = TokensView), (status = 202, body = SecondStepView),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json"),
    (status = 503, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn with_google(
    State(accounts): State<Accounts>,
    State(tokens): State<Tokens>,
    From(origin): From,
    JsonBody(body): JsonBody<GoogleBody>,
) -> Result<Response, Problem> {
    let (logged_in, _) = accounts.log_in_vouched("google", &body.token, &origin).await?;
    answer(&tokens, &accounts, logged_in)
}

/// New tokens for a refresh token, which can't be used again.
///
/// For ten seconds it still gets the same answer, for clients that refresh several times at once. After that it has been copied: the
/// session ends.
#[utoipa::path(post, path = "/api/auth/token/refresh/", tag = "auth", request_body = RefreshBody,
    responses((status = 200, body = RefreshedView),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn refresh(
    State(accounts): State<Accounts>,
    State(tokens): State<Tokens>,
    From(origin): From,
    JsonBody(body): JsonBody<RefreshBody>,
) -> Result<Json<RefreshedView>, Problem> {
    let (session, generation) = tokens.refreshed(&body.refresh)?;
    let grant = accounts.refresh(session, generation, &origin).await?;
    let issued = tokens.issue(&grant)?;
    let (access, refresh) = (issued.access.expose().to_owned(), issued.refresh.expose().to_owned());
    Ok(Json(RefreshedView { access, refresh }))
}

fn answer(tokens: &Tokens, accounts: &Accounts, logged_in: LoggedIn) -> Result<Response, Problem> {
    match logged_in {
        LoggedIn::Granted(grant) => {
            Ok(Json(TokensView::of(WELCOME, &tokens.issue(&grant)?, accounts, &grant.account)).into_response())
        }
        LoggedIn::SecondFactor(step) => Ok((StatusCode::ACCEPTED, Json(SecondStepView::of(&step))).into_response()),
    }
}

impl SecondStepView {
    fn of(step: &SecondStep) -> Self {
        let methods = [("email", step.by_mail), ("totp", step.by_totp), ("recovery", true)];
        Self {
            requires_2fa: true,
            message: if step.by_mail { "enter the code from the mail" } else { "enter the code from your program" },
            user_id: step.challenge.as_uuid(),
            code_already_sent: step.code_already_sent,
            methods: methods.into_iter().filter(|(_, on)| *on).map(|(name, _)| name).collect(),
        }
    }
}
