//! Extractors whose refusals are problems that name the field and the rule.

use axum::extract::path::ErrorKind;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use crate::problem::{Code, Problem};

/// The rule of every text: not all databases can store this character, and none of our texts has a use for it.
pub(crate) const NO_NUL: &str = "must not contain the character U+0000";

/// A JSON body.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

/// A JSON body that may be left out, which reads as an empty object.
#[derive(Clone, Copy, Debug)]
pub struct OptionalJson<T>(pub T);

/// Parameters of the path.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

/// Parameters of the query.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

/// The body as it came, byte for byte.
#[derive(Clone, Debug)]
pub struct Raw(pub Bytes);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        require_json(request.headers())?;
        let Raw(bytes) = Raw::from_request(request, state).await?;
        json(&bytes).map(Self)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let typed = require_json(request.headers());
        let Raw(bytes) = Raw::from_request(request, state).await?;
        if matches!(bytes.trim_ascii(), b"" | b"null") {
            return json(b"{}").map(Self);
        }
        typed?;
        json(&bytes).map(Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Bytes::from_request(request, state).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(rejection) => Err(of_bytes(&rejection)),
        }
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if parts.uri.path().contains("%00") {
            return Err(Problem::new(Code::NotFound, "there is nothing at this path"));
        }
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(of_path(rejection)),
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(Problem::field("query", NO_NUL));
        }
        match axum::extract::Query::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                let text = rejection.body_text();
                // axum writes `Failed to deserialize query string: FIELD: RULE`.
                let told = text.split_once(": ").map_or(text.as_str(), |(_, told)| told);
                Err(match told.split_once(": ") {
                    Some((field, rule)) => Problem::field(field, rule),
                    None => of_serde("", told),
                })
            }
        }
    }
}

fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json")) {
        Ok(())
    } else {
        Err(Problem::new(Code::UnsupportedMediaType, "the body's Content-Type must be application/json"))
    }
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // serde would also read a list as the fields in their order, which no client means.
    if bytes.trim_ascii_start().first().is_some_and(|first| *first != b'{') {
        serde_json::from_slice::<IgnoredAny>(bytes).map_err(|error| malformed(&error))?;
        return Err(Problem::field("body", "must be a JSON object"));
    }
    if let Some(field) = with_nul(bytes) {
        return Err(Problem::field(field, NO_NUL));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if inner.is_data() { of_serde(path.trim_matches('.'), &inner.to_string()) } else { malformed(&inner) }
    })?;
    reader.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

/// The first member of the body that has the character U+0000 somewhere. JSON can only write it as an escape.
fn with_nul(bytes: &[u8]) -> Option<String> {
    if !bytes.windows(6).any(|window| window == br"\u0000") {
        return None;
    }
    let body: serde_json::Map<String, Value> = serde_json::from_slice(bytes).ok()?;
    body.into_iter().find(|(name, value)| name.contains('\0') || has_nul(value)).map(|(name, _)| name.replace('\0', ""))
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new(Code::MalformedJson, format!("the body is not JSON: {error}"))
}

/// serde names a missing or unknown field in its message instead of the path.
fn of_serde(path: &str, message: &str) -> Problem {
    let rule = message.split(" at line ").next().unwrap_or(message);
    for (prefix, told) in [("missing field `", "is missing"), ("unknown field `", "is not a field of this request")] {
        if let Some((name, _)) = rule.strip_prefix(prefix).and_then(|rest| rest.split_once('`')) {
            let parent = path.strip_suffix(name).unwrap_or(path).trim_end_matches('.');
            let field = if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") };
            return Problem::field(field, told);
        }
    }
    Problem::field(if path.is_empty() { "body" } else { path }, rule)
}

fn of_bytes(rejection: &BytesRejection) -> Problem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(Code::PayloadTooLarge, "the body is larger than this server reads")
        }
        _ => Problem::new(Code::BadRequest, "the body could not be read to its end"),
    }
}

fn of_path(rejection: PathRejection) -> Problem {
    let PathRejection::FailedToDeserializePathParams(failure) = rejection else {
        return Problem::internal(rejection);
    };
    match failure.into_kind() {
        ErrorKind::ParseErrorAtKey { key, value, expected_type } => {
            Problem::field(key, format!("`{value}` is not of type {expected_type}"))
        }
        ErrorKind::DeserializeError { key, value, message } => Problem::field(key, format!("`{value}`: {message}")),
        kind => Problem::new(Code::BadRequest, format!("the path cannot be read: {kind}")),
    }
}
