//! A copy of a whole store: resumed, refused, and believed only when it is equal.
#![cfg(feature = "testing")]
#![expect(clippy::unwrap_used, reason = "test helpers stand outside of #[test] functions")]

use std::sync::Arc;

use designia_core::catalog::Cart;
use designia_core::id::AccountId;
use designia_core::memory::MemoryStore;
use designia_core::order::{Actor, Command};
use designia_core::ports::{CartStore, CatalogStore, Commit, Export, Import, Inbox, OrderStore, RateStore, RequestKey};
use designia_core::service::{Progress, Section, Transfer, TransferError};
use designia_core::testing::block_on;
use designia_core::testing::fixtures::{NOW, buyer, commit, day, event, order_id, placed, placement, product, rates};
use designia_core::testing::lives::lives;

/// A store in which every life that an order can have was lived.
async fn lived_in() -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::new());
    for number in [1, 2] {
        store.put(&product(number)).await.unwrap();
    }
    for commit in lives().into_iter().flat_map(|life| life.commits) {
        store.commit(commit).await.unwrap();
    }
    for number in 10..30 {
        let key = RequestKey { buyer: buyer(1), key: format!("key {number}"), fingerprint: String::new() };
        store.commit(Commit { answers: Some(key), ..commit(placed(placement(number))) }).await.unwrap();
        store.accept(event(number)).await.unwrap();
    }
    store.save(&[rates(day(0)), rates(day(1))]).await.unwrap();
    let cart = Cart::empty(AccountId::from_uuid(buyer(1).as_uuid()));
    store.save_cart(&cart).await.unwrap().unwrap();
    store.import_settings(&[("demo".to_owned(), "on".to_owned())]).await.unwrap();
    store
}

async fn begin(source: &Arc<MemoryStore>, target: &Arc<MemoryStore>) -> Result<Transfer, TransferError> {
    Transfer::begin(source.clone(), target.clone(), "the shop", 5).await
}

async fn finish(transfer: &mut Transfer) -> Vec<Progress> {
    let mut told = vec![transfer.progress()];
    while transfer.turn().await.unwrap().section.is_some() {
        told.push(transfer.progress());
    }
    told
}

async fn assert_equal(source: &MemoryStore, target: &MemoryStore) {
    assert_eq!(target.export_products(None, 1_000).await.unwrap(), source.export_products(None, 1_000).await.unwrap());
    assert_eq!(target.export_orders(None, 1_000).await.unwrap(), source.export_orders(None, 1_000).await.unwrap());
    assert_eq!(target.export_events(None, 1_000).await.unwrap(), source.export_events(None, 1_000).await.unwrap());
    assert_eq!(target.export_rates(None, 1_000).await.unwrap(), source.export_rates(None, 1_000).await.unwrap());
    assert_eq!(target.export_settings().await.unwrap(), source.export_settings().await.unwrap());
}

async fn cancel(store: &MemoryStore, number: u32) {
    let order = store.load(order_id(number)).await.unwrap().unwrap();
    let cancel = Command::Cancel { by: Actor::Operator, reason: "recalled".to_owned() };
    store.commit(commit(order.decide(&cancel, NOW).unwrap())).await.unwrap();
}

#[test]
fn a_copy_is_equal_and_tells_how_far_it_is() {
    block_on(async {
        let (source, target) = (lived_in().await, Arc::new(MemoryStore::new()));
        let mut transfer = begin(&source, &target).await.unwrap();
        let told = finish(&mut transfer).await;
        let orders: Vec<_> = told.iter().filter(|it| it.section == Some(Section::Orders)).collect();
        assert_eq!(orders.iter().map(|it| it.done).collect::<Vec<_>>(), [0, 5, 10, 15, 20, 25]);
        assert!(orders.iter().all(|it| it.total == 29));
        assert_eq!(transfer.verify().await.unwrap(), source.totals().await.unwrap());
        assert_equal(&source, &target).await;
    });
}

#[test]
fn a_copy_that_was_stopped_anywhere_goes_on_where_it_was() {
    block_on(async {
        let source = lived_in().await;
        for turns in 0..32 {
            let target = Arc::new(MemoryStore::new());
            let mut stopped = begin(&source, &target).await.unwrap();
            for _ in 0..turns {
                stopped.turn().await.unwrap();
            }
            let mut resumed = begin(&source, &target).await.unwrap();
            assert_eq!(resumed.progress(), stopped.progress(), "after {turns} turns");
            finish(&mut resumed).await;
            resumed.verify().await.unwrap();
            assert_equal(&source, &target).await;
        }
    });
}

