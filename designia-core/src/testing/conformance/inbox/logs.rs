//! What was done about an event, step by step, and for which order.

use crate::id::OrderId;
use crate::order::Order;
use crate::ports::{
    ClaimedEvent, Commit, INBOX_LOG, InboxEvent, InboxOutcome, InboxRecord, InboxState, InboxStep, InboxStepKind,
};
use crate::testing::conformance::Stores;
use crate::testing::conformance::steps::{learn, minutes, pay};
use crate::testing::fixtures::{claim, commit, event, order_id};
use crate::time::Timestamp;

/// With its signature, if it has one, and by nothing but the whole id.
pub async fn one_event_is_found_by_its_id(stores: &Stores) {
    accept(stores, event(1)).await;
    let fetched = InboxEvent { signature: None, ..event(2) };
    accept(stores, fetched.clone()).await;
    assert_eq!(find(stores, &event(1).id).await, Some(InboxRecord::waiting(event(1))));
    assert_eq!(find(stores, &event(2).id).await, Some(InboxRecord::waiting(fetched)));
    for id in ["", "evt", "EVT_0001", "evt_0001 "] {
        assert_eq!(find(stores, id).await, None, "`{id}`");
    }
}

/// Who had it, what came of it, when and why.
pub async fn a_log_tells_every_step_in_order(stores: &Stores) {
    accept(stores, event(1)).await;
    let later = InboxOutcome::Later { at: minutes(10), why: "no such order yet".to_owned() };
    settle(stores, 0, later).await;
    settle(stores, 10, InboxOutcome::Dead("poison \"\u{e9}\n".to_owned())).await;
    assert!(stores.inbox.revive(&event(1).id, minutes(20)).await.expect("the store answers"));
    settle(stores, 20, InboxOutcome::Ignored("no order".to_owned())).await;
    let step =
        |minute, what, note: Option<&str>| InboxStep { at: minutes(minute), what, note: note.map(str::to_owned) };
    let log = [
        step(0, InboxStepKind::Claimed, None),
        step(1, InboxStepKind::Later, Some("no such order yet")),
        step(10, InboxStepKind::Claimed, None),
        step(11, InboxStepKind::Dead, Some("poison \"\u{e9}\n")),
        step(20, InboxStepKind::Revived, None),
        step(20, InboxStepKind::Claimed, None),
        step(21, InboxStepKind::Ignored, Some("no order")),
    ];
    assert_eq!(stores.events(InboxState::Folded).await[0].log, log);
}

/// Statements say the same as the functions of [`InboxRecord`].
pub async fn a_row_says_what_its_record_would(stores: &Stores) {
    accept(stores, event(1)).await;
    let mut record = InboxRecord::waiting(event(1));
    let why = || "why".to_owned();
    let outcomes =
        [InboxOutcome::Later { at: minutes(5), why: why() }, InboxOutcome::Dead(why()), InboxOutcome::Ignored(why())];
    for (minute, outcome) in (0..).step_by(10).zip(outcomes) {
        let claimed = claim_event(stores, minute).await;
        assert_eq!(record.claim(claim(minutes(minute))).as_ref(), Some(&claimed));
        assert_eq!(find(stores, &event(1).id).await.as_ref(), Some(&record));
        let mark = claimed.mark(minutes(minute + 1));
        assert!(stores.inbox.settle_event(mark.clone(), outcome.clone()).await.expect("the store answers"));
        record.settle(outcome, mark.at);
        assert_eq!(find(stores, &event(1).id).await.as_ref(), Some(&record));
        let is_revived = stores.inbox.revive(&event(1).id, minutes(minute + 2)).await.expect("the store answers");
        assert_eq!(record.revive(minutes(minute + 2)), is_revived);
        assert_eq!(find(stores, &event(1).id).await.as_ref(), Some(&record));
    }
}

