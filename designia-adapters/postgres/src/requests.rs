//! [`RequestLog`] on PostgreSQL.

use async_trait::async_trait;
use designia_core::ports::{Begun, NewRequest, RequestClaim, RequestLog, RequestOutcome, StoreError, StoredAnswer};
use designia_core::time::Timestamp;
use uuid::Uuid;

use crate::instant::Instant;
use crate::row::{from_json, json, number};
use crate::sql::requests as sql;
use crate::statement::statement;
use crate::store::PostgresStore;

/// What is stored, in the words of errors.
const WHAT: &str = "a request that may be repeated";

/// How often a request is begun anew because it was forgotten while it was looked at.
const MAX_TRIES: u32 = 5;

#[async_trait]
impl RequestLog for PostgresStore {
    async fn begin(&self, request: NewRequest) -> Result<Begun, StoreError> {
        for _ in 0..MAX_TRIES {
            if let Some(begun) = try_to_begin(self, &request).await? {
                return Ok(begun);
            }
        }
        Err(StoreError::unavailable(format!("{WHAT} comes and goes")))
    }

    async fn end(&self, claim: &RequestClaim, outcome: RequestOutcome) -> Result<bool, StoreError> {
        let of = |text| {
            let binding = statement(text).bind(claim.account.as_uuid()).bind(claim.key.clone());
            binding.bind(i64::from(claim.token))
        };
        let query = match outcome {
            RequestOutcome::Answered(answer) => {
                of(sql::ANSWER).bind(i32::from(answer.status)).bind(json(&answer.headers)?).bind(answer.body)
            }
            RequestOutcome::Unknown { at } => of(sql::LET_GO).bind(Instant(at)),
            RequestOutcome::Nothing => of(sql::DROP),
        };
        self.is_any_changed(query).await
    }

    async fn forget(&self, begun_before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let query = statement(sql::FORGET).bind(Instant(begun_before)).bind(i64::from(limit));
        let forgotten = self.ask(query).await?.len();
        Ok(u32::try_from(forgotten).unwrap_or(u32::MAX))
    }
}

/// None if somebody has forgotten or freed the key between the two looks.
async fn try_to_begin(store: &PostgresStore, request: &NewRequest) -> Result<Option<Begun>, StoreError> {
    /// Fingerprint, until, status, headers, body.
    type Row = (Vec<u8>, Instant, Option<i32>, Option<String>, Option<Vec<u8>>);
    let NewRequest { account, key, fingerprint, id, now, until } = request;
    let query = statement(sql::BEGIN).bind(account.as_uuid()).bind(key.clone()).bind(fingerprint.to_vec());
    let query = query.bind(*id).bind(Instant(*now)).bind(Instant(*until));
    let begun: Option<(Uuid, i64)> = store.first(query).await?;
    if let Some((id, token)) = begun {
        let claim = RequestClaim { account: *account, key: key.clone(), id, token: number(WHAT, token)? };
        return Ok(Some(Begun::New(claim)));
    }
    let known: Option<Row> = store.first(statement(sql::KNOWN).bind(account.as_uuid()).bind(key.clone())).await?;
    let Some((known, until, status, headers, body)) = known else { return Ok(None) };
    if known != fingerprint {
        return Ok(Some(Begun::Different));
    }
    match (status, headers, body) {
        (Some(status), Some(headers), Some(body)) => {
            let headers = from_json(|| WHAT.to_owned(), &headers)?;
            Ok(Some(Begun::Answered(StoredAnswer { status: number(WHAT, i64::from(status))?, headers, body })))
        }
        _ if until.0 <= *now => Ok(None),
        _ => Ok(Some(Begun::InProgress { until: until.0 })),
    }
}
