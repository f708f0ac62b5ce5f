//! Sessions: which there are, and ending them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use designia_core::id::SessionId;
use designia_core::service::accounts::Accounts;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::origin::From;
use super::view::SessionView;
use crate::http::auth::Caller;
use crate::http::extract::Path;
use crate::problem::{Problem, ProblemBody};

/// Most sessions that are listed.
const MOST: usize = 100;

/// The caller's sessions, newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SessionsView {
    results: Vec<SessionView>,
}

/// Ends the session of this request; its tokens open nothing from now on.
#[utoipa::path(post, path = "/api/auth/logout/", tag = "auth", security(("token" = [])),
    responses((status = 204), (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn log_out(
    State(accounts): State<Accounts>,
    From(origin): From,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    if let Some(session) = caller.session {
        accounts.log_out(caller.account, session, &origin).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Ends every session of the caller.
#[utoipa::path(post, path = "/api/auth/logout/all/", tag = "auth", security(("token" = [])),
    responses((status = 204), (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn log_out_everywhere(
    State(accounts): State<Accounts>,
    From(origin): From,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    accounts.log_out_everywhere(caller.account, &origin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The caller's sessions that live: where they are logged in.
#[utoipa::path(get, path = "/api/auth/sessions/", tag = "auth", security(("token" = [])),
    responses((status = 200, body = SessionsView), (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(State(accounts): State<Accounts>, caller: Caller) -> Result<Json<SessionsView>, Problem> {
    let sessions = accounts.sessions(caller.account).await?;
    let results = sessions.iter().take(MOST).map(|it| SessionView::of(it, caller.session)).collect();
    Ok(Json(SessionsView { results }))
}

/// Ends one of the caller's sessions.
#[utoipa::path(delete, path = "/api/auth/sessions/{id}/", tag = "auth", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The session")),
    responses((status = 204), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn end(
    State(accounts): State<Accounts>,
    From(origin): From,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    accounts.log_out(caller.account, SessionId::from_uuid(id), &origin).await?;
    Ok(StatusCode::NO_CONTENT)
}
