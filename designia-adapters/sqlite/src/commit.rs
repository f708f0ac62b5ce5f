//! The commit: one transaction in which a repetition, a stale version, a lost claim, a foreign name or missing stock each
//! stop everything.
//!
//! What a commit writes is turned into rows before the turn to write is asked for, so nothing is encoded while others wait.

use std::collections::{BTreeMap, HashSet};

use designia_core::effect::EffectSettlement;
use designia_core::id::{OrderId, ProductId};
use designia_core::order::{Order, StockMovement, StockReason};
use designia_core::ports::{Commit, CommitError, InboxMark, RequestKey, StoreError};
use sqlx::SqliteConnection;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};

use crate::effects;
use crate::error::{broken_constraint, store_error};
use crate::row::{self, StoredId, json, micros};
use crate::sql;

type Statement = Query<'static, Sqlite, SqliteArguments>;

/// What a commit writes, encoded. Empty arrays are `None`, and their statements are not run.
pub(crate) struct Rows {
    order: Order,
    expected_version: u32,
    state: String,
    sellers: Option<String>,
    events: Option<String>,
    attempts: Option<String>,
    refunds: Option<String>,
    foreign_refunds: Option<String>,
    effects: Option<String>,
    journals: Option<String>,
    movements: Option<String>,
    /// By product, so that all writers touch the products in one order.
    stock: BTreeMap<ProductId, i64>,
    settles: Option<EffectSettlement>,
    folds: Option<InboxMark>,
    answers: Option<RequestKey>,
}

impl Rows {
    /// Checks that the commit is in order as far as that can be seen without the database, and encodes it.
    pub(crate) fn of(commit: Commit) -> Result<Self, StoreError> {
        check_form(&commit)?;
        let Commit { order, expected_version, events, changes, settles, folds, answers } = commit;
        let sellers = || order.contents().consignments.iter().map(|part| part.seller.hex());
        let events = events.iter().map(|it| (it.seq, micros(it.at), &it.cause, &it.event));
        let effects = changes.effects.iter().map(|it| {
            (it.id.event, it.id.index, it.key.as_str(), it.request.kind(), micros(it.planned_at), &it.request)
        });
        let journals = changes.journals.iter().map(|it| {
            let (code, minor) = (it.amount.currency().code(), it.amount.minor());
            (it.event, micros(it.at), it.debit.as_str(), it.credit.as_str(), code, minor)
        });
        let movements =
            changes.stock.iter().map(|it| (it.product.hex(), it.reason.as_str(), it.round, it.quantity, micros(it.at)));
        Ok(Self {
            state: json(&order)?,
            sellers: if expected_version == 0 { array(sellers())? } else { None },
            events: array(events)?,
            attempts: array(order.attempts().iter().map(row::attempt))?,
            refunds: array(order.refunds().iter().map(row::refund))?,
            foreign_refunds: array(order.foreign_refunds().iter().map(row::foreign_refund))?,
            effects: array(effects)?,
            journals: array(journals)?,
            movements: array(movements)?,
            stock: net(&changes.stock),
            order,
            expected_version,
            settles,
            folds,
            answers,
        })
    }

    /// Writes everything, within a transaction that the caller ends.
    pub(crate) async fn write(self, connection: &mut SqliteConnection) -> Result<(), CommitError> {
        let id = self.order.id();
        let is_written = self.write_order(connection).await?;
        if let Some(key) = &self.answers {
            // A repetition is told so before anything else, even if the order has changed since or the stock is gone.
            answer(connection, key, is_written.then_some(&self.order)).await?;
        }
        if !is_written {
            return Err(CommitError::Conflict);
        }
        if let Some(settlement) = &self.settles
            && effects::settle(settlement).execute(&mut *connection).await.map_err(store_error)?.rows_affected() == 0
        {
            return Err(CommitError::StaleClaim);
        }
        if let Some(mark) = &self.folds {
            let fold = sqlx::query(sql::inbox::FOLD).bind(mark.event.clone()).bind(mark.token).bind(id.bytes());
            if fold.execute(&mut *connection).await.map_err(store_error)?.rows_affected() == 0 {
                return Err(CommitError::StaleClaim);
            }
        }
        self.write_names(connection).await?;
        move_stock(connection, &self.stock).await?;
        let tables = [
            (sql::orders::INSERT_EVENTS, self.events),
            (sql::effects::INSERT, self.effects),
            (sql::orders::INSERT_JOURNALS, self.journals),
            (sql::orders::INSERT_MOVEMENTS, self.movements),
        ];
        for (statement, rows) in tables {
            if let Some(rows) = rows {
                of_order(statement, id, rows).execute(&mut *connection).await.map_err(store_error)?;
            }
        }
        Ok(())
    }