/// An event that is put off for weeks doesn't grow.
pub async fn a_log_keeps_the_latest_fifty_steps(stores: &Stores) {
    accept(stores, event(1)).await;
    for number in 0..30 {
        settle(stores, number * 10, InboxOutcome::Later { at: minutes(number * 10 + 5), why: number.to_string() })
            .await;
    }
    let log = stores.events(InboxState::Waiting).await.swap_remove(0).log;
    assert_eq!(log.len(), INBOX_LOG);
    assert_eq!((log[0].what, log[0].at), (InboxStepKind::Claimed, minutes(50)), "the oldest are gone");
    assert_eq!(log[INBOX_LOG - 1].note.as_deref(), Some("29"));
}

/// And says when.
pub async fn an_event_that_a_commit_folded_names_the_order(stores: &Stores) {
    let order = stores.place(1).await;
    let order = stores.keep(pay(&order)).await;
    accept(stores, event(1)).await;
    let claimed = claim_event(stores, 0).await;
    let (before, mark) = (find(stores, &event(1).id).await, claimed.mark(minutes(3)));
    stores.commit(Commit { folds: Some(mark), ..commit(learn(&order, Some("cs_1"), None)) }).await;
    let mut expected = before.expect("the event is there");
    assert_eq!(expected.order, None);
    expected.fold(order.id(), minutes(3));
    assert_eq!(find(stores, &event(1).id).await, Some(expected));
    assert!(stores.inbox.revive(&event(1).id, minutes(9)).await.expect("the store answers"));
    let revived = find(stores, &event(1).id).await.expect("the event is there");
    assert_eq!((revived.order, revived.state), (Some(order.id()), InboxState::Waiting), "it did change that order");
}

/// Those that it was told of, by when they came in.
pub async fn the_events_of_an_order_come_oldest_first_and_no_others(stores: &Stores) {
    let mut order = stores.place(1).await;
    order = stores.keep(pay(&order)).await;
    let other = stores.keep(pay(&stores.place(2).await)).await;
    for number in [3, 1, 2] {
        order = told(stores, &order, number).await;
    }
    told(stores, &other, 4).await;
    accept(stores, event(5)).await;
    let of = async |order: OrderId| {
        let rows = stores.inbox.events_of(order).await.expect("the store answers");
        assert!(rows.iter().all(|row| row.order == Some(order)));
        rows.into_iter().map(|row| row.event.id).collect::<Vec<_>>()
    };
    assert_eq!(of(order.id()).await, [event(1).id, event(2).id, event(3).id]);
    assert_eq!(of(other.id()).await, [event(4).id]);
    assert_eq!(of(order_id(9)).await, [""; 0]);
}

/// An event comes in, and is folded into the order, to which it is no news.
async fn told(stores: &Stores, order: &Order, number: u32) -> Order {
    accept(stores, event(number)).await;
    let mark = claim_event(stores, 0).await.mark(minutes(1));
    let name = format!("cs_{}", order.id());
    let change = Commit { folds: Some(mark), ..commit(learn(order, Some(&name), None)) };
    let order = change.order.clone();
    stores.commit(change).await;
    order
}

async fn accept(stores: &Stores, event: InboxEvent) {
    assert!(stores.inbox.accept(event).await.expect("the store answers"), "the event is new");
}

async fn find(stores: &Stores, id: &str) -> Option<InboxRecord> {
    stores.inbox.event(id).await.expect("the store answers")
}

async fn claim_event(stores: &Stores, minute: u32) -> ClaimedEvent {
    let now: Timestamp = minutes(minute);
    let mut claimed = stores.inbox.claim_events(claim(now)).await.expect("the store answers");
    assert_eq!(claimed.len(), 1, "one event is due");
    claimed.swap_remove(0)
}

/// Claims the only event that is due, and settles it a minute later.
async fn settle(stores: &Stores, minute: u32, outcome: InboxOutcome) {
    let mark = claim_event(stores, minute).await.mark(minutes(minute + 1));
    assert!(stores.inbox.settle_event(mark, outcome).await.expect("the store answers"));
}
