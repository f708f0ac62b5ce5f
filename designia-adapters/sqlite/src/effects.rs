//! Effects in SQL: what `EffectRecord::claim` and `EffectRecord::settle` say, as statements.

use designia_core::effect::{
    ClaimedEffect, Effect, EffectId, EffectRecord, EffectSettlement, EffectState, IdempotencyKey,
};
use designia_core::id::OrderId;
use designia_core::ports::rows::log;
use designia_core::ports::{Claim, OpenEffects, PageRequest, StoreError, effect_of_cursor};
use designia_core::time::Timestamp;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};
use sqlx::{FromRow, Row as _, SqliteConnection};

use crate::error::store_error;
use crate::row::{self, StoredId, from_json, hex, json, micros, number};
use crate::sql::effects as sql;

/// The frozen part of a row.
struct Frozen {
    event: i64,
    idx: i64,
    key: String,
    planned_at: i64,
    request: String,
}

impl FromRow<'_, SqliteRow> for Frozen {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            event: row.try_get("event")?,
            idx: row.try_get("idx")?,
            key: row.try_get("key")?,
            planned_at: row.try_get("planned_at")?,
            request: row.try_get("request")?,
        })
    }
}

impl Frozen {
    fn effect(self, order: OrderId) -> Result<Effect, StoreError> {
        let id = EffectId { order, event: number("an effect", self.event)?, index: number("an effect", self.idx)? };
        Ok(Effect {
            id,
            key: IdempotencyKey::new(self.key),
            request: from_json(|| format!("effect {id}"), &self.request)?,
            planned_at: Timestamp::from_micros(self.planned_at),
        })
    }
}

/// A row that was due and has been claimed, as it was before.
pub(crate) struct Due {
    order_id: Vec<u8>,
    frozen: Frozen,
    state: String,
    claims: i64,
    first_sent_at: Option<i64>,
}

impl FromRow<'_, SqliteRow> for Due {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            order_id: row.try_get("order_id")?,
            frozen: Frozen::from_row(row)?,
            state: row.try_get("state")?,
            claims: row.try_get("claims")?,
            first_sent_at: row.try_get("first_sent_at")?,
        })
    }
}

impl Due {
    /// The claim as it is handed out.
    pub(crate) fn claimed(self, claim: Claim) -> Result<ClaimedEffect, StoreError> {
        let Self { order_id, frozen, state, claims, first_sent_at } = self;
        let maybe_sent_at = match self::state(&state)? {
            EffectState::Planned => None,
            EffectState::Sent | EffectState::Unknown | EffectState::Done | EffectState::Refused => first_sent_at,
        };
        Ok(ClaimedEffect {
            effect: frozen.effect(row::order_id(&order_id)?)?,
            token: number("an effect", claims + 1)?,
            maybe_sent_at: maybe_sent_at.map(Timestamp::from_micros),
            lease_until: claim.until,
        })
    }
}

/// Claims what is due, within a transaction. A row that can't be read is claimed like the others: it comes up again when
/// its claim runs out, and till then stands in nobody's way.
pub(crate) async fn claim(
    connection: &mut SqliteConnection,
    of: Option<OrderId>,
    claim: Claim,
) -> Result<Vec<Due>, StoreError> {
    let now = micros(claim.now);
    let query = match of {
        None => sqlx::query_as(sql::DUE).bind(now).bind(claim.limit),
        Some(order) => sqlx::query_as(sql::DUE_OF_ORDER).bind(now).bind(claim.limit).bind(order.bytes()),
    };
    let due: Vec<Due> = query.fetch_all(&mut *connection).await.map_err(store_error)?;
    let keys: Vec<_> = due.iter().map(|due| (hex(&due.order_id), due.frozen.event, due.frozen.idx)).collect();
    let update = sqlx::query(sql::CLAIM).bind(now).bind(micros(claim.until)).bind(json(&keys)?);
    update.execute(connection).await.map_err(store_error)?;
    Ok(due)
}

/// Records what became of a claim. It changes no row if a later claim has taken over.
pub(crate) fn settle(settlement: &EffectSettlement) -> Query<'static, Sqlite, SqliteArguments> {
    let EffectSettlement { id, token, outcome: _ } = settlement;
    let row::Settled { state, due_at, note } = row::Settled::by(settlement);
    let query = sqlx::query(sql::SETTLE).bind(id.order.bytes()).bind(id.event).bind(id.index).bind(*token);
    query.bind(state).bind(due_at.map(micros)).bind(note)
}

/// Every effect of an order, oldest first.
pub(crate) async fn of(connection: &mut SqliteConnection, order: OrderId) -> Result<Vec<EffectRecord>, StoreError> {
    let query = sqlx::query_as(sql::OF_ORDER).bind(order.bytes());
    let rows: Vec<Row> = query.fetch_all(connection).await.map_err(store_error)?;
    rows.into_iter().map(|row| record(order, row)).collect()
}

/// One more than a page of those in a state.
pub(crate) async fn page(
    connection: &mut SqliteConnection,
    of: OpenEffects,
    page: &PageRequest,
) -> Result<Vec<EffectRecord>, StoreError> {
    let after = page.after.as_ref().map(effect_of_cursor).transpose()?;
    let after = after.map(|(at, id)| (micros(at), id.order.bytes(), i64::from(id.event), i64::from(id.index)));
    let (text, (at, order, event, index)) = match of {
        OpenEffects::Planned | OpenEffects::Sent | OpenEffects::Unknown => {
            (sql::EARLIEST, after.unwrap_or((i64::MIN, Vec::new(), 0, 0)))
        }
        OpenEffects::Refused => (sql::LATEST, after.unwrap_or((i64::MAX, vec![u8::MAX; 16], i64::MAX, i64::MAX))),
    };
    let query = sqlx::query(text).bind(of.state().as_str()).bind(at).bind(order).bind(event).bind(index);
    let rows = query.bind(row::one_more(page.limit)).fetch_all(connection).await.map_err(store_error)?;
    let record = |row: &SqliteRow| {
        let order = row::order_id(row.try_get::<&[u8], _>("order_id").map_err(store_error)?)?;
        record(order, Row::from_row(row).map_err(store_error)?)
    };
    rows.iter().map(record).collect()
}

/// An effect with all that is known about it, but for its order.
pub(crate) struct Row {
    frozen: Frozen,
    state: String,
    claims: i64,
    first_sent_at: Option<i64>,
    due_at: i64,
    note: Option<String>,
    calls: String,
}

impl FromRow<'_, SqliteRow> for Row {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            frozen: Frozen::from_row(row)?,
            state: row.try_get("state")?,
            claims: row.try_get("claims")?,
            first_sent_at: row.try_get("first_sent_at")?,
            due_at: row.try_get("due_at")?,
            note: row.try_get("note")?,
            calls: row.try_get("calls")?,
        })
    }
}

/// A row of this order.
pub(crate) fn record(order: OrderId, row: Row) -> Result<EffectRecord, StoreError> {
    let Row { frozen, state, claims, first_sent_at, due_at, note, calls } = row;
    Ok(EffectRecord {
        effect: frozen.effect(order)?,
        state: self::state(&state)?,
        claims: number("an effect", claims)?,
        first_sent_at: first_sent_at.map(Timestamp::from_micros),
        due_at: Timestamp::from_micros(due_at),
        note,
        calls: log::calls(&calls)?,
    })
}

pub(crate) fn state(text: &str) -> Result<EffectState, StoreError> {
    row::word("an effect's state", &EffectState::ALL, text, EffectState::as_str)
}
