//! What is for sale: read by anyone, offered by sellers, liked and reviewed by buyers.

mod activity;
mod analytics;
mod browse;
mod errors;
mod favourites;
mod images;
mod import;
mod offer;
mod offer_body;
mod products;
mod query;
mod reviews;
mod sellers;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::http::idempotency::idempotent;
use crate::media::{self, UPLOAD_LIMIT};

pub(crate) use offer_body::ProductBody;
pub(super) use query::{Asked, Pairs};

/// The documented routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(products::search))
        .routes(routes!(products::filters))
        .routes(routes!(products::facets))
        .routes(routes!(browse::autocomplete))
        .routes(idempotent(routes!(browse::categories, browse::add_category)))
        .routes(routes!(browse::category, browse::change_category))
        .routes(routes!(favourites::list))
        .routes(routes!(favourites::toggle))
        .routes(routes!(offer::mine))
        .routes(routes!(products::show, offer::remove))
        .routes(routes!(images::show, images::change, images::remove))
        .routes(idempotent(routes!(reviews::of_product, reviews::write)))
        .routes(routes!(reviews::show, reviews::change, reviews::remove))
        .routes(routes!(reviews::helpful))
        .routes(routes!(sellers::show))
        .routes(routes!(sellers::products))
        .routes(routes!(analytics::show))
        .routes(routes!(activity::track))
        .routes(routes!(import::progress))
        .routes(routes!(media::serve::show))
        .merge(uploads())
}

/// Routes whose requests bring files.
fn uploads() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(idempotent(routes!(products::list, offer::create)))
        .routes(routes!(offer::update))
        .routes(idempotent(routes!(images::list, images::add)))
        .routes(idempotent(routes!(import::begin)))
        .layer(DefaultBodyLimit::max(UPLOAD_LIMIT))
}
