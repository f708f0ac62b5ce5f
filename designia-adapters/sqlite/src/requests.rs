//! [`RequestLog`] on SQLite.

use async_trait::async_trait;
use designia_core::ports::{Begun, NewRequest, RequestClaim, RequestLog, RequestOutcome, StoreError, StoredAnswer};
use designia_core::time::Timestamp;
use sqlx::SqliteConnection;

use crate::error::store_error;
use crate::row::{from_json, json, micros, number, uuid};
use crate::sql::requests as sql;
use crate::store::SqliteStore;

/// What is stored, in the words of errors.
const WHAT: &str = "a request that may be repeated";

#[async_trait]
impl RequestLog for SqliteStore {
    async fn begin(&self, request: NewRequest) -> Result<Begun, StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = begin(transaction.connection(), request).await;
        transaction.end(outcome).await
    }

    async fn end(&self, claim: &RequestClaim, outcome: RequestOutcome) -> Result<bool, StoreError> {
        let of = |statement| {
            let query = sqlx::query(statement).bind(claim.account.as_uuid().into_bytes().to_vec());
            query.bind(claim.key.clone()).bind(i64::from(claim.token))
        };
        let query = match outcome {
            RequestOutcome::Answered(answer) => {
                of(sql::ANSWER).bind(i64::from(answer.status)).bind(json(&answer.headers)?).bind(answer.body)
            }
            RequestOutcome::Unknown { at } => of(sql::LET_GO).bind(micros(at)),
            RequestOutcome::Nothing => of(sql::DROP),
        };
        let ended = self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(ended.rows_affected() > 0)
    }

    async fn forget(&self, begun_before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let query = sqlx::query(sql::FORGET).bind(micros(begun_before)).bind(i64::from(limit));
        let forgotten = self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(u32::try_from(forgotten.rows_affected()).unwrap_or(u32::MAX))
    }
}

async fn begin(connection: &mut SqliteConnection, request: NewRequest) -> Result<Begun, StoreError> {
    /// Fingerprint, until, status, headers, body.
    type Row = (Vec<u8>, i64, Option<i64>, Option<String>, Option<Vec<u8>>);
    let NewRequest { account, key, fingerprint, id, now, until } = request;
    let of_account = account.as_uuid().into_bytes().to_vec();
    let query = sqlx::query_as(sql::BEGIN)
        .bind(of_account.clone())
        .bind(key.clone())
        .bind(fingerprint.to_vec())
        .bind(id.into_bytes().to_vec())
        .bind(micros(now))
        .bind(micros(until));
    let begun: Option<(Vec<u8>, i64)> = query.fetch_optional(&mut *connection).await.map_err(store_error)?;
    if let Some((id, token)) = begun {
        return Ok(Begun::New(RequestClaim { account, key, id: uuid(&id)?, token: number(WHAT, token)? }));
    }
    let query = sqlx::query_as(sql::KNOWN).bind(of_account).bind(key);
    let (known, until, status, headers, body): Row = query.fetch_one(connection).await.map_err(store_error)?;
    if known != fingerprint {
        return Ok(Begun::Different);
    }
    match (status, headers, body) {
        (Some(status), Some(headers), Some(body)) => {
            let headers = from_json(|| WHAT.to_owned(), &headers)?;
            Ok(Begun::Answered(StoredAnswer { status: number(WHAT, status)?, headers, body }))
        }
        _ => Ok(Begun::InProgress { until: Timestamp::from_micros(until) }),
    }
}
