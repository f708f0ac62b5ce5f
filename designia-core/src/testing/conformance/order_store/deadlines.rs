//! Orders whose next tick is due.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::effect::EffectState;
use crate::id::OrderId;
use crate::order::{Decision, Order, Placement};
use crate::ports::{Claim, Commit, CommitError, DueOrder, InboxMark, InboxState};
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::{LATER, MICROSECOND, at_most, cancel, pay, settling, tick};
use crate::testing::fixtures::{NOW, claim, commit, event, order_id, placement};
use crate::time::{DAY, HOUR, Timestamp};

/// Not a microsecond before, and as of the latest commit.
pub async fn an_order_is_due_when_its_next_tick_is(stores: &Stores) {
    let order = stores.place(1).await;
    assert_eq!(stores.postpone_due(claim(due(&order) - MICROSECOND)).await, []);
    let seen = Mutex::new(Vec::new());
    let look = |order: &Order| {
        seen.lock().expect("nobody panicked").push(order.clone());
        None
    };
    stores.orders.change_due(claim(due(&order)), &look).await.expect("the store answers");
    assert_eq!(seen.into_inner().expect("nobody panicked"), [order]);
}

/// It is the same whether an order is changed while it is due or loaded and committed.
pub async fn what_is_due_is_changed_as_a_commit_changes_it(stores: &Stores) {
    let (first, second) = (stores.place(1).await, stores.place(2).await);
    let late = claim(NOW + DAY * 30);
    let swept = stores.tick_due(at_most(1, late.now)).await;
    let [DueOrder { order, outcome: Ok(true) }] = swept[..] else { panic!("one order was due first: {swept:?}") };
    let (swept, other) = if order == first.id() { (first, second) } else { (second, first) };
    let committed = stores.keep(tick(&other, late.now)).await;
    let (of_swept, of_committed) = (stores.load(swept.id()).await, committed);
    assert_eq!(of_swept.status(), of_committed.status());
    assert_eq!(of_swept.version(), of_committed.version());
    assert_eq!(stores.history(swept.id()).await.len(), stores.history(other.id()).await.len());
    let mut effects = Vec::new();
    for id in [swept.id(), other.id()] {
        let rows = stores.effects(id).await;
        effects
            .push(rows.iter().map(|it| (it.effect.id.event, it.effect.request.kind(), it.state)).collect::<Vec<_>>());
    }
    assert_eq!(effects[0], effects[1]);
    assert_eq!((stores.stock(1).await, stores.stock(2).await), (Some(1_000), Some(1_000)), "both gave all back");
    assert_eq!(stores.postpone_due(late).await, []);
}

/// Nothing else may come between looking at an order and changing it, and nothing of a refused change stays.
pub async fn an_order_that_can_not_be_changed_holds_up_no_other(stores: &Stores) {
    stores.shelve().await;
    for number in 0..5 {
        stores.place_as(placement(number)).await;
    }
    let before = stores.trace(&[order_id(2), order_id(3)]).await;
    let late = claim(NOW + DAY * 30);
    let nearly_all = |order: &Order| {
        let mut change = commit(tick(order, late.now));
        if order.id() == order_id(2) {
            // A claim that nobody holds.
            change.folds = Some(InboxMark { event: "evt_nobody".to_owned(), token: 1, at: NOW });
        }
        (order.id() != order_id(3)).then_some(change)
    };
    let changed = stores.orders.change_due(late, &nearly_all).await.expect("the store answers");
    assert_eq!(changed.len(), 5);
    for DueOrder { order, outcome } in changed {
        match outcome {
            Err(CommitError::StaleClaim) => assert_eq!(order, order_id(2)),
            Ok(false) => assert_eq!(order, order_id(3)),
            outcome => assert!(matches!(outcome, Ok(true)), "order {order}: {outcome:?}"),
        }
    }
    let after = stores.trace(&[order_id(2), order_id(3)]).await;
    assert!(after.same_orders(&before), "{after:#?}");
    assert_eq!(stores.postpone_due(claim(late.until - MICROSECOND)).await, []);
    let mut again = stores.postpone_due(claim(late.until)).await;
    again.sort_unstable();
    assert_eq!(again, [order_id(2), order_id(3)]);
}

