//! Calls about what staff did, by action, and without who did it and why.

use async_trait::async_trait;
use tracing::debug_span;
use tracing::field::Empty;

use super::{Traced, within};
use crate::audit::AuditEntry;
use crate::ports::{AuditFilter, AuditLog, Facts, Page, PageRequest, StoreError, StoreFacts};

#[async_trait]
impl<S: AuditLog> AuditLog for Traced<S> {
    async fn append(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        let span = debug_span!("audit_log.append", action = entry.action.as_str(), outcome = Empty);
        within(span, self.inner.append(entry)).await
    }

    async fn audit_page(&self, filter: &AuditFilter, page: PageRequest) -> Result<Page<AuditEntry>, StoreError> {
        let span = debug_span!("audit_log.audit_page", limit = page.limit, outcome = Empty);
        within(span, self.inner.audit_page(filter, page)).await
    }
}

#[async_trait]
impl<S: StoreFacts> StoreFacts for Traced<S> {
    async fn facts(&self) -> Result<Facts, StoreError> {
        within(debug_span!("store_facts.facts", outcome = Empty), self.inner.facts()).await
    }
}
