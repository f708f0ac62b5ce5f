//! Where is kept what staff did.

use std::fmt;

use async_trait::async_trait;

use super::{Cursor, Page, PageRequest, StoreError};
use crate::audit::{AuditArea, AuditEntry, AuditSubject};
use crate::id::AccountId;

/// Keeps what staff did, for ever and as it was.
///
/// # Contract
/// - An entry comes back exactly as it was appended. It is never changed and never removed, also not with the account that is
///   named in it.
/// - There is one entry of an id: whatever is appended under a known id afterwards leaves it as it was.
/// - What [`AuditEntry::check`] refuses is `Invalid`, and is not stored.
/// - Pages are keyset pages, newest first: each entry that exists throughout is on exactly one page. The cost of a page doesn't
///   grow with what is stored, but for a subject together with something else, where it grows with what was done to that subject.
#[async_trait]
pub trait AuditLog: fmt::Debug + Send + Sync + 'static {
    /// Keeps an entry.
    async fn append(&self, entry: &AuditEntry) -> Result<(), StoreError>;

    /// One page of entries, newest first.
    async fn audit_page(&self, filter: &AuditFilter, page: PageRequest) -> Result<Page<AuditEntry>, StoreError>;
}

/// Which entries: those that are all of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct AuditFilter {
    /// Only what this account did.
    pub actor: Option<AccountId>,
    /// Only actions whose first word this is.
    pub area: Option<AuditArea>,
    /// Only what was done to this.
    pub subject: Option<AuditSubject>,
}

impl AuditFilter {
    /// Whether it is among them.
    #[must_use]
    pub fn has(&self, entry: &AuditEntry) -> bool {
        self.actor.is_none_or(|actor| entry.actor == actor)
            && self.area.as_ref().is_none_or(|area| entry.action.area() == *area)
            && self.subject.as_ref().is_none_or(|subject| entry.subject.as_ref() == Some(subject))
    }
}

/// Where a page of entries ended.
#[must_use]
pub fn audit_cursor(entry: &AuditEntry) -> Cursor {
    Cursor { at: entry.at, id: entry.id.to_string() }
}
