//! Folding an event that was folded before.

use super::*;
use crate::ports::{InboxState, InboxStepKind, OrderQueries, WebhookEvent};

#[test]
fn folding_an_event_twice_changes_nothing_but_its_log() {
    let shop = Shop::open();
    let order = shop.order();
    shop.work_off();
    let news = shop.gateway.pay(order, AttemptNo::FIRST).unwrap();
    let event = WebhookEvent { id: "evt_1".to_owned(), kind: "paid".to_owned(), created_at: shop.now() };
    let body = FakeWebhooks::body(&event, &news);
    let headers = [(FakeWebhooks::HEADER, b"secret".as_slice()), ("Stripe-Signature", b"t=1,v1=ab".as_slice())];
    assert!(block_on(shop.engine.receive_webhook(&WebhookRequest { headers: &headers, body: &body })).unwrap().is_new);
    shop.work_off();
    let (paid, history) = (block_on(shop.engine.order(order)).unwrap(), block_on(shop.store.history(order)).unwrap());
    assert!(shop.gateway.holds(order) > 0);

    shop.clock.advance(MINUTE);
    assert!(block_on(shop.engine.revive_webhook("evt_1")).unwrap());
    assert!(!block_on(shop.engine.revive_webhook("evt_1")).unwrap(), "it waits already");
    shop.work_off();
    assert_eq!(block_on(shop.engine.order(order)).unwrap(), paid);
    assert_eq!(block_on(shop.store.history(order)).unwrap(), history);

    let rows = block_on(shop.store.events_of(order)).unwrap();
    assert_eq!((rows.len(), rows[0].state, rows[0].order), (1, InboxState::Folded, Some(order)));
    assert_eq!(rows[0].event.signature.as_deref(), Some("t=1,v1=ab"));
    let steps: Vec<_> = rows[0].log.iter().map(|step| step.what).collect();
    let (claimed, folded) = (InboxStepKind::Claimed, InboxStepKind::Folded);
    assert_eq!(steps, [claimed, folded, InboxStepKind::Revived, claimed, folded]);
    let text = format!("{rows:?}");
    assert!(!text.contains("v1=ab"), "a log file tells no signature");
}
