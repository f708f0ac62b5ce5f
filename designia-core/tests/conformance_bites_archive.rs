//! The suite of whole copies bites: a store that loses one thing on the way fails the case that is named for it.
#![cfg(feature = "testing")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use async_trait::async_trait;
use designia_core::catalog::{Product, ProductFigures};
use designia_core::effect::EffectRecord;
use designia_core::exchange::RateBatch;
use designia_core::id::{AccountId, OrderId, ProductId};
use designia_core::memory::MemoryStore;
use designia_core::ports::{
    AccountArchive, Export, Import, InboxRecord, OrderArchive, RateKey, Record, RecordKey, StoreError, Topic, Total,
    Totals,
};
use designia_core::testing::block_on;
use designia_core::testing::conformance::archive::{Archives, copies, imports, pages, records};
use serde_json::Value;

/// What an adapter does wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sabotage {
    PlansEffectsAnew,
    ForgetsClaimsOnTicks,
    ForgetsRequests,
    ForgetsJournals,
    ForgetsWhatAnEventChanged,
    FillsTheShelves,
    SwallowsDifferences,
    KeepsHalfAPage,
    TellsItsProgress,
    BeginsPagesOneTooLate,
    HidesInactiveProducts,
    CountsOrdersOnly,
    ForgetsWhatHappenedToAccounts,
    ForgetsWhoHasRead,
    ForgetsFigures,
    LosesMessages,
    NumbersReviewsAnew,
}

#[derive(Debug)]
struct Sabotaged {
    inner: MemoryStore,
    by: Sabotage,
}

impl Sabotaged {
    fn spoiled(&self, mut archive: OrderArchive) -> OrderArchive {
        match self.by {
            Sabotage::PlansEffectsAnew => {
                let anew = |row: EffectRecord| EffectRecord::planned(row.effect);
                archive.effects = archive.effects.into_iter().map(anew).collect();
            }
            Sabotage::ForgetsClaimsOnTicks => archive.due_at = archive.order.next_tick_at(),
            Sabotage::ForgetsRequests => archive.requests.clear(),
            Sabotage::ForgetsJournals => archive.journals.clear(),
            _ => {}
        }
        archive
    }

    fn told(&self, outcome: Result<(), StoreError>) -> Result<(), StoreError> {
        if self.by == Sabotage::SwallowsDifferences { Ok(()) } else { outcome }
    }
}

#[async_trait]
impl Export for Sabotaged {
    async fn export_products(&self, after: Option<ProductId>, limit: u32) -> Result<Vec<Product>, StoreError> {
        let mut products = self.inner.export_products(after, limit).await?;
        products.retain(|it| it.active || self.by != Sabotage::HidesInactiveProducts);
        Ok(products)
    }

    async fn export_orders(&self, after: Option<OrderId>, limit: u32) -> Result<Vec<OrderArchive>, StoreError> {
        let mut page = self.inner.export_orders(after, limit).await?;
        if self.by == Sabotage::BeginsPagesOneTooLate && after.is_some() && !page.is_empty() {
            page.remove(0);
        }
        Ok(page)
    }

    async fn export_events(&self, after: Option<&str>, limit: u32) -> Result<Vec<InboxRecord>, StoreError> {
        self.inner.export_events(after, limit).await
    }

    async fn export_rates(&self, after: Option<&RateKey>, limit: u32) -> Result<Vec<RateBatch>, StoreError> {
        self.inner.export_rates(after, limit).await
    }

    async fn export_accounts(&self, after: Option<AccountId>, limit: u32) -> Result<Vec<AccountArchive>, StoreError> {
        self.inner.export_accounts(after, limit).await
    }

    async fn export_records(
        &self,
        topic: Topic,
        after: Option<&RecordKey>,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        let mut page = self.inner.export_records(topic, after, limit).await?;
        if self.by == Sabotage::BeginsPagesOneTooLate && after.is_some() && !page.is_empty() {
            page.remove(0);
        }
        Ok(page)
    }

    async fn export_settings(&self) -> Result<Vec<(String, String)>, StoreError> {
        let mut settings = self.inner.export_settings().await?;
        if self.by == Sabotage::TellsItsProgress {
            settings.extend(self.inner.progress().await?.map(|note| ("progress".to_owned(), note)));
        }
        Ok(settings)
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        let totals = self.inner.totals().await?;
        if self.by != Sabotage::CountsOrdersOnly {
            return Ok(totals);
        }
        let mut counted = Totals::default();
        let orders = totals.lines().filter(|(line, _)| matches!(line, Total::Orders(_) | Total::Versions));
        orders.for_each(|(line, amount)| counted.add(line, amount));
        Ok(counted)
    }
}

#[async_trait]
impl Import for Sabotaged {
    async fn import_products(&self, products: &[Product]) -> Result<(), StoreError> {
        let mut products = products.to_vec();
        for product in &mut products {
            match self.by {
                Sabotage::FillsTheShelves => product.stock = 1_000,
                Sabotage::ForgetsFigures => product.figures = ProductFigures::default(),
                _ => {}
            }
        }
        self.told(self.inner.import_products(&products).await)
    }

    async fn import_orders(&self, orders: &[OrderArchive]) -> Result<(), StoreError> {
        let orders: Vec<_> = orders.iter().map(|it| self.spoiled(it.clone())).collect();
        if self.by == Sabotage::KeepsHalfAPage {
            for order in orders {
                self.inner.import_orders(&[order]).await?;
            }
            return Ok(());
        }
        self.told(self.inner.import_orders(&orders).await)
    }

