//! Products, placements and ids to test with. They are plain values: change a field, or use struct-update syntax.
//!
//! Every instant has microseconds and lies far from the present, every text has something in it that careless storage
//! spoils, and every amount is different from the others.

use std::time::Duration;

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::catalog::{Product, ProductDetails, ProductFigures};
use crate::exchange::{RateBatch, Source};
use crate::id::{BuyerId, OrderId, ProductId, SellerId, TaskId};
use crate::money::{Currency, Money};
use crate::order::{Cause, Decision, Line, Order, Placement, ShippingAddress, Terms};
use crate::ports::{Claim, Commit, InboxEvent};
use crate::task::{Json, Priority, QueueName, Task};
use crate::time::{DAY, Date, HOUR, Timestamp};

/// When tests happen: 12:34:56.789012 on 29 February 2096, far from any real clock.
pub const NOW: Timestamp = Timestamp::from_micros(3_981_357_296_789_012);

/// The order of this number.
#[must_use]
pub const fn order_id(number: u32) -> OrderId {
    OrderId::from_uuid(uuid(0x0de2, number))
}

/// The product of this number.
#[must_use]
pub const fn product_id(number: u32) -> ProductId {
    ProductId::from_uuid(uuid(0x0b1e, number))
}

/// The buyer of this number.
#[must_use]
pub const fn buyer(number: u32) -> BuyerId {
    BuyerId::from_uuid(uuid(0xb4e2, number))
}

/// The seller of this number.
#[must_use]
pub const fn seller(number: u32) -> SellerId {
    SellerId::from_uuid(uuid(0x5e11, number))
}

/// The task of this number.
#[must_use]
pub const fn task_id(number: u32) -> TaskId {
    TaskId::from_uuid(uuid(0x7a5c, number))
}

const fn uuid(what: u16, number: u32) -> Uuid {
    Uuid::from_fields(number, what, 0x7000, &[0x80, 0, 0, 0, 0, 0, 0, 0])
}

/// An amount of euros, in cents.
#[must_use]
pub fn euros(cents: i64) -> Money {
    Money::new(cents, currency("EUR"))
}

/// The currency with this code.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn currency(code: &str) -> Currency {
    code.parse().expect("a current ISO 4217 code")
}

/// A product of seller 1 or 2, by turns, of which a thousand can be ordered.
#[must_use]
pub fn product(number: u32) -> Product {
    Product {
        id: product_id(number),
        seller: seller(2 - number % 2),
        slug: format!("product-{number}"),
        name: format!("Coruja «{number}» – 50% 'off'; \"ceramic\""),
        description: "Two lines,\nand a tab\there.".to_owned(),
        price: euros(1_000 + i64::from(number)),
        stock: 1_000,
        active: true,
        details: ProductDetails::default(),
        figures: ProductFigures::default(),
        version: 1,
        created_at: NOW,
        updated_at: NOW,
    }
}

/// What buyer 1 orders: two of product 1 from seller 1, and three of product 2 from seller 2, at a converted price.
#[must_use]
pub fn placement(order: u32) -> Placement {
    let line = |number: u32, quantity| {
        let Product { id, name, price, .. } = product(number);
        Line { product: id, title: name, quantity, list_price: price, unit_price: price }
    };
    let converted = Line { list_price: Money::new(1_503, currency("JPY")), unit_price: euros(948), ..line(2, 3) };
    let quote = rates(day(0)).quote(currency("JPY"), currency("EUR"), NOW, HOUR);
    Placement {
        id: order_id(order),
        buyer: buyer(1),
        email: Some("zoë.o'neil+orders@example.com".to_owned()),
        currency: currency("EUR"),
        ship_to: Some(ShippingAddress {
            name: "Zoë O'Neil".to_owned(),
            address_line1: "Rua de São Bento 7, 2º Dto".to_owned(),
            address_line2: String::new(),
            city: "Lisboa".to_owned(),
            state: String::new(),
            postal_code: "1200-109".to_owned(),
            country: "PT".to_owned(),
        }),
        notes: "Ring twice;\n-- 100% \u{1f381} \"wrapped\"".to_owned(),
        consignments: vec![
            (seller(1), vec![line(1, 2)], euros(490)),
            (seller(2), vec![converted], Money::zero(currency("EUR"))),
        ],
        quotes: quote.into_iter().collect(),
        terms: Terms::default(),
    }
}

/// What [`placement`] costs.
#[must_use]
pub fn total() -> Money {
    euros(2 * 1_001 + 490 + 3 * 948)
}

/// An order placed at [`NOW`] plus as many seconds as its number.
///
/// # Panics
/// If the placement is refused.
#[must_use]
pub fn placed(placement: Placement) -> Decision {
    let seconds = placement.id.as_uuid().as_fields().0;
    Order::place(placement, NOW + Duration::from_secs(u64::from(seconds))).expect("a placement that is in order")
}

/// The commit of a decision that nobody in particular asked for.
#[must_use]
pub fn commit(decision: Decision) -> Commit {
    Commit::of(decision, &Cause::Timer)
}

/// A claim of as much as there is, for a minute.
#[must_use]
pub fn claim(now: Timestamp) -> Claim {
    Claim { now, until: now + Duration::from_secs(60), limit: 1_000 }
}

/// A webhook event that came in at [`NOW`] plus as many seconds as its number.
#[must_use]
pub fn event(number: u32) -> InboxEvent {
    InboxEvent {
        id: format!("evt_{number:04}"),
        kind: "checkout.session.completed".to_owned(),
        received_at: NOW + Duration::from_secs(u64::from(number)),
        body: vec![b'{', 0, 0xff, b'\n', b'}'],
        signature: Some(format!("t={number},v1=5257a869")),
    }
}

/// The day of [`NOW`], or one that is so many days before it.
#[must_use]
pub fn day(days_before: u32) -> Date {
    (NOW - DAY * days_before).date()
}

/// Rates per euro for a day, fetched at its noon; one has 28 significant digits, and no rate is the inverse of another.
///
/// # Panics
/// Never: the rates are in order.
#[must_use]
pub fn rates(as_of: Date) -> RateBatch {
    let rate = |code, text: &str| (currency(code), text.parse::<Decimal>().expect("a decimal number"));
    let rates = [
        rate("USD", "1.1034"),
        rate("JPY", "158.47"),
        rate("KWD", "0.33871"),
        rate("CLF", "0.02671234567890123456789012345"),
        rate("VND", "28912.5"),
    ];
    RateBatch::new(currency("EUR"), as_of, as_of.start() + HOUR * 12, Source::new("fixture"), rates)
        .expect("rates that are in order")
}

/// The queue of [`task`].
///
/// # Panics
/// Never: the name is in order.
#[must_use]
pub fn queue() -> QueueName {
    "payment_tasks".parse().expect("a name")
}

/// A task that may be tried four times, asked for at [`NOW`], and to be run as many seconds later as its number.
///
/// # Panics
/// Never: the task is in order.
#[must_use]
pub fn task(number: u32) -> Task {
    let args = r#"{ "order": "Zoë O'Neil \u0000 \ud83c\udf81", "amount": 100.10, "list": [null, 1e400] }"#;
    Task {
        id: task_id(number),
        kind: "orders.expire_due".parse().expect("a name"),
        queue: queue(),
        priority: Priority::Normal,
        args: Json::parse(args).expect("JSON"),
        unique_key: None,
        max_attempts: 4,
        enqueued_at: NOW,
        run_at: NOW + Duration::from_secs(u64::from(number)),
        start_by: None,
        slot: None,
    }
}
