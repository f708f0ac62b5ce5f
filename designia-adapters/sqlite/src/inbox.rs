//! [`Inbox`] on SQLite.

use async_trait::async_trait;
use designia_core::id::OrderId;
use designia_core::ports::rows::log;
use designia_core::ports::{
    Claim, ClaimedEvent, Cursor, DeadCause, INBOX_OF_ORDER, INBOX_WALK, Inbox, InboxEvent, InboxFigures, InboxFilter,
    InboxMark, InboxOutcome, InboxRecord, InboxState, Page, PageRequest, RECONCILED_SETTING, StoreError,
    reconciled_until,
};
use designia_core::time::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _, SqliteConnection};

use crate::error::store_error;
use crate::row::{self, StoredId as _, json, micros, number, readable};
use crate::sql::inbox as sql;
use crate::store::SqliteStore;

#[async_trait]
impl Inbox for SqliteStore {
    async fn accept(&self, event: InboxEvent) -> Result<bool, StoreError> {
        let InboxEvent { id, kind, received_at, body, signature } = event;
        let query = sqlx::query(sql::ACCEPT).bind(id).bind(kind).bind(micros(received_at)).bind(body).bind(signature);
        let accepted = self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(accepted.rows_affected() > 0)
    }

    async fn claim_events(&self, claim: Claim) -> Result<Vec<ClaimedEvent>, StoreError> {
        if !self.is_any_due(sql::ANY_DUE, claim).await? {
            return Ok(Vec::new());
        }
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = claim_due(transaction.connection(), claim).await;
        let due = transaction.end(outcome).await?;
        readable(due.into_iter().map(|(_, id, kind, received_at, body, signature, claims)| {
            let received_at = Timestamp::from_micros(received_at);
            let token = number("a webhook event", claims + 1)?;
            Ok(ClaimedEvent { event: InboxEvent { id, kind, received_at, body, signature }, token })
        }))
    }

    async fn settle_event(&self, mark: InboxMark, outcome: InboxOutcome) -> Result<bool, StoreError> {
        let step = outcome.step().as_str();
        let (state, due_at, note) = match outcome {
            InboxOutcome::Ignored(why) => (InboxState::Folded, None, why),
            InboxOutcome::Later { at, why } => (InboxState::Waiting, Some(micros(at)), why),
            InboxOutcome::Dead(why) => (InboxState::Dead, None, why),
        };
        let query = sqlx::query(sql::SETTLE).bind(mark.event).bind(mark.token);
        let query = query.bind(state.as_str()).bind(due_at).bind(note).bind(micros(mark.at)).bind(step);
        let settled = self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(settled.rows_affected() > 0)
    }

    async fn revive(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let query = sqlx::query(sql::REVIVE).bind(id.to_owned()).bind(micros(now));
        let revived = self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(revived.rows_affected() > 0)
    }

    async fn events(&self, filter: &InboxFilter, page: PageRequest) -> Result<Page<InboxRecord>, StoreError> {
        let (before, before_id) = filter.upper(&page).map_or((i64::MAX, String::new()), |it| (micros(it.0), it.1));
        let from = filter.received_from.map_or(i64::MIN, micros);
        let state = filter.state.map(InboxState::as_str);
        let mut reader = self.reader().await?;
        let end: Option<(i64, String)> = match filter.kind {
            Some(_) => {
                let text = if state.is_some() { sql::WALK_END_BY_STATE } else { sql::WALK_END };
                let query = sqlx::query_as(text).bind(before).bind(before_id.clone()).bind(from).bind(String::new());
                let query = query.bind(INBOX_WALK);
                let query = if state.is_some() { query.bind(state) } else { query };
                query.fetch_optional(&mut *reader).await.map_err(store_error)?
            }
            None => None,
        };
        let (from, from_id) = end.clone().unwrap_or((from, String::new()));
        let text = if state.is_some() { sql::PAGE_BY_STATE } else { sql::PAGE };
        let query = sqlx::query_as(text).bind(before).bind(before_id).bind(from).bind(from_id);
        let query = query.bind(filter.kind.clone()).bind(row::one_more(page.limit));
        let query = if state.is_some() { query.bind(state) } else { query };
        let rows: Vec<Stored> = query.fetch_all(&mut *reader).await.map_err(store_error)?;
        let page = row::page(records(rows)?, page.limit, cursor);
        let end = end.map(|(at, id)| Cursor { at: Timestamp::from_micros(at), id });
        Ok(Page { next: page.next.or(end), ..page })
    }

