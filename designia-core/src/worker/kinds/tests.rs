//! The engine's kinds, run by a real worker over the reference store.

#![expect(clippy::unwrap_used, reason = "test helpers stand outside of #[test] functions")]

use std::future::pending;
use std::sync::Arc;

use super::*;
use crate::id::{AttemptNo, TaskId};
use crate::memory::{MemoryNotifier, MemoryStore};
use crate::order::OrderStatus;
use crate::payment::PaymentMethod;
use crate::ports::{
    CatalogStore, IdGenerator, Inbox, InboxFilter, InboxState, ListedEvent, PageRequest, Ports, RateSourceErrorKind,
    RateStore, TaskConsole, TaskQueue, Tasks, WebhookEvent, WebhookRequest, WebhookSubject,
};
use crate::service::{Checkout, CheckoutItem, Policy};
use crate::task::{TaskRecord, TaskState, WorkerName};
use crate::testing::fixtures::{NOW, buyer, currency, day, product, product_id};
use crate::testing::{FakeWebhooks, Fault, FixedClock, FixedRates, Method, ScriptedGateway, SequentialIds, block_on};
use crate::worker::{TaskWorker, WorkerConfig};

mod reconciling;
mod reviving;

const KEPT_FOR: Duration = DAY;

struct Shop {
    engine: Engine,
    store: MemoryStore,
    clock: FixedClock,
    gateway: ScriptedGateway,
    source: FixedRates,
    ids: SequentialIds,
    registry: TaskRegistry,
    worker: TaskWorker,
}

impl Shop {
    fn open() -> Self {
        Self::with_tasks(Tasks::in_store)
    }

    fn with_tasks(tasks: impl FnOnce(Arc<MemoryStore>) -> Tasks) -> Self {
        let (store, clock, gateway) = (MemoryStore::new(), FixedClock::at(NOW), ScriptedGateway::new());
        let shared = Arc::new(store.clone());
        let rate = |code, text: &str| (currency(code), text.parse().unwrap());
        let source = FixedRates::new("test", currency("EUR")).with(day(0), [rate("USD", "1.1"), rate("JPY", "158.4")]);
        let ids = SequentialIds::new();
        let ports = Ports {
            orders: shared.clone(),
            queries: shared.clone(),
            catalog: shared.clone(),
            inbox: shared.clone(),
            rates: shared.clone(),
            rate_sources: vec![Arc::new(source.clone())],
            gateway: Arc::new(gateway.clone()),
            webhooks: Arc::new(FakeWebhooks::new("secret")),
            notifier: Arc::new(MemoryNotifier::new(100)),
            tasks: tasks(shared),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(ids.clone()),
        };
        let engine = Engine::new(ports, Policy::default());
        let registry = engine.task_registry(KEPT_FOR);
        let config = WorkerConfig {
            name: WorkerName::fixed("worker"),
            host: "here".to_owned(),
            pid: 1,
            queues: registry.queues(),
            slots: 4,
            batch: 4,
        };
        let worker = TaskWorker::new(config, registry.clone(), Arc::new(clock.clone()));
        block_on(store.put(&product(1))).unwrap();
        Self { engine, store, clock, gateway, source, ids, registry, worker }
    }

    fn order(&self) -> OrderId {
        let checkout = Checkout {
            buyer: buyer(1),
            email: None,
            currency: currency("EUR"),
            items: vec![CheckoutItem { product: product_id(1), quantity: 1 }],
            ship_to: None,
            notes: String::new(),
            method: PaymentMethod::Card,
            request_key: None,
        };
        block_on(self.engine.checkout(checkout)).unwrap().order.id()
    }

    fn status(&self, order: OrderId) -> OrderStatus {
        block_on(self.engine.order(order)).unwrap().status()
    }

    fn work_off(&self) {
        while block_on(self.engine.effects_turn(100)).unwrap().is_full {}
        while block_on(self.engine.inbox_turn(100)).unwrap().is_full {}
    }

