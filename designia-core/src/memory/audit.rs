//! What staff did, in memory.

use std::collections::{BTreeMap, HashSet};

use async_trait::async_trait;

use super::{MemoryStore, page};
use crate::audit::AuditEntry;
use crate::id::AuditId;
use crate::ports::{AuditFilter, AuditLog, Page, PageRequest, StoreError, audit_cursor};
use crate::time::Timestamp;

#[derive(Clone, Default)]
pub(super) struct Audit {
    rows: BTreeMap<(Timestamp, AuditId), AuditEntry>,
    known: HashSet<AuditId>,
}

impl Audit {
    pub(super) fn append(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        entry.check().map_err(|error| StoreError::invalid(error.to_string()))?;
        if self.known.insert(entry.id) {
            self.rows.insert((entry.at, entry.id), entry.clone());
        }
        Ok(())
    }

    pub(super) fn all(&self) -> impl ExactSizeIterator<Item = &AuditEntry> {
        self.rows.values()
    }

    fn page(&self, filter: &AuditFilter, request: &PageRequest) -> Result<Page<AuditEntry>, StoreError> {
        let after = request.after.as_ref().map(|after| {
            let id = after.id.parse().map_err(|error| StoreError::invalid(format!("not a cursor: {error}")));
            id.map(|id: AuditId| (after.at, id))
        });
        let after = after.transpose()?;
        let rows = self.rows.iter().rev().filter(|(key, _)| after.is_none_or(|after| **key < after));
        let row = |entry: &AuditEntry| filter.has(entry).then(|| entry.clone());
        Ok(page::take(rows, request.limit, |(_, entry)| row(entry), audit_cursor))
    }
}

#[async_trait]
impl AuditLog for MemoryStore {
    async fn append(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.tables().audit.append(entry)
    }

    async fn audit_page(&self, filter: &AuditFilter, page: PageRequest) -> Result<Page<AuditEntry>, StoreError> {
        self.tables().audit.page(filter, &page)
    }
}
