//! [`RateStore`] on SQLite.

use std::sync::Arc;

use async_trait::async_trait;
use designia_core::exchange::{RateBatch, RateRefusal};
use designia_core::ports::{REFUSALS_KEPT, RateStore, StoreError, check_rate_days};
use designia_core::time::{Date, Timestamp};
use sqlx::SqliteConnection;

use crate::error::store_error;
use crate::row::{from_json, json, micros};
use crate::sql::rates as sql;
use crate::store::SqliteStore;

#[async_trait]
impl RateStore for SqliteStore {
    async fn save(&self, batches: &[RateBatch]) -> Result<(), StoreError> {
        let bodies = batches.iter().map(json).collect::<Result<Vec<_>, _>>()?;
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = save(transaction.connection(), batches, bodies).await;
        transaction.end(outcome).await
    }

    async fn latest(&self) -> Result<Option<Arc<RateBatch>>, StoreError> {
        let query = sqlx::query_as(sql::LATEST);
        batch(query.fetch_optional(&mut *self.reader().await?).await.map_err(store_error)?)
    }

    async fn on(&self, day: Date) -> Result<Option<Arc<RateBatch>>, StoreError> {
        let query = sqlx::query_as(sql::ON).bind(day.days_since_epoch());
        batch(query.fetch_optional(&mut *self.reader().await?).await.map_err(store_error)?)
    }

    async fn batches(&self, from: Date, to: Date) -> Result<Vec<Arc<RateBatch>>, StoreError> {
        check_rate_days(from, to)?;
        let query = sqlx::query_as(sql::RANGE).bind(from.days_since_epoch()).bind(to.days_since_epoch());
        let mut rows: Vec<(i64, String)> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        rows.dedup_by_key(|(as_of, _)| *as_of);
        rows.into_iter().rev().filter_map(|row| batch(Some(row)).transpose()).collect()
    }

    async fn note_refusal(&self, refusal: &RateRefusal) -> Result<(), StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = note(transaction.connection(), refusal).await;
        transaction.end(outcome).await
    }

    async fn refusals(&self, limit: u32) -> Result<Vec<RateRefusal>, StoreError> {
        let query = sqlx::query_as(sql::REFUSALS).bind(i64::MAX).bind(limit.min(REFUSALS_KEPT));
        let rows: Vec<(i64, String, String)> =
            query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        let refusal = |(at, source, reason): &(i64, String, String)| {
            RateRefusal::new(Timestamp::from_micros(*at), source, reason)
        };
        Ok(rows.iter().map(refusal).collect())
    }
}

async fn note(connection: &mut SqliteConnection, refusal: &RateRefusal) -> Result<(), StoreError> {
    let query = sqlx::query(sql::NOTE_REFUSAL)
        .bind(micros(refusal.at()))
        .bind(refusal.source().to_owned())
        .bind(refusal.reason().to_owned());
    query.execute(&mut *connection).await.map_err(store_error)?;
    let query = sqlx::query(sql::FORGET_REFUSALS).bind(i64::MAX).bind(REFUSALS_KEPT - 1);
    query.execute(connection).await.map_err(store_error)?;
    Ok(())
}

pub(crate) async fn save(
    connection: &mut SqliteConnection,
    batches: &[RateBatch],
    bodies: Vec<String>,
) -> Result<(), StoreError> {
    for (batch, body) in batches.iter().zip(bodies) {
        let query = sqlx::query(sql::SAVE)
            .bind(batch.source().name().to_owned())
            .bind(batch.source().is_bundled())
            .bind(batch.base().code())
            .bind(batch.as_of().days_since_epoch())
            .bind(micros(batch.fetched_at()))
            .bind(body);
        query.execute(&mut *connection).await.map_err(store_error)?;
    }
    Ok(())
}

fn batch(row: Option<(i64, String)>) -> Result<Option<Arc<RateBatch>>, StoreError> {
    let Some((as_of, body)) = row else { return Ok(None) };
    from_json(|| format!("the rates of day {as_of} since 1970"), &body).map(|batch| Some(Arc::new(batch)))
}
