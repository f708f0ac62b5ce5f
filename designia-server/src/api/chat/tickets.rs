//! Tickets for sockets.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::chat::{ChatHub, TICKET_LIFETIME};
use crate::http::auth::Caller;
use crate::problem::{Problem, ProblemBody};

/// A ticket.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TicketView {
    /// Goes into the address of a socket, as `?ticket=`.
    #[schema(example = "7f0c…")]
    ticket: String,
    /// For how many seconds it is good.
    expires_in: u64,
}

/// Gives a ticket that opens one socket, once, within half a minute: a page that can't send headers with a socket need not put
/// its access token into an address.
#[utoipa::path(post, path = "/api/auth/ws-ticket/", tag = "auth", security(("token" = [])),
    responses((status = 201, body = TicketView), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 503, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn give(
    State(hub): State<ChatHub>,
    caller: Caller,
) -> Result<(StatusCode, Json<TicketView>), Problem> {
    let ticket = hub.ticket(&caller).await?;
    Ok((StatusCode::CREATED, Json(TicketView { ticket: ticket.0, expires_in: TICKET_LIFETIME.as_secs() })))
}
