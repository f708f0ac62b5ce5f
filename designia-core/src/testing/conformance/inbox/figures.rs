//! Events in numbers.

use std::time::Duration;

use crate::ports::{DeadCause, INBOX_MINUTES, InboxEvent, InboxFigures, InboxOutcome, InboxState};
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::{MICROSECOND, minutes};
use crate::testing::fixtures::{NOW, claim, event};
use crate::time::{HOUR, MINUTE, Timestamp};

/// Nothing came in, so nothing waits.
pub async fn an_empty_inbox_has_no_figures(stores: &Stores) {
    assert_eq!(figures(stores, NOW).await, InboxFigures::default());
    assert_eq!(causes(stores, 10).await, []);
}

/// A revived event is counted where it is, and came in when it did.
pub async fn events_are_counted_by_state_and_by_minute(stores: &Stores) {
    for (number, received_at) in [(1, minute(0)), (2, minute(1) - MICROSECOND), (3, minute(1)), (4, minute(3))] {
        accept(stores, InboxEvent { received_at, ..event(number) }).await;
    }
    let all = [(minute(0), 2), (minute(1), 1), (minute(3), 1)];
    let expected = |by_state: &[(InboxState, u64)], oldest_waiting| InboxFigures {
        by_state: by_state.to_vec(),
        oldest_waiting,
        received_by_minute: all.to_vec(),
    };
    let now = minute(3) + Duration::from_secs(59);
    assert_eq!(figures(stores, now).await, expected(&[(InboxState::Waiting, 4)], Some(minute(0))));
    let claimed = stores.inbox.claim_events(claim(minute(3))).await.expect("the store answers");
    for (claimed, outcome) in
        claimed.iter().zip([InboxOutcome::Dead(String::new()), InboxOutcome::Ignored(String::new())])
    {
        let mark = claimed.mark(minute(3));
        assert!(stores.inbox.settle_event(mark, outcome).await.expect("the store answers"));
    }
    let settled = [(InboxState::Waiting, 2), (InboxState::Folded, 1), (InboxState::Dead, 1)];
    assert_eq!(figures(stores, now).await, expected(&settled, Some(minute(1))));
    assert!(stores.inbox.revive(&event(1).id, now).await.expect("the store answers"));
    assert!(!stores.inbox.accept(event(1)).await.expect("the store answers"), "a repetition did not come in");
    let revived = [(InboxState::Waiting, 3), (InboxState::Folded, 1)];
    assert_eq!(figures(stores, now).await, expected(&revived, Some(minute(0))));
}

/// The present minute is one of the sixty.
pub async fn a_minute_that_has_passed_is_told_of_for_an_hour(stores: &Stores) {
    accept(stores, InboxEvent { received_at: minute(0), ..event(1) }).await;
    accept(stores, InboxEvent { received_at: minute(30), ..event(2) }).await;
    let received = async |now: Timestamp| figures(stores, now).await.received_by_minute;
    let (first, second) = ((minute(0), 1), (minute(30), 1));
    assert_eq!(received(minute(0)).await, [first], "what is yet to come is not told of");
    assert_eq!(received(minute(30)).await, [first, second]);
    assert_eq!(received(minute(INBOX_MINUTES) - MICROSECOND).await, [first, second]);
    assert_eq!(received(minute(INBOX_MINUTES)).await, [second]);
    assert_eq!(received(minute(30) + HOUR).await, []);
    assert_eq!(figures(stores, minute(30) + HOUR).await.oldest_waiting, Some(minute(0)), "it waits all the same");
}

/// Those of the most events first.
pub async fn dead_events_are_counted_by_kind_and_cause(stores: &Stores) {
    let deaths =
        [("charge", "poison"), ("refund", "poison"), ("charge", "odd"), ("refund", "poison"), ("refund", "poison")];
    for (number, (kind, why)) in (1..).zip(deaths.into_iter().chain([("charge", "odd")])) {
        die(stores, number, kind, why).await;
    }
    accept(stores, InboxEvent { kind: "charge".to_owned(), ..event(9) }).await;
    let cause = |kind: &str, note: &str, events, oldest, newest| DeadCause {
        kind: kind.to_owned(),
        note: Some(note.to_owned()),
        events,
        oldest: event(oldest).received_at,
        newest: event(newest).received_at,
    };
    let expected =
        [cause("refund", "poison", 3, 2, 5), cause("charge", "odd", 2, 3, 6), cause("charge", "poison", 1, 1, 1)];
    assert_eq!(causes(stores, 10).await, expected);
    assert!(stores.inbox.revive(&event(1).id, minutes(9)).await.expect("the store answers"));
    assert_eq!(causes(stores, 10).await, expected[..2]);
}

/// The others are left out.
pub async fn only_so_many_causes_are_told_of(stores: &Stores) {
    for number in 1..=4 {
        die(stores, number, "charge", &number.to_string()).await;
    }
    die(stores, 5, "charge", "3").await;
    for (limit, expected) in [(0, 0), (1, 1), (3, 3), (4, 4), (9, 4)] {
        assert_eq!(causes(stores, limit).await.len(), expected);
    }
    assert_eq!(causes(stores, 1).await[0].note.as_deref(), Some("3"));
}

async fn die(stores: &Stores, number: u32, kind: &str, why: &str) {
    accept(stores, InboxEvent { kind: kind.to_owned(), ..event(number) }).await;
    let claimed = stores.inbox.claim_events(claim(minutes(0))).await.expect("the store answers").swap_remove(0);
    let outcome = InboxOutcome::Dead(why.to_owned());
    assert!(stores.inbox.settle_event(claimed.mark(minutes(1)), outcome).await.expect("the store answers"));
}

async fn accept(stores: &Stores, event: InboxEvent) {
    assert!(stores.inbox.accept(event).await.expect("the store answers"), "the event is new");
}

async fn figures(stores: &Stores, now: Timestamp) -> InboxFigures {
    let mut figures = stores.inbox.inbox_figures(now).await.expect("the store answers");
    figures.by_state.retain(|(_, events)| *events > 0);
    figures.by_state.sort_unstable();
    figures.received_by_minute.retain(|(_, events)| *events > 0);
    figures
}

async fn causes(stores: &Stores, limit: u32) -> Vec<DeadCause> {
    stores.inbox.dead_causes(limit).await.expect("the store answers")
}

/// The beginning of a minute, so many after that of [`NOW`].
fn minute(number: u32) -> Timestamp {
    InboxFigures::minute_start(InboxFigures::minute(NOW)) + MINUTE * number
}
