//! The audit log, of which there is one entry of an id, and what a store says of itself.

use async_trait::async_trait;

use super::Retrying;
use crate::audit::AuditEntry;
use crate::ports::{AuditFilter, AuditLog, Facts, Page, PageRequest, StoreError, StoreFacts};

#[async_trait]
impl<S: AuditLog> AuditLog for Retrying<S> {
    async fn append(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.read(|| self.inner.append(entry)).await
    }

    async fn audit_page(&self, filter: &AuditFilter, page: PageRequest) -> Result<Page<AuditEntry>, StoreError> {
        self.read(|| self.inner.audit_page(filter, page.clone())).await
    }
}

#[async_trait]
impl<S: StoreFacts> StoreFacts for Retrying<S> {
    async fn facts(&self) -> Result<Facts, StoreError> {
        self.read(|| self.inner.facts()).await
    }
}
