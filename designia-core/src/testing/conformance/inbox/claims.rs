//! Events: claimed by one worker at a time, fenced by tokens, and out of the way once they are settled.

use std::sync::Arc;

use crate::ports::{Claim, ClaimedEvent, InboxEvent, InboxMark, InboxOutcome, InboxState};
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::{MICROSECOND, at_most, minutes};
use crate::testing::fixtures::{NOW, claim, event};
use crate::time::{DAY, Timestamp};

/// Not a microsecond before, whatever the wall clock says.
pub async fn an_event_is_due_from_when_it_came_in(stores: &Stores) {
    for received_at in [event(1).received_at, Timestamp::from_secs(-500_000_000)] {
        let id = received_at.to_string();
        accept(stores, InboxEvent { id, received_at, ..event(1) }).await;
        assert_eq!(claim_events(stores, claim(received_at - MICROSECOND)).await, []);
        assert_eq!(claim_events(stores, claim(received_at)).await.len(), 1);
    }
}

/// The event as it came in, and the first token.
pub async fn a_claim_hands_out_the_event_with_a_token(stores: &Stores) {
    accept(stores, event(1)).await;
    assert_eq!(claim_events(stores, claim(minutes(0))).await, [ClaimedEvent { event: event(1), token: 1 }]);
    let row = stores.events(InboxState::Waiting).await.swap_remove(0);
    assert_eq!((row.claims, row.due_at), (1, claim(minutes(0)).until));
}

/// A worker that died took the event with it for so long and no longer.
pub async fn an_expired_claim_passes_on_with_a_higher_token(stores: &Stores) {
    accept(stores, event(1)).await;
    let first = claim(minutes(0));
    claim_events(stores, first).await;
    assert_eq!(claim_events(stores, claim(first.until - MICROSECOND)).await, []);
    assert_eq!(claim_events(stores, claim(first.until)).await, [ClaimedEvent { event: event(1), token: 2 }]);
}

/// However the eight are interleaved.
pub async fn eight_claimers_share_the_events_without_overlap(stores: &Stores) {
    for number in 0..40 {
        accept(stores, event(number)).await;
    }
    let claims = stores
        .at_once(8, |_| {
            let inbox = Arc::clone(&stores.inbox);
            async move {
                let mut mine = Vec::new();
                for _ in 0..40 {
                    let some = inbox.claim_events(at_most(3, minutes(0))).await.expect("the store answers");
                    mine.extend(some.into_iter().map(|claimed| (claimed.event.id, claimed.token)));
                }
                mine
            }
        })
        .await;
    let mut all: Vec<_> = claims.into_iter().flatten().collect();
    all.sort_unstable();
    assert_eq!(all, (0..40).map(|number| (event(number).id, 1)).collect::<Vec<_>>(), "each event once");
}

/// Whatever the ids.
pub async fn the_longest_overdue_events_come_first(stores: &Stores) {
    for (number, seconds) in [(1, 3), (2, 1), (3, 4), (4, 2)] {
        let received_at = event(seconds).received_at;
        accept(stores, InboxEvent { received_at, ..event(number) }).await;
    }
    assert_eq!(ids(&claim_events(stores, at_most(2, minutes(0))).await), [event(2).id, event(4).id]);
    assert_eq!(claim_events(stores, at_most(0, minutes(0))).await, []);
    assert_eq!(ids(&claim_events(stores, at_most(9, minutes(0))).await), [event(1).id, event(3).id]);
}

/// It concerned no order: folded, with the reason.
pub async fn an_ignored_event_is_never_handed_out_again(stores: &Stores) {
    let claimed = claimed(stores, 1).await;
    assert!(settle(stores, claimed.mark(minutes(1)), InboxOutcome::Ignored("a test of the endpoint".to_owned())).await);
    let row = stores.events(InboxState::Folded).await.swap_remove(0);
    assert_eq!((row.event, row.note.as_deref()), (event(1), Some("a test of the endpoint")));
    assert_eq!(claim_events(stores, claim(NOW + DAY * 36_500)).await, []);
}

/// It can't be folded: kept for a person, and in nobody's way.
pub async fn a_dead_event_is_never_handed_out_again(stores: &Stores) {
    let claimed = claimed(stores, 1).await;
    assert!(settle(stores, claimed.mark(minutes(1)), InboxOutcome::Dead("not an event".to_owned())).await);
    let row = stores.events(InboxState::Dead).await.swap_remove(0);
    assert_eq!((row.event, row.note.as_deref()), (event(1), Some("not an event")));
    accept(stores, event(2)).await;
    assert_eq!(ids(&claim_events(stores, claim(NOW + DAY * 36_500)).await), [event(2).id]);
}

/// It overtook another: it waits until the time that was named.
pub async fn an_event_that_came_too_early_is_handed_out_later(stores: &Stores) {
    let claimed = claimed(stores, 1).await;
    let later = InboxOutcome::Later { at: minutes(90), why: "no such order yet".to_owned() };
    assert!(settle(stores, claimed.mark(minutes(1)), later).await);
    let row = stores.events(InboxState::Waiting).await.swap_remove(0);
    assert_eq!((row.due_at, row.note.as_deref()), (minutes(90), Some("no such order yet")));
    assert_eq!(claim_events(stores, claim(minutes(90) - MICROSECOND)).await, []);
    assert_eq!(claim_events(stores, claim(minutes(90))).await, [ClaimedEvent { event: event(1), token: 2 }]);
}

