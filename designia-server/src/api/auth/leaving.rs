//! Taking one's data out, and leaving.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use designia_core::account::Hidden;
use designia_core::id::TaskId;
use designia_core::service::accounts::Accounts;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::origin::From;
use super::register::Password;
use super::view::Message;
use crate::http::auth::Caller;
use crate::http::extract::{Json as JsonBody, Path};
use crate::problem::{Problem, ProblemBody};

/// What has to be typed in.
const CONFIRMATION: &str = "DELETE";

/// An export that was asked for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ExportView {
    message: &'static str,
    estimated_time: &'static str,
    /// Where it will be, with the caller's token.
    url: String,
}

/// That the caller means it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"confirmation": "DELETE", "password": "correct horse battery"}))]
pub(crate) struct DeleteBody {
    /// `DELETE`.
    confirmation: String,
    /// The password; who has none must have logged in within the last 15 minutes.
    password: Option<Password>,
}

/// Asks for everything that is kept about the caller. A mail tells when it is there; it can be fetched for a day.
#[utoipa::path(get, path = "/api/auth/profile/export/", tag = "account", security(("token" = [])),
    responses((status = 200, body = ExportView),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json"),
    (status = 503, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn ask_for_export(
    State(accounts): State<Accounts>,
    From(origin): From,
    caller: Caller,
) -> Result<Json<ExportView>, Problem> {
    let export = accounts.ask_for_export(caller.account, &origin).await?;
    Ok(Json(ExportView {
        message: "your data are being put together; a mail tells when they can be fetched",
        estimated_time: "a few minutes",
        url: format!("/api/auth/profile/export/{}/", export.id.as_uuid()),
    }))
}

/// The caller's export, when it has been put together.
#[utoipa::path(get, path = "/api/auth/profile/export/{id}/", tag = "account", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The export")),
    responses((status = 200, body = serde_json::Value),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn fetch_export(
    State(accounts): State<Accounts>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<([(HeaderName, &'static str); 3], Vec<u8>), Problem> {
    let file = accounts.fetch_export(caller.account, TaskId::from_uuid(id)).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"designia-data.json\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, file))
}

/// Closes the caller's account for good. Orders and payments are kept without what tells whose they were.
#[utoipa::path(post, path = "/api/auth/profile/delete/", tag = "account", security(("token" = [])), request_body = DeleteBody,
    responses((status = 200, body = Message),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn delete(
    State(accounts): State<Accounts>,
    From(origin): From,
    caller: Caller,
    JsonBody(body): JsonBody<DeleteBody>,
) -> Result<Json<Message>, Problem> {
    if body.confirmation != CONFIRMATION {
        return Err(Problem::field("confirmation", format!("must be {CONFIRMATION}")));
    }
    let password: Option<&Hidden> = body.password.as_ref().map(|it| &it.0);
    accounts.delete(caller.account, caller.session, password, &origin).await?;
    Ok(Json(Message::of("the account is deleted")))
}
