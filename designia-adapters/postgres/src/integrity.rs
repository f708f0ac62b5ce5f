//! Whether the database is what it says: consistent with itself, and every order as its history makes it.

use std::collections::HashMap;

use designia_core::order::{Fulfilment, Order};
use designia_core::ports::StoreError;
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

/// At most so many findings about orders.
const ENOUGH: usize = 100;

impl IntegrityReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

impl PostgresStore {
    /// Checks the whole database against itself, as of one moment, while others go on reading and writing.
    ///
    /// It reads everything: seconds for thousands of orders, minutes for millions. That the server's files are undamaged is
    /// for its own tools to say (`pg_amcheck`, data checksums).
    ///
    /// # Errors
    /// If the database can't be read. What it holds is never an error but a [`Finding`].
    pub async fn integrity_check(&self) -> Result<IntegrityReport, StoreError> {
        let mut session = self.session().await?;
        session.begin_snapshot().await.map_err(store_error)?;
        let mut report = IntegrityReport { orders: 0, findings: Vec::new() };
        for (rule, text) in sql::FINDINGS {
            let lines: Vec<(String,)> = rows(&mut session, statement(text)).await?;
            report.findings.extend(lines.into_iter().map(|(detail,)| Finding { rule, detail }));
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
            for (rule, detail) in check_order(id, &state, &restated, history, effects.remove(&id).unwrap_or_default())?
            {
                found += 1;
                if found <= ENOUGH {
                    report.findings.push(Finding { rule, detail });
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
) -> Result<Vec<(&'static str, String)>, StoreError> {
    let order = match row::order(id, state) {
        Ok(order) => order,
        Err(error) => return Ok(vec![("every order can be read", error.message)]),
    };
    let name = order.id();
    let restated: Value = row::from_json(|| format!("what restates order {name}"), &restated.0)?;
    let mut wrong = Vec::new();
    for (column, expected) in columns(&order) {
        let stored = restated.get(column).unwrap_or(&Value::Null);
        if *stored != expected {
            let detail = format!("order {name}: `{column}` is {stored}, and the order says {expected}");
            wrong.push(("columns say what the order says", detail));
        }
    }
    let excess = order.money().excess();
    if excess > 0 {
        let detail = format!("order {name}: {excess} minor units of {}", order.currency());
        wrong.push(("all money is accounted for", detail));
    }
    match history.into_iter().map(Happened::recorded).collect::<Result<Vec<_>, _>>() {
        Ok(history) => {
            let is_counted = history.iter().map(|it| it.seq).eq(1..=order.version());
            if !is_counted || Order::replay(history.iter().map(|it| (&it.event, it.at))).as_ref() != Some(&order) {
                wrong.push(("an order is what its history makes it", format!("order {name}")));
            }
        }
        Err(error) => wrong.push(("every event can be read", error.message)),
    }
    if let Some(error) = effects.into_iter().find_map(|effect| effect.record().err()) {
        wrong.push(("every effect can be read", error.message));
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
        ("version", json!(order.version())),
        ("buyer", json!(order.buyer())),
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
    stock.into_iter().map(|(product, held)| json!([product, held])).collect()
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
