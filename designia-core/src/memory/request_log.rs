//! Requests that clients may repeat.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use uuid::Uuid;

use super::MemoryStore;
use crate::id::AccountId;
use crate::ports::{Begun, NewRequest, RequestClaim, RequestLog, RequestOutcome, StoreError, StoredAnswer};
use crate::time::Timestamp;

#[derive(Default)]
pub(super) struct Requests {
    by_key: HashMap<(AccountId, String), Known>,
    by_age: BTreeSet<(Timestamp, AccountId, String)>,
}

struct Known {
    fingerprint: [u8; 32],
    id: Uuid,
    begun_at: Timestamp,
    until: Timestamp,
    token: u32,
    answer: Option<StoredAnswer>,
}

impl Requests {
    fn begin(&mut self, request: NewRequest) -> Begun {
        let NewRequest { account, key, fingerprint, id, now, until } = request;
        let at = (account, key.clone());
        let Some(known) = self.by_key.get_mut(&at) else {
            self.by_age.insert((now, account, key.clone()));
            self.by_key.insert(at, Known { fingerprint, id, begun_at: now, until, token: 1, answer: None });
            return Begun::New(RequestClaim { account, key, id, token: 1 });
        };
        if known.fingerprint != fingerprint {
            return Begun::Different;
        }
        if let Some(answer) = &known.answer {
            return Begun::Answered(answer.clone());
        }
        if now < known.until {
            return Begun::InProgress { until: known.until };
        }
        known.until = until;
        known.token += 1;
        Begun::New(RequestClaim { account, key, id: known.id, token: known.token })
    }

    fn end(&mut self, claim: &RequestClaim, outcome: RequestOutcome) -> bool {
        let at = (claim.account, claim.key.clone());
        let Some(known) = self.by_key.get_mut(&at) else { return false };
        if known.token != claim.token || known.answer.is_some() {
            return false;
        }
        match outcome {
            RequestOutcome::Answered(answer) => known.answer = Some(answer),
            RequestOutcome::Unknown { at } => known.until = at,
            RequestOutcome::Nothing => {
                self.by_age.remove(&(known.begun_at, claim.account, claim.key.clone()));
                self.by_key.remove(&at);
            }
        }
        true
    }

    fn forget(&mut self, begun_before: Timestamp, limit: u32) -> u32 {
        let mut forgotten = 0;
        while forgotten < limit
            && let Some((_, account, key)) = self.by_age.first().filter(|(at, ..)| *at < begun_before).cloned()
        {
            self.by_age.pop_first();
            self.by_key.remove(&(account, key));
            forgotten += 1;
        }
        forgotten
    }
}

#[async_trait]
impl RequestLog for MemoryStore {
    async fn begin(&self, request: NewRequest) -> Result<Begun, StoreError> {
        Ok(self.tables().requests.begin(request))
    }

    async fn end(&self, claim: &RequestClaim, outcome: RequestOutcome) -> Result<bool, StoreError> {
        Ok(self.tables().requests.end(claim, outcome))
    }

    async fn forget(&self, begun_before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        Ok(self.tables().requests.forget(begun_before, limit))
    }
}
