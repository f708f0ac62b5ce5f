//! What was mailed, in memory; and a mailer that keeps what it is handed.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::{MemoryStore, page};
use crate::id::{AccountId, MailId};
use crate::mail::{Mail, MailRecord, MailState};
use crate::ports::{MailError, MailFilter, MailOutcome, MailStore, Mailer, Page, PageRequest, StoreError, mail_cursor};
use crate::time::Timestamp;

#[derive(Clone, Default)]
pub(super) struct Mails {
    rows: HashMap<MailId, MailRecord>,
    newest: BTreeSet<(Timestamp, MailId)>,
}

impl Mails {
    fn begin(&mut self, mail: &MailRecord) -> MailRecord {
        if let Some(row) = self.rows.get_mut(&mail.id) {
            if row.state == MailState::Waiting {
                row.attempts = row.attempts.saturating_add(1);
            }
            return row.clone();
        }
        self.newest.insert((mail.created_at, mail.id));
        self.rows.insert(mail.id, mail.clone());
        mail.clone()
    }

    pub(super) fn all(&self) -> impl ExactSizeIterator<Item = &MailRecord> {
        self.rows.values()
    }

    /// Takes a mail over as it is.
    pub(super) fn adopt(&mut self, mail: MailRecord) {
        self.newest.insert((mail.created_at, mail.id));
        self.rows.insert(mail.id, mail);
    }

    fn settle(&mut self, id: MailId, outcome: &MailOutcome, now: Timestamp) -> bool {
        let waiting = self.rows.get_mut(&id).filter(|row| row.state == MailState::Waiting);
        let Some(row) = waiting else { return false };
        row.state = outcome.state;
        row.note.clone_from(&outcome.note);
        row.changed_at = now;
        true
    }

    fn reopen(&mut self, id: MailId, now: Timestamp) -> bool {
        let ended = self.rows.get_mut(&id).filter(|row| row.state != MailState::Waiting && row.body.is_some());
        let Some(row) = ended else { return false };
        row.state = MailState::Waiting;
        row.note = None;
        row.changed_at = now;
        true
    }

    fn page(&self, filter: MailFilter, request: &PageRequest) -> Page<MailRecord> {
        let is_wanted = |row: &&MailRecord| match filter {
            MailFilter::All => true,
            MailFilter::State(state) => row.state == state,
            MailFilter::Account(account) => row.account == Some(account),
            MailFilter::Order(order) => row.order == Some(order),
        };
        let after = request.after.as_ref().map(|after| (after.at, after.id.clone()));
        let is_after = |(at, id): &&(Timestamp, MailId)| {
            after.as_ref().is_none_or(|(after_at, after_id)| (*at, id.to_string()) < (*after_at, after_id.clone()))
        };
        let row = |(_, id): &(Timestamp, MailId)| self.rows.get(id).filter(is_wanted).cloned();
        let without_body = |row: MailRecord| MailRecord { body: None, ..row };
        let keys = self.newest.iter().rev().filter(is_after);
        page::take(keys, request.limit, |key| row(key).map(without_body), mail_cursor)
    }

    fn forget(&mut self, is_unwanted: impl Fn(&MailRecord) -> bool, limit: usize) -> usize {
        let unwanted = self.rows.values().filter(|row| is_unwanted(row));
        let unwanted: Vec<_> = unwanted.map(|row| (row.created_at, row.id)).take(limit).collect();
        for key in &unwanted {
            self.newest.remove(key);
            self.rows.remove(&key.1);
        }
        unwanted.len()
    }
}

#[async_trait]
impl MailStore for MemoryStore {
    async fn begin_mail(&self, mail: &MailRecord) -> Result<MailRecord, StoreError> {
        Ok(self.tables().mails.begin(mail))
    }

    async fn settle_mail(&self, id: MailId, outcome: &MailOutcome, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.tables().mails.settle(id, outcome, now))
    }

    async fn reopen_mail(&self, id: MailId, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.tables().mails.reopen(id, now))
    }

    async fn mail(&self, id: MailId) -> Result<Option<MailRecord>, StoreError> {
        Ok(self.tables().mails.rows.get(&id).cloned())
    }

    async fn mails(&self, filter: &MailFilter, page: PageRequest) -> Result<Page<MailRecord>, StoreError> {
        Ok(self.tables().mails.page(*filter, &page))
    }

    async fn forget_mails_of(&self, account: AccountId) -> Result<(), StoreError> {
        self.tables().mails.forget(|row| row.account == Some(account), usize::MAX);
        Ok(())
    }

    async fn forget_mails(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let forgotten = self.tables().mails.forget(|row| row.created_at < before, limit);
        Ok(u32::try_from(forgotten).unwrap_or(u32::MAX))
    }
}

/// A [`Mailer`] that keeps the mails it was handed, and can be told to fail. Clones share them.
#[derive(Clone, Default)]
pub struct MemoryMailer {
    desk: Arc<Mutex<Desk>>,
}

#[derive(Default)]
struct Desk {
    sent: Vec<Mail>,
    fault: Option<MailError>,
}

impl MemoryMailer {
    /// One that has sent nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The mails that it was handed, oldest first.
    #[must_use]
    pub fn sent(&self) -> Vec<Mail> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner).sent.clone()
    }

    /// From now on it fails like this, or works again.
    pub fn fail(&self, fault: Option<MailError>) {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner).fault = fault;
    }
}

impl fmt::Debug for MemoryMailer {
    /// How many, not what.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryMailer").field("sent", &self.sent().len()).finish_non_exhaustive()
    }
}

#[async_trait]
impl Mailer for MemoryMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        match &desk.fault {
            Some(fault) => Err(fault.clone()),
            None => {
                desk.sent.push(mail.clone());
                Ok(())
            }
        }
    }
}
