//! The ports of the operations console.

use async_trait::async_trait;

use super::Faulty;
use crate::audit::AuditEntry;
use crate::ports::{AuditFilter, AuditLog, Facts, Page, PageRequest, StoreError, StoreFacts};

#[async_trait]
impl<S: AuditLog> AuditLog for Faulty<S> {
    async fn append(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.call(self.inner.append(entry)).await
    }

    async fn audit_page(&self, filter: &AuditFilter, page: PageRequest) -> Result<Page<AuditEntry>, StoreError> {
        self.call(self.inner.audit_page(filter, page)).await
    }
}

#[async_trait]
impl<S: StoreFacts> StoreFacts for Faulty<S> {
    async fn facts(&self) -> Result<Facts, StoreError> {
        self.call(self.inner.facts()).await
    }
}
