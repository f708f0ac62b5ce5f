//! What the database says in the end, read once: orders, attempts, refunds, shipments.

use std::collections::{BTreeMap, BTreeSet};

use designia_server::demo::people::PEOPLE;

use crate::database::Database;

/// The database's side of the story.
#[derive(Clone, Debug, Default)]
pub(crate) struct Books {
    /// Orders by their ids.
    pub(crate) orders: BTreeMap<String, Order>,
    /// Which sellers have shipped their part of which order.
    pub(crate) shipped: BTreeSet<(String, &'static str)>,
}

/// An order and its money.
#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    pub(crate) status: String,
    /// By number.
    pub(crate) attempts: BTreeMap<i64, Attempt>,
    /// By number.
    pub(crate) refunds: BTreeMap<i64, Refund>,
}

impl Order {
    /// What was captured and has not gone back.
    pub(crate) fn kept(&self) -> i64 {
        let captured: i64 = self.attempts.values().map(|attempt| attempt.captured).sum();
        let back = self.refunds.values().filter(|refund| refund.state == "succeeded");
        captured - back.map(|refund| refund.amount).sum::<i64>()
    }
}

/// An attempt.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) session: Option<String>,
    pub(crate) payment: Option<String>,
    pub(crate) currency: String,
    pub(crate) amount: i64,
    pub(crate) captured: i64,
}

/// A refund.
#[derive(Clone, Debug)]
pub(crate) struct Refund {
    pub(crate) attempt: i64,
    pub(crate) provider_id: Option<String>,
    pub(crate) state: String,
    pub(crate) amount: i64,
}

impl Books {
    pub(crate) async fn read(database: &Database) -> Self {
        let mut books = Self::default();
        for (id, status) in database.rows::<(String, String)>("SELECT id::text, status FROM designia.orders").await {
            books.orders.insert(id, Order { status, ..Order::default() });
        }
        let query = "SELECT order_id::text, no, session_ref, payment_ref, currency, amount_minor, captured_minor
            FROM designia.attempts";
        type Row = (String, i64, Option<String>, Option<String>, String, i64, i64);
        for (order, no, session, payment, currency, amount, captured) in database.rows::<Row>(query).await {
            let attempt = Attempt { session, payment, currency, amount, captured };
            books.orders.entry(order).or_default().attempts.insert(no, attempt);
        }
        let query = "SELECT order_id::text, no, attempt, provider_id, state, amount_minor FROM designia.refunds";
        type RefundRow = (String, i64, i64, Option<String>, String, i64);
        for (order, no, attempt, provider_id, state, amount) in database.rows::<RefundRow>(query).await {
            let refund = Refund { attempt, provider_id, state, amount };
            books.orders.entry(order).or_default().refunds.insert(no, refund);
        }
        let query = "SELECT order_id::text, event ->> 'seller' FROM designia.events
            WHERE event ->> 'type' = 'consignment_shipped'";
        for (order, seller) in database.rows::<(String, String)>(query).await {
            let name = PEOPLE.iter().find(|person| person.id().to_string() == seller).unwrap().name;
            books.shipped.insert((order, name));
        }
        books
    }
}
