//! [`RateStore`] on SQLite.

use std::sync::Arc;

use async_trait::async_trait;
use designia_core::exchange::RateBatch;
use designia_core::ports::{RateStore, StoreError};
use designia_core::time::Date;
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
