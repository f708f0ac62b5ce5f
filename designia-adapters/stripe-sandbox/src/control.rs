//! `/_sandbox/…`: what the Rust handle does, for tests in other languages and for demos.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

use crate::buyer::{self, Card, Delayed, Refused};
use crate::error::ApiError;
use crate::fault::Fault;
use crate::resource::session::buyer::Tender;
use crate::sandbox::{Handle, Webhooks};

type Answer = Result<Json<Value>, Problem>;

/// A refusal, in the shape of the API's own errors.
#[derive(Debug)]
struct Problem(Value);

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        Self(refused.body().clone())
    }
}

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        Self(error.body())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(self.0)).into_response()
    }
}

pub(crate) fn router(handle: Handle) -> Router {
    Router::new()
        .route("/_sandbox/clock", get(clock))
        .route("/_sandbox/clock/advance", post(advance))
        .route("/_sandbox/sessions/{id}/pay", post(pay))
        .route("/_sandbox/sessions/{id}/settle", post(settle))
        .route("/_sandbox/payment_intents/{id}/settle", post(settle))
        .route("/_sandbox/refunds/start_pending", post(start_pending))
        .route("/_sandbox/refunds/{id}/fail", post(fail_refund))
        .route("/_sandbox/refunds/{id}/succeed", post(succeed_refund))
        .route("/_sandbox/faults", get(faults).post(add_faults).delete(clear_faults))
        .route("/_sandbox/webhooks", get(deliveries))
        .route("/_sandbox/webhooks/flush", post(flush))
        .route("/_sandbox/webhooks/hold", post(hold))
        .route("/_sandbox/webhooks/release", post(release))
        .route("/_sandbox/webhooks/roll_secret", post(roll_secret))
        .route("/_sandbox/webhooks/resend/{event}", post(resend))
        .route("/_sandbox/objects", get(objects))
        .route("/_sandbox/requests", get(requests))
        .with_state(handle)
}

/// An empty body is an empty object: `curl -X POST` is enough where nothing has to be said.
fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, ApiError> {
    let text: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(text).map_err(|error| ApiError::refused(format!("Invalid JSON: {error}")))
}

async fn clock(State(handle): State<Handle>) -> Json<Value> {
    Json(json!({ "now": handle.0.clock.now(), "virtual": handle.0.clock.is_virtual() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

async fn advance(State(handle): State<Handle>, body: Bytes) -> Answer {
    let Advance { seconds } = read(&body)?;
    handle.0.clock.advance(Duration::from_secs(seconds));
    // Whatever that brings has happened when the answer goes out.
    handle.0.peek(|_| ());
    handle.0.until_saved().await;
    Ok(Json(json!({ "now": handle.0.clock.now() })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pay {
    card: Option<String>,
    method: Option<String>,
    settle_after: Option<i64>,
    succeed: Option<bool>,
    #[serde(default)]
    force: bool,
}

impl Pay {
    fn tender(self) -> Result<Tender, ApiError> {
        match (self.card, self.method) {
            (Some(number), None) => buyer::card(&number),
            (None, Some(method)) => match self.settle_after {
                Some(after) => Delayed::new(method).settles_after(after, self.succeed.unwrap_or(true)).tender(),
                None => Delayed::new(method).tender(),
            },
            (None, None) => Card::Visa.tender(),
            (Some(_), Some(_)) => Err(ApiError::refused("Pay with a card or with a method, not with both.")),
        }
    }
}

async fn pay(State(handle): State<Handle>, Path(id): Path<String>, body: Bytes) -> Answer {
    let pay: Pay = read(&body)?;
    let force = pay.force;
    let session = handle.pay(&id, pay.tender()?, force);
    handle.0.until_saved().await;
    Ok(Json(session?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settle {
    #[serde(default = "yes")]
    succeed: bool,
}

fn yes() -> bool {
    true
}

async fn settle(State(handle): State<Handle>, Path(id): Path<String>, body: Bytes) -> Answer {
    let Settle { succeed } = read(&body)?;
    let settled = handle.settle(&id, succeed);
    handle.0.until_saved().await;
    Ok(Json(settled?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StartPending {
    #[serde(default = "yes")]
    pending: bool,
}

async fn start_pending(State(handle): State<Handle>, body: Bytes) -> Answer {
    let StartPending { pending } = read(&body)?;
    handle.0.with(|world, _| world.refunds_start_pending = pending);
    Ok(Json(json!({ "pending": pending })))
}

async fn fail_refund(State(handle): State<Handle>, Path(id): Path<String>) -> Answer {
    turn(&handle, &id, false).await
}

async fn succeed_refund(State(handle): State<Handle>, Path(id): Path<String>) -> Answer {
    turn(&handle, &id, true).await
}

async fn turn(handle: &Handle, id: &str, succeed: bool) -> Answer {
    let refund = handle.turn_refund(id, succeed);
    handle.0.until_saved().await;
    Ok(Json(refund?))
}

async fn faults(State(handle): State<Handle>) -> Json<Value> {
    Json(json!({ "faults": handle.0.faults.list() }))
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<Fault>),
    One(Fault),
}

async fn add_faults(State(handle): State<Handle>, body: Bytes) -> Answer {
    let faults = match read(&body)? {
        OneOrMany::Many(faults) => faults,
        OneOrMany::One(fault) => vec![fault],
    };
    faults.into_iter().for_each(|fault| handle.0.faults.add(fault));
    Ok(Json(json!({ "faults": handle.0.faults.list() })))
}

async fn clear_faults(State(handle): State<Handle>) -> Json<Value> {
    handle.0.faults.clear();
    Json(json!({ "faults": [] }))
}

async fn deliveries(State(handle): State<Handle>) -> Json<Value> {
    Json(Webhooks(handle.0).deliveries())
}

async fn flush(State(handle): State<Handle>) -> Json<Value> {
    let webhooks = Webhooks(handle.0);
    webhooks.flush().await;
    Json(webhooks.deliveries()["counts"].take())
}

async fn hold(State(handle): State<Handle>) -> Json<Value> {
    Webhooks(handle.0).hold();
    Json(json!({ "held": true }))
}

async fn release(State(handle): State<Handle>) -> Json<Value> {
    Webhooks(handle.0).release();
    Json(json!({ "held": false }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RollSecret {
    url: String,
    secret: String,
}

async fn roll_secret(State(handle): State<Handle>, body: Bytes) -> Answer {
    let RollSecret { url, secret } = read(&body)?;
    if Webhooks(handle.0).roll_secret(&url, secret) {
        return Ok(Json(json!({ "rolled": true })));
    }
    Err(ApiError::no_such("webhook endpoint", &url, "url").into())
}

async fn resend(State(handle): State<Handle>, Path(event): Path<String>) -> Answer {
    Webhooks(handle.0).resend(&event)?;
    Ok(Json(json!({ "resent": event })))
}

#[derive(Deserialize)]
struct Filter {
    #[serde(rename = "type")]
    kind: Option<String>,
}

async fn objects(State(handle): State<Handle>, Query(filter): Query<Filter>) -> Json<Value> {
    let objects = handle.objects();
    let shown = match filter.kind {
        Some(kind) => json!({ &kind: objects.of(&kind) }),
        None => json!(objects),
    };
    Json(json!({ "counts": objects.counts(), "objects": shown }))
}

async fn requests(State(handle): State<Handle>) -> Json<Value> {
    Json(json!({ "requests": handle.0.requests() }))
}
