//! The suites of the operations console bite: a store that breaks one sentence of a contract fails the case that is named for it.
#![cfg(feature = "testing")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use async_trait::async_trait;
use designia_core::audit::{AuditEntry, AuditOutcome};
use designia_core::id::AuditId;
use designia_core::memory::MemoryStore;
use designia_core::ports::{
    AuditFilter, AuditLog, Facts, IndexFacts, Page, PageRequest, StoreError, StoreFacts, TableFacts,
};
use designia_core::testing::block_on;
use designia_core::testing::conformance::audit_log::{entries, pages};
use designia_core::testing::conformance::{UnderTest, store_facts};
use uuid::Uuid;

/// What a store does wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sabotage {
    ForgetsTheReason,
    SaysThatAllWasDone,
    CutsWithoutAWord,
    StoresAgain,
    ListsBackwards,
    PagesByMoment,
    IgnoresTheActor,
    IgnoresTheArea,
    IgnoresTheSubject,
    TakesAnyCursor,
    TellsTablesBackwards,
    TellsOfIndexesAlone,
    IsSmallerThanItsParts,
    SaysNothingOfWhatIsAbsent,
    HasNoName,
}

#[derive(Debug)]
struct Sabotaged {
    inner: MemoryStore,
    by: Sabotage,
}

#[async_trait]
impl AuditLog for Sabotaged {
    async fn append(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        let mut entry = entry.clone();
        match self.by {
            Sabotage::ForgetsTheReason => entry.reason = None,
            Sabotage::SaysThatAllWasDone => entry.outcome = AuditOutcome::Done,
            Sabotage::CutsWithoutAWord => entry = entry.cut(),
            Sabotage::StoresAgain => {
                let all = self.inner.audit_page(&AuditFilter::default(), PageRequest { after: None, limit: 9 }).await?;
                if all.rows.iter().any(|known| known.id == entry.id) {
                    entry.id = AuditId::from_uuid(Uuid::from_u128(entry.id.as_uuid().as_u128() + 0xFFFF));
                }
            }
            _ => {}
        }
        self.inner.append(&entry).await
    }

    async fn audit_page(&self, filter: &AuditFilter, mut page: PageRequest) -> Result<Page<AuditEntry>, StoreError> {
        let mut filter = filter.clone();
        match self.by {
            Sabotage::PagesByMoment => page.after.iter_mut().for_each(|after| after.id = Uuid::nil().to_string()),
            Sabotage::TakesAnyCursor => page.after = page.after.filter(|after| after.id != "?"),
            Sabotage::IgnoresTheActor => filter.actor = None,
            Sabotage::IgnoresTheArea => filter.area = None,
            Sabotage::IgnoresTheSubject => filter.subject = None,
            _ => {}
        }
        let mut page = self.inner.audit_page(&filter, page).await?;
        if self.by == Sabotage::ListsBackwards {
            page.rows.reverse();
            page.next = None;
        }
        Ok(page)
    }
}

#[async_trait]
impl StoreFacts for Sabotaged {
    async fn facts(&self) -> Result<Facts, StoreError> {
        let mut facts = self.inner.facts().await?;
        match self.by {
            Sabotage::TellsTablesBackwards => facts.tables.reverse(),
            Sabotage::TellsOfIndexesAlone => {
                facts.indexes.push(IndexFacts { table: "nowhere".to_owned(), ..IndexFacts::default() });
            }
            Sabotage::IsSmallerThanItsParts => {
                facts.size_bytes = Some(1);
                facts.tables.push(TableFacts { bytes: Some(2), ..TableFacts::default() });
            }
            Sabotage::SaysNothingOfWhatIsAbsent => facts.notes.clear(),
            Sabotage::HasNoName => facts.engine.clear(),
            _ => {}
        }
        Ok(facts)
    }
}

/// Whether a case fails on a store that this was done to.
fn bites(by: Sabotage, case: &impl AsyncFn(&UnderTest<Sabotaged>)) -> bool {
    let store = UnderTest::of(Sabotaged { inner: MemoryStore::new(), by });
    catch_unwind(AssertUnwindSafe(|| block_on(case(&store)))).is_err()
}

#[test]
fn each_broken_sentence_of_the_contracts_is_noticed() {
    use Sabotage::*;
    macro_rules! each {
        ($($by:ident: $topic:ident::$case:ident,)+) => {
            $(assert!(bites($by, &async |it: &UnderTest<_>| $topic::$case(it).await), "{:?} is not noticed", $by);)+
        };
    }
    each! {
        ForgetsTheReason: entries::an_entry_comes_back_as_it_was_appended,
        SaysThatAllWasDone: entries::every_outcome_comes_back_with_its_reason,
        CutsWithoutAWord: entries::what_is_too_long_is_not_stored,
        StoresAgain: entries::an_entry_that_is_appended_again_is_stored_once_and_stays_as_it_was,
        ListsBackwards: pages::the_newest_entry_comes_first,
        PagesByMoment: pages::each_entry_is_on_one_page_even_if_all_are_of_one_moment,
        IgnoresTheActor: pages::entries_are_found_by_who_did_it_by_area_and_by_subject,
        IgnoresTheArea: pages::an_area_is_a_whole_word,
        IgnoresTheSubject: pages::entries_are_found_by_who_did_it_by_area_and_by_subject,
        TakesAnyCursor: pages::a_cursor_that_no_page_gave_out_is_refused,
        TellsTablesBackwards: store_facts::tables_indexes_and_migrations_are_told_in_order_and_once,
        TellsOfIndexesAlone: store_facts::every_index_is_of_a_table_that_is_told,
        IsSmallerThanItsParts: store_facts::parts_are_no_larger_than_the_whole,
        SaysNothingOfWhatIsAbsent: store_facts::what_is_absent_is_explained,
        HasNoName: store_facts::a_store_says_what_it_is,
    }
}
