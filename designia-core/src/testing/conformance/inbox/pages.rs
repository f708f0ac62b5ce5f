//! Keyset pages of events, newest first.

use crate::ports::{Cursor, InboxEvent, InboxOutcome, InboxState, PageRequest};
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
        assert!(stores.inbox.settle_event(claimed.mark(), outcome).await.expect("the store answers"));
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

async fn accept(stores: &Stores, numbers: impl IntoIterator<Item = u32>) {
    for number in numbers {
        assert!(stores.inbox.accept(event(number)).await.expect("the store answers"));
    }
}

async fn page(stores: &Stores, state: InboxState, after: Option<Cursor>, limit: u32) -> (Vec<String>, Option<Cursor>) {
    let page = stores.inbox.events(state, PageRequest { after, limit }).await.expect("the store answers");
    assert!(page.rows.iter().all(|row| row.state == state));
    assert!(page.rows.len() <= usize::try_from(limit).expect("a small number"), "a page is not too long");
    (page.rows.into_iter().map(|row| row.event.id).collect(), page.next)
}

/// Every event from the first page to the last.
async fn walk(stores: &Stores, state: InboxState, limit: u32) -> Vec<String> {
    let (mut met, mut after) = (Vec::new(), None);
    for _ in 0..100 {
        let (rows, next) = page(stores, state, after, limit).await;
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
