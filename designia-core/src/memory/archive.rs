//! Everything taken out, and put back as it was.

use async_trait::async_trait;

use super::names;
use super::store::{MemoryStore, Tables};
use crate::catalog::Product;
use crate::exchange::RateBatch;
use crate::id::{AccountId, OrderId, ProductId};
use crate::ports::{
    AccountArchive, Export, Import, InboxRecord, OrderArchive, PROGRESS_SETTING, ProductKey, RateKey, Record,
    RecordKey, StoreError, Topic, Total, Totals, needs_import,
};

#[async_trait]
impl Export for MemoryStore {
    async fn export_products(&self, after: Option<ProductId>, limit: u32) -> Result<Vec<Product>, StoreError> {
        Ok(self.tables().stock.all_after(after).take(rows(limit)).cloned().collect())
    }

    async fn export_orders(&self, after: Option<OrderId>, limit: u32) -> Result<Vec<OrderArchive>, StoreError> {
        let tables = self.tables();
        Ok(tables.orders.archives_after(after).take(rows(limit)).map(|it| tables.completed(it)).collect())
    }

    async fn export_events(&self, after: Option<&str>, limit: u32) -> Result<Vec<InboxRecord>, StoreError> {
        Ok(self.tables().events.rows_after(after).take(rows(limit)).cloned().collect())
    }

    async fn export_rates(&self, after: Option<&RateKey>, limit: u32) -> Result<Vec<RateBatch>, StoreError> {
        let tables = self.tables();
        let batches = tables.rates.by_key().into_iter().filter(|(key, _)| after.is_none_or(|after| key > after));
        Ok(batches.take(rows(limit)).map(|(_, batch)| (**batch).clone()).collect())
    }

    async fn export_accounts(&self, after: Option<AccountId>, limit: u32) -> Result<Vec<AccountArchive>, StoreError> {
        Ok(self.tables().accounts.archives_after(after).take(rows(limit)).collect())
    }

    async fn export_records(
        &self,
        topic: Topic,
        after: Option<&RecordKey>,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        let mut records = self.tables().records(topic)?;
        records.retain(|record| after.is_none_or(|after| record.key() > *after));
        records.truncate(rows(limit));
        Ok(records)
    }

    async fn export_settings(&self) -> Result<Vec<(String, String)>, StoreError> {
        let tables = self.tables();
        let told = tables.settings.iter().filter(|(name, _)| *name != PROGRESS_SETTING);
        Ok(told.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        let tables = self.tables();
        let mut totals = Totals::default();
        tables.stock.count_into(&mut totals);
        tables.orders.archives_after(None).for_each(|it| tables.completed(it).count_into(&mut totals));
        for record in tables.events.rows_after(None) {
            totals.add(Total::WebhookEvents(record.state), 1);
            totals.add(Total::WebhookClaims, i64::from(record.claims));
        }
        totals.count(Total::Rates, tables.rates.by_key().len());
        tables.accounts.archives_after(None).for_each(|it| it.count_into(&mut totals));
        for topic in Topic::ALL {
            totals.count(Total::Records(*topic), tables.records(*topic)?.len());
        }
        Ok(totals)
    }
}

#[async_trait]
impl Import for MemoryStore {
    async fn import_products(&self, products: &[Product]) -> Result<(), StoreError> {
        let mut tables = self.tables();
        let mut new = Vec::with_capacity(products.len());
        for product in products {
            let owner = tables.stock.product(&ProductKey::Slug(product.slug.clone()));
            let slug = || format!("slug `{}`", product.slug);
            needs_import(owner.map(|owner| owner.id).as_ref(), &product.id, slug)?;
            let stored = tables.stock.product(&ProductKey::Id(product.id));
            if needs_import(stored, product, || format!("product {}", product.id))? {
                let categories = tables.stock.categories_as_they_are();
                if product.details.category.is_some_and(|category| !categories.contains_key(&category)) {
                    return Err(StoreError::invalid(format!("the category of product {} is not here", product.id)));
                }
                new.push(product);
            }
        }
        for product in new {
            let id = product.id;
            tables.stock.insert(product.clone());
            tables.rescale(id);
        }
        Ok(())
    }

