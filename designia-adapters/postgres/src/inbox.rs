//! [`Inbox`] on PostgreSQL.

use async_trait::async_trait;
use designia_core::id::OrderId;
use designia_core::ports::rows::log;
use designia_core::ports::{
    Claim, ClaimedEvent, Cursor, DeadCause, INBOX_OF_ORDER, INBOX_WALK, Inbox, InboxEvent, InboxFigures, InboxFilter,
    InboxMark, InboxOutcome, InboxRecord, InboxState, Page, PageRequest, RECONCILED_SETTING, StoreError,
    reconciled_until,
};
use designia_core::time::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row as _};
use uuid::Uuid;

use crate::instant::Instant;
use crate::row::{self, number, readable};
use crate::sql::inbox as sql;
use crate::statement::{Binding, statement};
use crate::store::PostgresStore;

#[async_trait]
impl Inbox for PostgresStore {
    async fn accept(&self, event: InboxEvent) -> Result<bool, StoreError> {
        let InboxEvent { id, kind, received_at, body, signature } = event;
        let query = statement(sql::ACCEPT).bind(id).bind(kind).bind(Instant(received_at)).bind(body).bind(signature);
        self.is_any_changed(query).await
    }

    async fn claim_events(&self, claim: Claim) -> Result<Vec<ClaimedEvent>, StoreError> {
        /// Due at before, id, kind, received at, body, signature, claims with this one.
        type Due = (Instant, String, String, Instant, Vec<u8>, Option<String>, i64);
        let query = statement(sql::CLAIM).bind(Instant(claim.now)).bind(Instant(claim.until));
        let mut due: Vec<Due> = self.all(query.bind(i64::from(claim.limit))).await?;
        due.sort_unstable_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
        readable(due.into_iter().map(|(_, id, kind, received_at, body, signature, claims)| {
            let event = InboxEvent { id, kind, received_at: received_at.0, body, signature };
            Ok(ClaimedEvent { event, token: number("a webhook event", claims)? })
        }))
    }

    async fn settle_event(&self, mark: InboxMark, outcome: InboxOutcome) -> Result<bool, StoreError> {
        let step = outcome.step().as_str();
        let (state, due_at, note) = match outcome {
            InboxOutcome::Ignored(why) => (InboxState::Folded, None, why),
            InboxOutcome::Later { at, why } => (InboxState::Waiting, Some(Instant(at)), why),
            InboxOutcome::Dead(why) => (InboxState::Dead, None, why),
        };
        let query = statement(sql::SETTLE).bind(mark.event).bind(i64::from(mark.token));
        let query = query.bind(state.as_str()).bind(due_at).bind(note).bind(Instant(mark.at)).bind(step);
        self.is_any_changed(query).await
    }

    async fn revive(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        self.is_any_changed(statement(sql::REVIVE).bind(id).bind(Instant(now))).await
    }

    async fn events(&self, filter: &InboxFilter, page: PageRequest) -> Result<Page<InboxRecord>, StoreError> {
        let states: Vec<_> = filter.states().into_iter().map(InboxState::as_str).collect();
        let (before, before_id) =
            filter.upper(&page).map_or((Instant::NEVER, String::new()), |it| (Instant(it.0), it.1));
        let from = filter.received_from.map_or(Instant::FIRST, |at| Instant(at).max(Instant::FIRST));
        let between = |text, from, from_id: &str| {
            let query = statement(text).bind(states.clone()).bind(before).bind(before_id.clone());
            query.bind(from).bind(from_id.to_owned())
        };
        let end: Option<(Instant, String)> = match filter.kind {
            Some(_) => self.first(between(sql::WALK_END, from, "").bind(i64::from(INBOX_WALK))).await?,
            None => None,
        };
        let query = match &end {
            Some((at, id)) => between(sql::PAGE, *at, id),
            None => between(sql::PAGE, from, ""),
        };
        let query = query.bind(filter.kind.clone()).bind(row::one_more(page.limit));
        let page = row::page(self.records(query).await?, page.limit, cursor);
        let end = end.map(|(at, id)| Cursor { at: at.0, id });
        Ok(Page { next: page.next.or(end), ..page })
    }

