//! The words that tests are written in: who and what there is, and what can happen.

use std::time::Duration;

use uuid::Uuid;

use crate::id::{AttemptNo, BuyerId, OrderId, ProductId, RefundNo, SellerId};
use crate::money::{Currency, Money};
use crate::order::{Actor, Command, LatePaymentPolicy, Line, Placement, Terms, TimeoutPolicy, Tracking};
use crate::payment::{
    CloseReason, Decline, Fact, PaymentMethod, PaymentNews, ProviderRefs, RefundNews, RefundState, RefundSubject,
};
use crate::time::{DAY, Timestamp};

/// When every test's order is placed: noon of some day.
pub(crate) const NOON: Timestamp = Timestamp::from_secs(1_795_348_800);

pub(crate) const BUYER: Actor = Actor::Buyer(BuyerId::from_uuid(Uuid::from_u128(0xb)));
pub(crate) const STRANGER: Actor = Actor::Buyer(BuyerId::from_uuid(Uuid::from_u128(0xc)));
/// Sells two widgets for 6.00 together.
pub(crate) const ANNA: SellerId = SellerId::from_uuid(Uuid::from_u128(0xa1));
/// Sells one gadget for 3.50, and 0.50 for shipping it.
pub(crate) const BEN: SellerId = SellerId::from_uuid(Uuid::from_u128(0xa2));
/// Has no part in the order.
pub(crate) const CARL: SellerId = SellerId::from_uuid(Uuid::from_u128(0xa3));
pub(crate) const WIDGET: ProductId = ProductId::from_uuid(Uuid::from_u128(0xd1));
pub(crate) const GADGET: ProductId = ProductId::from_uuid(Uuid::from_u128(0xd2));

/// What the whole order costs, and each part of it, in cents.
pub(crate) const TOTAL: i64 = 1000;
pub(crate) const ANNAS_PART: i64 = 600;
pub(crate) const BENS_PART: i64 = 400;

/// Something that happens to an order.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Somebody asks.
    Ask(Command),
    /// The provider tells us something.
    Hear(Fact),
    /// The provider tells us something, and the stock is gone by now.
    HearWithoutStock(Fact),
    /// Time passes until so long after the placing; nobody looks at the order.
    Wait(Duration),
}

pub(crate) fn euros(minor: i64) -> Money {
    Money::new(minor, "EUR".parse().unwrap())
}

pub(crate) fn yen(minor: i64) -> Money {
    Money::new(minor, "JPY".parse::<Currency>().unwrap())
}

pub(crate) fn days(days: u64) -> Duration {
    DAY * u32::try_from(days).unwrap()
}

pub(crate) fn placement(terms: Terms) -> Placement {
    let line = |product, title: &str, quantity, price| Line {
        product,
        title: title.to_owned(),
        quantity,
        list_price: euros(price),
        unit_price: euros(price),
    };
    let Actor::Buyer(buyer) = BUYER else { unreachable!() };
    Placement {
        id: OrderId::from_uuid(Uuid::from_u128(1)),
        buyer,
        email: Some("buyer@example.org".to_owned()),
        currency: euros(0).currency(),
        ship_to: None,
        notes: String::new(),
        consignments: vec![
            (ANNA, vec![line(WIDGET, "Widget", 2, 300)], euros(0)),
            (BEN, vec![line(GADGET, "Gadget", 1, 350)], euros(50)),
        ],
        quotes: Vec::new(),
        terms,
    }
}

pub(crate) fn late(late_payment: LatePaymentPolicy) -> Terms {
    Terms { timeout: TimeoutPolicy::default(), late_payment }
}

pub(crate) fn voucher() -> PaymentMethod {
    PaymentMethod::Delayed("multibanco".to_owned())
}

pub(crate) fn refs(attempt: u16) -> ProviderRefs {
    ProviderRefs { session: Some(format!("cs_{attempt}")), payment: Some(format!("pi_{attempt}")) }
}

// What people ask.

pub(crate) fn pay() -> Step {
    Step::Ask(Command::StartPayment { method: PaymentMethod::Card })
}

pub(crate) fn pay_by(method: PaymentMethod) -> Step {
    Step::Ask(Command::StartPayment { method })
}

pub(crate) fn cancel(by: Actor) -> Step {
    Step::Ask(Command::Cancel { by, reason: "changed_mind".to_owned() })
}