    async fn import_orders(&self, orders: &[OrderArchive]) -> Result<(), StoreError> {
        let mut tables = self.tables();
        let mut new = Vec::with_capacity(orders.len());
        for archive in orders {
            if tables.takes(archive)? {
                new.push(archive);
            }
        }
        for archive in new {
            tables.orders.adopt(archive);
            tables.stock.adopt(&archive.movements);
            archive.effects.iter().for_each(|row| tables.effects.adopt(row.clone()));
        }
        Ok(())
    }

    async fn import_events(&self, events: &[InboxRecord]) -> Result<(), StoreError> {
        let mut tables = self.tables();
        let mut new = Vec::with_capacity(events.len());
        for record in events {
            let id = &record.event.id;
            if let Some(order) = record.order.filter(|order| tables.orders.order(*order).is_none()) {
                return Err(StoreError::invalid(format!(
                    "webhook event {id} changed order {order}, which is not here"
                )));
            }
            if needs_import(tables.events.row(id), record, || format!("webhook event {id}"))? {
                new.push(record.clone());
            }
        }
        new.into_iter().for_each(|record| tables.events.adopt(record));
        Ok(())
    }

    async fn import_rates(&self, batches: &[RateBatch]) -> Result<(), StoreError> {
        let mut tables = self.tables();
        let known = tables.rates.by_key();
        for batch in batches {
            let key = RateKey::of(batch);
            needs_import(known.get(&key).map(|known| &***known), batch, || key)?;
        }
        tables.rates.save(batches);
        Ok(())
    }

    async fn import_accounts(&self, accounts: &[AccountArchive]) -> Result<(), StoreError> {
        self.tables().accounts.import(accounts)
    }

    async fn import_records(&self, topic: Topic, records: &[Record]) -> Result<(), StoreError> {
        self.tables().import(topic, records)
    }

    async fn import_settings(&self, settings: &[(String, String)]) -> Result<(), StoreError> {
        let mut tables = self.tables();
        for (name, value) in settings {
            needs_import(tables.settings.get(name), value, || format!("setting `{name}`"))?;
        }
        tables.settings.extend(settings.iter().cloned());
        Ok(())
    }

    async fn progress(&self) -> Result<Option<String>, StoreError> {
        Ok(self.tables().settings.get(PROGRESS_SETTING).cloned())
    }

    async fn note_progress(&self, note: &str) -> Result<(), StoreError> {
        self.tables().settings.insert(PROGRESS_SETTING.to_owned(), note.to_owned());
        Ok(())
    }
}

impl Tables {
    /// With the parts that are kept outside of the orders' own table.
    fn completed(&self, archive: OrderArchive) -> OrderArchive {
        let id = archive.order.id();
        let effects = self.effects.of(id).cloned().collect();
        let movements = self.stock.moved_for(id).copied().collect();
        OrderArchive { effects, movements, ..archive }.in_order()
    }

    /// Whether an order is to be stored; `false` if it is here already.
    fn takes(&self, archive: &OrderArchive) -> Result<bool, StoreError> {
        archive.check()?;
        let id = archive.order.id();
        let stored = self.orders.archive(id).map(|stored| self.completed(stored));
        if !needs_import(stored.as_ref(), archive, || format!("order {id}"))? {
            return Ok(false);
        }
        let taken = names::shared(&archive.order).or_else(|| self.orders.names().foreign(&archive.order));
        if let Some(name) = taken {
            return Err(StoreError::invalid(format!("`{name}` of order {id} already belongs to another")));
        }
        if let Some(request) = archive.requests.iter().find(|it| self.orders.answer(&it.key).is_some()) {
            let message = format!("request `{}` of order {id} is already answered by another", request.key.key);
            return Err(StoreError::invalid(message));
        }
        let is_missing = |product| self.stock.product(&ProductKey::Id(product)).is_none();
        match archive.movements.iter().find(|it| is_missing(it.product)) {
            Some(movement) => Err(StoreError::invalid(format!("there is no product {}", movement.product))),
            None => Ok(true),
        }
    }
}

fn rows(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
