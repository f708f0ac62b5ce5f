//! What is known of sessions, for a few seconds, so that not every request has to look.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::account::{Account, Role, Session};
use crate::id::{AccountId, SessionId};
use crate::time::Timestamp;

/// So many sessions are known at most; then all are looked up anew.
const MOST: usize = 20_000;

/// Accounts are forgotten in so many groups.
const GROUPS: usize = 1_024;

/// Whose a living session is, and what they may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The account.
    pub account: AccountId,
    /// The session.
    pub session: SessionId,
    /// What the account may do.
    pub role: Role,
    /// Whether its owner helps to run the marketplace.
    pub staff: bool,
    /// Its public name.
    pub name: String,
}

impl Known {
    pub(super) fn of(account: &Account, session: &Session) -> Self {
        Self {
            account: account.id,
            session: session.id,
            role: account.role,
            staff: account.is_staff(),
            name: account.username.to_string(),
        }
    }
}

/// What is known, and since when. A session that doesn't live is known as well: its tokens keep coming.
///
/// To forget an account is to count on in its group: what was found before is then of an older count, and so is what somebody is
/// looking up at that very moment.
#[derive(Debug)]
pub(super) struct Cache(Mutex<Rows>);

#[derive(Debug)]
struct Rows {
    by_session: HashMap<SessionId, Row>,
    counts: Vec<u64>,
}

#[derive(Debug)]
struct Row {
    found: Option<Known>,
    at: Timestamp,
    count: u64,
}

/// Proof of when somebody began to look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Since(u64);

impl Default for Cache {
    fn default() -> Self {
        Self(Mutex::new(Rows { by_session: HashMap::new(), counts: vec![0; GROUPS] }))
    }
}

impl Cache {
    /// What is known of a session, if it is not too old; else a proof of when the look began.
    pub(super) fn get(
        &self,
        account: AccountId,
        session: SessionId,
        now: Timestamp,
        for_long: Duration,
    ) -> Result<Option<Known>, Since> {
        let rows = self.rows();
        let count = rows.counts[group(account)];
        match rows.by_session.get(&session) {
            // A clock that was set back makes nothing young.
            Some(row) if row.count == count && row.at <= now && now.since(row.at) < for_long => Ok(row.found.clone()),
            _ => Err(Since(count)),
        }
    }

    /// Keeps what was found.
    pub(super) fn put(&self, session: SessionId, found: Option<Known>, Since(count): Since, now: Timestamp) {
        let mut rows = self.rows();
        if rows.by_session.len() >= MOST {
            rows.by_session.clear();
        }
        rows.by_session.insert(session, Row { found, at: now, count });
    }

    /// Forgets what is known of an account's sessions.
    pub(super) fn forget(&self, account: AccountId) {
        self.rows().counts[group(account)] += 1;
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last bytes of an id are random, whether it is of version 4, 7 or 8.
fn group(account: AccountId) -> usize {
    let bytes = account.as_uuid().into_bytes();
    usize::from(u16::from_be_bytes([bytes[14], bytes[15]])) % GROUPS
}
