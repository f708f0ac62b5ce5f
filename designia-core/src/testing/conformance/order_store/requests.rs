//! Requests that must not be carried out twice.

use std::sync::Arc;

use crate::id::{BuyerId, OrderId};
use crate::ports::{Commit, CommitError, RequestKey};
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::{assert_conflict, cancel, pay};
use crate::testing::fixtures::{buyer, commit, order_id, placed, placement};

/// The same answer as the first time, so that the caller can tell the buyer.
pub async fn a_repeated_request_is_told_its_order_and_what_was_asked(stores: &Stores) {
    stores.shelve().await;
    stores.commit(placing(1, buyer(1), "as asked first")).await;
    let before = stores.trace(&[order_id(1), order_id(2)]).await;
    assert_repeated(&stores.refused(placing(2, buyer(1), "as asked again")).await, order_id(1), "as asked first");
    assert_eq!(stores.trace(&[order_id(1), order_id(2)]).await, before);
}

/// A repetition is a repetition even if it could no longer be carried out.
pub async fn a_repetition_is_recognised_when_the_first_took_the_last_of_the_stock(stores: &Stores) {
    stores.shelve().await;
    stores.set_stock(1, 2).await;
    stores.commit(placing(1, buyer(1), "as asked")).await;
    assert_repeated(&stores.refused(placing(2, buyer(1), "as asked")).await, order_id(1), "as asked");
}

/// A repetition is a repetition even if the first one's order has moved on.
pub async fn a_repetition_is_recognised_when_its_order_has_changed_since(stores: &Stores) {
    stores.shelve().await;
    let first = placing(1, buyer(1), "as asked");
    let order = first.order.clone();
    stores.commit(first).await;
    stores.keep(pay(&order)).await;
    assert_repeated(&stores.refused(placing(1, buyer(1), "as asked")).await, order_id(1), "as asked");
}

/// Not only placing an order is a request.
pub async fn a_request_about_an_order_is_answered_once(stores: &Stores) {
    let order = stores.place(1).await;
    let paying = Commit { answers: Some(key_of(buyer(1), "to pay")), ..commit(pay(&order)) };
    let order = paying.order.clone();
    stores.commit(paying).await;
    let cancelling = Commit { answers: Some(key_of(buyer(1), "to cancel")), ..commit(cancel(&order)) };
    assert_repeated(&stores.refused(cancelling).await, order_id(1), "to pay");
    assert_eq!(stores.load(order_id(1)).await, order);
}

/// Buyers don't know each other's keys, and may well choose the same.
pub async fn the_same_key_of_another_buyer_is_another_request(stores: &Stores) {
    stores.shelve().await;
    stores.commit(placing(1, buyer(1), "as asked")).await;
    stores.commit(placing(2, buyer(2), "as asked")).await;
    assert_eq!(stores.load(order_id(2)).await.id(), order_id(2));
}

/// Keys differ in every byte, and by nothing else.
pub async fn keys_are_told_apart_by_case_and_space(stores: &Stores) {
    stores.shelve().await;
    for (number, key) in [(1, "Key"), (2, "key"), (3, "key "), (4, "k\u{e9}y"), (5, "ke\u{301}y"), (6, "")] {
        let mut request = placing(number, buyer(1), "as asked");
        request.answers = Some(RequestKey { key: key.to_owned(), ..key_of(buyer(1), "as asked") });
        stores.commit(request).await;
    }
}

/// A refused request was not answered: it may be tried again under its key.
pub async fn a_refused_commit_does_not_use_up_its_key(stores: &Stores) {
    stores.shelve().await;
    stores.set_stock(1, 0).await;
    let error = stores.refused(placing(1, buyer(1), "as asked")).await;
    assert!(matches!(error, CommitError::OutOfStock { .. }), "got {error:?}");
    stores.set_stock(1, 2).await;
    stores.commit(placing(1, buyer(1), "as asked")).await;
}

/// A conflict leaves no trace of the request, either.
pub async fn a_conflict_does_not_use_up_the_key(stores: &Stores) {
    stores.place(1).await;
    assert_conflict(&stores.refused(placing(1, buyer(1), "as asked")).await);
    stores.commit(placing(2, buyer(1), "as asked")).await;
}

/// However the sixteen are interleaved.
pub async fn of_sixteen_repetitions_at_once_one_is_carried_out_and_the_others_are_told(stores: &Stores) {
    stores.shelve().await;
    let results = stores
        .at_once(16, |number| {
            let (orders, request) = (Arc::clone(&stores.orders), placing(number + 1, buyer(1), "as asked"));
            async move { (number + 1, orders.commit(request).await) }
        })
        .await;
    let won: Vec<_> = results.iter().filter(|(_, result)| result.is_ok()).map(|(number, _)| *number).collect();
    assert_eq!(won.len(), 1, "of {results:?}");
    for error in results.iter().filter_map(|(_, result)| result.as_ref().err()) {
        assert_repeated(error, order_id(won[0]), "as asked");
    }
    assert_eq!(stores.stock(1).await, Some(998), "one order's stock is reserved");
}

fn placing(order: u32, by: BuyerId, fingerprint: &str) -> Commit {
    Commit { answers: Some(key_of(by, fingerprint)), ..commit(placed(placement(order))) }
}

fn key_of(buyer: BuyerId, fingerprint: &str) -> RequestKey {
    RequestKey { buyer, key: "checkout 7f3a".to_owned(), fingerprint: fingerprint.to_owned() }
}

#[track_caller]
fn assert_repeated(error: &CommitError, order: OrderId, fingerprint: &str) {
    let is_expected = matches!(
        error,
        CommitError::Repeated { order: first, fingerprint: asked } if *first == order && asked == fingerprint
    );
    assert!(is_expected, "expected a repetition of what made order {order}, got {error:?}");
}
