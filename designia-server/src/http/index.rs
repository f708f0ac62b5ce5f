//! The front door: where everything else is.

use std::future::{Ready, ready};

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// Where everything is.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct Index {
    /// The name of this server.
    name: &'static str,
    /// Its version.
    version: &'static str,
    /// The page to read and try the API.
    docs: &'static str,
    /// The OpenAPI document.
    openapi: &'static str,
    /// Products, which need no token.
    products: &'static str,
    /// Whether the server can do its work.
    health: &'static str,
}

/// Where everything is.
#[utoipa::path(get, path = "/", tag = "health", responses((status = 200, body = Index)))]
pub(crate) fn show() -> Ready<Json<Index>> {
    ready(Json(Index {
        name: "designia",
        version: env!("CARGO_PKG_VERSION"),
        docs: "/api/docs/",
        openapi: "/api/openapi.json",
        products: "/api/marketplace/products/",
        health: "/health/ready",
    }))
}
