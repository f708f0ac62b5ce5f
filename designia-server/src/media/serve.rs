//! Hands out pictures.
//!
//! What is stored is a picture already; should it ever not be, the headers keep a browser from taking it for anything else and from running
//! anything in it. A name never gets another content, so whoever has a picture need not ask again.

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::Uploads;
use crate::http::extract::Path;
use crate::problem::{Problem, ProblemBody};

const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
];

/// A picture, by the name that the server gave it.
#[utoipa::path(get, path = "/media/images/{folder}/{name}", tag = "media",
    params(("folder" = String, Path, description = "Part of the picture's name, as an answer of the API tells it"),
    ("name" = String, Path, description = "The rest of it")),
    responses((status = 200, description = "The picture", content_type = "image/*"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(uploads): State<Uploads>,
    Path((folder, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (kind, content) = uploads.public(&folder, &name).await?.ok_or_else(|| Problem::not_found("picture"))?;
    let kind = [
        (header::CONTENT_TYPE, kind.content_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")),
    ];
    Ok((HEADERS, kind, content).into_response())
}