    async fn event(&self, id: &str) -> Result<Option<InboxRecord>, StoreError> {
        Ok(self.records(statement(sql::BY_ID).bind(id)).await?.pop())
    }

    async fn events_of(&self, order: OrderId) -> Result<Vec<InboxRecord>, StoreError> {
        let query = statement(sql::OF_ORDER).bind(order.as_uuid()).bind(i64::from(INBOX_OF_ORDER));
        let mut records = self.records(query).await?;
        records.reverse();
        Ok(records)
    }

    async fn dead_causes(&self, limit: u32) -> Result<Vec<DeadCause>, StoreError> {
        let query = statement(sql::DEAD_CAUSES).bind(i64::from(limit)).bind(i64::from(INBOX_WALK));
        let rows: Vec<(String, Option<String>, i64, Instant, Instant)> = self.all(query).await?;
        let cause = |(kind, note, events, oldest, newest): (_, _, _, Instant, Instant)| {
            let events = number("a count of webhook events", events)?;
            Ok(DeadCause { kind, note, events, oldest: oldest.0, newest: newest.0 })
        };
        rows.into_iter().map(cause).collect()
    }

    async fn inbox_figures(&self, now: Timestamp) -> Result<InboxFigures, StoreError> {
        let (first, last) = InboxFigures::minutes(now);
        let query = statement(sql::FIGURES).bind(log::minute_word(first)).bind(log::minute_word(last));
        let tallies: Vec<(String, String, i64)> = self.all(query).await?;
        let oldest: Option<(Instant,)> = self.first(statement(sql::OLDEST_WAITING)).await?;
        let mut figures = InboxFigures { oldest_waiting: oldest.map(|(at,)| at.0), ..InboxFigures::default() };
        for (kind, word, amount) in tallies {
            let amount = number("a counter", amount)?;
            if kind == "webhook_minutes" {
                figures.received_by_minute.push((log::minute_start(&word)?, amount));
            } else {
                figures.by_state.push((state(&word)?, amount));
            }
        }
        Ok(figures)
    }

    async fn reconciled_until(&self) -> Result<Option<Timestamp>, StoreError> {
        self.setting(RECONCILED_SETTING).await?.map(|text| reconciled_until(&text)).transpose()
    }

    async fn note_reconciled(&self, until: Timestamp) -> Result<(), StoreError> {
        self.ask(statement(sql::NOTE_RECONCILED).bind(RECONCILED_SETTING).bind(until.as_micros().to_string())).await?;
        Ok(())
    }
}

impl PostgresStore {
    async fn records(&self, query: Binding) -> Result<Vec<InboxRecord>, StoreError> {
        self.all::<Stored>(query).await?.into_iter().map(Stored::record).collect()
    }
}

/// An event with all that is known about it.
pub(crate) struct Stored {
    id: String,
    kind: String,
    received_at: Instant,
    body: Vec<u8>,
    signature: Option<String>,
    state: String,
    claims: i64,
    due_at: Instant,
    note: Option<String>,
    order: Option<Uuid>,
    log: String,
}

impl FromRow<'_, PgRow> for Stored {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            kind: row.try_get("kind")?,
            received_at: row.try_get("received_at")?,
            body: row.try_get("body")?,
            signature: row.try_get("signature")?,
            state: row.try_get("state")?,
            claims: row.try_get("claims")?,
            due_at: row.try_get("due_at")?,
            note: row.try_get("note")?,
            order: row.try_get("order_id")?,
            log: row.try_get("log")?,
        })
    }
}

impl Stored {
    pub(crate) fn record(self) -> Result<InboxRecord, StoreError> {
        let Self { id, kind, received_at, body, signature, state, claims, due_at, note, order, log } = self;
        Ok(InboxRecord {
            event: InboxEvent { id, kind, received_at: received_at.0, body, signature },
            state: self::state(&state)?,
            claims: number("a webhook event", claims)?,
            due_at: due_at.0,
            note,
            order: order.map(OrderId::from_uuid),
            log: log::steps(&log)?,
        })
    }
}

fn state(text: &str) -> Result<InboxState, StoreError> {
    row::word("a webhook event's state", &InboxState::ALL, text, InboxState::as_str)
}

fn cursor(row: &InboxRecord) -> Cursor {
    Cursor { at: row.event.received_at, id: row.event.id.clone() }
}
