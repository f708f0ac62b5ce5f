//! What the operations console reads and writes.

use std::sync::Arc;

use async_trait::async_trait;

use crate::audit::AuditEntry;
use crate::ports::{AuditFilter, AuditLog, Facts, Page, PageRequest, StoreError, StoreFacts};

#[async_trait]
impl<T: AuditLog + ?Sized> AuditLog for Arc<T> {
    async fn append(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        (**self).append(entry).await
    }

    async fn audit_page(&self, filter: &AuditFilter, page: PageRequest) -> Result<Page<AuditEntry>, StoreError> {
        (**self).audit_page(filter, page).await
    }
}

#[async_trait]
impl<T: StoreFacts + ?Sized> StoreFacts for Arc<T> {
    async fn facts(&self) -> Result<Facts, StoreError> {
        (**self).facts().await
    }
}