    /// Whether the order had the version that the decision was made against.
    async fn write_order(&self, connection: &mut SqliteConnection) -> Result<bool, CommitError> {
        let order = &self.order;
        let (id, status, placed_at) = (order.id().bytes(), order.status().as_str(), micros(order.contents().placed_at));
        let next_tick_at = order.next_tick_at().map(micros);
        let statement = if self.expected_version == 0 {
            let total = order.contents().total;
            sqlx::query(sql::orders::INSERT)
                .bind(id.clone())
                .bind(order.buyer().bytes())
                .bind(status)
                .bind(order.payment_status().as_str())
                .bind(total.currency().code())
                .bind(total.minor())
                .bind(placed_at)
                .bind(micros(order.updated_at()))
                .bind(next_tick_at)
                .bind(order.version())
                .bind(self.state.clone())
        } else if self.events.is_some() {
            sqlx::query(sql::orders::UPDATE)
                .bind(id.clone())
                .bind(status)
                .bind(order.payment_status().as_str())
                .bind(micros(order.updated_at()))
                .bind(next_tick_at)
                .bind(order.version())
                .bind(self.state.clone())
                .bind(self.expected_version)
        } else {
            // Nothing happened to the order; it must only be the one that the decision was made against.
            let statement = sqlx::query(sql::orders::HAS_VERSION).bind(id).bind(self.expected_version);
            let found = statement.fetch_optional(connection).await.map_err(store_error)?;
            return Ok(found.is_some());
        };
        if statement.execute(&mut *connection).await.map_err(store_error)?.rows_affected() == 0 {
            return Ok(false);
        }
        if let Some(sellers) = &self.sellers {
            let statement = sqlx::query(sql::orders::INSERT_SELLERS)
                .bind(id)
                .bind(order.buyer().bytes())
                .bind(status)
                .bind(placed_at)
                .bind(sellers.clone());
            statement.execute(connection).await.map_err(store_error)?;
        }
        Ok(true)
    }

    /// Attempts and refunds, whose names at the provider are unique.
    async fn write_names(&self, connection: &mut SqliteConnection) -> Result<(), CommitError> {
        let tables = [
            (sql::orders::PUT_ATTEMPTS, &self.attempts),
            (sql::orders::PUT_REFUNDS, &self.refunds),
            (sql::orders::PUT_FOREIGN_REFUNDS, &self.foreign_refunds),
        ];
        for (statement, rows) in tables {
            let Some(rows) = rows else { continue };
            match of_order(statement, self.order.id(), rows.clone()).execute(&mut *connection).await {
                Ok(_) => {}
                Err(error) if broken_constraint(&error).is_some_and(|message| message.starts_with("UNIQUE")) => {
                    return Err(self.taken_reference(connection, error).await);
                }
                Err(error) => return Err(store_error(error).into()),
            }
        }
        Ok(())
    }

    /// Which of the order's names belongs to another order. If none does, two of its own parts share one, which no
    /// provider's names do.
    async fn taken_reference(&self, connection: &mut SqliteConnection, error: sqlx::Error) -> CommitError {
        let order = &self.order;
        let attempts = order.attempts().iter().flat_map(|it| [&it.refs().session, &it.refs().payment]);
        let refunds = order.refunds().iter().map(|it| &it.provider_id);
        let names = match json(&attempts.chain(refunds).flatten().collect::<Vec<_>>()) {
            Ok(names) => names,
            Err(error) => return error.into(),
        };
        let query = sqlx::query_scalar(sql::orders::TAKEN_REFERENCE).bind(order.id().bytes()).bind(names);
        match query.fetch_optional(connection).await {
            Ok(Some(reference)) => CommitError::ForeignReference { reference },
            Ok(None) => store_error(error).into(),
            Err(error) => store_error(error).into(),
        }
    }
}

