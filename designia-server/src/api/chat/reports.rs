//! Complaints about messages.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use designia_core::chat::Reason;
use designia_core::id::{MessageId, ReportId};
use designia_core::service::chat::Complaint;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::view::ReportView;
use crate::chat::ChatHub;
use crate::http::auth::Caller;
use crate::http::extract::Json as Body;
use crate::http::idempotency::NewId;
use crate::problem::{Problem, ProblemBody};

/// A complaint.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"message": "018f4e5c-0000-7000-8000-000000000001", "reason": "scam", "description": "asks for cash"}))]
pub(crate) struct NewReport {
    /// About which message of the other one.
    message: Uuid,
    /// About what.
    #[schema(value_type = String, example = "scam")]
    reason: Reason,
    /// In the caller's own words, at most 2000 characters.
    #[serde(default)]
    description: String,
}

/// Reports a message of the other one to the staff; again about the same message, it answers with the first report.
#[utoipa::path(post, path = "/api/chat/reports/", tag = "chat", request_body = NewReport, security(("token" = [])),
    responses((status = 201, body = ReportView), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn report(
    State(hub): State<ChatHub>,
    caller: Caller,
    new_id: NewId,
    Body(new): Body<NewReport>,
) -> Result<(StatusCode, Json<ReportView>), Problem> {
    let NewReport { message, reason, description } = new;
    let complaint = Complaint { message: MessageId::from_uuid(message), reason, description };
    let id = ReportId::from_uuid(new_id.uuid(hub.chat().ports().ids.as_ref()));
    let report = hub.chat().report(caller.account, complaint, id).await?;
    Ok((StatusCode::CREATED, Json(ReportView::from(&report))))
}
