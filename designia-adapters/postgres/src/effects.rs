//! Effects in SQL: what `EffectRecord::claim` and `EffectRecord::settle` say, as statements.

use designia_core::effect::{
    ClaimedEffect, Effect, EffectId, EffectRecord, EffectSettlement, EffectState, IdempotencyKey,
};
use designia_core::id::OrderId;
use designia_core::ports::rows::log;
use designia_core::ports::{Claim, OpenEffects, PageRequest, StoreError, effect_of_cursor};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row as _};
use uuid::Uuid;

use crate::instant::{Instant, JsonText};
use crate::row::{self, from_json, number};
use crate::sql::effects as sql;
use crate::statement::{Binding, statement};

/// The frozen part of a row.
struct Frozen {
    event: i64,
    idx: i64,
    key: String,
    planned_at: Instant,
    request: JsonText,
}

impl FromRow<'_, PgRow> for Frozen {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
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
            request: from_json(|| format!("effect {id}"), &self.request.0)?,
            planned_at: self.planned_at.0,
        })
    }
}

/// A row that was due and has been claimed, as it was before.
pub(crate) struct Due {
    order_id: Uuid,
    due_at: Instant,
    state: String,
    first_sent_at: Option<Instant>,
    /// With this claim.
    claims: i64,
    frozen: Frozen,
}

impl FromRow<'_, PgRow> for Due {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            order_id: row.try_get("order_id")?,
            due_at: row.try_get("was_due_at")?,
            state: row.try_get("was_state")?,
            first_sent_at: row.try_get("was_first_sent_at")?,
            claims: row.try_get("claims")?,
            frozen: Frozen::from_row(row)?,
        })
    }
}

impl Due {
    /// The longest overdue first, and those of an order that are due together in the order in which they were planned.
    pub(crate) fn sort(due: &mut [Self]) {
        due.sort_unstable_by_key(|it| (it.due_at, it.order_id, it.frozen.event, it.frozen.idx));
    }

    /// The claim as it is handed out.
    pub(crate) fn claimed(self, claim: Claim) -> Result<ClaimedEffect, StoreError> {
        let maybe_sent_at = match state(&self.state)? {
            EffectState::Planned => None,
            EffectState::Sent | EffectState::Unknown | EffectState::Done | EffectState::Refused => self.first_sent_at,
        };
        Ok(ClaimedEffect {
            effect: self.frozen.effect(OrderId::from_uuid(self.order_id))?,
            token: number("an effect", self.claims)?,
            maybe_sent_at: maybe_sent_at.map(|at| at.0),
            lease_until: claim.until,
        })
    }
}

/// Claims what is due. A row that can't be read is claimed like the others: it comes up again when its claim runs out, and
/// till then stands in nobody's way.
pub(crate) fn claim(of: Option<OrderId>, claim: Claim) -> Binding {
    let claiming =
        |text| statement(text).bind(Instant(claim.now)).bind(Instant(claim.until)).bind(i64::from(claim.limit));
    match of {
        None => claiming(sql::CLAIM),
        Some(order) => claiming(sql::CLAIM_OF_ORDER).bind(order.as_uuid()),
    }
}

/// Records what became of a claim. It returns no row if a later claim has taken over.
pub(crate) fn settle(settlement: &EffectSettlement) -> Binding {
    let EffectSettlement { id, token, outcome: _ } = settlement;
    let row::Settled { state, due_at, note } = row::Settled::by(settlement);
    let (event, index) = (i64::from(id.event), i64::from(id.index));
    let binding = statement(sql::SETTLE).bind(id.order.as_uuid()).bind(event).bind(index).bind(i64::from(*token));
    binding.bind(state).bind(due_at.map(Instant)).bind(note)
}

/// Every effect of an order, oldest first.
pub(crate) fn of(order: OrderId) -> Binding {
    statement(sql::OF_ORDER).bind(order.as_uuid())
}

/// One more than a page of those in a state.
pub(crate) fn page(of: OpenEffects, page: &PageRequest) -> Result<Binding, StoreError> {
    let after = page.after.as_ref().map(effect_of_cursor).transpose()?;
    let after = after.map(|(at, id)| (Instant(at), id.order.as_uuid(), i64::from(id.event), i64::from(id.index)));
    let (text, (at, order, event, index)) = match of {
        OpenEffects::Planned | OpenEffects::Sent | OpenEffects::Unknown => {
            (sql::EARLIEST, after.unwrap_or((Instant::FIRST, Uuid::nil(), 0, 0)))
        }
        OpenEffects::Refused => (sql::LATEST, after.unwrap_or((Instant::NEVER, Uuid::max(), i64::MAX, i64::MAX))),
    };
    let binding = statement(text).bind(of.state().as_str()).bind(at).bind(order).bind(event).bind(index);
    Ok(binding.bind(row::one_more(page.limit)))
}

/// An effect with all that is known about it.
pub(crate) struct Stored {
    pub(crate) order_id: Uuid,
    state: String,
    claims: i64,
    first_sent_at: Option<Instant>,
    due_at: Instant,
    note: Option<String>,
    calls: String,
    frozen: Frozen,
}

impl FromRow<'_, PgRow> for Stored {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            order_id: row.try_get("order_id")?,
            state: row.try_get("state")?,
            claims: row.try_get("claims")?,
            first_sent_at: row.try_get("first_sent_at")?,
            due_at: row.try_get("due_at")?,
            note: row.try_get("note")?,
            calls: row.try_get("calls")?,
            frozen: Frozen::from_row(row)?,
        })
    }
}

impl Stored {
    pub(crate) fn record(self) -> Result<EffectRecord, StoreError> {
        Ok(EffectRecord {
            effect: self.frozen.effect(OrderId::from_uuid(self.order_id))?,
            state: state(&self.state)?,
            claims: number("an effect", self.claims)?,
            first_sent_at: self.first_sent_at.map(|at| at.0),
            due_at: self.due_at.0,
            note: self.note,
            calls: log::calls(&self.calls)?,
        })
    }
}

pub(crate) fn state(text: &str) -> Result<EffectState, StoreError> {
    row::word("an effect's state", &EffectState::ALL, text, EffectState::as_str)
}
