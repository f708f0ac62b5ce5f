//! What moves whole stores.

use std::sync::Arc;

use async_trait::async_trait;

use crate::catalog::Product;
use crate::exchange::RateBatch;
use crate::id::{AccountId, OrderId, ProductId};
use crate::ports::{
    AccountArchive, Export, Import, InboxRecord, OrderArchive, RateKey, Record, RecordKey, StoreError, Topic, Totals,
};

#[async_trait]
impl<T: Export + ?Sized> Export for Arc<T> {
    async fn export_products(&self, after: Option<ProductId>, limit: u32) -> Result<Vec<Product>, StoreError> {
        (**self).export_products(after, limit).await
    }

    async fn export_orders(&self, after: Option<OrderId>, limit: u32) -> Result<Vec<OrderArchive>, StoreError> {
        (**self).export_orders(after, limit).await
    }

    async fn export_events(&self, after: Option<&str>, limit: u32) -> Result<Vec<InboxRecord>, StoreError> {
        (**self).export_events(after, limit).await
    }

    async fn export_rates(&self, after: Option<&RateKey>, limit: u32) -> Result<Vec<RateBatch>, StoreError> {
        (**self).export_rates(after, limit).await
    }

    async fn export_accounts(&self, after: Option<AccountId>, limit: u32) -> Result<Vec<AccountArchive>, StoreError> {
        (**self).export_accounts(after, limit).await
    }

    async fn export_records(
        &self,
        topic: Topic,
        after: Option<&RecordKey>,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        (**self).export_records(topic, after, limit).await
    }

    async fn export_settings(&self) -> Result<Vec<(String, String)>, StoreError> {
        (**self).export_settings().await
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        (**self).totals().await
    }
}

#[async_trait]
impl<T: Import + ?Sized> Import for Arc<T> {
    async fn import_products(&self, products: &[Product]) -> Result<(), StoreError> {
        (**self).import_products(products).await
    }

    async fn import_orders(&self, orders: &[OrderArchive]) -> Result<(), StoreError> {
        (**self).import_orders(orders).await
    }

    async fn import_events(&self, events: &[InboxRecord]) -> Result<(), StoreError> {
        (**self).import_events(events).await
    }

    async fn import_rates(&self, batches: &[RateBatch]) -> Result<(), StoreError> {
        (**self).import_rates(batches).await
    }

    async fn import_accounts(&self, accounts: &[AccountArchive]) -> Result<(), StoreError> {
        (**self).import_accounts(accounts).await
    }

    async fn import_records(&self, topic: Topic, records: &[Record]) -> Result<(), StoreError> {
        (**self).import_records(topic, records).await
    }

    async fn import_settings(&self, settings: &[(String, String)]) -> Result<(), StoreError> {
        (**self).import_settings(settings).await
    }

    async fn progress(&self) -> Result<Option<String>, StoreError> {
        (**self).progress().await
    }

    async fn note_progress(&self, note: &str) -> Result<(), StoreError> {
        (**self).note_progress(note).await
    }
}
