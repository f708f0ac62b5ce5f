//! Whether the database is what it says: undamaged, consistent with itself, and every order as its history makes it.

mod tasks;

use designia_core::order::Order;
use designia_core::ports::integrity::{contradictions, held_stock};
use designia_core::ports::{IntegrityFinding, IntegrityReport, StoreError};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row as _, SqliteConnection};

use crate::effects;
use crate::error::store_error;
use crate::order_queries::history;
use crate::row::{self, StoredId, micros};
use crate::sql::integrity as sql;
use crate::store::SqliteStore;

/// How many orders are read at a time.
const BATCH: i64 = 200;

/// At most so many findings of one kind.
const ENOUGH: usize = 100;

impl SqliteStore {
    /// Checks the whole database against itself, as of one moment, while others go on reading and writing.
    ///
    /// It reads everything: seconds for thousands of orders, minutes for millions.
    ///
    /// # Errors
    /// If the file can't be read. What it holds is never an error but a finding.
    pub async fn integrity_check(&self) -> Result<IntegrityReport, StoreError> {
        let mut reader = self.reader().await?;
        // A transaction that only reads sees one state of the database from its first statement on.
        let mut transaction = reader.begin().await.map_err(store_error)?;
        let mut report = IntegrityReport::default();
        for (rule, statement) in sql::FINDINGS {
            let lines = sqlx::query_scalar(statement).fetch_all(&mut *transaction).await.map_err(store_error)?;
            let lines = lines.into_iter().filter(|line: &String| line != "ok");
            report.findings.extend(lines.map(|detail| IntegrityFinding { rule, detail }));
        }
        check_orders(&mut transaction, &mut report).await?;
        report.findings.extend(tasks::unreadable(&mut transaction).await?);
        report.findings.extend(tasks::wrong_schedules(&mut transaction).await?);
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
            for finding in check_order(connection, &row).await? {
                found += 1;
                if found <= ENOUGH {
                    report.findings.push(finding);
                }
            }
        }
    }
}

/// What is wrong with one order.
async fn check_order(connection: &mut SqliteConnection, row: &SqliteRow) -> Result<Vec<IntegrityFinding>, StoreError> {
    let id: Vec<u8> = row.try_get("id").map_err(store_error)?;
    let state: String = row.try_get("state").map_err(store_error)?;
    let order = match row::order(&id, &state) {
        Ok(order) => order,
        Err(error) => return Ok(vec![IntegrityFinding::new("every order can be read", error.message)]),
    };
    let name = order.id();
    let mut wrong = Vec::new();
    for (column, expected) in columns(&order) {
        let stored = stored(row, column)?;
        if stored != expected {
            let detail = format!("order {name}: `{column}` is {stored}, and the order says {expected}");
            wrong.push(IntegrityFinding::new("columns say what the order says", detail));
        }
    }
    if order.id().bytes() != id {
        let detail = format!("order {name} is stored as {}", row::hex(&id));
        wrong.push(IntegrityFinding::new("columns say what the order says", detail));
    }
    wrong.extend(contradictions(&order, history(connection, name).await));
    if let Err(error) = effects::of(connection, order.id()).await {
        wrong.push(IntegrityFinding::new("every effect can be read", error.message));
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
        ("expires_at", json!(order.expires_at().map(micros))),
        ("attention_at", json!(order.attention_at().map(micros))),
        ("version", json!(order.version())),
        ("buyer", json!(order.buyer().hex())),
        ("sellers", sellers.iter().map(seller).collect()),
        ("attempts", order.attempts().iter().map(|it| json!(row::attempt(it))).collect()),
        ("refunds", order.refunds().iter().map(|it| json!(row::refund(it))).collect()),
        ("foreign_refunds", order.foreign_refunds().iter().map(|it| json!(row::foreign_refund(it))).collect()),
        ("stock", held_stock(order).iter().map(|(product, held)| json!([product.hex(), held])).collect()),
    ]
}

/// What a column of [`sql::NEXT_ORDERS`] holds, in the form of [`columns`].
fn stored(row: &SqliteRow, column: &'static str) -> Result<Value, StoreError> {
    Ok(match column {
        "status" | "payment_status" | "currency" => Value::from(row.try_get::<String, _>(column).map_err(store_error)?),
        "buyer" => Value::from(row::hex(&row.try_get::<Vec<u8>, _>(column).map_err(store_error)?)),
        "total_minor" | "placed_at" | "updated_at" | "next_tick_at" | "expires_at" | "attention_at" | "version" => {
            Value::from(row.try_get::<Option<i64>, _>(column).map_err(store_error)?)
        }
        _ => {
            let text: String = row.try_get(column).map_err(store_error)?;
            row::from_json(|| format!("the column `{column}`"), &text)?
        }
    })
}
