//! A host's own axum application with the engine inside: its own routes, its own idea of a user, Stripe (here the sandbox) as
//! the provider, and the engine's loops as tasks of its runtime.
//!
//! `cargo run --example embedded_axum --features full` starts it, buys something in it as a buyer would, and ends.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use designia::catalog::{Product, ProductDetails, ProductFigures};
use designia::id::{BuyerId, OrderId, ProductId, SellerId};
use designia::memory::{MemoryNotifier, MemoryStore};
use designia::money::{Currency, Money};
use designia::payment::PaymentMethod;
use designia::ports::{CatalogStore, Clock, IdGenerator, Ports, ProductKey, Tasks, WebhookRequest};
use designia::service::{Checkout, CheckoutItem, Engine, Error, Policy};
use designia::stripe::{
    ApiKey, CheckoutPage, ClientConfig, GatewayOptions, SigningSecret, StripeClient, StripeGateway, StripeWebhooks,
};
use designia::stripe_sandbox::{Card, Sandbox};
use designia::time::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const WEBHOOK_SECRET: &str = "whsec_of_this_example";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let sandbox = Sandbox::builder().webhook(format!("{url}/stripe"), WEBHOOK_SECRET).start().await?;
    let engine = engine(&sandbox, &url)?;
    stock_up(&engine).await?;
    let loops = tokio::spawn(work(engine.clone()));
    let shop = tokio::spawn(axum::serve(listener, routes(engine)).into_future());

    buy(&url, &sandbox).await?;
    shop.abort();
    loops.abort();
    sandbox.shutdown().await;
    Ok(())
}

/// The host's wiring: the one place that knows which adapter fills which role.
fn engine(sandbox: &Sandbox, url: &str) -> Result<Engine, Failure> {
    let key = ApiKey::new("sk_test_example")?;
    let client = StripeClient::new(&ClientConfig::new(key).with_base_url(sandbox.base_url()))?;
    let page = CheckoutPage::Hosted { success_url: format!("{url}/orders/{{ORDER_ID}}"), cancel_url: None };
    let store = Arc::new(MemoryStore::new());
    let ports = Ports {
        orders: store.clone(),
        queries: store.clone(),
        catalog: store.clone(),
        inbox: store.clone(),
        rates: store.clone(),
        rate_sources: Vec::new(),
        gateway: Arc::new(StripeGateway::new(client, GatewayOptions::new(page))),
        webhooks: Arc::new(StripeWebhooks::new([SigningSecret::new(WEBHOOK_SECRET)?])?),
        notifier: Arc::new(MemoryNotifier::new(100)),
        tasks: Tasks::in_store(store),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    };
    Ok(Engine::new(ports, Policy::default()))
}

/// The host's routes, in its own style.
fn routes(engine: Engine) -> Router {
    Router::new()
        .route("/buy/{slug}", post(order_one))
        .route("/orders/{id}", get(show))
        .route("/stripe", post(webhook))
        .with_state(engine)
}

async fn order_one(State(engine): State<Engine>, Path(slug): Path<String>) -> Result<Json<Value>, Answer> {
    let product = engine.ports().catalog.product(&ProductKey::Slug(slug)).await.map_err(Error::from)?;
    let product = product.ok_or(Answer(StatusCode::NOT_FOUND, "no such product".to_owned()))?;
    let checkout = Checkout {
        // A real host takes its own user here.
        buyer: BuyerId::from_uuid(Uuid::from_u128(1)),
        email: None,
        currency: product.price.currency(),
        items: vec![CheckoutItem { product: product.id, quantity: 1 }],
        ship_to: None,
        notes: String::new(),
        method: PaymentMethod::Card,
        request_key: None,
    };
    let answer = engine.checkout(checkout).await?;
    Ok(Json(json!({ "order": answer.order.id(), "pay_at": answer.page.and_then(|page| page.url) })))
}

async fn show(State(engine): State<Engine>, Path(id): Path<Uuid>) -> Result<Json<Value>, Answer> {
    let order = engine.order(OrderId::from_uuid(id)).await?;
    Ok(Json(json!({ "status": order.status(), "payment": order.payment_status() })))
}

async fn webhook(State(engine): State<Engine>, headers: HeaderMap, body: Bytes) -> Result<StatusCode, Answer> {
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    engine.receive_webhook(&WebhookRequest { headers: &headers, body: &body }).await?;
    Ok(StatusCode::OK)
}

/// The engine's loops: whoever hosts them decides how often.
async fn work(engine: Engine) {
    loop {
        let turns = async {
            engine.inbox_turn(50).await?;
            engine.sweep_turn(50).await?;
            engine.effects_turn(50).await?;
            Ok::<_, Error>(())
        };
        if let Err(error) = turns.await {
            eprintln!("a turn failed and is tried again: {error}");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The engine's errors in the host's way of answering.
struct Answer(StatusCode, String);

impl From<Error> for Answer {
    fn from(error: Error) -> Self {
        let status = match &error {
            Error::NoSuchOrder { .. } | Error::NotForSale { .. } => StatusCode::NOT_FOUND,
            Error::Refused(_) | Error::OutOfStock { .. } => StatusCode::CONFLICT,
            Error::Webhook(_) => StatusCode::BAD_REQUEST,
            error if error.is_retryable() => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self(status, error.to_string())
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        (self.0, self.1).into_response()
    }
}

async fn stock_up(engine: &Engine) -> Result<(), Failure> {
    let lamp = Product {
        id: ProductId::from_uuid(Uuid::from_u128(11)),
        seller: SellerId::from_uuid(Uuid::from_u128(12)),
        slug: "desk-lamp".to_owned(),
        name: "Desk lamp".to_owned(),
        description: "Brass and oak".to_owned(),
        price: Money::new(8_900, Currency::EUR),
        stock: 3,
        active: true,
        details: ProductDetails::default(),
        figures: ProductFigures::default(),
        version: 1,
        created_at: engine.ports().clock.now(),
        updated_at: engine.ports().clock.now(),
    };
    Ok(engine.ports().catalog.put(&lamp).await?)
}

/// What a buyer's browser would do.
async fn buy(url: &str, sandbox: &Sandbox) -> Result<(), Failure> {
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
    let bought: Value = http.post(format!("{url}/buy/desk-lamp")).send().await?.json().await?;
    let order = bought["order"].as_str().ok_or("no order")?;
    let page = bought["pay_at"].as_str().ok_or("no page")?;
    println!("ordered {order}; pay at {page}");
    let session = page.rsplit('/').next().ok_or("no session in the address")?;
    sandbox.pay(session, Card::Visa).map_err(|refused| refused.message().to_owned())?;
    let paid = async {
        loop {
            let shown: Value = http.get(format!("{url}/orders/{order}")).send().await?.json().await?;
            if shown["payment"] == "paid" {
                return Ok::<_, Failure>(shown);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    println!("and now it is {}", tokio::time::timeout(Duration::from_secs(30), paid).await??);
    Ok(())
}

#[derive(Debug)]
struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "a host's edge is where time comes from")]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::EPOCH + since_epoch
    }
}

#[derive(Debug)]
struct RandomIds;

impl IdGenerator for RandomIds {
    #[expect(clippy::disallowed_methods, reason = "a host's edge is where ids come from")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}
