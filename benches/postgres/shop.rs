//! The marketplace that is measured: a store, products to order, orders to order beside.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use designia::catalog::{Product, ProductDetails, ProductFigures};
use designia::id::{BuyerId, OrderId, ProductId, SellerId};
use designia::money::{Currency, Money};
use designia::order::{Actor, Cause, Command, Line, Order, Placement, Terms};
use designia::payment::PaymentMethod;
use designia::ports::{CatalogStore, Commit};
use designia::postgres::{Config, PostgresStore};
use designia::time::{DAY, Timestamp};
use designia_services::PrivatePostgres;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::WORKERS;

/// When everything begins.
pub(crate) const START: Timestamp = Timestamp::from_secs(1_795_348_800);

/// So many products, so that orders seldom wait for each other's.
pub(crate) const PRODUCTS: u64 = 1_000;

/// So many buyers.
pub(crate) const BUYERS: u64 = 50_000;

pub(crate) struct Shop {
    pub(crate) url: String,
    pub(crate) store: PostgresStore,
    /// For the floors, and for what only a bench does.
    pub(crate) bare: PgPool,
    admin_url: String,
    next: AtomicU64,
    next_overdue: AtomicU64,
}

impl Shop {
    pub(crate) async fn open(server: &PrivatePostgres) -> Arc<Self> {
        let url = server.url();
        let mut config: Config = url.parse().expect("a URL of Postgres");
        config.max_connections = WORKERS;
        let store = PostgresStore::open(&config).await.expect("a new database");
        for number in 0..PRODUCTS {
            store.put(&product(number)).await.expect("a new product");
        }
        let options: PgConnectOptions = url.parse().expect("a URL of Postgres");
        let bare = PgPoolOptions::new().max_connections(WORKERS).connect_with(options).await.expect("Postgres answers");
        let (next, next_overdue) = (AtomicU64::new(1 << 40), AtomicU64::new(1 << 32));
        Arc::new(Self { url, store, bare, admin_url: server.admin_url(), next, next_overdue })
    }

    /// Lets nothing that was measured before weigh on what is measured next.
    pub(crate) async fn settle(&self) {
        self.store.upkeep().await.expect("the tallies are folded");
        sqlx::raw_sql("VACUUM (ANALYZE)").execute(&self.bare).await.expect("the owner may vacuum");
        sqlx::raw_sql("CHECKPOINT").execute(&mut self.admin().await).await.expect("a superuser may");
    }

    pub(crate) async fn admin(&self) -> PgConnection {
        PgConnection::connect(&self.admin_url).await.expect("Postgres answers")
    }

    /// A number that no order has had.
    pub(crate) fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// The number before so many that no order has had.
    pub(crate) fn numbers(&self, count: u64) -> u64 {
        self.next_overdue.fetch_add(count, Ordering::Relaxed)
    }

    /// A new order with its first payment attempt, as a checkout commits it; long after the sweeps, which leave it alone.
    pub(crate) fn checkout(&self) -> Commit {
        let now = START + DAY * 30;
        let placed = Order::place(placement(self.number()), now).expect("the placement is valid");
        let pay = Command::StartPayment { method: PaymentMethod::Card };
        let started = placed.order.decide(&pay, now).expect("a new order can be paid");
        let by = Actor::Buyer(started.order.buyer());
        Commit::of(placed.then(started), &Cause::Request(by))
    }
}

pub(crate) fn order_id(number: u64) -> OrderId {
    OrderId::from_uuid(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0000 | u128::from(number)))
}

pub(crate) fn buyer(number: u64) -> BuyerId {
    BuyerId::from_uuid(Uuid::from_u128(0x0000_0000_0000_7000_9000_0000_0000_0000 | u128::from(number)))
}

/// The same two sellers everywhere would be two pages that everybody writes to.
pub(crate) fn seller(number: u64) -> SellerId {
    SellerId::from_uuid(Uuid::from_u128(0x0000_0000_0000_7000_a000_0000_0000_0000 | u128::from(number)))
}

fn product_id(number: u64) -> ProductId {
    ProductId::from_uuid(Uuid::from_u128(0x0000_0000_0000_7000_b000_0000_0000_0000 | u128::from(number)))
}

fn product(number: u64) -> Product {
    Product {
        id: product_id(number),
        seller: seller(number % 100),
        slug: format!("thing-{number:04}"),
        name: format!("A well-made thing, number {number}"),
        description: "Made to be ordered, and to be put back when nobody has paid for it.".to_owned(),
        price: Money::new(4_990, Currency::EUR),
        stock: 2_000_000_000,
        active: true,
        details: ProductDetails::default(),
        figures: ProductFigures::default(),
        version: 1,
        created_at: START,
        updated_at: START,
    }
}

/// An order like most: two sellers, a product of each bought twice.
pub(crate) fn placement(number: u64) -> Placement {
    let eur = |minor| Money::new(minor, Currency::EUR);
    let line = |product| Line {
        product: product_id(product),
        title: format!("A well-made thing, number {product}"),
        quantity: 2,
        list_price: eur(4_990),
        unit_price: eur(4_990),
    };
    // The first thing that is due is the deadline.
    let mut terms = Terms::default();
    terms.timeout.reminders.clear();
    let first = (number * 7) % PRODUCTS;
    let second = (first + 1) % PRODUCTS;
    Placement {
        id: order_id(number),
        buyer: buyer(number % BUYERS),
        email: Some("buyer@example.com".to_owned()),
        currency: Currency::EUR,
        ship_to: None,
        notes: String::new(),
        consignments: vec![
            (seller(first % 100), vec![line(first)], eur(500)),
            (seller(second % 100), vec![line(second)], eur(0)),
        ],
        quotes: Vec::new(),
        terms,
    }
}
