//! Makes every error answer a problem, whoever made it, and tells the problem which request it belongs to.

use std::any::Any;
use std::future::{Ready, ready};

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{Response, StatusCode};
use axum::middleware::Next;
use axum::response::IntoResponse;

use super::request_id::RequestId;
use super::slash::WrittenPath;
use super::trace::TraceId;
use crate::problem::{Asked, Code, Problem};

/// Completes problems on their way out, and turns bare error statuses into problems.
pub(super) async fn complete(request: Request, next: Next) -> Response<Body> {
    let extensions = request.extensions();
    let path = extensions.get::<WrittenPath>().map_or_else(|| request.uri().path(), |path| path.0.as_str()).to_owned();
    let id = extensions.get::<RequestId>().map(|id| id.0.clone());
    let trace = extensions.get::<TraceId>().map(|id| id.0.clone());
    let mut response = next.run(request).await;
    let status = response.status();
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if (status.is_client_error() || status.is_server_error()) && is_bare(&response) => of_status(status),
        None => return response,
    };
    // Headers such as `Allow` stay; those of the replaced body go.
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    problem.put_headers(&mut parts.headers);
    Response::from_parts(
        parts,
        problem.to_body(Asked { path: Some(&path), request_id: id.as_deref(), trace_id: trace.as_deref() }),
    )
}

/// An answer without a body of its own design: the plain text that libraries send.
fn is_bare(response: &Response<Body>) -> bool {
    response.headers().get(CONTENT_TYPE).is_none_or(|value| value.as_bytes().starts_with(b"text/plain"))
}

fn of_status(status: StatusCode) -> Problem {
    let code = Code::of_status(status);
    let detail = match code {
        Code::RequestTimeout => "the request took longer than this server allows",
        Code::PayloadTooLarge => "the body is larger than this server reads",
        Code::TooManyRequests => "too many requests; wait a moment",
        Code::InternalError => "something failed inside the server; the request id finds it in the log",
        _ => code.title(),
    };
    Problem::new(code, detail)
}

/// The answer of a handler that panicked.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands the payload over")]
pub(super) fn of_panic(payload: Box<dyn Any + Send + 'static>) -> Response<Body> {
    let message =
        payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref::<&str>().copied());
    Problem::internal(format_args!("a handler panicked: {}", message.unwrap_or("without a message"))).into_response()
}

/// Nothing is at this path.
pub(super) fn no_route() -> Ready<Problem> {
    ready(Problem::new(Code::NotFound, "there is nothing at this path"))
}

/// The path is known, the method is not.
pub(super) fn no_method() -> Ready<Problem> {
    ready(Problem::new(Code::MethodNotAllowed, "this path has no such method; the Allow header names those it has"))
}
