//! What a shop has behind it: orders, the tasks that were done for them and the provider's events, as many as there are orders.
//!
//! Few orders are stored the ordinary way, one of each kind; their rows are copied with other ids where they are.

mod postgres;
mod sqlite;

use std::ops::Range;
use std::time::Duration;

use designia::id::{AttemptNo, BuyerId, OrderId, SellerId};
use designia::money::{Currency, Money};
use designia::order::{Actor, Cause, Command, Decision, Line, Order, OrderStatus, Placement, Surroundings, Terms};
use designia::payment::{Fact, PaymentMethod, PaymentNews, ProviderRefs};
use designia::ports::{Commit, OrderStore};
use designia::time::{DAY, HOUR, Timestamp};
use designia_server::demo::people::DemoPerson;
use uuid::Uuid;

use crate::fill::{Stock, product_id};
use crate::history::postgres::Postgres;
use crate::history::sqlite::Sqlite;

/// Of each hundred orders, so many wait for money, and so many were paid; the others were not paid in time.
const WAITING: u64 = 5;
const PAID: u64 = 45;

/// Over so many buyers.
const BUYERS: u64 = 50_000;

/// Rows per statement.
const CHUNK: u64 = 5_000;

/// Where one database differs from the other.
#[derive(Debug)]
enum Place {
    Postgres(Postgres),
    Sqlite(Sqlite),
}

/// The orders of a shop.
#[derive(Debug)]
pub(crate) struct History {
    place: Place,
    templates: [OrderId; 3],
    now: Timestamp,
    count: u64,
}

impl History {
    /// Stores the orders that all others are copies of.
    pub(crate) async fn open(url: &str, stock: &mut Stock, now: Timestamp) -> Self {
        stock.fill_up_to(2).await;
        let decided = [waiting(now), paid(now), expired(now)];
        let templates = decided.each_ref().map(|it| it.order.id());
        let place = match url.strip_prefix("sqlite://") {
            Some(path) => Place::Sqlite(Sqlite::open(path).await),
            None => Place::Postgres(Postgres::open(url).await),
        };
        let store: &dyn OrderStore = match &place {
            Place::Postgres(it) => &it.store,
            Place::Sqlite(it) => &it.store,
        };
        for decision in decided {
            let by = Actor::Buyer(decision.order.buyer());
            store.commit(Commit::of(decision, &Cause::Request(by))).await.expect("nobody else commits");
        }
        let mut history = Self { place, templates, now, count: 0 };
        // What is planned would be done by the server, and asked of the provider.
        history.run("UPDATE effects SET state = 'done'").await;
        history
    }

    /// Adds orders, and a task and an event for each, until there are so many.
    pub(crate) async fn fill_up_to(&mut self, orders: u64) {
        let (first, count) = (self.count, orders - self.count);
        let mut from = first;
        for (template, share) in self.templates.into_iter().zip([WAITING, PAID, 100 - WAITING - PAID]) {
            let numbers = from..from + count * share / 100;
            from = numbers.end;
            match &mut self.place {
                Place::Postgres(it) => it.copy(template, numbers).await,
                Place::Sqlite(it) => it.copy(template, numbers).await,
            }
        }
        match &mut self.place {
            Place::Postgres(it) => it.add_tasks_and_events(first..orders, self.now).await,
            Place::Sqlite(it) => it.add_tasks_and_events(first..orders, self.now).await,
        }
        self.count = orders;
    }

    async fn run(&mut self, statement: &str) {
        match &mut self.place {
            Place::Postgres(it) => it.run(&statement.replace("effects", "designia.effects")).await,
            Place::Sqlite(it) => it.run(statement).await,
        }
    }
}

/// A payment page is open, and twelve hours are left.
fn waiting(now: Timestamp) -> Decision {
    begun(1, now - DAY * 2 - HOUR * 12)
}

fn paid(now: Timestamp) -> Decision {
    let begun = begun(2, now - DAY * 20);
    let refs = ProviderRefs { session: Some("cs_2".to_owned()), payment: Some("pi_2".to_owned()) };
    let total = begun.order.contents().total;
    let fact = Fact::Payment { attempt: AttemptNo::FIRST, refs, news: PaymentNews::Captured { total } };
    let captured = begun.order.record(&fact, &Surroundings::at(now - DAY * 19));
    assert_eq!(captured.order.status(), OrderStatus::PaymentConfirmed);
    begun.then(captured)
}

/// Nobody began to pay.
fn expired(now: Timestamp) -> Decision {
    let placed = placed(3, now - DAY * 10);
    let ended = placed.order.decide(&Command::Tick, now - DAY * 6).expect("its time is over");
    placed.then(ended)
}

fn begun(number: u64, at: Timestamp) -> Decision {
    let placed = placed(number, at);
    let pay = Command::StartPayment { method: PaymentMethod::Card };
    let started = placed.order.decide(&pay, at).expect("a new order can be paid");
    let refs = ProviderRefs { session: Some(format!("cs_{number}")), payment: None };
    let fact = Fact::Payment { attempt: AttemptNo::FIRST, refs, news: PaymentNews::Open };
    let open = started.order.record(&fact, &Surroundings::at(at + Duration::from_secs(1)));
    placed.then(started).then(open)
}

fn placed(number: u64, at: Timestamp) -> Decision {
    let eur = |minor| Money::new(minor, Currency::EUR);
    let line = |product| Line {
        product,
        title: "A well-made thing".to_owned(),
        quantity: 2,
        list_price: eur(4_990),
        unit_price: eur(4_990),
    };
    let seller = SellerId::from_uuid(DemoPerson::named("seller").expect("the demo has a seller").id());
    // The first thing that is due is the deadline.
    let mut terms = Terms::default();
    terms.timeout.reminders.clear();
    let placement = Placement {
        // Beyond the copies, which are numbered from nought.
        id: OrderId::from_uuid(Uuid::from_u64_pair(0x7001, 0x8000_0000_0000_0000 | number)),
        buyer: BuyerId::from_uuid(DemoPerson::named("buyer").expect("the demo has a buyer").id()),
        email: Some("buyer@example.com".to_owned()),
        currency: Currency::EUR,
        ship_to: None,
        notes: String::new(),
        consignments: vec![(seller, vec![line(product_id(0)), line(product_id(1))], eur(500))],
        quotes: Vec::new(),
        terms,
    };
    Order::place(placement, at).expect("the placement is valid")
}

/// The numbers in order, so many at a time.
fn chunks(numbers: Range<u64>, size: u64) -> impl Iterator<Item = Range<u64>> {
    let (start, end) = (numbers.start, numbers.end);
    (0..)
        .map(move |index| start + index * size)
        .take_while(move |from| *from < end)
        .map(move |from| from..end.min(from + size))
}
