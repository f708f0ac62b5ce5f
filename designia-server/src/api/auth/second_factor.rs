//! The second factor: on and off, programs, recovery codes.

use axum::Json;
use axum::extract::State;
use designia_core::service::accounts::{Accounts, FactorPurpose};
use serde::{Deserialize, Serialize};
use totp_rs::Secret as Seed;
use utoipa::ToSchema;

use super::origin::From;
use super::passwords::PresenceBody;
use super::view::Message;
use crate::http::auth::Caller;
use crate::http::extract::Json as JsonBody;
use crate::problem::{Problem, ProblemBody};

/// What a program calls this site.
const ISSUER: &str = "Designia";

/// What a code is wanted for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"purpose": "enable_2fa"}))]
pub(crate) struct PurposeBody {
    /// `enable_2fa` or `disable_2fa`.
    purpose: String,
}

/// A code.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"code": "123456"}))]
pub(crate) struct CodeBody {
    code: String,
}

/// A seed for a program of the caller's, shown this once.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct SeedView {
    /// To be typed in, as base 32.
    secret: String,
    /// The same to be scanned as a QR code.
    otpauth_url: String,
}

/// Codes for when nothing else is at hand, shown this once.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct RecoveryCodesView {
    message: &'static str,
    /// Each good for one log-in.
    #[schema(example = json!(["abcd-efgh-jkmn-pqrs"]))]
    recovery_codes: Vec<String>,
}

/// Mails a code that turns the second factor on or off.
#[utoipa::path(post, path = "/api/auth/2fa/send-code/", tag = "auth", security(("token" = [])), request_body = PurposeBody,
    responses((status = 200, body = Message),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn send_code(
    State(accounts): State<Accounts>,
    caller: Caller,
    JsonBody(body): JsonBody<PurposeBody>,
) -> Result<Json<Message>, Problem> {
    let purpose = match body.purpose.as_str() {
        "enable_2fa" => FactorPurpose::Enable,
        "disable_2fa" => FactorPurpose::Disable,
        _ => return Err(Problem::field("purpose", "must be enable_2fa or disable_2fa")),
    };
    accounts.send_factor_code(caller.account, purpose).await?;
    Ok(Json(Message::of("enter the code from the mail; who uses a program, the code that it shows")))
}

/// Turns codes by mail on.
#[utoipa::path(post, path = "/api/auth/2fa/enable/", tag = "auth", security(("token" = [])), request_body = CodeBody,
    responses((status = 200, body = Message),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn enable(
    State(accounts): State<Accounts>,
    From(origin): From,
    caller: Caller,
    JsonBody(body): JsonBody<CodeBody>,
) -> Result<Json<Message>, Problem> {
    accounts.enable_factor(caller.account, &body.code, &origin).await?;
    Ok(Json(Message::of("two-factor authentication is on")))
}

/// Turns the second factor off, by a code of the mail or the program, or a recovery code.
#[utoipa::path(post, path = "/api/auth/2fa/disable/", tag = "auth", security(("token" = [])), request_body = CodeBody,
    responses((status = 200, body = Message),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn disable(
    State(accounts): State<Accounts>,
    From(origin): From,
    caller: Caller,
    JsonBody(body): JsonBody<CodeBody>,
) -> Result<Json<Message>, Problem> {
    accounts.disable_factor(caller.account, &body.code, &origin).await?;
    Ok(Json(Message::of("two-factor authentication is off")))
}

/// A seed for a program that makes codes. Nothing changes until a code of it is confirmed.
#[utoipa::path(post, path = "/api/auth/2fa/totp/setup/", tag = "auth", security(("token" = [])), request_body = PresenceBody,
    responses((status = 200, body = SeedView),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn begin_totp(
    State(accounts): State<Accounts>,
    caller: Caller,
    JsonBody(body): JsonBody<PresenceBody>,
) -> Result<Json<SeedView>, Problem> {
    let new = accounts.begin_totp(caller.account, caller.session, body.password()).await?;
    let secret = Seed::from(new.seed).to_base32();
    // An address holds nothing that a URL would need to have escaped but these.
    let label = new.label.replace('%', "%25").replace('?', "%3F").replace('#', "%23").replace('&', "%26");
    let otpauth_url = format!("otpauth://totp/{ISSUER}:{label}?secret={secret}&issuer={ISSUER}");
    Ok(Json(SeedView { secret, otpauth_url }))
}

/// Confirms the program by a code of it. From now on it is asked for instead of a code by mail.
#[utoipa::path(post, path = "/api/auth/2fa/totp/confirm/", tag = "auth", security(("token" = [])), request_body = CodeBody,
    responses((status = 200, body = RecoveryCodesView),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn confirm_totp(
    State(accounts): State<Accounts>,
    From(origin): From,
    caller: Caller,
    JsonBody(body): JsonBody<CodeBody>,
) -> Result<Json<RecoveryCodesView>, Problem> {
    let recovery_codes = accounts.confirm_totp(caller.account, &body.code, &origin).await?;
    Ok(Json(RecoveryCodesView { message: "keep these codes where nobody else finds them", recovery_codes }))
}

/// New recovery codes in the place of the old ones.
#[utoipa::path(post, path = "/api/auth/2fa/recovery-codes/", tag = "auth", security(("token" = [])), request_body = PresenceBody,
    responses((status = 200, body = RecoveryCodesView),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn recovery_codes(
    State(accounts): State<Accounts>,
    From(origin): From,
    caller: Caller,
    JsonBody(body): JsonBody<PresenceBody>,
) -> Result<Json<RecoveryCodesView>, Problem> {
    let recovery_codes =
        accounts.renew_recovery_codes(caller.account, caller.session, body.password(), &origin).await?;
    Ok(Json(RecoveryCodesView { message: "the old codes are void; keep these", recovery_codes }))
}
