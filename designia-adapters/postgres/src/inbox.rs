//! [`Inbox`] on PostgreSQL.

use async_trait::async_trait;
use designia_core::ports::{
    Claim, ClaimedEvent, Cursor, Inbox, InboxEvent, InboxMark, InboxOutcome, InboxRecord, InboxState, Page,
    PageRequest, RECONCILED_SETTING, StoreError, reconciled_until,
};
use designia_core::time::Timestamp;

use crate::instant::Instant;
use crate::row::{self, number, readable};
use crate::sql::inbox as sql;
use crate::statement::statement;
use crate::store::PostgresStore;

#[async_trait]
impl Inbox for PostgresStore {
    async fn accept(&self, event: InboxEvent) -> Result<bool, StoreError> {
        let InboxEvent { id, kind, received_at, body } = event;
        self.is_any_changed(statement(sql::ACCEPT).bind(id).bind(kind).bind(Instant(received_at)).bind(body)).await
    }

    async fn claim_events(&self, claim: Claim) -> Result<Vec<ClaimedEvent>, StoreError> {
        /// Due at before, id, kind, received at, body, claims with this one.
        type Due = (Instant, String, String, Instant, Vec<u8>, i64);
        let query = statement(sql::CLAIM).bind(Instant(claim.now)).bind(Instant(claim.until));
        let mut due: Vec<Due> = self.all(query.bind(i64::from(claim.limit))).await?;
        due.sort_unstable_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
        readable(due.into_iter().map(|(_, id, kind, received_at, body, claims)| {
            let event = InboxEvent { id, kind, received_at: received_at.0, body };
            Ok(ClaimedEvent { event, token: number("a webhook event", claims)? })
        }))
    }

    async fn settle_event(&self, mark: InboxMark, outcome: InboxOutcome) -> Result<bool, StoreError> {
        let (state, due_at, note) = match outcome {
            InboxOutcome::Ignored(why) => (InboxState::Folded, None, why),
            InboxOutcome::Later { at, why } => (InboxState::Waiting, Some(Instant(at)), why),
            InboxOutcome::Dead(why) => (InboxState::Dead, None, why),
        };
        let query = statement(sql::SETTLE).bind(mark.event).bind(i64::from(mark.token));
        self.is_any_changed(query.bind(state.as_str()).bind(due_at).bind(note)).await
    }

    async fn revive(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        self.is_any_changed(statement(sql::REVIVE).bind(id).bind(Instant(now))).await
    }

    async fn events(&self, state: InboxState, page: PageRequest) -> Result<Page<InboxRecord>, StoreError> {
        /// Id, kind, received at, body, claims, due at, note.
        type Row = (String, String, Instant, Vec<u8>, i64, Instant, Option<String>);
        let page_of = |text| statement(text).bind(state.as_str()).bind(row::one_more(page.limit));
        let query = match page.after {
            Some(Cursor { at, id }) => page_of(sql::PAGE).bind(Instant(at)).bind(id),
            None => page_of(sql::FIRST_PAGE),
        };
        let rows: Vec<Row> = self.all(query).await?;
        let record = |(id, kind, received_at, body, claims, due_at, note): Row| {
            Ok(InboxRecord {
                event: InboxEvent { id, kind, received_at: received_at.0, body },
                state,
                claims: number("a webhook event", claims)?,
                due_at: due_at.0,
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
        self.ask(statement(sql::NOTE_RECONCILED).bind(RECONCILED_SETTING).bind(until.as_micros().to_string())).await?;
        Ok(())
    }
}
