//! Errors as callers see them: RFC 9457 problems with a stable `code`.
//!
//! Clients act on `code`, `field` and `rule`; people read `detail`. `error` repeats `detail`, because the web client reads
//! one or the other depending on the screen, and each field that broke a rule is a member of its own with a list of rules, as
//! its forms read them. What went wrong inside the server is logged under the request id and never
//! told: a message of a database or of the payment provider may hold what the caller must not see.

mod code;

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, Response};
use axum::response::IntoResponse;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

pub use code::Code;

/// Media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// An error for the caller: its kind, what is wrong this time, and the fields it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    code: Code,
    detail: String,
    errors: Vec<FieldError>,
    /// After how many seconds it is worth another try, if that is known.
    retry_after: Option<u64>,
}

/// An error as RFC 9457 describes it, with Designia's own members.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// URI of the kind of problem, one for each code.
    #[serde(rename = "type")]
    #[schema(example = "urn:designia:problem:invalid_field")]
    kind: String,
    /// The kind of problem in a few words.
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 400)]
    status: u16,
    /// Stable name of the kind of problem, for programs.
    code: Code,
    /// What is wrong this time, for people.
    detail: &'a str,
    /// The same as `detail`, under the name that older clients read.
    error: &'a str,
    /// The path of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<&'a str>,
    /// The first field that broke a rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    /// Every field that broke a rule.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    /// Id under which the server's log tells more.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    /// Id of the trace that the request belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "0af7651916cd43dd8448eb211c80319c")]
    trace_id: Option<&'a str>,
}

/// Which request a problem answers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked<'a> {
    /// The path of the request.
    pub(crate) path: Option<&'a str>,
    /// Its id.
    pub(crate) request_id: Option<&'a str>,
    /// The id of its trace.
    pub(crate) trace_id: Option<&'a str>,
}

/// A field and the rule that it broke.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Path of the field, such as `items[0].quantity`.
    field: String,
    /// The rule, in words.
    rule: String,
}

impl Problem {
    /// A problem of this kind.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), retry_after: None }
    }

    /// A field broke a rule.
    #[must_use]
    pub fn field(field: impl Into<String>, rule: impl Into<String>) -> Self {
        let (field, rule) = (field.into(), rule.into());
        Self::new(Code::InvalidField, format!("{field}: {rule}")).with_field(field, rule)
    }

    /// Something is not there, or not there for this caller; the two look the same on purpose.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("there is no such {what}"))
    }

    /// Something failed inside. The reason goes to the log, not to the caller.
    #[must_use]
    pub fn internal(reason: impl std::fmt::Display) -> Self {
        tracing::error!(%reason, "a request failed inside the server");
        Self::new(Code::InternalError, "something failed inside the server; the request id finds it in the log")
    }

    /// Something this server depends on does not answer. The reason goes to the log, not to the caller.
    #[must_use]
    pub fn unavailable(reason: impl std::fmt::Display) -> Self {
        tracing::warn!(%reason, "a request met an unavailable dependency");
        Self::new(Code::Unavailable, "something this server needs does not answer; try again in a moment")
    }

    /// It was too often: worth another try after this time.
    #[must_use]
    pub fn too_many(detail: impl Into<String>, wait: Duration) -> Self {
        Self::new(Code::TooManyRequests, detail).again_in(wait)
    }

    /// Says after which time it is worth another try: in whole seconds, and never too early.
    #[must_use]
    pub fn again_in(self, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Self { retry_after: Some(seconds.max(1)), ..self }
    }

    /// Names a field and the rule it broke, beside those named before.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>, rule: impl Into<String>) -> Self {
        self.errors.push(FieldError { field: field.into(), rule: rule.into() });
        self
    }

    /// The kind of problem.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// What is wrong this time.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The body of an answer to this request.
    pub(crate) fn to_body(&self, asked: Asked<'_>) -> Body {
        let body = ProblemBody {
            kind: format!("urn:designia:problem:{}", self.code.name()),
            title: self.code.title(),
            status: self.code.status().as_u16(),
            code: self.code,
            detail: &self.detail,
            error: &self.detail,
            instance: asked.path,
            field: self.errors.first().map(|error| error.field.as_str()),
            errors: &self.errors,
            request_id: asked.request_id,
            trace_id: asked.trace_id,
        };
        // Serialising text and numbers does not fail; an empty body would still carry the status.
        let mut body = serde_json::to_value(&body).unwrap_or_default();
        if let Some(members) = body.as_object_mut() {
            let own: Vec<String> = members.keys().cloned().collect();
            for FieldError { field, rule } in self.errors.iter().filter(|error| !own.contains(&error.field)) {
                let rules = members.entry(field.clone()).or_insert_with(|| Value::Array(Vec::new()));
                rules.as_array_mut().into_iter().for_each(|rules| rules.push(rule.clone().into()));
            }
        }
        Body::from(body.to_string())
    }

    /// After how many seconds it is worth another try, if that is known.
    pub(crate) fn wait(&self) -> Option<HeaderValue> {
        self.retry_after.or(self.code.retry_after()).map(HeaderValue::from)
    }

    /// What every answer with this problem says in its headers, whoever made the answer.
    pub(crate) fn put_headers(&self, headers: &mut HeaderMap) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        let challenge = self.code.challenge().map(HeaderValue::from_static);
        for (name, value) in [(WWW_AUTHENTICATE, challenge), (RETRY_AFTER, self.wait())] {
            if let Some(value) = value {
                headers.insert(name, value);
            }
        }
    }
}

impl IntoResponse for Problem {
    /// Answers with the problem and leaves a copy beside the answer, where the frame completes it for the request.
    fn into_response(self) -> Response<Body> {
        let mut response = Response::new(self.to_body(Asked::default()));
        *response.status_mut() = self.code.status();
        self.put_headers(response.headers_mut());
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn json(problem: &Problem, asked: Asked<'_>) -> Value {
        let bytes = axum::body::to_bytes(problem.to_body(asked), 10_000).await.unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn a_problem_tells_its_detail_under_both_names_and_every_field_with_its_rule() {
        let problem = Problem::field("items[0].quantity", "must be at least 1").with_field("currency", "is unknown");
        let problem = problem.with_field("currency", "is too long").with_field("status", "is not yours to set");
        assert_eq!(
            json(&problem, Asked { path: Some("/api/x/"), request_id: Some("r1"), trace_id: Some("t1") }).await,
            serde_json::json!({
                "type": "urn:designia:problem:invalid_field",
                "title": "A field breaks a rule",
                "status": 400,
                "code": "invalid_field",
                "detail": "items[0].quantity: must be at least 1",
                "error": "items[0].quantity: must be at least 1",
                "instance": "/api/x/",
                "field": "items[0].quantity",
                "errors": [
                    {"field": "items[0].quantity", "rule": "must be at least 1"},
                    {"field": "currency", "rule": "is unknown"},
                    {"field": "currency", "rule": "is too long"},
                    {"field": "status", "rule": "is not yours to set"},
                ],
                "request_id": "r1",
                "trace_id": "t1",
                "items[0].quantity": ["must be at least 1"],
                "currency": ["is unknown", "is too long"],
            })
        );
    }

    #[tokio::test]
    async fn what_failed_inside_is_not_told() {
        let body = json(&Problem::internal("password=hunter2"), Asked::default()).await;
        assert!(!body.to_string().contains("hunter2"), "{body}");
        assert!(body.get("errors").is_none() && body.get("field").is_none(), "{body}");
    }
}
