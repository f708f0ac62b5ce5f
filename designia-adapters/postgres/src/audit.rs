//! [`AuditLog`] on PostgreSQL.

use async_trait::async_trait;
use designia_core::audit::{AuditEntry, AuditOutcome, AuditSubject};
use designia_core::id::{AccountId, AuditId};
use designia_core::ports::{AuditFilter, AuditLog, Cursor, Page, PageRequest, StoreError, audit_cursor};
use designia_core::task::Json;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::error::store_error;
use crate::instant::Instant;
use crate::row;
use crate::sql::audit as sql;
use crate::statement::{Binding, statement};
use crate::store::PostgresStore;

#[async_trait]
impl AuditLog for PostgresStore {
    async fn append(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        entry.check().map_err(|error| StoreError::invalid(error.to_string()))?;
        self.ask(appending(entry)).await?;
        Ok(())
    }

    async fn audit_page(&self, filter: &AuditFilter, page: PageRequest) -> Result<Page<AuditEntry>, StoreError> {
        let actor = filter.actor.map(AccountId::as_uuid);
        let area = filter.area.as_ref().map(|area| area.as_str().to_owned());
        let query = match (&filter.subject, actor, area) {
            (Some(AuditSubject { kind, id }), actor, area) => {
                page_of(sql::PAGE_BY_SUBJECT, &page)?.bind(kind.clone()).bind(id.clone()).bind(actor).bind(area)
            }
            (None, Some(actor), Some(area)) => page_of(sql::PAGE_BY_ACTOR_AND_AREA, &page)?.bind(actor).bind(area),
            (None, Some(actor), None) => page_of(sql::PAGE_BY_ACTOR, &page)?.bind(actor),
            (None, None, Some(area)) => page_of(sql::PAGE_BY_AREA, &page)?.bind(area),
            (None, None, None) => page_of(sql::PAGE, &page)?,
        };
        let entries = self.ask(query).await?.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        Ok(row::page(entries, page.limit, audit_cursor))
    }
}

fn appending(entry: &AuditEntry) -> Binding {
    let (kind, id) = entry.subject.clone().map(|it| (it.kind, it.id)).unzip();
    statement(sql::APPEND)
        .bind(entry.id.as_uuid())
        .bind(Instant(entry.at))
        .bind(entry.actor.as_uuid())
        .bind(entry.actor_name.clone())
        .bind(entry.action.as_str().to_owned())
        .bind(kind)
        .bind(id)
        .bind(entry.reason.clone())
        .bind(entry.detail.as_str().to_owned())
        .bind(entry.outcome.as_str())
        .bind(entry.outcome.why().map(str::to_owned))
        .bind(entry.request_id.clone())
        .bind(entry.from.clone())
}

/// A statement whose first parameters are where a page begins and how long it is, one row more than asked for.
fn page_of(text: &'static str, page: &PageRequest) -> Result<Binding, StoreError> {
    let (at, id) = match &page.after {
        Some(Cursor { at, id }) => {
            let id: AuditId = id.parse().map_err(|error| StoreError::invalid(format!("not a cursor: {error}")))?;
            (Instant(*at), id.as_uuid())
        }
        None => (Instant::NEVER, Uuid::max()),
    };
    Ok(statement(text).bind(at).bind(id).bind(row::one_more(page.limit)))
}

fn entry(row: &PgRow) -> Result<AuditEntry, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name).map_err(store_error);
    let maybe = |name: &str| row.try_get::<Option<String>, _>(name).map_err(store_error);
    let id = |name: &str| row.try_get::<Uuid, _>(name).map_err(store_error);
    let (outcome, why) = (text("outcome")?, maybe("why")?);
    Ok(AuditEntry {
        id: AuditId::from_uuid(id("id")?),
        at: row.try_get::<Instant, _>("at").map_err(store_error)?.0,
        actor: AccountId::from_uuid(id("actor")?),
        actor_name: text("actor_name")?,
        action: text("action")?.parse().map_err(|error| StoreError::corrupt("an audit entry's action", error))?,
        subject: maybe("subject_kind")?.zip(maybe("subject_id")?).map(|(kind, id)| AuditSubject { kind, id }),
        reason: maybe("reason")?,
        detail: Json::parse(&text("detail")?).map_err(|error| StoreError::corrupt("an audit entry's detail", error))?,
        outcome: AuditOutcome::of(&outcome, why)
            .ok_or_else(|| StoreError::corrupt("an audit entry's outcome", format!("`{outcome}` with its reason")))?,
        request_id: maybe("request_id")?,
        from: maybe("address")?,
    })
}