/// A change of what is due may settle an effect and fold an event, as any other.
pub async fn a_change_of_what_is_due_carries_whatever_a_commit_may(stores: &Stores) {
    let order = stores.place(1).await;
    let order = stores.keep(pay(&order)).await;
    let effect = stores.claim_effects(Some(order.id()), claim(LATER)).await.swap_remove(0);
    assert!(stores.inbox.accept(event(1)).await.expect("the store answers"));
    let mark = stores.inbox.claim_events(claim(LATER)).await.expect("the store answers").swap_remove(0).mark(LATER);
    let late = claim(NOW + DAY * 30);
    let tick = |order: &Order| {
        let change = settling(tick(order, late.now), effect.effect.id, effect.token);
        Some(Commit { folds: Some(mark.clone()), ..change })
    };
    let changed = stores.orders.change_due(late, &tick).await.expect("the store answers");
    assert!(matches!(changed[..], [DueOrder { outcome: Ok(true), .. }]), "{changed:?}");
    let settled = stores.effects(order.id()).await.into_iter().find(|it| it.effect.id == effect.effect.id);
    assert_eq!(settled.map(|it| it.state), Some(EffectState::Done));
    assert_eq!(stores.events(InboxState::Folded).await.len(), 1);
}

/// However the eight are interleaved.
pub async fn eight_sweepers_change_each_order_once(stores: &Stores) {
    stores.shelve().await;
    for number in 0..40 {
        stores.place_as(placement(number)).await;
    }
    let late = NOW + DAY * 30;
    let changed = stores
        .at_once(8, |_| {
            let orders = Arc::clone(&stores.orders);
            async move {
                let mut mine = Vec::new();
                for _ in 0..40 {
                    let tick = |order: &Order| Some(commit(tick(order, late)));
                    let some = orders.change_due(at_most(3, late), &tick).await.expect("the store answers");
                    mine.extend(some.into_iter().map(|it| (it.order, it.outcome.expect("nobody was faster"))));
                }
                mine
            }
        })
        .await;
    let mut all: Vec<_> = changed.into_iter().flatten().collect();
    all.sort_unstable();
    let mut expected: Vec<_> = (0..40).map(|number| (order_id(number), true)).collect();
    expected.sort_unstable();
    assert_eq!(all, expected, "each order once");
    assert_eq!((stores.stock(1).await, stores.stock(2).await), (Some(1_000), Some(1_000)), "each gave back once");
}

/// Not before, so that it is in nobody's way.
pub async fn an_order_of_which_nothing_was_made_is_due_again_when_the_claim_runs_out(stores: &Stores) {
    let order = stores.place(1).await;
    let first = claim(due(&order));
    assert_eq!(stores.postpone_due(first).await, [order.id()]);
    assert_eq!(stores.postpone_due(claim(first.until - MICROSECOND)).await, []);
    assert_eq!(stores.postpone_due(claim(first.until)).await, [order.id()]);
}

/// However the eight are interleaved.
pub async fn eight_claimers_share_the_due_orders_without_overlap(stores: &Stores) {
    stores.shelve().await;
    for number in 0..40 {
        stores.place_as(placement(number)).await;
    }
    let claims = stores
        .at_once(8, |_| {
            let orders = Arc::clone(&stores.orders);
            async move {
                let mut mine = Vec::new();
                for _ in 0..40 {
                    let due = at_most(3, NOW + DAY * 30);
                    let some = orders.change_due(due, &|_| None).await.expect("the store answers");
                    mine.extend(some.iter().map(|it| it.order));
                }
                mine
            }
        })
        .await;
    let mut all: Vec<OrderId> = claims.into_iter().flatten().collect();
    all.sort_unstable();
    let mut expected: Vec<_> = (0..40).map(order_id).collect();
    expected.sort_unstable();
    assert_eq!(all, expected, "each order once");
}

