//! Where is kept what was mailed to whom, and what became of it.

use std::fmt;

use async_trait::async_trait;

use super::{Cursor, Page, PageRequest, StoreError};
use crate::id::{AccountId, MailId, OrderId};
use crate::mail::{MailRecord, MailState};
use crate::time::Timestamp;

/// Keeps what was mailed.
///
/// # Contract
/// - There is one record of an id. `begin_mail` stores it, or counts another attempt on the one that is there and is
///   [`Waiting`](MailState::Waiting); one that has ended stays as it is.
/// - Only what waits can end, and only what has ended and can be sent again waits once more.
/// - Pages are keyset pages, newest first, without what the mails say. The cost of a page doesn't grow with what is stored.
/// - Times come from the arguments, never from the store's own clock.
#[async_trait]
pub trait MailStore: fmt::Debug + Send + Sync + 'static {
    /// Notes that a mail is being handed over, and answers what is stored then.
    async fn begin_mail(&self, mail: &MailRecord) -> Result<MailRecord, StoreError>;

    /// Notes what became of a mail that waits; `false` if it doesn't.
    async fn settle_mail(&self, id: MailId, outcome: &MailOutcome, now: Timestamp) -> Result<bool, StoreError>;

    /// Lets a mail that has ended wait again; `false` if there is none, it waits, or what it says was not kept.
    async fn reopen_mail(&self, id: MailId, now: Timestamp) -> Result<bool, StoreError>;

    /// One mail, with what it says if that is kept.
    async fn mail(&self, id: MailId) -> Result<Option<MailRecord>, StoreError>;

    /// One page of mails, newest first, without what they say.
    async fn mails(&self, filter: &MailFilter, page: PageRequest) -> Result<Page<MailRecord>, StoreError>;

    /// Removes everything that was mailed to an account.
    async fn forget_mails_of(&self, account: AccountId) -> Result<(), StoreError>;

    /// Removes mails that were first tried before this, at most so many, and says how many they were.
    async fn forget_mails(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError>;
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailOutcome {
    /// How far it has come.
    pub state: MailState,
    /// Why, for people; never holds a secret.
    pub note: Option<String>,
}

/// Which mails: by one thing at a time, each of which has its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum MailFilter {
    /// All of them.
    #[default]
    All,
    /// Those in this state.
    State(MailState),
    /// Those to this account.
    Account(AccountId),
    /// Those about this order.
    Order(OrderId),
}

/// Where a page of mails ended.
#[must_use]
pub fn mail_cursor(mail: &MailRecord) -> Cursor {
    Cursor { at: mail.created_at, id: mail.id.to_string() }
}
