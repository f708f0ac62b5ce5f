//! The effects of all orders that a person may have to look at.

use crate::effect::{ClaimedEffect, EffectId, EffectOutcome, EffectRecord, EffectSettlement};
use crate::id::OrderId;
use crate::ports::{Claim, Cursor, OpenEffects, PageRequest, StoreErrorKind};
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::{at_most, minutes};
use crate::testing::fixtures::{NOW, claim, order_id, placement};
use crate::time::DAY;

/// As they are, whichever order they are of.
pub async fn effects_come_by_state_the_earliest_due_first(stores: &Stores) {
    place(stores, 1..=6).await;
    // Orders 1 to 4 were planned first, so they are claimed first.
    let claimed = stores.claim_effects(None, at_most(4, minutes(0))).await;
    let unknown = |minute| EffectOutcome::Unknown { at: minutes(minute), why: "timed out".to_owned() };
    settle(stores, &claimed[0], unknown(9)).await;
    settle(stores, &claimed[1], unknown(3)).await;
    assert_eq!(orders(stores, OpenEffects::Planned).await, numbered(&[5, 6]));
    assert_eq!(orders(stores, OpenEffects::Sent).await, numbered(&[3, 4]));
    assert_eq!(orders(stores, OpenEffects::Unknown).await, numbered(&[2, 1]));
    assert_eq!(orders(stores, OpenEffects::Refused).await, []);
    for row in walk(stores, OpenEffects::Unknown, 1).await {
        assert!(stores.effects(row.effect.id.order).await.contains(&row), "with all that is known about it");
    }
}

/// What was refused last is at the top.
pub async fn refused_effects_come_latest_first(stores: &Stores) {
    place(stores, 1..=4).await;
    for minute in 0..3 {
        let until = minutes(minute * 10 + 1);
        let asked = Claim { now: minutes(minute * 10), until, limit: 1 };
        let claimed = stores.claim_effects(None, asked).await;
        settle(stores, &claimed[0], EffectOutcome::Refused("no".to_owned())).await;
    }
    assert_eq!(orders(stores, OpenEffects::Refused).await, numbered(&[3, 2, 1]));
    assert_eq!(orders(stores, OpenEffects::Planned).await, numbered(&[4]));
}

/// Even if all are due at the same moment, and whatever their numbers.
pub async fn pages_of_any_length_hold_each_effect_once(stores: &Stores) {
    place(stores, 1..=7).await;
    let claimed = stores.claim_effects(None, claim(minutes(0))).await;
    let mut expected: Vec<_> = claimed.iter().map(|it| it.effect.id).collect();
    expected.sort_unstable();
    assert_eq!(expected.len(), 7);
    for limit in [1, 2, 3, 6, 7, 8] {
        let met: Vec<EffectId> = walk(stores, OpenEffects::Sent, limit).await.iter().map(|it| it.effect.id).collect();
        assert_eq!(met, expected, "pages of {limit}");
    }
    for claimed in &claimed {
        settle(stores, claimed, EffectOutcome::Refused("no".to_owned())).await;
    }
    expected.reverse();
    for limit in [1, 2, 3, 6, 7, 8] {
        let met = walk(stores, OpenEffects::Refused, limit).await;
        assert_eq!(met.iter().map(|it| it.effect.id).collect::<Vec<_>>(), expected, "pages of {limit}");
    }
}

/// They are read with their order.
pub async fn effects_that_are_done_are_on_no_page(stores: &Stores) {
    place(stores, 1..=2).await;
    for claimed in stores.claim_effects(None, claim(minutes(0))).await {
        settle(stores, &claimed, EffectOutcome::Done).await;
    }
    for of in OpenEffects::ALL {
        assert_eq!(walk(stores, of, 10).await, []);
    }
}

/// It was made up, or of another list.
pub async fn a_cursor_that_names_no_effect_is_invalid(stores: &Stores) {
    for id in
        ["", "one", &order_id(1).to_string(), &format!("{}.1.300", order_id(1)), &format!("{}.1.0.0", order_id(1))]
    {
        for of in OpenEffects::ALL {
            let after = Some(Cursor { at: NOW + DAY, id: id.to_owned() });
            let refused = stores.queries.effects_in(of, PageRequest { after, limit: 1 }).await;
            assert_eq!(refused.map_err(|error| error.kind), Err(StoreErrorKind::Invalid), "`{id}`");
        }
    }
}

async fn place(stores: &Stores, numbers: impl IntoIterator<Item = u32>) {
    stores.shelve().await;
    for number in numbers {
        stores.place_as(placement(number)).await;
    }
}

async fn settle(stores: &Stores, claimed: &ClaimedEffect, outcome: EffectOutcome) {
    let settlement = EffectSettlement { id: claimed.effect.id, token: claimed.token, outcome };
    assert!(stores.orders.settle_effect(settlement).await.expect("the store answers"));
}

async fn orders(stores: &Stores, of: OpenEffects) -> Vec<OrderId> {
    walk(stores, of, 2).await.into_iter().map(|row| row.effect.id.order).collect()
}

fn numbered(numbers: &[u32]) -> Vec<OrderId> {
    numbers.iter().copied().map(order_id).collect()
}

/// Every effect from the first page to the last.
async fn walk(stores: &Stores, of: OpenEffects, limit: u32) -> Vec<EffectRecord> {
    let (mut met, mut after) = (Vec::new(), None);
    for _ in 0..100 {
        let page = stores.queries.effects_in(of, PageRequest { after, limit }).await.expect("the store answers");
        assert!(page.rows.iter().all(|row| row.state == of.state()));
        assert!(page.rows.len() <= usize::try_from(limit).expect("a small number"), "a page is not too long");
        met.extend(page.rows);
        after = page.next;
        if after.is_none() {
            return met;
        }
    }
    panic!("the pages come to no end");
}
