//! Versions of what is shown: a client says which one its edit is about, and an edit over somebody else's is refused.
//!
//! A tag is the version of the thing, not a digest of the bytes. It is a strong one all the same: with one version comes one
//! representation, but for the encoding that a proxy may add.

use std::convert::Infallible;
use std::fmt::Display;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::http::header::{self, HeaderName};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponseParts, ResponseParts};

use crate::problem::{Code, Problem};

/// The version of what is shown, as an `ETag` header: a part of an answer, `(ETag::of(version), Json(view))`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ETag(String);

impl ETag {
    /// The tag of a version: a number, a time in microseconds, or another text without quotes and spaces.
    #[must_use]
    pub fn of(version: impl Display) -> Self {
        Self(format!("\"{version}\""))
    }
}

impl IntoResponseParts for ETag {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        // A version that no header can hold is not told; nobody can then edit under it by mistake.
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            parts.headers_mut().insert(header::ETAG, value);
        }
        Ok(parts)
    }
}

/// The versions under which a client wants its edit to happen: the header `If-Match`, which may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IfMatch(Option<Tags>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Tags {
    Any,
    Listed(Vec<Tag>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Tag {
    is_weak: bool,
    /// With its quotes.
    text: String,
}

impl IfMatch {
    /// Whether the edit may happen to this version.
    ///
    /// # Errors
    ///
    /// 412 when the client saw another one.
    pub fn check(&self, version: impl Display) -> Result<(), Problem> {
        let matches = match &self.0 {
            None | Some(Tags::Any) => true,
            // What is weak may stand for several versions, so it is none to edit under.
            Some(Tags::Listed(tags)) => {
                let ETag(current) = ETag::of(version);
                tags.iter().any(|tag| !tag.is_weak && tag.text == current)
            }
        };
        if matches {
            return Ok(());
        }
        Err(Problem::new(Code::PreconditionFailed, "this has changed since the version in If-Match; read it again"))
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        tags(&parts.headers, &header::IF_MATCH).map(Self)
    }
}

/// Answers 304 without the body where the client has this version already.
pub(super) async fn spare(request: Request, next: Next) -> Response<Body> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let known = if is_read { tags(request.headers(), &header::IF_NONE_MATCH).ok().flatten() } else { None };
    let mut response = next.run(request).await;
    if let (Some(known), StatusCode::OK) = (known, response.status())
        && let Some(current) = response.headers().get(header::ETAG).and_then(|value| value.to_str().ok())
        && is_known(&known, current)
    {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(header::CONTENT_LENGTH);
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    response
}

/// By the weak comparison: what means the same is the same.
fn is_known(known: &Tags, current: &str) -> bool {
    match known {
        Tags::Any => true,
        Tags::Listed(tags) => tags.iter().any(|tag| tag.text == current.strip_prefix("W/").unwrap_or(current)),
    }
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Tags>, Problem> {
    if !headers.contains_key(name) {
        return Ok(None);
    }
    let wrong = || Problem::new(Code::BadRequest, format!("{name}: must be * or tags like \"7\", separated by commas"));
    let mut listed = Vec::new();
    for value in headers.get_all(name) {
        let mut rest = value.to_str().map_err(|_| wrong())?.trim();
        if rest == "*" {
            return Ok(Some(Tags::Any));
        }
        while !rest.is_empty() {
            let (is_weak, quoted) = rest.strip_prefix("W/").map_or((false, rest), |quoted| (true, quoted));
            let inner = quoted.strip_prefix('"').ok_or_else(wrong)?;
            let (text, after) = inner.split_once('"').ok_or_else(wrong)?;
            listed.push(Tag { is_weak, text: format!("\"{text}\"") });
            let after = after.trim_start();
            rest = match after.strip_prefix(',') {
                Some(next) => next.trim_start(),
                None if after.is_empty() => after,
                None => return Err(wrong()),
            };
        }
    }
    if listed.is_empty() { Err(wrong()) } else { Ok(Some(Tags::Listed(listed))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn if_match(value: &str) -> Result<IfMatch, Problem> {
        let request = axum::http::Request::builder().header("if-match", value).body(()).unwrap();
        IfMatch::from_request_parts(&mut request.into_parts().0, &()).await
    }

    #[tokio::test]
    async fn an_edit_happens_to_the_version_that_was_seen_and_to_no_other() {
        for (header, is_allowed) in [
            ("\"7\"", true),
            ("\"6\"", false),
            ("W/\"7\"", false),
            ("\"5\", \"7\"", true),
            ("\"5\",\"6\" , W/\"7\"", false),
            ("*", true),
            ("\"07\"", false),
            ("\"\"", false),
        ] {
            let answer = if_match(header).await.unwrap().check(7);
            assert_eq!(answer.is_ok(), is_allowed, "{header}");
            assert!(answer.is_ok() || answer.unwrap_err().code() == Code::PreconditionFailed);
        }
        assert_eq!(IfMatch::default().check(7), Ok(()), "the header may be left out");
    }

    #[tokio::test]
    async fn a_header_that_is_no_list_of_tags_is_refused_rather_than_taken_for_none() {
        for header in ["7", "\"7", "\"7\" \"8\"", "w/\"7\"", ",", ""] {
            assert_eq!(if_match(header).await.unwrap_err().code(), Code::BadRequest, "{header}");
        }
    }
}
