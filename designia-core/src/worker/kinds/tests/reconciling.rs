//! Comparing the provider's record with what webhooks brought.

use super::*;

#[test]
fn money_that_landed_after_the_end_and_whose_webhook_was_lost_is_found_and_goes_back() {
    let shop = Shop::open();
    let order = shop.expired();
    shop.run(RECONCILE, "null");
    let landed = shop.gateway.land(order, AttemptNo::FIRST).unwrap();
    shop.on_record(1, shop.now(), &landed);
    shop.clock.advance(MINUTE * 5);
    let found: Reconciliation = shop.done(RECONCILE, "null");
    assert_eq!((found.listed, found.missed, found.is_complete), (1, 1, true));
    shop.work_off();
    shop.work_off();
    assert_eq!((shop.status(order), shop.gateway.holds(order)), (OrderStatus::Cancelled, 0));
    assert_eq!(shop.gateway.refunds(order).len(), 1);

    let before = block_on(shop.engine.order(order)).unwrap();
    let again: Reconciliation = shop.done(RECONCILE, "null");
    assert_eq!((again.listed, again.missed), (1, 0), "what is compared twice is no news");
    shop.work_off();
    assert_eq!(block_on(shop.engine.order(order)).unwrap(), before);
}

#[test]
fn a_webhook_that_comes_after_the_comparison_is_a_repetition() {
    let shop = Shop::open();
    let order = shop.expired();
    let event = shop.on_record(1, shop.now(), &shop.gateway.land(order, AttemptNo::FIRST).unwrap());
    assert_eq!(shop.done::<Reconciliation>(RECONCILE, "null").missed, 1);
    let webhooks = FakeWebhooks::new("secret");
    let body = FakeWebhooks::body(&event, &WebhookSubject::Unrelated);
    let request = WebhookRequest { headers: &webhooks.headers(), body: &body };
    assert!(!block_on(shop.engine.receive_webhook(&request)).unwrap().is_new);
    assert_eq!(shop.known(), 1);
}

#[test]
fn every_page_of_every_step_is_compared_and_only_what_came_since() {
    let shop = Shop::open();
    shop.order();
    shop.clock.advance(DAY * 40);
    for number in 0..100 {
        // From 33 days ago on, one every eight hours.
        let at = shop.now() - DAY * 33 + HOUR * 8 * number;
        shop.on_record(number, at, &WebhookSubject::Unrelated);
    }
    let first: Reconciliation = shop.done(RECONCILE, "null");
    assert_eq!(first.from, shop.now() - DAY * 30, "a store with orders is compared as far back as the record goes");
    assert_eq!((first.missed, shop.known()), (91, 91));
    shop.clock.advance(HOUR * 7);
    let second: Reconciliation = shop.done(RECONCILE, "null");
    assert_eq!((second.from, second.listed), (first.until - OVERLAP_IN_TESTS, 1));
    let since = Json::of(&Reconcile { since: Some(shop.now() - DAY * 2) }).unwrap();
    let third: Reconciliation = shop.done(RECONCILE, since.as_str());
    assert_eq!((third.missed, third.listed >= 4), (0, true), "a person may have it compared again");
}

/// What the service compares again each time.
const OVERLAP_IN_TESTS: Duration = Duration::from_secs(600);

#[test]
fn an_empty_month_takes_seven_questions() {
    let shop = Shop::open();
    shop.order();
    shop.clock.advance(DAY * 40);
    assert!(shop.done::<Reconciliation>(RECONCILE, "null").is_complete);
    let asked = shop.gateway.calls().iter().filter(|call| call.method == Method::Events).count();
    assert_eq!(asked, 7);
}

#[test]
fn a_store_without_orders_is_compared_from_now_on() {
    let shop = Shop::open();
    shop.on_record(1, shop.now() - DAY, &WebhookSubject::Unrelated);
    let first: Reconciliation = shop.done(RECONCILE, "null");
    assert_eq!((first.listed, first.until), (0, shop.now()));
}

#[test]
fn a_comparison_that_fails_goes_on_where_it_stopped() {
    let shop = Shop::open();
    shop.order();
    shop.clock.advance(DAY * 40);
    for number in 0..10 {
        shop.on_record(number, shop.now() - DAY * 20 + DAY * number, &WebhookSubject::Unrelated);
    }
    let calls = |shop: &Shop| shop.gateway.calls().iter().filter(|call| call.method == Method::Events).count();
    // Windows of a quarter of a day, half a day, one day, two, four, eight; the fault is in the seventh.
    shop.gateway.script(Method::Events, (0..7).map(|_| None).chain([Some(Fault::NotSent)]));
    let task = shop.enqueue(RECONCILE, "null");
    let failed = shop.attempt(task);
    assert_eq!((failed.state, failed.due_at), (TaskState::Retry, shop.now() + MINUTE));
    assert!(failed.failures[0].error.contains("busy"), "{:?}", failed.failures);
    let (asked, noted) = (calls(&shop), block_on(shop.store.reconciled_until()).unwrap().unwrap());
    assert!(asked == 8 && noted > shop.now() - DAY * 30 && noted < shop.now(), "{asked} calls, {noted}");
    shop.clock.advance(MINUTE);
    assert_eq!(shop.attempt(task).state, TaskState::Success);
    let first = shop.done::<Reconciliation>(RECONCILE, "null");
    assert!(first.from > noted, "what was complete was not compared again");
    assert_eq!(shop.known(), 10);
}

#[test]
fn a_comparison_stops_also_between_windows() {
    let shop = Shop::open();
    shop.order();
    shop.clock.advance(DAY * 40);
    let stopped = block_on(shop.engine.reconcile(None, |_| false)).unwrap();
    assert_eq!((stopped.is_complete, stopped.until), (false, shop.now() - DAY * 30 + HOUR * 6));
}

#[test]
fn a_comparison_that_is_asked_to_stop_keeps_what_is_complete() {
    let shop = Shop::open();
    shop.order();
    shop.clock.advance(DAY * 40);
    for number in 0..7 {
        // Three pages in the second window.
        shop.on_record(number, shop.now() - DAY * 30 + HOUR * 7, &WebhookSubject::Unrelated);
    }
    let mut pages = 0;
    let stopped = block_on(shop.engine.reconcile(None, |_| {
        pages += 1;
        pages < 3
    }));
    let stopped = stopped.unwrap();
    assert_eq!((stopped.is_complete, stopped.until), (false, shop.now() - DAY * 30 + HOUR * 6));
    assert_eq!(block_on(shop.store.reconciled_until()).unwrap(), Some(stopped.until));
    let rest: Reconciliation = shop.done(RECONCILE, "null");
    assert!(rest.is_complete);
    assert_eq!(shop.known(), 7);
}
