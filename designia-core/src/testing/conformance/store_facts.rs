//! What every [`StoreFacts`] must do. The cases are named for the rules.

use std::fmt::Debug;

use crate::ports::{Facts, StoreFacts};
use crate::testing::conformance::UnderTest;

/// Runs the suite of [`StoreFacts`](crate::ports::StoreFacts) on the [`UnderTest`](crate::testing::conformance::UnderTest) that `fresh`
/// makes: see [`request_log_conformance!`](crate::request_log_conformance).
#[macro_export]
macro_rules! store_facts_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_cases! { { $block_on } { $fresh } store_facts {
            a_store_says_what_it_is,
            tables_indexes_and_migrations_are_told_in_order_and_once,
            every_index_is_of_a_table_that_is_told,
            parts_are_no_larger_than_the_whole,
            what_is_absent_is_explained,
        } }
    };
}

/// In words that a page can show.
pub async fn a_store_says_what_it_is<S: StoreFacts>(store: &UnderTest<S>) {
    let facts = facts(store).await;
    assert!(!facts.engine.is_empty() && !facts.version.is_empty() && !facts.tables.is_empty(), "{facts:?}");
    let names = facts.tables.iter().map(|it| &it.name).chain(facts.indexes.iter().map(|it| &it.name));
    assert!(names.into_iter().all(|name| !name.is_empty()), "{facts:?}");
}

/// By name and by number.
pub async fn tables_indexes_and_migrations_are_told_in_order_and_once<S: StoreFacts>(store: &UnderTest<S>) {
    let facts = facts(store).await;
    assert_rises(facts.tables.iter().map(|it| &it.name));
    assert_rises(facts.indexes.iter().map(|it| &it.name));
    assert_rises(facts.migrations.iter().map(|it| it.number));
}

/// So that a page can put them together.
pub async fn every_index_is_of_a_table_that_is_told<S: StoreFacts>(store: &UnderTest<S>) {
    let facts = facts(store).await;
    for index in &facts.indexes {
        assert!(facts.tables.iter().any(|table| table.name == index.table), "{index:?}");
    }
}

/// Where both are told.
pub async fn parts_are_no_larger_than_the_whole<S: StoreFacts>(store: &UnderTest<S>) {
    let facts = facts(store).await;
    let parts = facts.tables.iter().map(|it| it.bytes).chain(facts.indexes.iter().map(|it| it.bytes));
    let parts: u64 = parts.flatten().sum();
    assert!(facts.size_bytes.is_none_or(|whole| parts <= whole), "{parts} in {:?}", facts.size_bytes);
    assert!(facts.connections.is_none_or(|it| it.in_use <= it.limit), "{:?}", facts.connections);
}

/// A figure that is missing without a word would look like a fault.
pub async fn what_is_absent_is_explained<S: StoreFacts>(store: &UnderTest<S>) {
    let facts = facts(store).await;
    let is_whole = facts.size_bytes.is_some()
        && facts.tables.iter().all(|it| it.rows_estimated.is_some() && it.bytes.is_some())
        && facts.indexes.iter().all(|it| it.bytes.is_some() && it.scans.is_some());
    assert!(is_whole || !facts.notes.is_empty(), "{facts:?}");
}

async fn facts<S: StoreFacts>(store: &UnderTest<S>) -> Facts {
    store.facts().await.expect("the store answers")
}

#[track_caller]
fn assert_rises<T: PartialOrd + Debug>(values: impl Iterator<Item = T>) {
    let values: Vec<_> = values.collect();
    assert!(values.windows(2).all(|pair| pair[0] < pair[1]), "{values:?}");
}
