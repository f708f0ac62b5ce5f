//! Lists of orders by deadline, the earliest first.

use std::collections::BTreeMap;

use crate::id::OrderId;
use crate::order::{Order, Placement, TimeoutPolicy};
use crate::ports::{Agenda, Cursor, Page, PageRequest, StoreErrorKind};
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::{MICROSECOND, assert_conflict, at_most, cancel, capture, pay};
use crate::testing::fixtures::{NOW, claim, commit, order_id, placement};
use crate::testing::lives::lives;
use crate::time::{HOUR, Timestamp};

/// No orders, no deadlines, no next page.
pub async fn an_agenda_of_nothing_is_empty(stores: &Stores) {
    for of in Agenda::ALL {
        assert_eq!(page(stores, of, None, 10).await, Page { rows: Vec::new(), next: None });
    }
}

/// Whatever happens to an order, it is on each agenda where it belongs, as it is.
pub async fn every_agenda_follows_the_orders_through_every_life(stores: &Stores) {
    stores.shelve().await;
    let mut orders = BTreeMap::<OrderId, Order>::new();
    let (mut lives, mut is_any) = (lives(), BTreeMap::<Agenda, bool>::new());
    // All of them at once, a step each.
    while lives.iter().any(|life| !life.commits.is_empty()) {
        for life in lives.iter_mut().filter(|life| !life.commits.is_empty()) {
            let commit = life.commits.remove(0);
            orders.insert(commit.order.id(), commit.order.clone());
            stores.commit(commit).await;
        }
        for of in Agenda::ALL {
            let mut expected: Vec<_> =
                orders.values().filter_map(|order| Some((deadline(of, order)?, order.id(), order))).collect();
            expected.sort_unstable_by_key(|(at, id, _)| (*at, *id));
            let expected: Vec<_> = expected.into_iter().map(|(.., order)| order.clone()).collect();
            assert_eq!(page(stores, of, None, 100).await.rows, expected, "{of:?}");
            *is_any.entry(of).or_default() |= !expected.is_empty();
        }
    }
    assert!(is_any.values().all(|is_any| *is_any), "every agenda had something on it: {is_any:?}");
}

/// Who ordered first need not be the first to run out.
pub async fn an_agenda_is_told_by_deadline_and_not_by_age(stores: &Stores) {
    stores.shelve().await;
    for (number, hours) in [(1, 50), (2, 10), (3, 30), (4, 20), (5, 40)] {
        stores.place_as(expiring_after(number, hours)).await;
    }
    for limit in [1, 2, 3, 5, 6] {
        assert_eq!(walk(stores, Agenda::PaymentDue, limit).await, [2, 4, 3, 5, 1].map(order_id), "pages of {limit}");
    }
    let first = page(stores, Agenda::PaymentDue, None, 1).await;
    let expires_at = first.rows[0].expires_at().expect("it waits for money");
    assert_eq!(first.next.expect("there are more").at, expires_at, "the cursor names the deadline");
}

/// A moment is no key: the id decides between deadlines of one microsecond.
pub async fn deadlines_of_one_moment_are_paged_exactly(stores: &Stores) {
    stores.shelve().await;
    for number in [4, 2, 7, 1, 6, 3, 5] {
        stores.commit(commit(Order::place(placement(number), NOW).expect("a placement that is in order"))).await;
    }
    for of in [Agenda::PaymentDue, Agenda::Timer] {
        for limit in [1, 2, 3, 7] {
            assert_eq!(walk(stores, of, limit).await, (1..=7).map(order_id).collect::<Vec<_>>(), "pages of {limit}");
        }
    }
}

