//! What is stored comes back as it was.

use std::time::Duration;

use crate::effect::EffectRecord;
use crate::money::Money;
use crate::order::{Order, Placement, TimeoutPolicy};
use crate::testing::conformance::Stores;
use crate::testing::fixtures::{commit, currency, order_id, placement};
use crate::testing::lives::lives;
use crate::time::{DAY, Timestamp};

/// Statuses, attempts, refunds, holds, quarantines: all that a life of an order can leave in it.
pub async fn an_order_survives_at_every_step_of_every_life(stores: &Stores) {
    stores.shelve().await;
    for life in lives() {
        for commit in life.commits {
            let order = commit.order.clone();
            stores.commit(commit).await;
            assert_eq!(stores.load(order.id()).await, order, "an order that is {}", life.name);
        }
    }
}

/// Numbers, times, causes and events.
pub async fn every_event_and_its_cause_survive_in_order(stores: &Stores) {
    stores.shelve().await;
    for life in lives() {
        let id = life.commits[0].order.id();
        let events: Vec<_> = life.commits.iter().flat_map(|commit| commit.events.clone()).collect();
        for commit in life.commits {
            stores.commit(commit).await;
        }
        assert_eq!(stores.history(id).await, events, "an order that is {}", life.name);
    }
}

/// The history that is kept is the whole history.
pub async fn the_stored_history_replays_to_the_stored_order(stores: &Stores) {
    stores.shelve().await;
    for life in lives() {
        let id = life.commits[0].order.id();
        for commit in life.commits {
            stores.commit(commit).await;
        }
        let history = stores.history(id).await;
        let replayed = Order::replay(history.iter().map(|recorded| (&recorded.event, recorded.at)));
        assert_eq!(replayed, Some(stores.load(id).await), "an order that is {}", life.name);
    }
}

/// The request that was frozen is the request that is sent, under the key that was derived for it.
pub async fn every_planned_effect_survives(stores: &Stores) {
    stores.shelve().await;
    for life in lives() {
        let id = life.commits[0].order.id();
        let effects = life.commits.iter().flat_map(|commit| commit.changes.effects.clone());
        let mut planned: Vec<_> = effects.map(EffectRecord::planned).collect();
        planned.sort_by_key(|row| row.effect.id);
        for commit in life.commits {
            stores.commit(commit).await;
        }
        assert_eq!(stores.effects(id).await, planned, "an order that is {}", life.name);
    }
}

/// No float, no rounding, no second of slack.
pub async fn minor_units_and_microseconds_survive_at_the_edges(stores: &Stores) {
    stores.shelve().await;
    let edges = [
        (1, "JPY", 1, Timestamp::from_micros(1)),
        (2, "KWD", i64::MAX / 1_000 - 7, Timestamp::from_micros(-1)),
        (3, "CLF", (1 << 53) + 1, Timestamp::from_micros(9_007_199_254_740_993)),
    ];
    for (number, code, minor, placed_at) in edges {
        let mut placement = Placement { currency: currency(code), ..placement(number) };
        placement.terms.timeout.shown = DAY + Duration::from_micros(1);
        placement.terms.timeout.reminders = vec![Duration::from_micros(1)];
        for (_, lines, shipping) in &mut placement.consignments {
            *shipping = Money::zero(currency(code));
            for line in lines {
                line.quantity = 1;
                line.unit_price = Money::new(minor, currency(code));
            }
        }
        let decision = Order::place(placement, placed_at).expect("a placement that is in order");
        let order = decision.order.clone();
        stores.commit(commit(decision)).await;
        assert_eq!(stores.load(order_id(number)).await, order);
        assert_eq!(stores.history(order_id(number)).await[0].at, placed_at);
    }
}

/// An order without anything that it can do without.
pub async fn what_was_left_out_stays_left_out(stores: &Stores) {
    stores.shelve().await;
    let mut placement = placement(1);
    placement.email = None;
    placement.ship_to = None;
    placement.notes = String::new();
    placement.quotes = Vec::new();
    placement.terms.timeout = TimeoutPolicy { reminders: Vec::new(), ..TimeoutPolicy::default() };
    placement.consignments.truncate(1);
    let order = stores.place_as(placement).await;
    assert_eq!(stores.load(order.id()).await, order);
}
