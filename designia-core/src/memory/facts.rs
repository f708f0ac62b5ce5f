//! What can be told of a store in memory: what it holds, and not how much room that takes.

use async_trait::async_trait;

use super::MemoryStore;
use crate::ports::{Facts, StoreError, StoreFacts, TableFacts};

#[async_trait]
impl StoreFacts for MemoryStore {
    async fn facts(&self) -> Result<Facts, StoreError> {
        let tables = self.tables();
        let table = |(name, length): (&str, usize)| TableFacts {
            name: name.to_owned(),
            rows_estimated: u64::try_from(length).ok(),
            ..TableFacts::default()
        };
        let lengths = [
            ("audit_entries", tables.audit.all().len()),
            ("mails", tables.mails.all().len()),
            ("notifications", tables.notifications.all().len()),
        ];
        let orders = tables.orders.by_status().iter().map(|(_, count)| count).sum();
        let orders = TableFacts { name: "orders".to_owned(), rows_estimated: Some(orders), ..TableFacts::default() };
        Ok(Facts {
            engine: "memory".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            tables: lengths.into_iter().map(table).chain([orders]).collect(),
            notes: vec![
                "everything is gone with the process".to_owned(),
                "how much memory it takes is not known, and only some of what it holds is told".to_owned(),
            ],
            ..Facts::default()
        })
    }
}
