//! The HTTP side of the API: headers, faults, idempotency, and the log of requests.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use tokio::sync::oneshot;

use crate::API_VERSION;
use crate::api::keys::{Answer, Verdict};
use crate::api::{self, auth, routes};
use crate::error::ApiError;
use crate::fault::FaultKind;
use crate::form::Form;
use crate::resource::event::RequestMark;
use crate::resource::webhook_endpoint::Secret;
use crate::server::severed;
use crate::shared::{RequestRecord, Shared};
use crate::world::Cause;

const LARGEST_BODY: usize = 1 << 20;
const LONGEST_KEY: usize = 255;

/// A request that has been read.
#[derive(Clone, Debug)]
struct Incoming {
    request_id: String,
    method: String,
    path: String,
    key: Option<String>,
    form: Form,
}

/// What a request came to.
struct Outcome {
    status: u16,
    body: String,
    original: Option<String>,
    executed: bool,
    should_retry: Option<bool>,
    limited_by: Option<&'static str>,
}

/// Answers any request under `/v1/` or to a path that the sandbox does not know.
pub(crate) async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let request_id = shared.request_id();
    let (parts, body) = request.into_parts();
    let version = parts.headers.get("stripe-version").cloned();
    let read =
        read(&shared, &parts.headers, &parts.method, parts.uri.path(), parts.uri.query(), body, &request_id).await;
    let incoming = match read {
        Ok(incoming) => incoming,
        Err(error) => return respond(&request_id, version, Outcome::from_error(&error), None),
    };
    let fault = shared.faults.for_request(&incoming.method, &incoming.path, incoming.key.as_deref());
    let delay = match fault {
        Some(FaultKind::DelayReply { millis }) => Some(shared.faults.delay(millis)),
        Some(_) | None => None,
    };
    let key = incoming.key.clone();
    let outcome = match &fault {
        Some(FaultKind::Refuse) => None,
        Some(FaultKind::RateLimit) => Some(Outcome::from_error(&ApiError::rate_limited())),
        Some(FaultKind::LockTimeout) => Some(Outcome::from_error(&ApiError::lock_timeout())),
        Some(FaultKind::ErrorBefore) => Some(Outcome::from_error(&ApiError::internal(false))),
        Some(FaultKind::ErrorAfter) => Some(execute(&shared, &incoming, true)),
        Some(FaultKind::Stall { millis }) => Some(stall(&shared, &incoming, *millis).await),
        Some(_) | None => Some(execute(&shared, &incoming, false)),
    };
    shared.record(incoming.record(shared.clock.now(), outcome.as_ref(), fault.clone()));
    let Some(outcome) = outcome else { return severed() };
    if outcome.executed && incoming.changes() {
        shared.until_saved().await;
    }
    if fault == Some(FaultKind::LoseReply) {
        return severed();
    }
    if let Some(delay) = delay {
        delay.await;
    }
    respond(&request_id, version, outcome, key.as_deref())
}

async fn read(
    shared: &Shared,
    headers: &HeaderMap,
    method: &Method,
    path: &str,
    query: Option<&str>,
    body: Body,
    request_id: &str,
) -> Result<Incoming, ApiError> {
    auth::check(headers, shared.api_key.as_ref().map(Secret::expose))?;
    if let Some(account) = headers.get("stripe-account").and_then(|value| value.to_str().ok()) {
        let message = format!(
            "The provided key does not have access to account '{account}' (or that account does not exist). Application access may have been revoked."
        );
        return Err(ApiError::forbidden(message).code("account_invalid"));
    }
    let body = to_bytes(body, LARGEST_BODY)
        .await
        .map_err(|_| ApiError::refused("The request body is too large or broke off.").unstored())?;
    let post = method == Method::POST;
    let form = if post { Form::parse(&body)? } else { Form::parse(query.unwrap_or_default().as_bytes())? };
    let key = headers.get("idempotency-key").filter(|_| post).and_then(|value| value.to_str().ok());
    if let Some(key) = key.filter(|key| key.len() > LONGEST_KEY) {
        let message = format!(
            "Keys for idempotent requests cannot be longer than {LONGEST_KEY} characters; yours has {}.",
            key.len()
        );
        return Err(ApiError::refused(message).unstored());
    }
    Ok(Incoming {
        request_id: request_id.to_owned(),
        method: method.as_str().to_owned(),
        path: path.to_owned(),
        key: key.filter(|key| !key.is_empty()).map(str::to_owned),
        form,
    })
}

/// Runs a request to its end. `break_reply` turns whatever came of it into a 500, which the key then remembers.
fn execute(shared: &Shared, incoming: &Incoming, break_reply: bool) -> Outcome {
    begin(shared, incoming).unwrap_or_else(|| finish(shared, incoming, break_reply))
}

