//! Events as they come in and as they are looked at.

use std::sync::Arc;

use crate::ports::{InboxEvent, InboxRecord, InboxState};
use crate::testing::conformance::Stores;
use crate::testing::fixtures::{NOW, event};

/// Bytes are bytes, times are kept to the microsecond, and a fresh event waits from when it came in.
pub async fn an_event_comes_back_as_it_was_accepted(stores: &Stores) {
    let bodies = [Vec::new(), vec![0; 3], (0..=u8::MAX).collect(), b"{\"id\": \"evt\"}".to_vec(), vec![0xff; 70_000]];
    for (number, body) in (1..).zip(bodies) {
        let event = InboxEvent { body, ..event(number) };
        assert!(accept(stores, &event).await);
        let waiting = stores.events(InboxState::Waiting).await;
        assert_eq!(waiting[0], InboxRecord::waiting(event));
    }
}

/// The provider delivers at least once; what came first counts.
pub async fn a_repeated_event_keeps_the_first_body(stores: &Stores) {
    assert!(accept(stores, &event(1)).await);
    let again = InboxEvent { kind: "other".to_owned(), received_at: NOW, body: b"other".to_vec(), ..event(1) };
    assert!(!accept(stores, &again).await);
    assert_eq!(stores.events(InboxState::Waiting).await, [InboxRecord::waiting(event(1))]);
}

/// Ids differ in every byte, and by nothing else.
pub async fn events_are_told_apart_by_case_and_space(stores: &Stores) {
    let ids = ["evt_a", "evt_A", "evt_a ", "evt_\u{e9}", "evt_e\u{301}", "evt%"];
    for id in ids {
        assert!(accept(stores, &InboxEvent { id: id.to_owned(), ..event(1) }).await, "`{id}` is new");
    }
    assert_eq!(stores.events(InboxState::Waiting).await.len(), ids.len());
}

/// Two deliveries at the same moment are one event.
pub async fn of_sixteen_deliveries_at_once_one_is_new(stores: &Stores) {
    let results = stores
        .at_once(16, |number| {
            let inbox = Arc::clone(&stores.inbox);
            let event = InboxEvent { body: vec![u8::try_from(number).expect("a small number")], ..event(1) };
            async move { (event.body.clone(), inbox.accept(event).await.expect("the store answers")) }
        })
        .await;
    let new: Vec<_> = results.iter().filter(|(_, is_new)| *is_new).collect();
    assert_eq!(new.len(), 1, "of {results:?}");
    let waiting = stores.events(InboxState::Waiting).await;
    assert_eq!(waiting.iter().map(|row| &row.event.body).collect::<Vec<_>>(), [&new[0].0], "the first body is kept");
}

async fn accept(stores: &Stores, event: &InboxEvent) -> bool {
    stores.inbox.accept(event.clone()).await.expect("the store answers")
}
