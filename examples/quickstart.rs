//! An order's life in one process with nothing installed: placed, paid, shipped, delivered; and another that nobody pays.
//!
//! `cargo run --example quickstart`

use std::sync::Arc;

use designia::catalog::{Product, ProductDetails, ProductFigures};
use designia::id::{BuyerId, OrderId, ProductId, SellerId};
use designia::memory::{MemoryNotifier, MemoryStore};
use designia::money::{Currency, Money};
use designia::order::{Actor, Command, Tracking};
use designia::payment::PaymentMethod;
use designia::ports::{CatalogStore, Clock, IdGenerator, InboxEvent, Ports, Tasks, WebhookEvent};
use designia::service::{Checkout, CheckoutItem, Engine, Policy};
use designia::testing::{FakeWebhooks, FixedClock, ScriptedGateway, SequentialIds, block_on};
use designia::time::{DAY, Timestamp};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    block_on(run())
}

async fn run() -> Result<()> {
    // Who fills the ports. A real host puts Postgres or SQLite, Stripe, and the system's clock here.
    let (store, gateway) = (Arc::new(MemoryStore::new()), ScriptedGateway::new());
    let (clock, ids) = (FixedClock::at(Timestamp::from_secs(1_795_348_800)), SequentialIds::new());
    let bowl = Product {
        id: ProductId::from_uuid(ids.next()),
        seller: SellerId::from_uuid(ids.next()),
        slug: "tea-bowl".to_owned(),
        name: "Tea bowl".to_owned(),
        description: "Stoneware with an iron glaze".to_owned(),
        price: Money::new(3_850, Currency::EUR),
        stock: 10,
        active: true,
        details: ProductDetails::default(),
        figures: ProductFigures::default(),
        version: 1,
        created_at: clock.now(),
        updated_at: clock.now(),
    };
    store.put(&bowl).await?;
    let buyer = BuyerId::from_uuid(ids.next());
    let engine = Engine::new(
        Ports {
            orders: store.clone(),
            queries: store.clone(),
            catalog: store.clone(),
            inbox: store.clone(),
            rates: store.clone(),
            rate_sources: Vec::new(),
            gateway: Arc::new(gateway.clone()),
            webhooks: Arc::new(FakeWebhooks::new("secret")),
            notifier: Arc::new(MemoryNotifier::new(100)),
            tasks: Tasks::in_store(store.clone()),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(ids),
        },
        Policy::default(),
    );
    let checkout = |quantity| Checkout {
        buyer,
        email: Some("buyer@example.com".to_owned()),
        currency: Currency::EUR,
        items: vec![CheckoutItem { product: bowl.id, quantity }],
        ship_to: None,
        notes: String::new(),
        method: PaymentMethod::Card,
        request_key: None,
    };

    println!("A paid order");
    let order = engine.checkout(checkout(2)).await?.order;
    let attempt = order.attempts()[0].no();
    // The buyer pays at the provider, whose webhook brings the news.
    let news = gateway.pay(order.id(), attempt).ok_or("the session is open")?;
    let event = WebhookEvent { id: "evt_1".to_owned(), kind: "paid".to_owned(), created_at: order.updated_at() };
    let body = FakeWebhooks::body(&event, &news);
    let received_at = order.updated_at();
    engine
        .ports()
        .inbox
        .accept(InboxEvent { id: event.id, kind: event.kind, received_at, body, signature: None })
        .await?;
    engine.inbox_turn(10).await?;
    let (seller, by) = (bowl.seller, Actor::Seller(bowl.seller));
    let tracking = Tracking { carrier: "DHL".to_owned(), number: "JD014600003828".to_owned() };
    engine.command(order.id(), &Command::Prepare { seller, by }, by).await?;
    engine.command(order.id(), &Command::Ship { seller, by, tracking }, by).await?;
    engine.command(order.id(), &Command::Deliver { seller, by }, by).await?;
    tell(&engine, order.id()).await?;

    println!("\nAn order that nobody pays");
    let unpaid = engine.checkout(checkout(3)).await?.order;
    for _ in 0..3 {
        clock.advance(DAY);
        engine.sweep_turn(100).await?;
        engine.effects_turn(100).await?;
    }
    tell(&engine, unpaid.id()).await?;
    let left = engine.ports().catalog.products(&[bowl.id]).await?;
    println!("\nTea bowls in stock: {} of 10", left[0].stock);
    Ok(())
}

async fn tell(engine: &Engine, id: OrderId) -> Result<()> {
    for recorded in engine.ports().queries.history(id).await? {
        let event = serde_json::to_value(&recorded.event)?;
        println!("  {}  {}", recorded.at, event["type"].as_str().unwrap_or("?"));
    }
    let order = engine.order(id).await?;
    println!("  => {}, payment {}", order.status(), order.payment_status());
    Ok(())
}