/// Whoever has waited longest comes first, whatever the ids.
pub async fn the_longest_overdue_orders_come_first(stores: &Stores) {
    stores.shelve().await;
    for (number, hours) in [(1, 3), (2, 1), (3, 2), (4, 4)] {
        stores.place_as(reminded_after(number, HOUR * hours)).await;
    }
    assert_eq!(stores.postpone_due(at_most(2, NOW + DAY)).await, [order_id(2), order_id(3)]);
    assert_eq!(stores.postpone_due(at_most(0, NOW + DAY)).await, []);
    assert_eq!(stores.postpone_due(at_most(9, NOW + DAY)).await, [order_id(1), order_id(4)]);
}

/// A commit says anew when the order is due.
pub async fn a_commit_moves_the_deadline(stores: &Stores) {
    let order = stores.place(1).await;
    let now = due(&order);
    assert_eq!(stores.postpone_due(claim(now)).await, [order.id()]);
    let order = stores.keep(tick(&order, now)).await;
    assert!(due(&order) > now, "the tick did what was due");
    assert_eq!(
        stores.postpone_due(claim(due(&order) - MICROSECOND)).await,
        [],
        "neither by the claim nor by the old deadline"
    );
    assert_eq!(stores.postpone_due(claim(due(&order))).await, [order.id()]);
}

/// A commit during somebody's claim ends the claim.
pub async fn a_commit_counts_for_more_than_a_claim(stores: &Stores) {
    let order = stores.place(1).await;
    let now = due(&order);
    let long = Claim { until: now + DAY * 365, ..claim(now) };
    assert_eq!(stores.postpone_due(long).await, [order.id()]);
    let order = stores.keep(tick(&order, now)).await;
    assert_eq!(stores.postpone_due(claim(due(&order))).await, [order.id()]);
}

/// What only settles an effect or a webhook event says nothing about the deadline.
pub async fn a_commit_without_events_leaves_a_claim_alone(stores: &Stores) {
    let order = stores.place(1).await;
    let taken = claim(due(&order));
    assert_eq!(stores.postpone_due(taken).await, [order.id()]);
    stores.keep(Decision::nothing(&order, taken.now)).await;
    assert_eq!(stores.postpone_due(claim(taken.until - MICROSECOND)).await, []);
    assert_eq!(stores.postpone_due(claim(taken.until)).await, [order.id()]);
}

/// Nothing to wait for, nothing to do.
pub async fn an_order_that_waits_for_nothing_is_never_due(stores: &Stores) {
    let order = stores.place(1).await;
    let order = stores.keep(cancel(&order)).await;
    assert_eq!(order.next_tick_at(), None);
    assert_eq!(stores.postpone_due(claim(NOW + DAY * 36_500)).await, []);
}

/// The store has no clock of its own: in 1954 it is 1954.
pub async fn deadlines_know_no_clock_but_the_callers(stores: &Stores) {
    stores.shelve().await;
    let long_ago = Timestamp::from_secs(-500_000_000);
    let decision = Order::place(placement(1), long_ago).expect("a placement that is in order");
    let order = decision.order.clone();
    stores.commit(commit(decision)).await;
    assert_eq!(stores.postpone_due(claim(long_ago)).await, []);
    assert_eq!(stores.postpone_due(claim(due(&order))).await, [order.id()]);
    assert_eq!(stores.postpone_due(claim(due(&order))).await, [], "a claim in the past is a claim");
}

fn due(order: &Order) -> Timestamp {
    order.next_tick_at().expect("a pending order waits for something")
}

fn reminded_after(number: u32, wait: Duration) -> Placement {
    let mut placement = placement(number);
    placement.terms.timeout.reminders = vec![wait];
    placement
}