    /// An order that expired with its page.
    fn expired(&self) -> OrderId {
        let order = self.order();
        self.clock.advance(DAY * 3);
        self.run(EXPIRE_DUE, "null");
        self.work_off();
        assert_eq!(self.status(order), OrderStatus::Cancelled);
        order
    }

    fn enqueue(&self, kind: &'static str, args: &str) -> TaskId {
        let kind = self.registry.kind(&KindName::fixed(kind)).unwrap();
        let task =
            kind.task(TaskId::from_uuid(self.ids.next()), Json::parse(args).unwrap(), self.engine.ports().clock.now());
        block_on(self.store.enqueue(std::slice::from_ref(&task))).unwrap();
        task.id
    }

    /// One attempt.
    fn attempt(&self, task: TaskId) -> TaskRecord {
        for job in block_on(self.worker.turn(&self.store)).unwrap().jobs {
            block_on(job.run(pending(), pending()));
        }
        block_on(self.worker.turn(&self.store)).unwrap();
        block_on(self.store.task(task)).unwrap().unwrap()
    }

    fn run(&self, kind: &'static str, args: &str) -> TaskRecord {
        let task = self.enqueue(kind, args);
        self.attempt(task)
    }

    fn done<T: serde::de::DeserializeOwned>(&self, kind: &'static str, args: &str) -> T {
        let record = self.run(kind, args);
        assert_eq!(record.state, TaskState::Success, "{:?}", record.failures);
        record.result.unwrap().read().unwrap()
    }

    /// The provider did this at that moment, and no webhook will ever tell us.
    fn on_record(&self, number: u32, at: Timestamp, subject: &WebhookSubject) -> WebhookEvent {
        let event = WebhookEvent { id: format!("evt_{number}"), kind: "test".to_owned(), created_at: at };
        self.gateway.put_on_record(ListedEvent { body: FakeWebhooks::body(&event, subject), event: event.clone() });
        event
    }

    fn known(&self) -> usize {
        let rows = |state| {
            block_on(self.store.events(&InboxFilter::of(state), PageRequest { after: None, limit: 1_000 }))
                .unwrap()
                .rows
                .len()
        };
        InboxState::ALL.into_iter().map(rows).sum()
    }

    fn now(&self) -> Timestamp {
        self.engine.ports().clock.now()
    }
}

#[test]
fn every_kind_says_what_it_does_and_has_the_queue_and_the_retries_of_the_seed() {
    let registry = Shop::open().registry;
    let kinds: Vec<_> = registry.kinds().map(|kind| (kind.name.as_str(), kind.queue.as_str())).collect();
    let expected = [
        (CANCEL_EXPIRED, PAYMENT_TASKS),
        (EXPIRE_DUE, PAYMENT_TASKS),
        (RECONCILE, PAYMENT_TASKS),
        (UPDATE_RATES, MARKETPLACE_TASKS),
        (CLEAN_UP, MARKETPLACE_TASKS),
    ];
    assert_eq!(kinds, expected);
    for kind in registry.kinds() {
        assert!(!kind.about.is_empty(), "{}", kind.name);
        let waits: Vec<_> = (1..=4).map(|attempt| kind.retry.wait_after(attempt).map(|it| it.as_secs())).collect();
        assert_eq!(waits, [Some(60), Some(120), Some(240), None], "{}", kind.name);
    }
}

#[test]
fn the_schedules_are_those_of_the_seed_and_two_more() {
    let registry = Shop::open().registry;
    let told: Vec<_> = registry
        .schedules()
        .iter()
        .map(|it| (it.name.as_str(), it.recurrence.to_string(), it.missed, it.overlap, it.start_within))
        .collect();
    let coalesced = |name, cron: &str| (name, format!("{cron} (UTC)"), MissedRuns::Coalesce, Overlap::Skip, None);
    let within = Some(Duration::from_secs(900));
    let expected = [
        (EXPIRE_DUE, "0 * * * * (UTC)".to_owned(), MissedRuns::Skip, Overlap::Skip, within),
        coalesced(UPDATE_RATES, "0 0 * * *"),
        coalesced(RECONCILE, "*/5 * * * *"),
        coalesced(CLEAN_UP, "30 * * * *"),
    ];
    assert_eq!(told, expected);
    for schedule in registry.schedules() {
        assert!(registry.kind(&schedule.kind).is_some(), "{} has a handler", schedule.kind);
    }
}