#[test]
fn a_page_whose_note_was_lost_is_copied_again_without_harm() {
    block_on(async {
        let (source, target) = (lived_in().await, Arc::new(MemoryStore::new()));
        let mut stopped = begin(&source, &target).await.unwrap();
        stopped.turn().await.unwrap();
        let before = target.progress().await.unwrap().unwrap();
        stopped.turn().await.unwrap();
        target.note_progress(&before).await.unwrap();
        let mut resumed = begin(&source, &target).await.unwrap();
        finish(&mut resumed).await;
        resumed.verify().await.unwrap();
        assert_equal(&source, &target).await;
    });
}

#[test]
fn a_target_that_holds_other_things_is_refused_and_left_alone() {
    block_on(async {
        let (source, target) = (lived_in().await, lived_in().await);
        cancel(&target, 10).await;
        let before = target.totals().await.unwrap();
        let refused = begin(&source, &target).await.unwrap_err();
        assert!(refused.to_string().contains("orders cancelled: "), "{refused}");
        assert_eq!(target.totals().await.unwrap(), before);
        assert_eq!(target.progress().await.unwrap(), None);
    });
}

#[test]
fn a_copy_of_something_else_is_not_gone_on_with() {
    block_on(async {
        let (source, target) = (lived_in().await, Arc::new(MemoryStore::new()));
        begin(&source, &target).await.unwrap();
        let refused = Transfer::begin(source, target, "another shop", 5).await.unwrap_err();
        assert!(matches!(&refused, TransferError::OtherOrigin { origin } if origin == "the shop"), "{refused}");
    });
}

#[test]
fn a_source_that_changes_between_two_runs_is_noticed() {
    block_on(async {
        let (source, target) = (lived_in().await, Arc::new(MemoryStore::new()));
        begin(&source, &target).await.unwrap().turn().await.unwrap();
        cancel(&source, 25).await;
        let refused = begin(&source, &target).await.unwrap_err();
        let TransferError::SourceChanged { changes } = refused else { panic!("{refused}") };
        assert!(changes.iter().any(|it| it.starts_with("versions of orders: ")), "{changes:?}");
    });
}

#[test]
fn a_source_that_changes_during_the_copy_is_noticed() {
    block_on(async {
        let (source, target) = (lived_in().await, Arc::new(MemoryStore::new()));
        let mut transfer = begin(&source, &target).await.unwrap();
        transfer.turn().await.unwrap();
        cancel(&source, 25).await;
        finish(&mut transfer).await;
        assert!(matches!(transfer.verify().await, Err(TransferError::SourceChanged { .. })));
    });
}

#[test]
fn a_copy_that_is_not_equal_is_not_believed() {
    block_on(async {
        let source = lived_in().await;
        let copy = async || {
            let target = Arc::new(MemoryStore::new());
            let mut transfer = begin(&source, &target).await.unwrap();
            finish(&mut transfer).await;
            (transfer, target)
        };
        let (transfer, target) = copy().await;
        cancel(&target, 25).await;
        assert_differs(&transfer, "versions of orders").await;

        let (transfer, target) = copy().await;
        let cart = target.cart(AccountId::from_uuid(buyer(1).as_uuid())).await.unwrap();
        target.save_cart(&cart).await.unwrap().unwrap();
        assert_differs(&transfer, "carts").await;

        let (transfer, target) = copy().await;
        for (number, stock) in [(1, 1), (-1, 2)].map(|(by, number)| (number, by)) {
            let id = product(number).id;
            let is = source.products(&[id]).await.unwrap()[0].stock;
            target.set_stock(id, is.checked_add_signed(stock).unwrap()).await.unwrap();
        }
        assert_differs(&transfer, &product(1).id.to_string()).await;
    });
}

async fn assert_differs(transfer: &Transfer, what: &str) {
    let refused = transfer.verify().await.unwrap_err();
    let TransferError::Differs { differences } = refused else { panic!("{refused}") };
    assert!(differences.iter().any(|it| it.contains(what)), "{differences:?}");
}

#[test]
fn a_copy_that_is_complete_is_verified_again() {
    block_on(async {
        let (source, target) = (lived_in().await, Arc::new(MemoryStore::new()));
        finish(&mut begin(&source, &target).await.unwrap()).await;
        let again = begin(&source, &target).await.unwrap();
        assert_eq!(again.progress().section, None);
        again.verify().await.unwrap();
    });
}

#[test]
fn a_preview_changes_nothing() {
    block_on(async {
        let (source, target) = (lived_in().await, MemoryStore::new());
        let totals = Transfer::preview(&*source, &target, "the shop").await.unwrap();
        assert_eq!(totals, source.totals().await.unwrap());
        assert_eq!(target.progress().await.unwrap(), None);
    });
}
