//! Lists over HTTP: the reference server beside a handler that runs the same query and answers with the rows as they are,
//! with no accounts, no limits, no request ids, no view of what the reader may see and do.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use designia_server::demo::people::DemoPerson;
use serde_json::{Value, json};
use sqlx::Row as _;
use sqlx::postgres::PgPool;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::WORKERS;
use crate::client::{Client, request};
use crate::measure::{ROUND, ROUNDS, rate, tell};
use crate::server::Node;
use crate::shop::Shop;

/// Rows on a page.
const PAGE: i64 = 20;

pub(crate) async fn run(shop: &Arc<Shop>) {
    let buyer = DemoPerson::named("buyer").expect("the demo has a buyer").id();
    sqlx::query("UPDATE designia.orders SET buyer = $1 WHERE id IN (SELECT id FROM designia.orders LIMIT 200)")
        .bind(buyer)
        .execute(&shop.bare)
        .await
        .expect("orders for the buyer");
    shop.settle().await;
    let node = Node::start(shop).await;
    let (address, serving) = bare(shop.bare.clone(), buyer).await;
    let headers = [("authorization", node.buyer.as_str())];
    for (what, path, bare_path) in [
        ("a page of 20 products", "/api/marketplace/products/?after=thing-0100&page_size=20", "/products"),
        (
            "a page of 20 orders of a buyer",
            "/api/marketplace/orders/?after=9223372036854775.ffffffff-ffff-7fff-bfff-ffffffffffff&page_size=20",
            "/orders",
        ),
    ] {
        let (mut ours, mut floor) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(ask(node.address, request("GET", path, &headers, b"")).await);
            floor.push(ask(address, request("GET", bare_path, &[], b"")).await);
        }
        tell(&format!("{what}, {WORKERS} readers at once"), &ours, "bare axum + sqlx, the same query", &floor);
    }
    serving.abort();
    node.stop().await;
}

async fn ask(address: SocketAddr, asked: Vec<u8>) -> f64 {
    let asked = Arc::new(asked);
    rate(WORKERS, ROUND, move |_, ticks| {
        let asked = Arc::clone(&asked);
        async move {
            let mut client = Client::connect(address).await;
            while ticks.goes_on() {
                let (status, length) = client.send(&asked).await;
                assert!(status == 200 && length > 2_000, "{}", client.answer());
                ticks.tick();
            }
        }
    })
    .await
}

#[derive(Clone)]
struct Bare {
    pool: PgPool,
    buyer: Uuid,
}

async fn bare(pool: PgPool, buyer: Uuid) -> (SocketAddr, JoinHandle<()>) {
    let routes =
        Router::new().route("/products", get(products)).route("/orders", get(orders)).with_state(Bare { pool, buyer });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    (address, tokio::spawn(async move { axum::serve(listener, routes).await.expect("it serves") }))
}

async fn products(State(bare): State<Bare>) -> Json<Value> {
    let rows = sqlx::query(
        "SELECT id, seller, slug, name, description, price_minor, currency, stock, active
         FROM designia.products WHERE active AND slug > $1 ORDER BY slug LIMIT $2",
    )
    .bind("thing-0100")
    .bind(PAGE + 1)
    .fetch_all(&bare.pool)
    .await
    .expect("the query fits the schema");
    let row = |row: &sqlx::postgres::PgRow| {
        json!({
            "id": row.get::<Uuid, _>(0), "seller": row.get::<Uuid, _>(1), "slug": row.get::<&str, _>(2),
            "name": row.get::<&str, _>(3), "description": row.get::<&str, _>(4), "price_minor": row.get::<i64, _>(5),
            "currency": row.get::<&str, _>(6), "stock": row.get::<i64, _>(7), "active": row.get::<bool, _>(8),
        })
    };
    Json(rows.iter().map(row).collect())
}

/// The state is parsed and written again as any JSON would be: what a handler does that knows nothing of orders.
async fn orders(State(bare): State<Bare>) -> Json<Value> {
    let rows = sqlx::query(
        "SELECT id, state::text FROM designia.orders WHERE buyer = $1 AND (placed_at, id) < ('infinity', $2)
         ORDER BY placed_at DESC, id DESC LIMIT $3",
    )
    .bind(bare.buyer)
    .bind(Uuid::max())
    .bind(PAGE + 1)
    .fetch_all(&bare.pool)
    .await
    .expect("the query fits the schema");
    let row = |row: &sqlx::postgres::PgRow| {
        json!({
            "id": row.get::<Uuid, _>(0),
            "order": serde_json::from_str::<Value>(row.get(1)).expect("a state is JSON"),
        })
    };
    Json(rows.iter().map(row).collect())
}
