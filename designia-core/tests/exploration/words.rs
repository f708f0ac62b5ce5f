//! The words of the search, and what they mean to the production code.

use designia_core::id::{AttemptNo, BuyerId, OrderId, ProductId, RefundNo, SellerId};
use designia_core::money::Money;
use designia_core::order::{Actor, Command, Line, Order, Placement, Terms, Tracking};
use designia_core::payment::{
    CloseReason, Decline, Fact, PaymentMethod, PaymentNews, ProviderRefs, RefundNews, RefundState, RefundSubject,
};
use uuid::Uuid;

use super::bounds::{PRICES, UNITS};

/// What people, timers and mutants ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Request {
    Pay,
    Cancel,
    CancelPart(usize),
    Prepare(usize),
    Ship(usize),
    Deliver(usize),
    RetryRefund(u8),
    ReturnHeld,
    AcceptHeld,
    Tick,
}

/// What the provider says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Heard {
    Open(usize),
    Declined(usize),
    Promised(usize),
    Captured(usize, u8),
    Closed(usize, Why),
    Refund(u8, RefundState),
    RefundRefused(u8),
    Dashboard { attempt: usize, amount: u8, state: RefundState },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Why {
    Refused,
    Gone,
    SettlementFailed,
    Unpaid,
}

/// A question to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Input {
    Ask(Request),
    Hear(Heard),
    HearBoth(Heard, Heard),
    /// For a mutant: the first is believed without having been heard, then the request is decided.
    Suppose(Heard, Request),
}

/// Which outside call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    Open,
    Void,
    Ask,
    Refund,
    AskRefund,
}

const BUYER: BuyerId = BuyerId::from_uuid(Uuid::from_u128(0xb));

const fn seller(index: usize) -> SellerId {
    SellerId::from_uuid(Uuid::from_u128(0xa0 + index as u128))
}

pub(super) const fn product(index: usize) -> ProductId {
    ProductId::from_uuid(Uuid::from_u128(0xd0 + index as u128))
}

pub(super) fn euros(minor: u8) -> Money {
    Money::new(minor.into(), "EUR".parse().expect("a currency"))
}

pub(super) fn placement(terms: Terms) -> Placement {
    let part = |index: usize| {
        let price = euros(PRICES[index] / UNITS[index]);
        let line = Line {
            product: product(index),
            title: String::new(),
            quantity: UNITS[index].into(),
            list_price: price,
            unit_price: price,
        };
        (seller(index), vec![line], euros(0))
    };
    Placement {
        id: OrderId::from_uuid(Uuid::from_u128(1)),
        buyer: BUYER,
        email: None,
        currency: euros(0).currency(),
        ship_to: None,
        notes: String::new(),
        consignments: vec![part(0), part(1)],
        quotes: Vec::new(),
        terms,
    }
}

pub(super) fn command(request: Request) -> Command {
    match request {
        // A delayed method can also be paid at once, so it does all that a card does.
        Request::Pay => Command::StartPayment { method: PaymentMethod::Delayed("transfer".to_owned()) },
        Request::Cancel => Command::Cancel { by: Actor::Buyer(BUYER), reason: String::new() },
        Request::CancelPart(index) => {
            Command::CancelConsignment { seller: seller(index), by: Actor::Operator, reason: String::new() }
        }
        Request::Prepare(index) => Command::Prepare { seller: seller(index), by: Actor::Operator },
        Request::Deliver(index) => Command::Deliver { seller: seller(index), by: Actor::Operator },
        Request::Ship(index) => Command::Ship {
            seller: seller(index),
            by: Actor::Operator,
            tracking: Tracking { carrier: "CTT".to_owned(), number: "1".to_owned() },
        },
        Request::RetryRefund(no) => Command::RetryRefund { refund: RefundNo::new(no.into()) },
        Request::ReturnHeld => Command::ReturnHeld,
        Request::AcceptHeld => Command::AcceptHeld,
        Request::Tick => Command::Tick,
    }
}

pub(super) fn fact(order: &Order, heard: Heard) -> Fact {
    let no = |index: usize| AttemptNo::new(u16::try_from(index + 1).expect("few attempts"));
    let payment = |index: usize, news| {
        let named = |kind| Some(format!("{kind}_{}", index + 1));
        let refs = match news {
            PaymentNews::Closed(CloseReason::Refused(_) | CloseReason::NeverOpened) => ProviderRefs::default(),
            _ => ProviderRefs { session: named("cs"), payment: named("pi") },
        };
        Fact::Payment { attempt: no(index), refs, news }
    };
    let refund = |number: u8, state, provider_id| {
        let number = RefundNo::new(number.into());
        let amount = order.refund(number).map_or(euros(0), |refund| refund.amount);
        Fact::Refund { refund: RefundSubject::Ours(number), news: RefundNews { provider_id, amount, state } }
    };
    match heard {
        Heard::Open(index) => payment(index, PaymentNews::Open),
        Heard::Declined(index) => {
            let decline = Decline { reference: "ch_1".to_owned(), code: "card_declined".to_owned() };
            payment(index, PaymentNews::Declined(decline))
        }
        Heard::Promised(index) => payment(index, PaymentNews::Settling { by: None }),
        Heard::Captured(index, total) => payment(index, PaymentNews::Captured { total: euros(total) }),
        Heard::Closed(index, why) => payment(
            index,
            PaymentNews::Closed(match why {
                Why::Refused => CloseReason::Refused("refused".to_owned()),
                Why::Gone => CloseReason::NeverOpened,
                Why::SettlementFailed => CloseReason::SettlementFailed,
                Why::Unpaid => CloseReason::Unpaid,
            }),
        ),
        Heard::Refund(number, state) => refund(number, state, Some(format!("re_{number}"))),
        Heard::RefundRefused(number) => refund(number, RefundState::Failed, None),
        Heard::Dashboard { attempt, amount, state } => Fact::Refund {
            refund: RefundSubject::Foreign { attempt: no(attempt) },
            news: RefundNews { provider_id: Some("re_dashboard".to_owned()), amount: euros(amount), state },
        },
    }
}
