//! The front door: where everything else is.

use std::future::{Ready, ready};

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::config::Roles;

/// What this node is, and where everything is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Index {
    /// The name of this server.
    name: &'static str,
    /// Its version.
    version: &'static str,
    /// What this node does: `serve`, `worker`, `scheduler`.
    roles: Vec<&'static str>,
    /// Whether the server can do its work.
    health: &'static str,
    #[serde(flatten)]
    api: Option<Api>,
}

/// What is there only on a node that serves the API.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct Api {
    /// The page to read and try the API.
    docs: &'static str,
    /// The OpenAPI document.
    openapi: &'static str,
    /// The operations console, for the staff.
    console: &'static str,
    /// Products, which need no token.
    products: &'static str,
}

/// What this node is, and where everything is.
#[utoipa::path(get, path = "/", tag = "health", responses((status = 200, body = Index)))]
pub(crate) fn show(State(roles): State<Roles>) -> Ready<Json<Index>> {
    let api = Api {
        docs: "/api/docs/",
        openapi: "/api/openapi.json",
        console: "/admin/",
        products: "/api/marketplace/products/",
    };
    ready(Json(Index {
        name: "designia",
        version: env!("CARGO_PKG_VERSION"),
        roles: roles.names().collect(),
        health: "/health/ready",
        api: roles.serve.then_some(api),
    }))
}
