//! An order like most: two sellers, two products each bought twice, paid by card.

use designia::id::{BuyerId, OrderId, ProductId, SellerId};
use designia::money::{Currency, Money};
use designia::order::{Actor, Command, Contents, Decision, Line, Order, Placement, Surroundings, Terms, Tracking};
use designia::payment::{Fact, PaymentMethod, PaymentNews, ProviderRefs};
use designia::time::{HOUR, Timestamp};
use uuid::Uuid;

/// When everything begins.
pub(crate) const START: Timestamp = Timestamp::from_secs(1_795_348_800);

/// The two sellers.
pub(crate) fn sellers() -> [SellerId; 2] {
    [SellerId::from_uuid(Uuid::from_u128(101)), SellerId::from_uuid(Uuid::from_u128(102))]
}

/// The two products, one of each seller.
pub(crate) fn products() -> [ProductId; 2] {
    [ProductId::from_uuid(Uuid::from_u128(201)), ProductId::from_uuid(Uuid::from_u128(202))]
}

/// What is ordered.
pub(crate) fn placement(number: u128) -> Placement {
    let eur = |minor| Money::new(minor, Currency::EUR);
    let line = |product, minor| Line {
        product,
        title: "A well-made thing".to_owned(),
        quantity: 2,
        list_price: eur(minor),
        unit_price: eur(minor),
    };
    let [first, second] = sellers();
    let [chair, lamp] = products();
    Placement {
        id: OrderId::from_uuid(Uuid::from_u128(number)),
        buyer: BuyerId::from_uuid(Uuid::from_u128(301)),
        email: Some("buyer@example.com".to_owned()),
        currency: Currency::EUR,
        ship_to: None,
        notes: String::new(),
        consignments: vec![(first, vec![line(chair, 4_990)], eur(500)), (second, vec![line(lamp, 1_250)], eur(0))],
        quotes: Vec::new(),
        terms: Terms::default(),
    }
}

/// An order that was just placed.
pub(crate) fn placed(placement: Placement) -> Decision {
    Order::place(placement, START).expect("the placement is valid")
}

/// What is asked of an order, or told to it.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A command.
    Command(Command),
    /// A fact.
    Fact(Fact),
}

/// From the first payment page to both parts delivered: nine steps.
pub(crate) fn life(contents: &Contents) -> Vec<(&'static str, Step)> {
    let [first, second] = sellers();
    let by = Actor::Operator;
    let refs = ProviderRefs { session: Some("cs_1".to_owned()), payment: Some("pi_1".to_owned()) };
    let attempt = designia::id::AttemptNo::FIRST;
    let tracking = || Tracking { carrier: "CTT".to_owned(), number: "EA123456789PT".to_owned() };
    let fact = |news| Step::Fact(Fact::Payment { attempt, refs: refs.clone(), news });
    vec![
        ("start_payment", Step::Command(Command::StartPayment { method: PaymentMethod::Card })),
        ("opened", fact(PaymentNews::Open)),
        ("captured", fact(PaymentNews::Captured { total: contents.total })),
        ("prepare", Step::Command(Command::Prepare { seller: first, by })),
        ("prepare_other", Step::Command(Command::Prepare { seller: second, by })),
        ("ship", Step::Command(Command::Ship { seller: first, by, tracking: tracking() })),
        ("ship_other", Step::Command(Command::Ship { seller: second, by, tracking: tracking() })),
        ("deliver", Step::Command(Command::Deliver { seller: first, by })),
        ("deliver_other", Step::Command(Command::Deliver { seller: second, by })),
    ]
}

/// Decides one step.
pub(crate) fn decide(order: &Order, step: &Step) -> Decision {
    let now = START + HOUR;
    match step {
        Step::Command(command) => order.decide(command, now).expect("the life is a legal one"),
        Step::Fact(fact) => order.record(fact, &Surroundings::at(now)),
    }
}