/// What is answered without executing anything: there is no such URL, or the key knows better.
fn begin(shared: &Shared, incoming: &Incoming) -> Option<Outcome> {
    if let Err(error) = routes::find(&incoming.method, &incoming.path) {
        return Some(Outcome::from_error(&error));
    }
    let key = incoming.key.as_deref()?;
    match shared.with(|world, now| world.keys.begin(key, &incoming.fingerprint(), now)) {
        Verdict::Fresh => None,
        Verdict::Replay(answer) => Some(Outcome::replay(answer)),
        Verdict::OtherRequest => Some(Outcome::from_error(&ApiError::idempotency_mismatch(key))),
        Verdict::InUse => Some(Outcome::from_error(&ApiError::key_in_use(key))),
    }
}

fn finish(shared: &Shared, incoming: &Incoming, break_reply: bool) -> Outcome {
    let (route, id) = match routes::find(&incoming.method, &incoming.path) {
        Ok(found) => found,
        Err(error) => return Outcome::from_error(&error),
    };
    shared.visit(incoming.changes(), |world, now| {
        let request = RequestMark { id: Some(incoming.request_id.clone()), idempotency_key: incoming.key.clone() };
        let result = api::run(world, &Cause { now, request }, route, id, &incoming.form);
        let begun = result.as_ref().map_or_else(|error| error.stored, |_| true);
        let outcome = match result {
            _ if break_reply && begun => Outcome { executed: true, ..Outcome::from_error(&ApiError::internal(true)) },
            Ok(value) => Outcome::ok(value.to_string()),
            Err(error) => Outcome { executed: begun, ..Outcome::from_error(&error) },
        };
        if let Some(key) = &incoming.key {
            let answer =
                Answer { status: outcome.status, body: outcome.body.clone(), request_id: incoming.request_id.clone() };
            world.keys.finish(key, begun.then_some(answer), now);
        }
        outcome
    })
}

/// Execution that takes its time, and goes on when the client has hung up.
async fn stall(shared: &Arc<Shared>, incoming: &Incoming, millis: u64) -> Outcome {
    if let Some(outcome) = begin(shared, incoming) {
        return outcome;
    }
    let (done, waiting) = oneshot::channel();
    let (later, request) = (Arc::clone(shared), incoming.clone());
    let delay = shared.faults.delay(millis);
    shared.run_late(async move {
        delay.await;
        // Nobody may be listening any more: that is the point.
        done.send(finish(&later, &request, false)).unwrap_or_default();
    });
    waiting.await.unwrap_or_else(|_| Outcome::from_error(&ApiError::internal(false)))
}

fn respond(request_id: &str, version: Option<HeaderValue>, outcome: Outcome, key: Option<&str>) -> Response {
    let mut response = Response::new(Body::from(outcome.body));
    *response.status_mut() = StatusCode::from_u16(outcome.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("stripe-version", version.unwrap_or_else(|| HeaderValue::from_static(API_VERSION)));
    let mut set = |name: &'static str, value: Option<&str>| {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("request-id", Some(request_id));
    set("idempotency-key", key);
    set("idempotent-replayed", outcome.original.as_ref().map(|_| "true"));
    set("original-request", outcome.original.as_deref());
    set("stripe-should-retry", outcome.should_retry.map(|retry| if retry { "true" } else { "false" }));
    set("stripe-rate-limited-reason", outcome.limited_by);
    response
}

impl Outcome {
    fn ok(body: String) -> Self {
        Self { status: 200, body, original: None, executed: true, should_retry: None, limited_by: None }
    }

    fn from_error(error: &ApiError) -> Self {
        Self {
            status: error.status,
            executed: false,
            should_retry: error.should_retry,
            limited_by: error.limited_by,
            ..Self::ok(error.body().to_string())
        }
    }

    fn replay(answer: Answer) -> Self {
        let should_retry = (answer.status >= 500).then_some(false);
        Self {
            status: answer.status,
            original: Some(answer.request_id),
            executed: false,
            should_retry,
            ..Self::ok(answer.body)
        }
    }
}

impl Incoming {
    fn changes(&self) -> bool {
        self.method != "GET"
    }

    /// Method, path and parameters in a fixed order: what has to be equal for a key to be used again.
    fn fingerprint(&self) -> String {
        let mut pairs = self.form.pairs().to_vec();
        pairs.sort();
        let mut text = format!("{} {}?", self.method, self.path);
        text.push_str(&form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish());
        text
    }

    fn record(&self, at: i64, outcome: Option<&Outcome>, fault: Option<FaultKind>) -> RequestRecord {
        RequestRecord {
            id: self.request_id.clone(),
            at,
            method: self.method.clone(),
            path: self.path.clone(),
            idempotency_key: self.key.clone(),
            form: self.form.pairs().to_vec(),
            status: outcome.map_or(0, |outcome| outcome.status),
            executed: outcome.is_some_and(|outcome| outcome.executed),
            replayed: outcome.is_some_and(|outcome| outcome.original.is_some()),
            fault,
        }
    }
}
