//! Whether the database is what it says: undamaged, consistent with itself, and every order as its history makes it.

use designia_core::order::{Fulfilment, Order};
use designia_core::ports::StoreError;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row as _, SqliteConnection};

use crate::effects;
use crate::error::store_error;
use crate::order_queries::history;
use crate::row::{self, StoredId, micros};
use crate::sql::integrity as sql;
use crate::store::SqliteStore;

/// What an integrity check came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IntegrityReport {
    /// How many orders were looked at.
    pub orders: u64,
    /// What is wrong. At most a hundred of each kind; empty if all is well.
    pub findings: Vec<Finding>,
}

/// Something that is wrong with the database.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule that is broken, such as `the books sum to zero`.
    pub rule: &'static str,
    /// What breaks it.
    pub detail: String,
}

/// How many orders are read at a time.
const BATCH: i64 = 200;

/// At most so many findings of one kind.
const ENOUGH: usize = 100;

impl IntegrityReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

impl SqliteStore {
    /// Checks the whole database against itself, as of one moment, while others go on reading and writing.
    ///
    /// It reads everything: seconds for thousands of orders, minutes for millions.
    ///
    /// # Errors
    /// If the file can't be read. What it holds is never an error but a [`Finding`].
    pub async fn integrity_check(&self) -> Result<IntegrityReport, StoreError> {
        let mut reader = self.reader().await?;
        // A transaction that only reads sees one state of the database from its first statement on.
        let mut transaction = reader.begin().await.map_err(store_error)?;
        let mut report = IntegrityReport { orders: 0, findings: Vec::new() };
        for (rule, statement) in sql::FINDINGS {
            let lines = sqlx::query_scalar(statement).fetch_all(&mut *transaction).await.map_err(store_error)?;
            let lines = lines.into_iter().filter(|line: &String| line != "ok");
            report.findings.extend(lines.map(|detail| Finding { rule, detail }));
        }
        check_orders(&mut transaction, &mut report).await?;
        transaction.rollback().await.map_err(store_error)?;
        Ok(report)
    }
}

async fn check_orders(connection: &mut SqliteConnection, report: &mut IntegrityReport) -> Result<(), StoreError> {
    let mut after = Vec::new();
    let mut found = 0;
    loop {
        let query = sqlx::query(sql::NEXT_ORDERS).bind(after.clone()).bind(BATCH);
        let rows = query.fetch_all(&mut *connection).await.map_err(store_error)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.try_get("id").map_err(store_error)?;
        for row in rows {
            report.orders += 1;
            for (rule, detail) in check_order(connection, &row).await? {
                found += 1;
                if found <= ENOUGH {
                    report.findings.push(Finding { rule, detail });
                }
            }
        }
    }
}

/// What is wrong with one order.
async fn check_order(
    connection: &mut SqliteConnection,
    row: &SqliteRow,
) -> Result<Vec<(&'static str, String)>, StoreError> {
    let id: Vec<u8> = row.try_get("id").map_err(store_error)?;
    let state: String = row.try_get("state").map_err(store_error)?;
    let order = match row::order(&id, &state) {
        Ok(order) => order,
        Err(error) => return Ok(vec![("every order can be read", error.message)]),
    };
    let name = order.id();
    let mut wrong = Vec::new();
    for (column, expected) in columns(&order) {
        let stored = stored(row, column)?;
        if stored != expected {
            let detail = format!("order {name}: `{column}` is {stored}, and the order says {expected}");
            wrong.push(("columns say what the order says", detail));
        }
    }
    let excess = order.money().excess();
    if excess > 0 {
        let detail = format!("order {name}: {excess} minor units of {}", order.currency());
        wrong.push(("all money is accounted for", detail));
    }
    if order.id().bytes() != id {
        wrong.push(("columns say what the order says", format!("order {name} is stored as {}", row::hex(&id))));
    }
    match history(connection, order.id()).await {
        Ok(history) => {
            let is_counted = history.iter().map(|it| it.seq).eq(1..=order.version());
            if !is_counted || Order::replay(history.iter().map(|it| (&it.event, it.at))).as_ref() != Some(&order) {
                wrong.push(("an order is what its history makes it", format!("order {name}")));
            }
        }
        Err(error) => wrong.push(("every event can be read", error.message)),
    }
    if let Err(error) = effects::of(connection, order.id()).await {
        wrong.push(("every effect can be read", error.message));
    }
    Ok(wrong)
}

/// What the columns must hold.
fn columns(order: &Order) -> Vec<(&'static str, Value)> {
    let contents = order.contents();
    let mut sellers: Vec<_> = contents.consignments.iter().map(|part| part.seller).collect();
    sellers.sort_unstable();
    let seller = |seller: &_| json!([StoredId::hex(*seller), order.status(), micros(contents.placed_at)]);
    vec![
        ("status", json!(order.status())),
        ("payment_status", json!(order.payment_status())),
        ("currency", json!(order.currency())),
        ("total_minor", json!(contents.total.minor())),
        ("placed_at", json!(micros(contents.placed_at))),
        ("updated_at", json!(micros(order.updated_at()))),
        ("next_tick_at", json!(order.next_tick_at().map(micros))),
        ("version", json!(order.version())),
        ("buyer", json!(order.buyer().hex())),
        ("sellers", sellers.iter().map(seller).collect()),
        ("attempts", order.attempts().iter().map(|it| json!(row::attempt(it))).collect()),
        ("refunds", order.refunds().iter().map(|it| json!(row::refund(it))).collect()),
        ("foreign_refunds", order.foreign_refunds().iter().map(|it| json!(row::foreign_refund(it))).collect()),
        ("stock", held_stock(order)),
    ]
}

/// What the order holds of each product: everything it ordered, but for the parts that were cancelled.
fn held_stock(order: &Order) -> Value {
    let is_cancelled = order.confirmed_at().is_none() && order.cancellation().is_some();
    let held = |part: &Fulfilment, quantity| if is_cancelled || part.is_cancelled() { 0 } else { quantity };
    let parts = order.consignments();
    let lines =
        parts.flat_map(|(part, state)| part.lines.iter().map(move |line| (line.product, held(state, line.quantity))));
    let mut stock: Vec<_> = lines.collect();
    stock.sort_unstable();
    stock.into_iter().map(|(product, held)| json!([product.hex(), held])).collect()
}

/// What a column of [`sql::NEXT_ORDERS`] holds, in the form of [`columns`].
fn stored(row: &SqliteRow, column: &'static str) -> Result<Value, StoreError> {
    Ok(match column {
        "status" | "payment_status" | "currency" => Value::from(row.try_get::<String, _>(column).map_err(store_error)?),
        "buyer" => Value::from(row::hex(&row.try_get::<Vec<u8>, _>(column).map_err(store_error)?)),
        "total_minor" | "placed_at" | "updated_at" | "next_tick_at" | "version" => {
            Value::from(row.try_get::<Option<i64>, _>(column).map_err(store_error)?)
        }
        _ => {
            let text: String = row.try_get(column).map_err(store_error)?;
            row::from_json(|| format!("the column `{column}`"), &text)?
        }
    })
}
