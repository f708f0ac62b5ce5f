//! The REST API: paths and field names of the first backend, over the engine's services.

pub(crate) mod admin;
pub(crate) mod auth;
mod cart;
pub(crate) mod catalog;
pub(crate) mod chat;
mod checkout;
mod commands;
mod errors;
mod fields;
mod notifications;
mod orders;
pub(crate) mod paging;
pub(crate) mod rates;
pub(crate) mod view;
mod webhook;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// The documented routes.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(checkout::begin))
        .routes(routes!(checkout::resume, checkout::retry))
        .routes(routes!(orders::mine))
        .routes(routes!(orders::show))
        .routes(routes!(commands::cancel))
        .routes(routes!(orders::of_seller))
        .routes(routes!(commands::prepare))
        .routes(routes!(commands::ship))
        .routes(routes!(commands::update_shipping))
        .routes(routes!(commands::deliver))
        .routes(routes!(commands::return_held))
        .routes(routes!(commands::accept_held))
        .routes(routes!(rates::latest))
        .routes(routes!(rates::convert))
        .routes(routes!(rates::status))
        .routes(routes!(webhook::receive))
        .routes(routes!(notifications::list))
        .routes(routes!(notifications::unread_count))
        .routes(routes!(notifications::read))
        .routes(routes!(notifications::read_all))
        .routes(routes!(notifications::preferences, notifications::set_preferences))
        .merge(admin::routes())
        .merge(auth::routes())
        .merge(catalog::routes())
        .merge(cart::routes())
        .merge(chat::routes())
}
