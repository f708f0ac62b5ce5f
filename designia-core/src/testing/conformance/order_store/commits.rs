//! Commits and versions.

use std::sync::Arc;

use crate::order::{Decision, Order};
use crate::ports::{Commit, CommitError};
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::{assert_conflict, assert_invalid, cancel, cancel_because, learn, pay, tick};
use crate::testing::fixtures::{NOW, commit, order_id, placed, placement};
use crate::time::DAY;

/// Absent is `None`, not an error.
pub async fn an_order_that_does_not_exist_is_none(stores: &Stores) {
    assert_eq!(stores.find(order_id(1)).await, None);
    assert_eq!(stores.history(order_id(1)).await, []);
    assert_eq!(stores.effects(order_id(1)).await, []);
}

/// Each commit builds on the one before, and only the latest counts.
pub async fn commits_follow_one_another(stores: &Stores) {
    let mut order = stores.place(1).await;
    let steps: [fn(&Order) -> Decision; 3] =
        [pay, |order| learn(order, Some("cs_1"), None), |order| tick(order, NOW + DAY * 2)];
    for step in steps {
        order = stores.keep(step(&order)).await;
        assert_eq!(stores.load(order.id()).await, order);
    }
    let numbers: Vec<_> = stores.history(order.id()).await.iter().map(|recorded| recorded.seq).collect();
    assert!((1..=order.version()).eq(numbers), "every event once, in order");
}

/// Creating expects version 0.
pub async fn an_order_that_exists_is_not_created_again(stores: &Stores) {
    let order = stores.place(1).await;
    let before = stores.trace(&[order.id()]).await;
    assert_conflict(&stores.refused(commit(placed(placement(1)))).await);
    assert_eq!(stores.trace(&[order.id()]).await, before);
}

/// An order that isn't there has version 0 and no other.
pub async fn an_order_that_does_not_exist_can_not_be_changed(stores: &Stores) {
    stores.shelve().await;
    let before = stores.trace(&[order_id(1)]).await;
    assert_conflict(&stores.refused(commit(cancel(&placed(placement(1)).order))).await);
    assert_eq!(stores.trace(&[order_id(1)]).await, before);
}

/// Order, events, stock, effects, books and counts are as before.
pub async fn a_stale_version_is_a_conflict_and_leaves_no_trace(stores: &Stores) {
    let order = stores.place(1).await;
    let stale = cancel(&order);
    let paying = stores.keep(pay(&order)).await;
    let before = stores.trace(&[order.id()]).await;
    assert_conflict(&stores.refused(commit(stale)).await);
    assert_eq!(stores.trace(&[order.id()]).await, before);
    assert_eq!(stores.load(order.id()).await, paying);
}

/// A version that is yet to come is as wrong as one that has passed.
pub async fn a_version_from_the_future_is_a_conflict(stores: &Stores) {
    let order = stores.place(1).await;
    let before = stores.trace(&[order.id()]).await;
    let future = learn(&pay(&order).order, Some("cs_1"), None);
    assert_conflict(&stores.refused(commit(future)).await);
    assert_eq!(stores.trace(&[order.id()]).await, before);
}

/// Two decisions against one version can't both stand.
pub async fn of_sixteen_commits_against_one_version_exactly_one_wins(stores: &Stores) {
    let order = stores.place(1).await;
    let results = stores
        .at_once(16, |number| {
            let (orders, decision) = (Arc::clone(&stores.orders), cancel_because(&order, &format!("racer {number}")));
            async move { orders.commit(commit(decision)).await }
        })
        .await;
    assert_one_won(&results);
    assert_eq!(stores.load(order.id()).await.version(), order.version() + 1);
    assert_eq!(stores.history(order.id()).await.len(), 2);
    assert_eq!(stores.stock(1).await, Some(1_000), "the stock is released once");
}

/// Creating is a commit like any other.
pub async fn of_sixteen_placements_under_one_id_exactly_one_wins(stores: &Stores) {
    stores.shelve().await;
    let results = stores
        .at_once(16, |_| {
            let orders = Arc::clone(&stores.orders);
            async move { orders.commit(commit(placed(placement(1)))).await }
        })
        .await;
    assert_one_won(&results);
    assert_eq!(stores.history(order_id(1)).await.len(), 1);
    assert_eq!(stores.stock(1).await, Some(998), "the stock is reserved once");
}

fn assert_one_won(results: &[Result<(), CommitError>]) {
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "of {results:?}");
    results.iter().filter_map(|result| result.as_ref().err()).for_each(assert_conflict);
}

/// What doesn't touch the same order doesn't stand in each other's way.
pub async fn commits_of_different_orders_all_win(stores: &Stores) {
    stores.shelve().await;
    let results = stores
        .at_once(16, |number| {
            let orders = Arc::clone(&stores.orders);
            async move { orders.commit(commit(placed(placement(number)))).await }
        })
        .await;
    assert!(results.iter().all(Result::is_ok), "got {results:?}");
    assert_eq!(stores.stock(1).await, Some(1_000 - 16 * 2));
    assert_eq!(stores.stock(2).await, Some(1_000 - 16 * 3));
}

/// A history with a hole in it would never be whole again.
pub async fn events_that_skip_a_number_are_invalid(stores: &Stores) {
    let order = stores.place(1).await;
    let before = stores.trace(&[order.id()]).await;
    let mut skipping = commit(pay(&order));
    skipping.events[0].seq += 1;
    assert_invalid(&stores.refused(skipping).await);
    assert_eq!(stores.trace(&[order.id()]).await, before);
}

/// An order is never further than its events.
pub async fn an_order_that_its_events_do_not_lead_to_is_invalid(stores: &Stores) {
    let order = stores.place(1).await;
    let before = stores.trace(&[order.id()]).await;
    let ahead = Commit { events: Vec::new(), ..commit(pay(&order)) };
    assert_invalid(&stores.refused(ahead).await);
    assert_eq!(stores.trace(&[order.id()]).await, before);
}

/// A fact that was known already settles an effect or a webhook event and nothing else.
pub async fn a_commit_without_events_leaves_the_order_alone(stores: &Stores) {
    let order = stores.place(1).await;
    let before = stores.trace(&[order.id()]).await;
    stores.commit(nothing_new(&order)).await;
    assert_eq!(stores.trace(&[order.id()]).await, before);
}

/// Nothing happened, but it was decided against a version all the same.
pub async fn a_commit_without_events_still_compares_the_version(stores: &Stores) {
    let order = stores.place(1).await;
    stores.keep(pay(&order)).await;
    assert_conflict(&stores.refused(nothing_new(&order)).await);
}

fn nothing_new(order: &Order) -> Commit {
    commit(Decision::nothing(order, order.updated_at()))
}
