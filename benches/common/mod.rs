//! An order like most: two sellers, two products each bought twice, paid by card.

use designia::id::{BuyerId, OrderId, ProductId, SellerId};
use designia::money::{Currency, Money};
use designia::order::{Decision, Line, Order, Placement, Terms};
use designia::time::Timestamp;
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