/// Refuses what no caller may ask, whatever is stored.
fn check_form(commit: &Commit) -> Result<(), StoreError> {
    let Commit { order, expected_version, events, changes, settles, folds: _, answers: _ } = commit;
    let id = order.id();
    let numbers = u64::from(*expected_version) + 1..=u64::from(order.version());
    if order.version() < *expected_version || !numbers.eq(events.iter().map(|event| u64::from(event.seq))) {
        let message = format!("the events don't lead from version {expected_version} to {}", order.version());
        return Err(StoreError::invalid(message));
    }
    let is_own = changes.stock.iter().all(|movement| movement.order == id)
        && changes.journals.iter().all(|journal| journal.order == id)
        && changes.effects.iter().all(|effect| effect.id.order == id)
        && settles.as_ref().is_none_or(|settlement| settlement.id.order == id);
    if !is_own {
        return Err(StoreError::invalid("a commit changes one order and what belongs to it"));
    }
    let mut moved = HashSet::new();
    if !changes.stock.iter().all(|it| moved.insert((it.product, it.reason, it.round))) {
        return Err(StoreError::invalid("a stock movement is named twice"));
    }
    Ok(())
}

/// Notes the request as answered by the order, if it was written, or says by which order it was answered before.
async fn answer(
    connection: &mut SqliteConnection,
    key: &RequestKey,
    written: Option<&Order>,
) -> Result<(), CommitError> {
    if let Some(order) = written {
        let insert = sqlx::query(sql::orders::INSERT_REQUEST_KEY)
            .bind(key.buyer.bytes())
            .bind(key.key.clone())
            .bind(key.fingerprint.clone())
            .bind(order.id().bytes())
            .bind(micros(order.updated_at()));
        if insert.execute(&mut *connection).await.map_err(store_error)?.rows_affected() > 0 {
            return Ok(());
        }
    }
    let query = sqlx::query_as(sql::orders::REQUEST_ANSWER).bind(key.buyer.bytes()).bind(key.key.clone());
    let answer: Option<(Vec<u8>, String)> = query.fetch_optional(connection).await.map_err(store_error)?;
    let Some((order, fingerprint)) = answer else { return Ok(()) };
    Err(CommitError::Repeated { order: row::order_id(&order)?, fingerprint })
}

/// Moves the stock of all products, or says which of them has too little.
async fn move_stock(connection: &mut SqliteConnection, stock: &BTreeMap<ProductId, i64>) -> Result<(), CommitError> {
    if stock.is_empty() {
        return Ok(());
    }
    let moves = json(&stock.iter().map(|(product, delta)| (product.hex(), delta)).collect::<Vec<_>>())?;
    let query = sqlx::query_scalar(sql::orders::MOVE_STOCK).bind(moves);
    let moved: Vec<Vec<u8>> = query.fetch_all(&mut *connection).await.map_err(store_error)?;
    let mut left_alone = stock.iter().filter(|(product, _)| !moved.iter().any(|id| *id == product.bytes()));
    let Some((product, delta)) = left_alone.next() else { return Ok(()) };
    if *delta >= 0 {
        return Err(StoreError::invalid(format!("there is no product {product}")).into());
    }
    let query = sqlx::query_scalar(sql::orders::STOCK).bind(product.bytes());
    let available: Option<u32> = query.fetch_optional(connection).await.map_err(store_error)?;
    Err(CommitError::OutOfStock { product: *product, available: available.unwrap_or(0) })
}

/// By how much each product's stock changes.
fn net(movements: &[StockMovement]) -> BTreeMap<ProductId, i64> {
    let mut stock = BTreeMap::new();
    for movement in movements {
        let quantity = i64::from(movement.quantity);
        *stock.entry(movement.product).or_default() += match movement.reason {
            StockReason::Reserve => -quantity,
            StockReason::Release => quantity,
        };
    }
    stock
}

/// A statement whose parameters are the order and an array of rows.
fn of_order(statement: &'static str, order: OrderId, rows: String) -> Statement {
    sqlx::query(statement).bind(order.bytes()).bind(rows)
}

fn array<T: serde::Serialize>(rows: impl Iterator<Item = T>) -> Result<Option<String>, StoreError> {
    let rows: Vec<T> = rows.collect();
    if rows.is_empty() { Ok(None) } else { json(&rows).map(Some) }
}
