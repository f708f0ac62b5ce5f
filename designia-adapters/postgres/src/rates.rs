//! [`RateStore`] on PostgreSQL.

use std::sync::Arc;

use async_trait::async_trait;
use designia_core::exchange::{RateBatch, RateRefusal};
use designia_core::ports::{REFUSALS_KEPT, RateStore, StoreError, check_rate_days};
use designia_core::time::Date;

use crate::instant::{Instant, JsonText};
use crate::row::{from_json, json};
use crate::sql::rates as sql;
use crate::statement::{Binding, statement};
use crate::store::PostgresStore;

#[async_trait]
impl RateStore for PostgresStore {
    async fn save(&self, batches: &[RateBatch]) -> Result<(), StoreError> {
        self.ask(saving(batches)?).await?;
        Ok(())
    }

    async fn latest(&self) -> Result<Option<Arc<RateBatch>>, StoreError> {
        batch(self.first(statement(sql::LATEST)).await?)
    }

    async fn on(&self, day: Date) -> Result<Option<Arc<RateBatch>>, StoreError> {
        batch(self.first(statement(sql::ON).bind(day.days_since_epoch())).await?)
    }

    async fn batches(&self, from: Date, to: Date) -> Result<Vec<Arc<RateBatch>>, StoreError> {
        check_rate_days(from, to)?;
        let query = statement(sql::RANGE).bind(from.days_since_epoch()).bind(to.days_since_epoch());
        let rows: Vec<(i32, JsonText)> = self.all(query).await?;
        rows.into_iter().rev().filter_map(|row| batch(Some(row)).transpose()).collect()
    }

    async fn note_refusal(&self, refusal: &RateRefusal) -> Result<(), StoreError> {
        let query = statement(sql::NOTE_REFUSAL)
            .bind(Instant(refusal.at()))
            .bind(refusal.source().to_owned())
            .bind(refusal.reason().to_owned())
            .bind(i64::from(REFUSALS_KEPT));
        self.ask(query).await?;
        Ok(())
    }

    async fn refusals(&self, limit: u32) -> Result<Vec<RateRefusal>, StoreError> {
        let query = statement(sql::REFUSALS).bind(i64::from(limit.min(REFUSALS_KEPT)));
        let rows: Vec<(Instant, String, String)> = self.all(query).await?;
        Ok(rows.iter().map(|(at, source, reason)| RateRefusal::new(at.0, source, reason)).collect())
    }
}

/// The statement that saves batches.
pub(crate) fn saving(batches: &[RateBatch]) -> Result<Binding, StoreError> {
    // Two rows of one statement must not be the same row: of those, the one fetched later counts.
    let mut batches: Vec<_> = batches.iter().collect();
    batches.sort_by_key(|it| (it.source().name(), it.source().is_bundled(), it.base(), it.as_of(), it.fetched_at()));
    batches.reverse();
    batches.dedup_by_key(|it| (it.source().name(), it.source().is_bundled(), it.base(), it.as_of()));
    let bodies = batches.iter().map(json).collect::<Result<Vec<_>, _>>()?;
    Ok(statement(sql::SAVE)
        .bind(batches.iter().map(|it| it.source().name().to_owned()).collect::<Vec<_>>())
        .bind(batches.iter().map(|it| it.source().is_bundled()).collect::<Vec<_>>())
        .bind(batches.iter().map(|it| it.base().code()).collect::<Vec<_>>())
        .bind(batches.iter().map(|it| it.as_of().days_since_epoch()).collect::<Vec<_>>())
        .bind(batches.iter().map(|it| Instant(it.fetched_at())).collect::<Vec<_>>())
        .bind(bodies))
}

fn batch(row: Option<(i32, JsonText)>) -> Result<Option<Arc<RateBatch>>, StoreError> {
    let Some((as_of, body)) = row else { return Ok(None) };
    from_json(|| format!("the rates of day {as_of} since 1970"), &body.0).map(|batch| Some(Arc::new(batch)))
}
