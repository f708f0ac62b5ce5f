//! Whether the database is what it says: consistent with itself, and every order as its history makes it.

use std::collections::HashMap;

use designia_core::order::Order;
use designia_core::ports::integrity::{contradictions, held_stock};
use designia_core::ports::{IntegrityFinding, IntegrityReport, StoreError};
use designia_core::time::Timestamp;
use serde_json::{Value, json};
use sqlx::FromRow;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::effects::Stored;
use crate::error::store_error;
use crate::instant::JsonText;
use crate::order_queries::Happened;
use crate::row;
use crate::session::Session;
use crate::sql::integrity as sql;
use crate::statement::{Binding, statement};
use crate::store::PostgresStore;

/// How many orders are read at a time.
const BATCH: i64 = 200;

/// At most so many findings about orders.
const ENOUGH: usize = 100;

impl PostgresStore {
    /// Checks the whole database against itself, as of one moment, while others go on reading and writing.
    ///
    /// It reads everything: seconds for thousands of orders, minutes for millions. That the server's files are undamaged is
    /// for its own tools to say (`pg_amcheck`, data checksums).
    ///
    /// # Errors
    /// If the database can't be read. What it holds is never an error but a finding.
    pub async fn integrity_check(&self) -> Result<IntegrityReport, StoreError> {
        let mut session = self.session().await?;
        session.begin_snapshot().await.map_err(store_error)?;
        let mut report = IntegrityReport::default();
        for (rule, text) in sql::FINDINGS {
            let lines: Vec<(String,)> = rows(&mut session, statement(text)).await?;
            report.findings.extend(lines.into_iter().map(|(detail,)| IntegrityFinding { rule, detail }));
        }
        let checked = check_orders(&mut session, &mut report).await;
        // It only read, so there is nothing to keep or to lose.
        let _ = session.end(Ok::<_, sqlx::Error>(())).await;
        checked.map(|()| report)
    }
}

async fn check_orders(session: &mut Session, report: &mut IntegrityReport) -> Result<(), StoreError> {
    let (mut after, mut found) = (Uuid::nil(), 0);
    loop {
        let next = statement(sql::NEXT_ORDERS).bind(after).bind(BATCH);
        let orders: Vec<(Uuid, JsonText, JsonText)> = rows(session, next).await?;
        let Some((last, ..)) = orders.last() else { return Ok(()) };
        after = *last;
        let ids: Vec<_> = orders.iter().map(|(id, ..)| *id).collect();
        let histories: Vec<Happened> = rows(session, statement(sql::HISTORIES).bind(ids.clone())).await?;
        let mut histories = by_order(histories, |it| it.order_id);
        let effects: Vec<Stored> = rows(session, statement(sql::EFFECTS).bind(ids)).await?;
        let mut effects = by_order(effects, |it| it.order_id);
        for (id, state, restated) in orders {
            report.orders += 1;
            let history = histories.remove(&id).unwrap_or_default();
            for finding in check_order(id, &state, &restated, history, effects.remove(&id).unwrap_or_default())? {
                found += 1;
                if found <= ENOUGH {
                    report.findings.push(finding);
                }
            }
        }
    }
}

/// What is wrong with one order.
fn check_order(
    id: Uuid,
    state: &JsonText,
    restated: &JsonText,
    history: Vec<Happened>,
    effects: Vec<Stored>,
) -> Result<Vec<IntegrityFinding>, StoreError> {
    let order = match row::order(id, state) {
        Ok(order) => order,
        Err(error) => return Ok(vec![IntegrityFinding::new("every order can be read", error.message)]),
    };
    let name = order.id();
    let restated: Value = row::from_json(|| format!("what restates order {name}"), &restated.0)?;
    let mut wrong = Vec::new();
    for (column, expected) in columns(&order) {
        let stored = restated.get(column).unwrap_or(&Value::Null);
        if *stored != expected {
            let detail = format!("order {name}: `{column}` is {stored}, and the order says {expected}");
            wrong.push(IntegrityFinding::new("columns say what the order says", detail));
        }
    }
    let history = history.into_iter().map(Happened::recorded).collect();
    wrong.extend(contradictions(&order, history));
    if let Some(error) = effects.into_iter().find_map(|effect| effect.record().err()) {
        wrong.push(IntegrityFinding::new("every effect can be read", error.message));
    }
    Ok(wrong)
}

/// What the columns must hold.
fn columns(order: &Order) -> Vec<(&'static str, Value)> {
    let contents = order.contents();
    let mut sellers: Vec<_> = contents.consignments.iter().map(|part| part.seller).collect();
    sellers.sort_unstable();
    let placed_at = contents.placed_at.as_micros();
    let seller = |seller: &_| json!([seller, order.status(), placed_at]);
    vec![
        ("id", json!(order.id())),
        ("status", json!(order.status())),
        ("payment_status", json!(order.payment_status())),
        ("currency", json!(order.currency())),
        ("total_minor", json!(contents.total.minor())),
        ("placed_at", json!(placed_at)),
        ("updated_at", json!(order.updated_at().as_micros())),
        ("next_tick_at", json!(order.next_tick_at().map(Timestamp::as_micros))),
        ("expires_at", json!(order.expires_at().map(Timestamp::as_micros))),
        ("attention_at", json!(order.attention_at().map(Timestamp::as_micros))),
        ("version", json!(order.version())),
        ("buyer", json!(order.buyer())),
        ("sellers", sellers.iter().map(seller).collect()),
        ("attempts", order.attempts().iter().map(|it| json!(row::attempt(it))).collect()),
        ("refunds", order.refunds().iter().map(|it| json!(row::refund(it))).collect()),
        ("foreign_refunds", order.foreign_refunds().iter().map(|it| json!(row::foreign_refund(it))).collect()),
        ("stock", held_stock(order).iter().map(|(product, held)| json!([product, held])).collect()),
    ]
}

async fn rows<T: for<'r> FromRow<'r, PgRow>>(session: &mut Session, query: Binding) -> Result<Vec<T>, StoreError> {
    let rows = session.ask(query.done().map_err(store_error)?).await.map_err(store_error)?;
    rows.iter().map(|row| T::from_row(row).map_err(store_error)).collect()
}

fn by_order<T>(rows: Vec<T>, order_of: impl Fn(&T) -> Uuid) -> HashMap<Uuid, Vec<T>> {
    let mut orders: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        orders.entry(order_of(&row)).or_default().push(row);
    }
    orders
}
