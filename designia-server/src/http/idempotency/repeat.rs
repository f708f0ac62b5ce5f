//! One request under a key.

use std::panic::resume_unwind;

use axum::body::Body;
use axum::extract::{FromRequest as _, Request};
use axum::http::header::RETRY_AFTER;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Response};
use axum::middleware::Next;
use axum::response::IntoResponse as _;
use designia_core::id::AccountId;
use designia_core::ports::{Begun, NewRequest, RequestClaim, RequestOutcome};
use ring::digest::{Context, SHA256};
use tracing::Instrument as _;

use super::{COUNTED, KEY, NewId, Repeats, answer};
use crate::http::extract::Raw;
use crate::problem::{Code, Problem};

/// Longest key.
pub(super) const LONGEST: usize = 255;

/// Does a request once. Without a key, or from nobody, it is a request like any other.
pub(super) async fn once(request: Request, next: Next) -> Response<Body> {
    let Some(repeats) = request.extensions().get::<Repeats>().cloned() else { return next.run(request).await };
    if request.method() != Method::POST || !request.headers().contains_key(KEY) {
        return next.run(request).await;
    }
    let key = match key(request.headers()) {
        Ok(key) => key,
        Err(problem) => return problem.into_response(),
    };
    // Whoever is nobody is refused by the handler.
    let Ok(account) = repeats.callers.caller(request.headers()).await else { return next.run(request).await };
    let (parts, body) = request.into_parts();
    let mut whole = Request::new(body);
    *whole.headers_mut() = parts.headers.clone();
    *whole.extensions_mut() = parts.extensions.clone();
    let Raw(body) = match Raw::from_request(whole, &()).await {
        Ok(body) => body,
        Err(problem) => return problem.into_response(),
    };
    match repeats.begin(account, key, &parts, &body).await {
        Ok(Turn::Mine(claim)) => repeats.run(claim, Request::from_parts(parts, Body::from(body)), next).await,
        Ok(Turn::Over(response)) => response,
        Err(problem) => problem.into_response(),
    }
}

enum Turn {
    Mine(RequestClaim),
    Over(Response<Body>),
}

impl Repeats {
    async fn begin(&self, account: AccountId, key: String, parts: &Parts, body: &[u8]) -> Result<Turn, Problem> {
        let (id, now) = (self.ids.next(), self.clock.now());
        let request =
            NewRequest { account, key, fingerprint: fingerprint(parts, body), id, now, until: now + self.lease };
        let begun = self.log.begin(request).await?;
        let (counted, turn) = match begun {
            Begun::New(claim) => ("done", Turn::Mine(claim)),
            Begun::Answered(stored) => ("replayed", Turn::Over(answer::again(stored))),
            Begun::InProgress { until } => {
                let detail = "the same request is being answered right now; ask again in a moment";
                let mut response = Problem::new(Code::RequestInProgress, detail).into_response();
                let wait = until.since(now).as_secs().clamp(1, 2);
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait));
                ("in_progress", Turn::Over(response))
            }
            Begun::Different => {
                let detail = "another request had this Idempotency-Key before; a new request needs a new key";
                let problem = Problem::new(Code::IdempotencyKeyReused, detail);
                ("reused", Turn::Over(problem.into_response()))
            }
        };
        self.metrics.count(COUNTED, &[("outcome", counted)], 1);
        Ok(turn)
    }

    /// Lets the handler work, to its end even if the client goes away meanwhile, and keeps what it answers.
    async fn run(self, claim: RequestClaim, mut request: Request, next: Next) -> Response<Body> {
        request.extensions_mut().insert(NewId(Some(claim.id)));
        let (repeats, claimed) = (self.clone(), claim.clone());
        let work = async move {
            let response = next.run(request).await;
            let (outcome, response) = answer::look_at(response, repeats.clock.now()).await;
            repeats.end(&claimed, outcome).await;
            response
        };
        match tokio::spawn(work.in_current_span()).await {
            Ok(response) => response,
            Err(broken) => {
                self.end(&claim, RequestOutcome::Unknown { at: self.clock.now() }).await;
                match broken.try_into_panic() {
                    Ok(panic) => resume_unwind(panic),
                    Err(cancelled) => Problem::internal(cancelled).into_response(),
                }
            }
        }
    }

    /// The answer is given whether this can be written or not: if not, a repetition after the lease finds the id of this request.
    async fn end(&self, claim: &RequestClaim, outcome: RequestOutcome) {
        if let Err(error) = self.log.end(claim, outcome).await {
            tracing::warn!(%error, "the end of a request with a key can't be kept");
        }
    }
}

fn key(headers: &HeaderMap) -> Result<String, Problem> {
    let rule = format!("must be 1 to {LONGEST} visible characters of ASCII, once");
    let mut values = headers.get_all(KEY).into_iter();
    let value = values.next().and_then(|value| value.to_str().ok()).unwrap_or_default();
    let fits =
        values.next().is_none() && (1..=LONGEST).contains(&value.len()) && value.chars().all(|c| c.is_ascii_graphic());
    if fits { Ok(value.to_owned()) } else { Err(Problem::field("Idempotency-Key", rule)) }
}

/// What tells a request from every other: where it goes, and its body to the byte.
fn fingerprint(parts: &Parts, body: &[u8]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in [parts.method.as_str(), parts.uri.path(), parts.uri.query().unwrap_or_default()] {
        context.update(part.as_bytes());
        context.update(b"\n");
    }
    context.update(body);
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(context.finish().as_ref());
    fingerprint
}