/// A worker that was away for too long finds that another has taken over.
pub async fn a_stale_token_settles_nothing(stores: &Stores) {
    let stale = claimed(stores, 1).await;
    let present = claim_events(stores, claim(minutes(10))).await.swap_remove(0);
    let before = stores.events(InboxState::Waiting).await;
    for token in [stale.token, present.token + 1, 0] {
        assert!(
            !settle(stores, InboxMark { token, ..stale.mark(minutes(1)) }, InboxOutcome::Dead(String::new())).await
        );
    }
    assert_eq!(stores.events(InboxState::Waiting).await, before);
    assert!(settle(stores, present.mark(minutes(1)), InboxOutcome::Ignored(String::new())).await);
}

/// What is folded or dead is settled, and what never came can't be.
pub async fn a_settled_event_is_not_settled_again(stores: &Stores) {
    for (number, outcome) in
        [(1, InboxOutcome::Ignored("first".to_owned())), (2, InboxOutcome::Dead("first".to_owned()))]
    {
        let claimed = claimed(stores, number).await;
        assert!(settle(stores, claimed.mark(minutes(1)), outcome).await);
        assert!(!settle(stores, claimed.mark(minutes(1)), InboxOutcome::Dead("second".to_owned())).await);
    }
    assert_eq!(stores.events(InboxState::Folded).await[0].note.as_deref(), Some("first"));
    assert_eq!(stores.events(InboxState::Dead).await[0].note.as_deref(), Some("first"));
    let unheard_of = InboxMark { event: "evt_unheard_of".to_owned(), token: 1, at: NOW };
    assert!(!settle(stores, unheard_of, InboxOutcome::Dead(String::new())).await);
}

/// A person mended the cause, and presses the button.
pub async fn a_dead_event_can_be_revived(stores: &Stores) {
    let claimed = claimed(stores, 1).await;
    assert!(settle(stores, claimed.mark(minutes(1)), InboxOutcome::Dead("poison".to_owned())).await);
    assert!(revive(stores, &event(1).id, minutes(90)).await);
    assert_eq!(stores.events(InboxState::Dead).await, []);
    assert_eq!(claim_events(stores, claim(minutes(90) - MICROSECOND)).await, []);
    let again = claim_events(stores, claim(minutes(90))).await;
    assert_eq!(again, [ClaimedEvent { event: event(1), token: 2 }], "tokens never fall back");
}

/// A person knows better, or wants to see it happen.
pub async fn a_folded_event_can_be_revived(stores: &Stores) {
    let claimed = claimed(stores, 1).await;
    assert!(settle(stores, claimed.mark(minutes(1)), InboxOutcome::Ignored("no order".to_owned())).await);
    assert!(revive(stores, &event(1).id, minutes(90)).await);
    assert_eq!(stores.events(InboxState::Folded).await, []);
    assert_eq!(claim_events(stores, claim(minutes(90) - MICROSECOND)).await, []);
    let again = claim_events(stores, claim(minutes(90))).await;
    assert_eq!(again, [ClaimedEvent { event: event(1), token: 2 }], "tokens never fall back");
    assert!(
        !settle(stores, claimed.mark(minutes(91)), InboxOutcome::Ignored(String::new())).await,
        "the first is over"
    );
}

/// It is on its way already, whether or not a worker has it.
pub async fn what_waits_is_not_revived(stores: &Stores) {
    assert!(!revive(stores, "evt_unheard_of", minutes(90)).await);
    accept(stores, event(1)).await;
    assert!(!revive(stores, &event(1).id, minutes(90)).await);
    let claimed = claim_events(stores, claim(minutes(0))).await.swap_remove(0);
    assert!(!revive(stores, &event(1).id, minutes(90)).await);
    let before = stores.events(InboxState::Waiting).await;
    assert_eq!((before.len(), before[0].claims, before[0].log.len()), (1, 1, 1));
    assert!(settle(stores, claimed.mark(minutes(1)), InboxOutcome::Ignored(String::new())).await);
}

/// Whatever state it is in.
pub async fn an_event_that_was_settled_is_still_recognised(stores: &Stores) {
    for (number, outcome) in [(1, InboxOutcome::Ignored(String::new())), (2, InboxOutcome::Dead(String::new()))] {
        let claimed = claimed(stores, number).await;
        assert!(settle(stores, claimed.mark(minutes(1)), outcome).await);
        assert!(!stores.inbox.accept(event(number)).await.expect("the store answers"));
    }
    assert_eq!(stores.events(InboxState::Waiting).await, []);
}

async fn accept(stores: &Stores, event: InboxEvent) {
    assert!(stores.inbox.accept(event).await.expect("the store answers"), "the event is new");
}

async fn claim_events(stores: &Stores, claim: Claim) -> Vec<ClaimedEvent> {
    stores.inbox.claim_events(claim).await.expect("the store answers")
}

/// A new event in a worker's hands.
async fn claimed(stores: &Stores, number: u32) -> ClaimedEvent {
    accept(stores, event(number)).await;
    claim_events(stores, claim(minutes(0))).await.swap_remove(0)
}

async fn settle(stores: &Stores, mark: InboxMark, outcome: InboxOutcome) -> bool {
    stores.inbox.settle_event(mark, outcome).await.expect("the store answers")
}

async fn revive(stores: &Stores, id: &str, now: Timestamp) -> bool {
    stores.inbox.revive(id, now).await.expect("the store answers")
}

fn ids(claimed: &[ClaimedEvent]) -> Vec<String> {
    claimed.iter().map(|claimed| claimed.event.id.clone()).collect()
}
