//! Webhook events that are folded by a commit.

use crate::order::Order;
use crate::ports::{ClaimedEvent, Commit, InboxMark, InboxState};
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::{assert_conflict, assert_stale, cancel, learn, minutes, pay};
use crate::testing::fixtures::{NOW, claim, commit, event};

/// The change and the mark are one.
pub async fn a_commit_folds_its_event(stores: &Stores) {
    let (order, claimed) = told(stores).await;
    stores.commit(folding(&order, claimed.mark(minutes(1)))).await;
    let folded = stores.events(InboxState::Folded).await;
    assert_eq!(folded.iter().map(|row| &row.event).collect::<Vec<_>>(), [&claimed.event]);
    assert_eq!(stores.events(InboxState::Waiting).await, []);
    assert_eq!(stores.inbox.claim_events(claim(minutes(999))).await.expect("the store answers"), []);
}

/// News that was known already is folded all the same.
pub async fn a_commit_without_events_folds_its_event(stores: &Stores) {
    let (order, claimed) = told(stores).await;
    let known = stores.keep(learn(&order, Some("cs_1"), None)).await;
    let repetition = Commit { folds: Some(claimed.mark(minutes(1))), ..commit(learn(&known, Some("cs_1"), None)) };
    assert_eq!(repetition.events, []);
    stores.commit(repetition).await;
    assert_eq!(stores.events(InboxState::Folded).await.len(), 1);
    assert_eq!(stores.load(order.id()).await, known);
}

/// What a worker read that was away for too long is left to the one that took over.
pub async fn a_stale_mark_leaves_no_trace(stores: &Stores) {
    let (order, stale) = told(stores).await;
    let present = claim_event(stores, 10).await;
    let before = stores.trace(&[order.id()]).await;
    for token in [stale.token, present.token + 1, 0] {
        assert_stale(&stores.refused(folding(&order, InboxMark { token, ..stale.mark(minutes(1)) })).await);
        assert_eq!(stores.trace(&[order.id()]).await, before);
    }
    stores.commit(folding(&order, present.mark(minutes(1)))).await;
}

/// An event is folded once.
pub async fn a_folded_event_is_not_folded_again(stores: &Stores) {
    let (order, claimed) = told(stores).await;
    let folding_first = Commit { folds: Some(claimed.mark(minutes(1))), ..commit(learn(&order, Some("cs_1"), None)) };
    let order = folding_first.order.clone();
    stores.commit(folding_first).await;
    let before = stores.trace(&[order.id()]).await;
    assert_stale(&stores.refused(folding(&order, claimed.mark(minutes(1)))).await);
    assert_eq!(stores.trace(&[order.id()]).await, before);
}

/// Nobody can have claimed it.
pub async fn an_event_that_was_never_accepted_can_not_be_folded(stores: &Stores) {
    let order = stores.place(1).await;
    for token in [0, 1] {
        let mark = InboxMark { event: "evt_unheard_of".to_owned(), token, at: NOW };
        assert_stale(&stores.refused(folding(&order, mark)).await);
    }
    assert_eq!(stores.load(order.id()).await, order);
}

/// The worker keeps its claim and decides again.
pub async fn a_conflict_leaves_the_event_claimed(stores: &Stores) {
    let (order, claimed) = told(stores).await;
    let stale = folding(&order, claimed.mark(minutes(1)));
    let now = stores.keep(learn(&order, Some("cs_1"), None)).await;
    assert_conflict(&stores.refused(stale).await);
    let waiting = stores.events(InboxState::Waiting).await;
    assert_eq!((waiting.len(), waiting[0].claims), (1, claimed.token));
    stores.commit(folding(&now, claimed.mark(minutes(1)))).await;
}

/// An order that is being paid, and an event about it in a worker's hands.
async fn told(stores: &Stores) -> (Order, ClaimedEvent) {
    let order = stores.place(1).await;
    let order = stores.keep(pay(&order)).await;
    assert!(stores.inbox.accept(event(1)).await.expect("the store answers"));
    (order, claim_event(stores, 0).await)
}

async fn claim_event(stores: &Stores, minute: u32) -> ClaimedEvent {
    let mut claimed = stores.inbox.claim_events(claim(minutes(minute))).await.expect("the store answers");
    assert_eq!(claimed.len(), 1, "one event is due");
    claimed.swap_remove(0)
}

fn folding(order: &Order, mark: InboxMark) -> Commit {
    Commit { folds: Some(mark), ..commit(cancel(order)) }
}
