//! What happened to one order.

use crate::order::{Actor, Cause};
use crate::ports::Commit;
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::{cancel, learn, pay};
use crate::testing::fixtures::{buyer, order_id, placement};

/// Nothing ever happened to it.
pub async fn an_order_that_does_not_exist_has_no_history_and_no_effects(stores: &Stores) {
    stores.place(1).await;
    assert_eq!(stores.history(order_id(2)).await, []);
    assert_eq!(stores.effects(order_id(2)).await, []);
}

/// From the placing to the latest.
pub async fn a_history_is_told_oldest_first_with_its_causes(stores: &Stores) {
    let order = stores.place(1).await;
    let asked = Commit::of(pay(&order), &Cause::Request(Actor::Buyer(buyer(1))));
    let told = Commit::of(learn(&asked.order, Some("cs_1"), None), &Cause::Webhook { event: "evt_1".to_owned() });
    for step in [asked, told] {
        stores.commit(step).await;
    }
    let history = stores.history(order.id()).await;
    assert_eq!(history.iter().map(|recorded| recorded.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(history[1].cause, Cause::Request(Actor::Buyer(buyer(1))));
    assert_eq!(history[2].cause, Cause::Webhook { event: "evt_1".to_owned() });
}

/// By the event that planned it, and its place among that event's effects.
pub async fn effects_are_told_oldest_first(stores: &Stores) {
    let order = stores.place(1).await;
    let order = stores.keep(pay(&order)).await;
    let order = stores.keep(learn(&order, Some("cs_1"), None)).await;
    stores.keep(cancel(&order)).await;
    let ids: Vec<_> = stores.effects(order.id()).await.iter().map(|row| row.effect.id).collect();
    assert!(ids.len() >= 3 && ids.is_sorted(), "{ids:?}");
}

/// One order's history is no other's.
pub async fn histories_are_kept_apart(stores: &Stores) {
    let first = stores.place(1).await;
    let second = stores.place_as(placement(2)).await;
    stores.keep(pay(&first)).await;
    assert_eq!(stores.history(first.id()).await.len(), 2);
    assert_eq!(stores.history(second.id()).await.len(), 1);
    assert!(stores.effects(second.id()).await.iter().all(|row| row.effect.id.order == second.id()));
}
