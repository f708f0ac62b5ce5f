//! How many there are of what, and what is overdue.

use crate::effect::{EffectOutcome, EffectSettlement, EffectState};
use crate::order::OrderStatus;
use crate::ports::Counts;
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::{MICROSECOND, at_most, cancel, minutes, tick};
use crate::testing::fixtures::{NOW, claim, placement};
use crate::testing::lives::lives;
use crate::time::DAY;

/// No orders, no numbers.
pub async fn an_empty_store_counts_nothing(stores: &Stores) {
    assert_eq!(stores.counts(NOW).await, Counts::default());
}

/// Each order once, under its status as of the latest commit.
pub async fn orders_are_counted_by_status(stores: &Stores) {
    stores.shelve().await;
    let mut expected = std::collections::BTreeMap::<OrderStatus, u64>::new();
    for life in lives() {
        *expected.entry(life.commits[life.commits.len() - 1].order.status()).or_default() += 1;
        for commit in life.commits {
            stores.commit(commit).await;
        }
    }
    assert_eq!(stores.counts(NOW).await.orders, expected.into_iter().collect::<Vec<_>>());
}

/// Each effect once, in the state in which it is.
pub async fn effects_are_counted_by_state(stores: &Stores) {
    stores.shelve().await;
    for number in 1..=5 {
        stores.place_as(placement(number)).await;
    }
    let claimed = stores.claim_effects(None, at_most(4, minutes(0))).await;
    let why = || "why".to_owned();
    let outcomes =
        [EffectOutcome::Done, EffectOutcome::Refused(why()), EffectOutcome::Unknown { at: minutes(9), why: why() }];
    for (claimed, outcome) in claimed.iter().zip(outcomes) {
        let settlement = EffectSettlement { id: claimed.effect.id, token: claimed.token, outcome };
        assert!(stores.orders.settle_effect(settlement).await.expect("the store answers"));
    }
    let expected =
        [EffectState::Planned, EffectState::Sent, EffectState::Done, EffectState::Refused, EffectState::Unknown];
    assert_eq!(stores.counts(NOW).await.effects, expected.map(|state| (state, 1)));
}

/// As of the time that the caller names, and when it was due, not for how long.
pub async fn the_longest_overdue_order_is_named(stores: &Stores) {
    let order = stores.place(1).await;
    stores.place_as(placement(2)).await;
    let due = order.next_tick_at().expect("a pending order waits for something");
    assert_eq!(stores.counts(due - MICROSECOND).await.oldest_due_order, None);
    assert_eq!(stores.counts(due).await.oldest_due_order, Some(due));
    assert_eq!(stores.counts(due + DAY).await.oldest_due_order, Some(due));
    let order = stores.keep(tick(&order, due)).await;
    let other = stores.counts(due + DAY).await.oldest_due_order;
    assert!(other > Some(due), "the other order is the longest overdue now");
    stores.keep(cancel(&order)).await;
    assert_eq!(stores.counts(due + DAY).await.oldest_due_order, other);
}

/// What comes up again later is not overdue till then.
pub async fn a_postponed_order_is_overdue_only_when_its_time_has_come(stores: &Stores) {
    let order = stores.place(1).await;
    let taken = claim(order.next_tick_at().expect("a pending order waits for something"));
    assert_eq!(stores.postpone_due(taken).await, [order.id()]);
    assert_eq!(stores.counts(taken.until - MICROSECOND).await.oldest_due_order, None);
    assert_eq!(stores.counts(taken.until).await.oldest_due_order, Some(taken.until));
}

/// The same for effects.
pub async fn the_longest_overdue_effect_is_named(stores: &Stores) {
    let placed_at = stores.place(1).await.contents().placed_at;
    stores.place_as(placement(2)).await;
    assert_eq!(stores.counts(placed_at - MICROSECOND).await.oldest_due_effect, None);
    assert_eq!(stores.counts(placed_at).await.oldest_due_effect, Some(placed_at));
    let claimed = stores.claim_effects(None, at_most(1, minutes(0))).await.swap_remove(0);
    let other = stores.counts(minutes(0)).await.oldest_due_effect;
    assert!(other > Some(placed_at), "the claimed one is in a worker's hands");
    let settlement = EffectSettlement { id: claimed.effect.id, token: claimed.token, outcome: EffectOutcome::Done };
    assert!(stores.orders.settle_effect(settlement).await.expect("the store answers"));
    assert_eq!(stores.counts(NOW + DAY * 36_500).await.oldest_due_effect, other, "what is done is never overdue");
}
