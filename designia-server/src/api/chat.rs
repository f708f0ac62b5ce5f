//! Conversations over HTTP: what the web client asks for, the twins of what sockets do, and what staff does.

mod conversations;
mod errors;
mod messages;
pub(crate) mod moderation;
mod reports;
mod tickets;
mod uploads;
pub(crate) mod view;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::chat::{__path_enter_activity, __path_enter_talk, enter_activity, enter_talk};
use crate::http::idempotency::idempotent;
use crate::media::UPLOAD_LIMIT;

/// The documented routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(idempotent(routes!(conversations::list, conversations::start)))
        .routes(routes!(conversations::show))
        .routes(idempotent(routes!(messages::list, messages::send)))
        .routes(routes!(messages::mark_read))
        .routes(idempotent(routes!(reports::report, moderation::list)))
        .routes(routes!(moderation::show))
        .routes(routes!(moderation::resolve))
        .routes(routes!(moderation::hide))
        .routes(routes!(tickets::give))
        .merge(uploads_alone())
        .routes(routes!(enter_talk))
        .routes(routes!(enter_activity))
}

/// Files are larger than everything else that is sent.
fn uploads_alone() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(idempotent(routes!(uploads::upload))).layer(DefaultBodyLimit::max(UPLOAD_LIMIT))
}