    async fn import_events(&self, events: &[InboxRecord]) -> Result<(), StoreError> {
        let is_forgotten = self.by == Sabotage::ForgetsWhatAnEventChanged;
        let events = events.iter().map(|it| InboxRecord { order: it.order.filter(|_| !is_forgotten), ..it.clone() });
        self.told(self.inner.import_events(&events.collect::<Vec<_>>()).await)
    }

    async fn import_rates(&self, batches: &[RateBatch]) -> Result<(), StoreError> {
        self.told(self.inner.import_rates(batches).await)
    }

    async fn import_accounts(&self, accounts: &[AccountArchive]) -> Result<(), StoreError> {
        let mut accounts = accounts.to_vec();
        if self.by == Sabotage::ForgetsWhatHappenedToAccounts {
            accounts.iter_mut().for_each(|it| it.events.clear());
        }
        self.told(self.inner.import_accounts(&accounts).await)
    }

    async fn import_records(&self, topic: Topic, records: &[Record]) -> Result<(), StoreError> {
        let mut records = records.to_vec();
        match (self.by, topic) {
            (Sabotage::LosesMessages, Topic::Messages) => records.truncate(1),
            (Sabotage::ForgetsWhoHasRead, Topic::Conversations) => {
                records = spoil(&records, |values| values[8..].fill(0.into()));
                records = spoil(&records, |values| [10, 13].into_iter().for_each(|at| values[at] = Value::Null));
            }
            (Sabotage::NumbersReviewsAnew, Topic::Reviews) => {
                records = spoil(&records, |values| values[0] = (values[0].as_i64().expect("a number") + 10).into());
            }
            _ => {}
        }
        self.told(self.inner.import_records(topic, &records).await)
    }

    async fn import_settings(&self, settings: &[(String, String)]) -> Result<(), StoreError> {
        self.told(self.inner.import_settings(settings).await)
    }

    async fn progress(&self) -> Result<Option<String>, StoreError> {
        self.inner.progress().await
    }

    async fn note_progress(&self, note: &str) -> Result<(), StoreError> {
        self.inner.note_progress(note).await
    }
}

fn spoil(records: &[Record], change: impl Fn(&mut Vec<Value>)) -> Vec<Record> {
    let changed = records.iter().map(|record| {
        let mut values = record.values().to_vec();
        change(&mut values);
        Record::new(record.topic(), values).expect("a record")
    });
    changed.collect()
}

/// Whether a case fails on stores that this was done to.
fn bites(by: Sabotage, case: &impl AsyncFn(&Archives)) -> bool {
    let (source, target) = (MemoryStore::new(), MemoryStore::new());
    let archives = Archives::of(source.clone(), target.clone());
    let from = Arc::new(Sabotaged { inner: source, by });
    let archives = archives.through(from, Arc::new(Sabotaged { inner: target, by }));
    catch_unwind(AssertUnwindSafe(|| block_on(case(&archives)))).is_err()
}

#[test]
fn each_thing_that_is_lost_on_the_way_is_noticed() {
    use Sabotage::*;
    macro_rules! each {
        ($($by:ident: $topic:ident::$case:ident,)+) => {
            $(assert!(bites($by, &async |it: &Archives| $topic::$case(it).await), "{:?} is not noticed", $by);)+
        };
    }
    each! {
        PlansEffectsAnew: copies::a_copy_leaves_an_equal_trace,
        PlansEffectsAnew: copies::nothing_follows_from_an_import,
        PlansEffectsAnew: copies::a_claimed_effect_is_settled_by_the_claim_that_was_copied,
        ForgetsClaimsOnTicks: copies::what_was_due_is_due_after_the_copy,
        ForgetsClaimsOnTicks: copies::a_copy_gives_away_what_it_was_given,
        ForgetsRequests: copies::a_request_is_recognised_after_the_copy,
        ForgetsJournals: copies::a_copy_leaves_an_equal_trace,
        ForgetsWhatAnEventChanged: copies::a_copy_gives_away_what_it_was_given,
        FillsTheShelves: copies::stock_is_copied_as_it_is,
        SwallowsDifferences: imports::another_order_under_an_id_is_refused_by_name,
        SwallowsDifferences: imports::another_product_under_a_slug_is_refused_by_name,
        SwallowsDifferences: imports::other_rates_of_a_day_are_refused_by_name,
        KeepsHalfAPage: imports::a_refused_page_leaves_no_trace,
        TellsItsProgress: imports::progress_is_kept_and_is_no_setting,
        BeginsPagesOneTooLate: pages::pages_of_any_length_hold_everything_once,
        HidesInactiveProducts: pages::inactive_products_are_given_away_with_their_stock,
        CountsOrdersOnly: pages::totals_count_what_the_pages_hold,
        CountsOrdersOnly: pages::totals_show_every_change,
        ForgetsWhatHappenedToAccounts: copies::a_copy_gives_away_what_it_was_given,
        SwallowsDifferences: imports::another_account_under_an_id_is_refused_by_name,
        SwallowsDifferences: records::another_record_under_a_key_is_refused_by_name,
        SwallowsDifferences: records::a_record_that_takes_anothers_place_is_refused,
        SwallowsDifferences: records::a_record_comes_after_what_it_refers_to,
        BeginsPagesOneTooLate: records::records_of_any_page_length_make_the_same_copy,
        ForgetsWhoHasRead: records::whatever_is_asked_is_answered_as_before_the_copy,
        ForgetsFigures: records::whatever_is_asked_is_answered_as_before_the_copy,
        LosesMessages: records::whatever_is_asked_is_answered_as_before_the_copy,
        NumbersReviewsAnew: records::a_shop_goes_on_where_it_was,
        SwallowsDifferences: imports::an_account_that_takes_anothers_name_is_refused,
    }
}
