//! [`Inbox`] on SQLite.

use async_trait::async_trait;
use designia_core::ports::{
    Claim, ClaimedEvent, Cursor, Inbox, InboxEvent, InboxMark, InboxOutcome, InboxRecord, InboxState, Page,
    PageRequest, RECONCILED_SETTING, StoreError, reconciled_until,
};
use designia_core::time::Timestamp;
use sqlx::SqliteConnection;

use crate::error::store_error;
use crate::row::{self, json, micros, number, readable};
use crate::sql::inbox as sql;
use crate::store::SqliteStore;

#[async_trait]
impl Inbox for SqliteStore {
    async fn accept(&self, event: InboxEvent) -> Result<bool, StoreError> {
        let InboxEvent { id, kind, received_at, body } = event;
        let query = sqlx::query(sql::ACCEPT).bind(id).bind(kind).bind(micros(received_at)).bind(body);
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
        readable(due.into_iter().map(|(_, id, kind, received_at, body, claims)| {
            let received_at = Timestamp::from_micros(received_at);
            let token = number("a webhook event", claims + 1)?;
            Ok(ClaimedEvent { event: InboxEvent { id, kind, received_at, body }, token })
        }))
    }

    async fn settle_event(&self, mark: InboxMark, outcome: InboxOutcome) -> Result<bool, StoreError> {
        let (state, due_at, note) = match outcome {
            InboxOutcome::Ignored(why) => (InboxState::Folded, None, why),
            InboxOutcome::Later { at, why } => (InboxState::Waiting, Some(micros(at)), why),
            InboxOutcome::Dead(why) => (InboxState::Dead, None, why),
        };
        let query = sqlx::query(sql::SETTLE).bind(mark.event).bind(mark.token);
        let query = query.bind(state.as_str()).bind(due_at).bind(note);
        let settled = self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(settled.rows_affected() > 0)
    }

    async fn revive(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let query = sqlx::query(sql::REVIVE).bind(id.to_owned()).bind(micros(now));
        let revived = self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(revived.rows_affected() > 0)
    }

    async fn events(&self, state: InboxState, page: PageRequest) -> Result<Page<InboxRecord>, StoreError> {
        /// Id, kind, received at, body, claims, due at, note.
        type Row = (String, String, i64, Vec<u8>, i64, i64, Option<String>);
        let page_of = |statement| sqlx::query_as(statement).bind(state.as_str()).bind(row::one_more(page.limit));
        let query = match page.after {
            Some(Cursor { at, id }) => page_of(sql::PAGE).bind(micros(at)).bind(id),
            None => page_of(sql::FIRST_PAGE),
        };
        let rows: Vec<Row> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        let record = |(id, kind, received_at, body, claims, due_at, note)| {
            Ok(InboxRecord {
                event: InboxEvent { id, kind, received_at: Timestamp::from_micros(received_at), body },
                state,
                claims: number("a webhook event", claims)?,
                due_at: Timestamp::from_micros(due_at),
                note,
            })
        };
        let records = rows.into_iter().map(record).collect::<Result<Vec<_>, StoreError>>()?;
        let cursor = |row: &InboxRecord| Cursor { at: row.event.received_at, id: row.event.id.clone() };
        Ok(row::page(records, page.limit, cursor))
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

/// Row number, id, kind, received at, body, claims before.
type Due = (i64, String, String, i64, Vec<u8>, i64);

async fn claim_due(connection: &mut SqliteConnection, claim: Claim) -> Result<Vec<Due>, StoreError> {
    let query = sqlx::query_as(sql::DUE).bind(micros(claim.now)).bind(claim.limit);
    let due: Vec<Due> = query.fetch_all(&mut *connection).await.map_err(store_error)?;
    let rows = json(&due.iter().map(|(row, ..)| row).collect::<Vec<_>>())?;
    let update = sqlx::query(sql::CLAIM).bind(micros(claim.until)).bind(rows);
    update.execute(connection).await.map_err(store_error)?;
    Ok(due)
}