#[test]
fn the_steps_behind_the_cron_expressions_are_the_same_moments() {
    for (expression, step) in [("0 * * * *", HOUR), ("0 0 * * *", DAY), ("*/5 * * * *", RECONCILED_EVERY)] {
        let next = |recurrence: Recurrence| recurrence.after(NOW).unwrap();
        assert_eq!(next(cron(expression, step)), next(Recurrence::every(step)), "{expression}");
    }
}

#[test]
fn the_payment_timeout_check_expires_what_is_due_and_says_how_much() {
    let shop = Shop::open();
    let orders = [shop.order(), shop.order()];
    assert_eq!(shop.done::<ExpiredDue>(EXPIRE_DUE, "{}"), ExpiredDue { is_complete: true, ..ExpiredDue::default() });
    shop.clock.advance(DAY * 3);
    let done: ExpiredDue = shop.done(EXPIRE_DUE, "null");
    assert_eq!(done, ExpiredDue { looked_at: 2, changed: 2, is_complete: true });
    shop.work_off();
    assert!(orders.into_iter().all(|order| shop.status(order) == OrderStatus::Cancelled));
}

#[test]
fn the_payment_timeout_check_takes_no_arguments() {
    let shop = Shop::open();
    let refused = shop.run(EXPIRE_DUE, r#"{"limit":1}"#);
    assert_eq!((refused.state, refused.attempts), (TaskState::Failure, 1));
    assert!(refused.failures[0].error.contains("limit"), "{:?}", refused.failures);
}

#[test]
fn one_order_expires_through_the_provider_and_not_before_its_time() {
    let shop = Shop::open();
    let order = shop.order();
    let args = Json::of(&CancelExpired { order }).unwrap();
    let expires_at = block_on(shop.engine.order(order)).unwrap().expires_at().unwrap();
    assert_eq!(shop.done::<Expiry>(CANCEL_EXPIRED, args.as_str()), Expiry::NotDue { expires_at });
    shop.clock.set(expires_at);
    let cancelled = OrderStatus::Cancelled;
    assert_eq!(shop.done::<Expiry>(CANCEL_EXPIRED, args.as_str()), Expiry::Expired { status: cancelled });
    let voided = shop.gateway.calls().iter().filter(|call| call.method == Method::Void).count();
    assert_eq!(voided, 1, "the provider was asked before the order was cancelled");
    assert_eq!(shop.done::<Expiry>(CANCEL_EXPIRED, args.as_str()), Expiry::NotWaiting { status: cancelled });
}

#[test]
fn an_order_that_turns_out_to_be_paid_is_confirmed_instead_of_cancelled() {
    let shop = Shop::open();
    let order = shop.order();
    shop.gateway.pay(order, AttemptNo::FIRST).unwrap();
    shop.clock.advance(DAY * 3);
    let args = Json::of(&CancelExpired { order }).unwrap();
    let confirmed = Expiry::NotWaiting { status: OrderStatus::PaymentConfirmed };
    assert_eq!(shop.done::<Expiry>(CANCEL_EXPIRED, args.as_str()), confirmed);
}

#[test]
fn an_unknown_order_is_a_failure_that_names_it_and_is_not_tried_again() {
    let shop = Shop::open();
    let record = shop.run(CANCEL_EXPIRED, r#"{"order":"00000000-0000-7000-8000-000000000001"}"#);
    assert_eq!((record.state, record.attempts), (TaskState::Failure, 1));
    assert!(record.failures[0].error.contains("00000000-0000-7000-8000-000000000001"), "{:?}", record.failures);
}

#[test]
fn an_update_of_the_rates_says_what_it_brought() {
    let shop = Shop::open();
    assert!(!block_on(shop.engine.rates_are_of_today()).unwrap());
    let updated: UpdatedRates = shop.done(UPDATE_RATES, "null");
    assert_eq!(updated, UpdatedRates { source: "test".to_owned(), as_of: day(0), rates: 2 });
    assert!(block_on(shop.engine.rates_are_of_today()).unwrap());
    shop.clock.advance(DAY);
    assert!(!block_on(shop.engine.rates_are_of_today()).unwrap());
}

#[test]
fn an_update_that_fails_is_tried_exactly_three_times_more_and_then_is_a_failure() {
    let shop = Shop::open();
    shop.source.fail(RateSourceErrorKind::Unavailable);
    let task = shop.enqueue(UPDATE_RATES, "null");
    for (attempt, wait) in [(1, 60), (2, 120), (3, 240)] {
        let record = shop.attempt(task);
        assert_eq!((record.state, record.attempts), (TaskState::Retry, attempt));
        assert_eq!(record.due_at, shop.now() + Duration::from_secs(wait));
        shop.clock.set(record.due_at - Duration::from_secs(1));
        assert_eq!(shop.attempt(task).attempts, attempt, "not before its time");
        shop.clock.set(record.due_at);
    }
    let record = shop.attempt(task);
    assert_eq!((record.state, record.attempts, record.failures.len()), (TaskState::Failure, 4, 4));
    assert!(record.failures[3].error.contains("test"), "{:?}", record.failures);
}

#[test]
fn what_sources_gave_that_was_not_taken_is_noted_with_when_and_why() {
    let shop = Shop::open();
    shop.source.fail(RateSourceErrorKind::Unavailable);
    block_on(shop.engine.update_rates()).unwrap_err();
    shop.source.fail(None);
    let noted = block_on(shop.store.refusals(10)).unwrap();
    assert_eq!(noted.iter().map(|it| (it.at(), it.source())).collect::<Vec<_>>(), [(NOW, "test")]);
    block_on(shop.engine.update_rates()).unwrap();
    assert_eq!(block_on(shop.store.refusals(10)).unwrap(), noted, "rates that were taken are no refusal");
    shop.clock.advance(DAY);
    shop.source.publish(shop.now().date(), [(currency("USD"), "9.9".parse().unwrap())]);
    let Err(crate::service::Error::NoRateSource { reasons }) = block_on(shop.engine.update_rates()) else {
        panic!("the rate has jumped")
    };
    let noted = block_on(shop.store.refusals(1)).unwrap();
    assert_eq!(reasons, [format!("test: {}", noted[0].reason())]);
    assert!(noted[0].reason().contains("jumped from 1.1 to 9.9"), "{noted:?}");
}

#[test]
fn tasks_are_forgotten_when_they_ended_long_enough_ago() {
    let shop = Shop::open();
    let old = shop.run(UPDATE_RATES, "null").task.id;
    shop.clock.advance(KEPT_FOR);
    let fresh = shop.run(UPDATE_RATES, "null").task.id;
    shop.clock.advance(Duration::from_secs(1));
    assert_eq!(shop.done::<CleanedUp>(CLEAN_UP, "null"), CleanedUp { forgotten: 1, is_complete: true });
    assert_eq!(block_on(shop.store.task(old)).unwrap(), None);
    assert!(block_on(shop.store.task(fresh)).unwrap().is_some());
}

#[test]
fn what_ended_in_the_outbox_is_forgotten_as_well() {
    let outbox = Arc::new(MemoryStore::new());
    let shop = Shop::with_tasks(|store| Tasks::relayed(outbox.clone(), store));
    let kind = shop.registry.kind(&KindName::fixed(UPDATE_RATES)).unwrap();
    let task = kind.task(TaskId::from_uuid(shop.ids.next()), Json::null(), shop.engine.ports().clock.now());
    block_on(outbox.enqueue(std::slice::from_ref(&task))).unwrap();
    block_on(outbox.revoke(task.id, shop.engine.ports().clock.now())).unwrap();
    shop.clock.advance(KEPT_FOR + Duration::from_secs(1));
    assert_eq!(shop.done::<CleanedUp>(CLEAN_UP, "null"), CleanedUp { forgotten: 1, is_complete: true });
    assert_eq!(block_on(outbox.task(task.id)).unwrap(), None);
}