    async fn event(&self, id: &str) -> Result<Option<InboxRecord>, StoreError> {
        let query = sqlx::query_as::<_, Stored>(sql::BY_ID).bind(id.to_owned());
        let row = query.fetch_optional(&mut *self.reader().await?).await.map_err(store_error)?;
        row.map(Stored::record).transpose()
    }

    async fn events_of(&self, order: OrderId) -> Result<Vec<InboxRecord>, StoreError> {
        let query = sqlx::query_as(sql::OF_ORDER).bind(order.bytes()).bind(INBOX_OF_ORDER);
        let rows: Vec<Stored> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        records(rows.into_iter().rev())
    }

    async fn dead_causes(&self, limit: u32) -> Result<Vec<DeadCause>, StoreError> {
        let query = sqlx::query_as(sql::DEAD_CAUSES).bind(limit).bind(INBOX_WALK);
        let rows: Vec<(String, Option<String>, i64, i64, i64)> =
            query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        let cause = |(kind, note, events, oldest, newest)| {
            let (oldest, newest) = (Timestamp::from_micros(oldest), Timestamp::from_micros(newest));
            Ok(DeadCause { kind, note, events: number("a count of webhook events", events)?, oldest, newest })
        };
        rows.into_iter().map(cause).collect()
    }

    async fn inbox_figures(&self, now: Timestamp) -> Result<InboxFigures, StoreError> {
        let (first, last) = InboxFigures::minutes(now);
        let mut reader = self.reader().await?;
        let query = sqlx::query_as(sql::FIGURES).bind(log::minute_word(first)).bind(log::minute_word(last));
        let counters: Vec<(String, String, i64)> = query.fetch_all(&mut *reader).await.map_err(store_error)?;
        let query = sqlx::query_scalar::<_, i64>(sql::OLDEST_WAITING);
        let oldest = query.fetch_optional(&mut *reader).await.map_err(store_error)?;
        let oldest_waiting = oldest.map(Timestamp::from_micros);
        let mut figures = InboxFigures { oldest_waiting, ..InboxFigures::default() };
        for (kind, word, amount) in counters {
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
        let query = sqlx::query(sql::NOTE_RECONCILED).bind(RECONCILED_SETTING).bind(until.as_micros().to_string());
        self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(())
    }
}

/// Row number, id, kind, received at, body, signature, claims before.
type Due = (i64, String, String, i64, Vec<u8>, Option<String>, i64);

async fn claim_due(connection: &mut SqliteConnection, claim: Claim) -> Result<Vec<Due>, StoreError> {
    let query = sqlx::query_as(sql::DUE).bind(micros(claim.now)).bind(claim.limit);
    let due: Vec<Due> = query.fetch_all(&mut *connection).await.map_err(store_error)?;
    let rows = json(&due.iter().map(|(row, ..)| row).collect::<Vec<_>>())?;
    let update = sqlx::query(sql::CLAIM).bind(micros(claim.until)).bind(rows).bind(micros(claim.now));
    update.execute(connection).await.map_err(store_error)?;
    Ok(due)
}

/// An event with all that is known about it.
pub(crate) struct Stored {
    id: String,
    kind: String,
    received_at: i64,
    body: Vec<u8>,
    signature: Option<String>,
    state: String,
    claims: i64,
    due_at: i64,
    note: Option<String>,
    order: Option<Vec<u8>>,
    log: String,
}

impl FromRow<'_, SqliteRow> for Stored {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
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
            event: InboxEvent { id, kind, received_at: Timestamp::from_micros(received_at), body, signature },
            state: self::state(&state)?,
            claims: number("a webhook event", claims)?,
            due_at: Timestamp::from_micros(due_at),
            note,
            order: order.map(|id| row::order_id(&id)).transpose()?,
            log: log::steps(&log)?,
        })
    }
}

fn records(rows: impl IntoIterator<Item = Stored>) -> Result<Vec<InboxRecord>, StoreError> {
    rows.into_iter().map(Stored::record).collect()
}

fn state(text: &str) -> Result<InboxState, StoreError> {
    row::word("a webhook event's state", &InboxState::ALL, text, InboxState::as_str)
}

fn cursor(row: &InboxRecord) -> Cursor {
    Cursor { at: row.event.received_at, id: row.event.id.clone() }
}