pub(crate) fn cancel_part(seller: SellerId, by: Actor) -> Step {
    Step::Ask(Command::CancelConsignment { seller, by, reason: "sold out".to_owned() })
}

pub(crate) fn prepare(seller: SellerId, by: Actor) -> Step {
    Step::Ask(Command::Prepare { seller, by })
}

pub(crate) fn ship(seller: SellerId, by: Actor, number: &str) -> Step {
    let tracking = Tracking { carrier: "CTT".to_owned(), number: number.to_owned() };
    Step::Ask(Command::Ship { seller, by, tracking })
}

pub(crate) fn deliver(seller: SellerId, by: Actor) -> Step {
    Step::Ask(Command::Deliver { seller, by })
}

pub(crate) fn retry_refund(no: u16) -> Step {
    Step::Ask(Command::RetryRefund { refund: RefundNo::new(no) })
}

pub(crate) const fn return_held() -> Step {
    Step::Ask(Command::ReturnHeld)
}

pub(crate) const fn accept_held() -> Step {
    Step::Ask(Command::AcceptHeld)
}

pub(crate) const fn tick() -> Step {
    Step::Ask(Command::Tick)
}

/// Time passes until so long after the placing.
pub(crate) const fn wait(until: Duration) -> Step {
    Step::Wait(until)
}

// What the provider tells us.

pub(crate) fn news(attempt: u16, news: PaymentNews) -> Fact {
    Fact::Payment { attempt: AttemptNo::new(attempt), refs: refs(attempt), news }
}

pub(crate) fn opened(attempt: u16) -> Step {
    Step::Hear(news(attempt, PaymentNews::Open))
}

pub(crate) fn declined(attempt: u16, charge: &str) -> Step {
    let decline = Decline { reference: charge.to_owned(), code: "card_declined".to_owned() };
    Step::Hear(news(attempt, PaymentNews::Declined(decline)))
}

pub(crate) fn promised(attempt: u16, by: Option<Timestamp>) -> Step {
    Step::Hear(news(attempt, PaymentNews::Settling { by }))
}

pub(crate) fn captured(attempt: u16, total: i64) -> Step {
    Step::Hear(news(attempt, PaymentNews::Captured { total: euros(total) }))
}

pub(crate) fn captured_without_stock(attempt: u16, total: i64) -> Step {
    Step::HearWithoutStock(news(attempt, PaymentNews::Captured { total: euros(total) }))
}

pub(crate) fn closed(attempt: u16) -> Step {
    closed_because(attempt, CloseReason::Unpaid)
}

pub(crate) fn closed_because(attempt: u16, reason: CloseReason) -> Step {
    let refs = match reason {
        CloseReason::Refused(_) | CloseReason::NeverOpened => ProviderRefs::default(),
        CloseReason::SettlementFailed | CloseReason::Unpaid => refs(attempt),
    };
    let news = PaymentNews::Closed(reason);
    Step::Hear(Fact::Payment { attempt: AttemptNo::new(attempt), refs, news })
}

pub(crate) fn refund_news(no: u16, amount: i64, state: RefundState) -> Step {
    Step::Hear(Fact::Refund {
        refund: RefundSubject::Ours(RefundNo::new(no)),
        news: RefundNews { provider_id: Some(format!("re_{no}")), amount: euros(amount), state },
    })
}

/// The provider won't make this refund.
pub(crate) fn refund_refused(no: u16, amount: i64) -> Step {
    Step::Hear(Fact::Refund {
        refund: RefundSubject::Ours(RefundNo::new(no)),
        news: RefundNews { provider_id: None, amount: euros(amount), state: RefundState::Failed },
    })
}

/// Somebody gives money back in the provider's dashboard.
pub(crate) fn dashboard_refund(name: &str, attempt: u16, amount: Money, state: RefundState) -> Step {
    Step::Hear(Fact::Refund {
        refund: RefundSubject::Foreign { attempt: AttemptNo::new(attempt) },
        news: RefundNews { provider_id: Some(name.to_owned()), amount, state },
    })
}

// What often comes first.

/// One attempt, paid in full.
pub(crate) fn paid() -> Vec<Step> {
    vec![pay(), opened(1), captured(1, TOTAL)]
}

/// Never paid: one attempt, closed, and the order cancelled at its deadline, three days after its placing.
pub(crate) fn timed_out() -> Vec<Step> {
    vec![pay(), opened(1), closed(1), wait(days(3)), tick()]
}
