//! Keyset pages of events, newest first.

use crate::ports::{Cursor, InboxEvent, InboxFilter, InboxOutcome, InboxState, PageRequest};
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::minutes;
use crate::testing::fixtures::{claim, event};

/// The latest to come in first, in the state that was asked for.
pub async fn events_come_newest_first_by_state(stores: &Stores) {
    accept(stores, [2, 4, 1, 3]).await;
    for claimed in stores.inbox.claim_events(claim(minutes(0))).await.expect("the store answers") {
        let outcome = if claimed.event.id < event(3).id {
            InboxOutcome::Dead("odd".to_owned())
        } else {
            InboxOutcome::Ignored("even".to_owned())
        };
        assert!(stores.inbox.settle_event(claimed.mark(minutes(1)), outcome).await.expect("the store answers"));
    }
    accept(stores, [6, 5]).await;
    assert_eq!(walk(stores, InboxState::Waiting, 1).await, numbered([6, 5]));
    assert_eq!(walk(stores, InboxState::Folded, 1).await, numbered([4, 3]));
    assert_eq!(walk(stores, InboxState::Dead, 1).await, numbered([2, 1]));
}

/// Following `next` from page to page meets every event once, and comes to an end.
pub async fn pages_of_any_length_hold_each_event_once(stores: &Stores) {
    accept(stores, 1..=7).await;
    for limit in [1, 2, 3, 6, 7, 8] {
        assert_eq!(walk(stores, InboxState::Waiting, limit).await, numbered((1..=7).rev()), "pages of {limit}");
    }
}

/// A burst comes in within one microsecond: the id decides.
pub async fn events_of_one_moment_are_paged_exactly(stores: &Stores) {
    for number in 1..=7 {
        let same = InboxEvent { received_at: event(0).received_at, ..event(number) };
        assert!(stores.inbox.accept(same).await.expect("the store answers"));
    }
    for limit in [1, 2, 3, 7] {
        let mut met = walk(stores, InboxState::Waiting, limit).await;
        met.sort_unstable();
        assert_eq!(met, numbered(1..=7), "pages of {limit}");
    }
}

/// Events that come in between two pages move none of the others.
pub async fn events_between_two_pages_displace_no_other(stores: &Stores) {
    accept(stores, [10, 20, 30, 40]).await;
    let (first, next) = page(stores, InboxState::Waiting, None, 2).await;
    assert_eq!(first, numbered([40, 30]));
    accept(stores, [50, 35]).await;
    let (second, _) = page(stores, InboxState::Waiting, next, 2).await;
    assert_eq!(second, numbered([20, 10]));
}

/// Newest first, whatever has become of them.
pub async fn a_page_without_a_filter_holds_events_in_every_state(stores: &Stores) {
    settled(stores, [1, 4], InboxOutcome::Dead("odd".to_owned())).await;
    settled(stores, [2, 5], InboxOutcome::Ignored("even".to_owned())).await;
    accept(stores, [3, 6]).await;
    for limit in [1, 2, 3, 6, 7] {
        assert_eq!(walk_of(stores, &InboxFilter::default(), limit).await, numbered((1..=6).rev()), "pages of {limit}");
    }
}

/// From the first moment on, and up to but without the last; together with a state, too.
pub async fn a_page_of_a_time_holds_what_came_in_then(stores: &Stores) {
    settled(stores, [1, 4], InboxOutcome::Dead("odd".to_owned())).await;
    accept(stores, [2, 3, 5, 6]).await;
    let at = |number| Some(event(number).received_at);
    let of = |received_from, received_before, state| InboxFilter { state, received_from, received_before, kind: None };
    let dead = Some(InboxState::Dead);
    for (filter, expected) in [
        (of(at(3), None, None), vec![6, 5, 4, 3]),
        (of(None, at(3), None), vec![2, 1]),
        (of(at(2), at(5), None), vec![4, 3, 2]),
        (of(at(2), at(5), dead), vec![4]),
        (of(at(5), None, dead), vec![]),
        (of(at(5), at(5), None), vec![]),
        (of(at(5), at(2), None), vec![]),
    ] {
        for limit in [1, 2, 9] {
            assert_eq!(
                walk_of(stores, &filter, limit).await,
                numbered(expected.clone()),
                "{filter:?}, pages of {limit}"
            );
        }
    }
}

/// Alone, and together with all else that can be asked for.
pub async fn a_page_of_a_kind_holds_that_kind_alone(stores: &Stores) {
    for number in 1..=9 {
        let kind = if number % 3 == 0 { "charge.refunded" } else { "charge.updated" };
        let event = InboxEvent { kind: kind.to_owned(), ..event(number) };
        assert!(stores.inbox.accept(event).await.expect("the store answers"));
    }
    let of = |kind: &str| InboxFilter { kind: Some(kind.to_owned()), ..InboxFilter::default() };
    for limit in [1, 2, 3, 4] {
        assert_eq!(walk_of(stores, &of("charge.refunded"), limit).await, numbered([9, 6, 3]), "pages of {limit}");
        assert_eq!(walk_of(stores, &of("charge"), limit).await, numbered([]), "pages of {limit}");
    }
    let early = InboxFilter { received_before: Some(event(9).received_at), ..of("charge.refunded") };
    assert_eq!(walk_of(stores, &early, 1).await, numbered([6, 3]));
    let dead = InboxFilter { state: Some(InboxState::Dead), ..of("charge.refunded") };
    assert_eq!(walk_of(stores, &dead, 1).await, numbered([]));
}

/// Comes in, and comes to this end.
async fn settled(stores: &Stores, numbers: impl IntoIterator<Item = u32>, outcome: InboxOutcome) {
    accept(stores, numbers).await;
    for claimed in stores.inbox.claim_events(claim(minutes(0))).await.expect("the store answers") {
        let mark = claimed.mark(minutes(1));
        assert!(stores.inbox.settle_event(mark, outcome.clone()).await.expect("the store answers"));
    }
}

async fn accept(stores: &Stores, numbers: impl IntoIterator<Item = u32>) {
    for number in numbers {
        assert!(stores.inbox.accept(event(number)).await.expect("the store answers"));
    }
}

async fn page(stores: &Stores, state: InboxState, after: Option<Cursor>, limit: u32) -> (Vec<String>, Option<Cursor>) {
    page_of(stores, &InboxFilter::of(state), after, limit).await
}

async fn page_of(
    stores: &Stores,
    filter: &InboxFilter,
    after: Option<Cursor>,
    limit: u32,
) -> (Vec<String>, Option<Cursor>) {
    let page = stores.inbox.events(filter, PageRequest { after, limit }).await.expect("the store answers");
    assert!(page.rows.iter().all(|row| filter.state.is_none_or(|state| row.state == state)));
    assert!(page.rows.len() <= usize::try_from(limit).expect("a small number"), "a page is not too long");
    (page.rows.into_iter().map(|row| row.event.id).collect(), page.next)
}

async fn walk(stores: &Stores, state: InboxState, limit: u32) -> Vec<String> {
    walk_of(stores, &InboxFilter::of(state), limit).await
}

/// Every event from the first page to the last.
async fn walk_of(stores: &Stores, filter: &InboxFilter, limit: u32) -> Vec<String> {
    let (mut met, mut after) = (Vec::new(), None);
    for _ in 0..100 {
        let (rows, next) = page_of(stores, filter, after, limit).await;
        met.extend(rows);
        after = next;
        if after.is_none() {
            return met;
        }
    }
    panic!("the pages come to no end");
}

fn numbered(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    numbers.into_iter().map(|number| event(number).id).collect()
}