/// It wants nothing before.
pub async fn a_postponed_order_is_on_the_timers_agenda_when_the_claim_runs_out(stores: &Stores) {
    stores.shelve().await;
    for number in [1, 2, 3] {
        stores.place_as(placement(number)).await;
    }
    let first = stores.load(order_id(1)).await.next_tick_at().expect("it waits for something");
    let taken = at_most(1, first);
    assert_eq!(stores.postpone_due(taken).await, [order_id(1)]);
    assert_eq!(walk(stores, Agenda::Timer, 2).await, [2, 3, 1].map(order_id));
    let after = |at| Some(Cursor { at, id: order_id(1).to_string() });
    assert_eq!(page(stores, Agenda::Timer, after(taken.until - MICROSECOND), 2).await.rows.len(), 1);
    assert_eq!(page(stores, Agenda::Timer, after(taken.until), 2).await.rows, []);
    assert_eq!(walk(stores, Agenda::PaymentDue, 2).await, [1, 2, 3].map(order_id), "when it expires is no claim's");
}

/// Changing what is due is a commit like any other.
pub async fn what_was_changed_when_it_was_due_is_where_it_belongs_then(stores: &Stores) {
    stores.shelve().await;
    for (number, hours) in [(1, 30), (2, 60)] {
        stores.place_as(expiring_after(number, hours)).await;
    }
    assert_eq!(stores.tick_due(claim(NOW + HOUR * 31)).await.len(), 2);
    assert_eq!(walk(stores, Agenda::PaymentDue, 9).await, [order_id(2)], "the other was cancelled");
    let order = stores.load(order_id(2)).await;
    let timer: Vec<_> = page(stores, Agenda::Timer, None, 9).await.rows;
    assert!(timer.contains(&order), "it has been reminded of, and waits on");
    let order = stores.keep(pay(&order)).await;
    stores.keep(capture(&order)).await;
    assert_eq!(walk(stores, Agenda::PaymentDue, 9).await, [], "it was paid");
}

/// What was not stored has no deadline.
pub async fn a_refused_commit_moves_nothing_on_an_agenda(stores: &Stores) {
    let order = stores.place(1).await;
    let cancelled = cancel(&order);
    stores.keep(pay(&order)).await;
    assert_conflict(&stores.refused(commit(cancelled)).await);
    assert_eq!(walk(stores, Agenda::PaymentDue, 9).await, [order_id(1)]);
}

/// A cursor that no page gave out is the caller's mistake.
pub async fn a_cursor_of_an_agenda_that_names_no_order_is_invalid(stores: &Stores) {
    for of in Agenda::ALL {
        let after = Some(Cursor { at: NOW, id: "'; DROP TABLE orders; --".to_owned() });
        let error = stores.queries.agenda(of, PageRequest { after, limit: 2 }).await.expect_err("no such cursor");
        assert_eq!(error.kind, StoreErrorKind::Invalid, "got {error}");
    }
}

/// An order that expires so many hours after it was placed.
pub(super) fn expiring_after(number: u32, hours: u32) -> Placement {
    let mut placement = placement(number);
    let timeout = TimeoutPolicy { shown: HOUR, enforced: HOUR * hours, ..TimeoutPolicy::default() };
    placement.terms.timeout = timeout;
    placement
}

fn deadline(of: Agenda, order: &Order) -> Option<Timestamp> {
    match of {
        Agenda::PaymentDue => order.expires_at(),
        Agenda::Attention => order.attention().first().map(|it| it.deadline),
        Agenda::Timer => order.next_tick_at(),
    }
}

async fn page(stores: &Stores, of: Agenda, after: Option<Cursor>, limit: u32) -> Page<Order> {
    stores.queries.agenda(of, PageRequest { after, limit }).await.expect("the store answers")
}

/// Every order from the first page to the last.
async fn walk(stores: &Stores, of: Agenda, limit: u32) -> Vec<OrderId> {
    let (mut met, mut after) = (Vec::new(), None);
    for _ in 0..100 {
        let page = page(stores, of, after, limit).await;
        assert!(page.rows.len() <= usize::try_from(limit).expect("a small number"), "a page is not too long");
        met.extend(page.rows.iter().map(Order::id));
        after = page.next;
        if after.is_none() {
            return met;
        }
    }
    panic!("the pages come to no end");
}
