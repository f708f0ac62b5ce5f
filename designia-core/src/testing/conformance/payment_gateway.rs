//! What every [`PaymentGateway`] must do, shown at a provider that can be played with. The cases are named for the rules.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::effect::{IdempotencyKey, OpenPayment, PageLine, PaymentRef, RefundPayment};
use crate::id::{AttemptNo, RefundNo};
use crate::money::Money;
use crate::payment::{CloseReason, PaymentMethod, ProviderRefs, RefundState};
use crate::ports::{GatewayErrorKind, PaymentGateway, PaymentSnapshot, PaymentStanding};
use crate::testing::fixtures::{currency, euros, order_id};
use crate::time::{HOUR, Timestamp};

/// Somebody who pays at the provider under test.
#[async_trait]
pub trait Buyer: Send + Sync + 'static {
    /// Pays an open attempt in full, by card, and returns when the provider knows.
    async fn pay(&self, attempt: &PaymentSnapshot);
}

/// A gateway under test, with a provider behind it that knows of nothing yet.
pub struct GatewayUnderTest {
    gateway: Arc<dyn PaymentGateway>,
    buyer: Arc<dyn Buyer>,
    now: Timestamp,
    _guard: Box<dyn Any>,
}

impl GatewayUnderTest {
    /// A gateway and somebody to pay; `now` is what the provider's clock shows.
    #[must_use]
    pub fn new(gateway: impl PaymentGateway, buyer: impl Buyer, now: Timestamp) -> Self {
        Self { gateway: Arc::new(gateway), buyer: Arc::new(buyer), now, _guard: Box::new(()) }
    }

    /// Keeps a value for as long as the gateway lives, such as a provider on loopback.
    #[must_use]
    pub fn guarded_by(self, guard: impl Any) -> Self {
        Self { _guard: Box::new(guard), ..self }
    }

    fn request(&self, order: u32, amount: Money) -> OpenPayment {
        OpenPayment {
            payment: PaymentRef {
                order: order_id(order),
                attempt: AttemptNo::FIRST,
                refs: ProviderRefs::default(),
                started_at: self.now,
            },
            amount,
            method: PaymentMethod::Card,
            expires_at: self.now + HOUR * 23,
            email: Some("buyer@example.com".to_owned()),
            lines: vec![PageLine { title: "Owl".to_owned(), quantity: 1, unit_amount: amount }],
        }
    }

    async fn open(&self, order: u32, amount: Money) -> (OpenPayment, PaymentSnapshot) {
        let request = self.request(order, amount);
        let opened = self.gateway.open(&request, &key("open", order)).await.expect("the attempt is opened");
        (request, opened)
    }

    async fn paid(&self, order: u32, amount: Money) -> PaymentRef {
        let (request, opened) = self.open(order, amount).await;
        self.buyer.pay(&opened).await;
        let found = self.find(&named(&request, &opened)).await.expect("the attempt is known");
        PaymentRef { refs: found.refs, ..request.payment }
    }

    async fn find(&self, payment: &PaymentRef) -> Option<PaymentSnapshot> {
        self.gateway.look_up(payment).await.expect("the provider answers")
    }

    fn back(&self, payment: &PaymentRef, number: u16, amount: Money) -> RefundPayment {
        RefundPayment {
            payment: payment.clone(),
            refund: RefundNo::new(number),
            amount,
            requested_at: self.now,
            provider_id: None,
        }
    }
}

impl fmt::Debug for GatewayUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayUnderTest").field("gateway", &self.gateway).finish_non_exhaustive()
    }
}

/// With a name, nothing captured, and a page that is open.
pub async fn an_opened_attempt_can_be_paid(it: &GatewayUnderTest) {
    let (_, opened) = it.open(1, euros(4_711)).await;
    assert!(!opened.refs.is_empty(), "the provider has a name for it");
    assert_eq!(opened.standing, PaymentStanding::Open { captured: euros(0) });
    let page = opened.page.expect("there is a page to pay on");
    assert!(page.url.is_some() || page.client_secret.is_some());
    assert!(page.expires_at > it.now);
}

/// However often the request is sent.
pub async fn an_attempt_is_opened_once_per_key(it: &GatewayUnderTest) {
    let (request, opened) = it.open(1, euros(4_711)).await;
    for _ in 0..3 {
        let again = it.gateway.open(&request, &key("open", 1)).await.expect("a repetition is answered");
        assert_eq!(again.refs.session, opened.refs.session);
    }
}

/// By the provider's names for it.
pub async fn an_attempt_is_found_by_its_names(it: &GatewayUnderTest) {
    let (request, opened) = it.open(1, euros(4_711)).await;
    it.open(2, euros(4_712)).await;
    let found = it.find(&named(&request, &opened)).await.expect("the attempt is known");
    assert_eq!((found.refs.session, found.standing), (opened.refs.session, opened.standing));
}

/// When the reply that told the names was lost.
pub async fn an_attempt_is_found_by_its_order_and_number_alone(it: &GatewayUnderTest) {
    let (request, opened) = it.open(1, euros(4_711)).await;
    it.open(2, euros(4_712)).await;
    let found = it.find(&request.payment).await.expect("the attempt is known");
    assert_eq!(found.refs.session, opened.refs.session);
}

/// Proof of absence: only this allows a second send.
pub async fn an_attempt_that_was_never_opened_is_none(it: &GatewayUnderTest) {
    let (request, _) = it.open(1, euros(4_711)).await;
    let next = PaymentRef { attempt: AttemptNo::new(2), ..request.payment };
    let other = it.request(2, euros(4_711)).payment;
    for payment in [next, other] {
        assert_eq!(it.find(&payment).await, None);
        assert_eq!(it.gateway.void(&payment, &key("void", 9)).await.expect("the provider answers"), None);
    }
}

/// Paid in full, in the name of a payment.
pub async fn a_paid_attempt_is_captured(it: &GatewayUnderTest) {
    let payment = it.paid(1, euros(4_711)).await;
    let found = it.find(&payment).await.expect("the attempt is known");
    assert_eq!(found.standing, PaymentStanding::Captured { total: euros(4_711) });
    assert!(found.refs.payment.is_some(), "the payment has a name");
    let by_payment = ProviderRefs { session: None, payment: found.refs.payment };
    let found = it.find(&PaymentRef { refs: by_payment, ..payment }).await.expect("the attempt is known");
    assert_eq!(found.standing, PaymentStanding::Captured { total: euros(4_711) });
}

/// Asking is free.
pub async fn looking_up_changes_nothing(it: &GatewayUnderTest) {
    let (request, opened) = it.open(1, euros(4_711)).await;
    let payment = named(&request, &opened);
    assert_eq!(it.find(&payment).await, it.find(&payment).await);
}

/// Nobody can pay it any more.
pub async fn a_voided_attempt_is_closed_unpaid(it: &GatewayUnderTest) {
    let (request, opened) = it.open(1, euros(4_711)).await;
    let payment = named(&request, &opened);
    let closed = PaymentStanding::Closed { reason: CloseReason::Unpaid, captured: euros(0) };
    let voided = it.gateway.void(&payment, &key("void", 1)).await.expect("the provider answers");
    assert_eq!(voided.map(|it| (it.standing, it.page)), Some((closed.clone(), None)));
    assert_eq!(it.find(&payment).await.map(|it| it.standing), Some(closed));
}

/// By whatever name, under whatever key.
pub async fn a_voided_attempt_may_be_voided_again(it: &GatewayUnderTest) {
    let (request, opened) = it.open(1, euros(4_711)).await;
    for (number, payment) in [(1, named(&request, &opened)), (1, request.payment.clone()), (2, request.payment)] {
        let voided = it.gateway.void(&payment, &key("void", number)).await.expect("voiding again is no failure");
        let standing = voided.expect("the attempt is known").standing;
        assert_eq!(standing, PaymentStanding::Closed { reason: CloseReason::Unpaid, captured: euros(0) });
    }
}

/// Never both cancelled and charged: whoever voids learns of the payment.
pub async fn voiding_a_paid_attempt_says_that_it_was_paid(it: &GatewayUnderTest) {
    let payment = it.paid(1, euros(4_711)).await;
    let voided = it.gateway.void(&payment, &key("void", 1)).await.expect("voiding a paid attempt is no failure");
    assert_eq!(voided.map(|it| it.standing), Some(PaymentStanding::Captured { total: euros(4_711) }));
}

/// As much as was asked, and found again by its name, and by its number alone.
pub async fn a_refund_is_found_by_its_name_or_its_number(it: &GatewayUnderTest) {
    let request = it.back(&it.paid(1, euros(4_711)).await, 1, euros(1_000));
    let made = it.gateway.refund(&request, &key("refund", 1)).await.expect("the money goes back");
    assert_eq!(made.amount, euros(1_000));
    assert!(matches!(made.state, RefundState::Pending | RefundState::Succeeded), "got {made:?}");
    let by_name = RefundPayment { provider_id: Some(made.provider_id.clone()), ..request.clone() };
    for request in [request, by_name] {
        let found = it.gateway.look_up_refund(&request).await.expect("the provider answers");
        let found = found.expect("the refund is known");
        assert_eq!((found.provider_id, found.amount), (made.provider_id.clone(), euros(1_000)));
    }
}

/// However often the request is sent.
pub async fn a_refund_is_made_once_per_key(it: &GatewayUnderTest) {
    let payment = it.paid(1, euros(4_711)).await;
    let request = it.back(&payment, 1, euros(4_711));
    let made = it.gateway.refund(&request, &key("refund", 1)).await.expect("the money goes back");
    for _ in 0..3 {
        let again = it.gateway.refund(&request, &key("refund", 1)).await.expect("a repetition is answered");
        assert_eq!(again.provider_id, made.provider_id);
    }
}

/// Two parts are two refunds.
pub async fn parts_go_back_one_by_one(it: &GatewayUnderTest) {
    let payment = it.paid(1, euros(4_711)).await;
    let mut names = Vec::new();
    for (number, cents) in [(1, 4_000), (2, 711)] {
        let request = it.back(&payment, number, euros(cents));
        let made = it.gateway.refund(&request, &key("refund", number.into())).await.expect("the money goes back");
        names.push(made.provider_id);
    }
    assert_ne!(names[0], names[1]);
    let third = it.back(&payment, 3, euros(1));
    let error = it.gateway.refund(&third, &key("refund", 3)).await.expect_err("nothing is left");
    assert_eq!(error.kind, GatewayErrorKind::Refused, "got {error}");
    assert_eq!(it.gateway.look_up_refund(&third).await.expect("the provider answers"), None);
}

/// Not a cent more than was paid.
pub async fn more_than_was_paid_does_not_go_back(it: &GatewayUnderTest) {
    let payment = it.paid(1, euros(4_711)).await;
    let error = it.gateway.refund(&it.back(&payment, 1, euros(4_712)), &key("refund", 1)).await;
    assert_eq!(error.expect_err("that is too much").kind, GatewayErrorKind::Refused);
    let all = it.gateway.refund(&it.back(&payment, 2, euros(4_711)), &key("refund", 2)).await;
    assert_eq!(all.expect("the whole sum is still there").amount, euros(4_711));
}

/// Proof of absence, for refunds.
pub async fn a_refund_that_was_never_made_is_none(it: &GatewayUnderTest) {
    let payment = it.paid(1, euros(4_711)).await;
    let made = it.back(&payment, 1, euros(1_000));
    it.gateway.refund(&made, &key("refund", 1)).await.expect("the money goes back");
    let never_made = it.back(&payment, 2, euros(1_000));
    assert_eq!(it.gateway.look_up_refund(&never_made).await.expect("the provider answers"), None);
}

/// Minor units are minor units, however many make a major one.
pub async fn amounts_survive_in_currencies_of_every_exponent(it: &GatewayUnderTest) {
    for (order, code, minor) in [(1, "JPY", 4_711), (2, "EUR", 4_711), (3, "KWD", 47_110)] {
        let amount = Money::new(minor, currency(code));
        let payment = it.paid(order, amount).await;
        let found = it.find(&payment).await.expect("the attempt is known");
        assert_eq!(found.standing, PaymentStanding::Captured { total: amount });
        let made = it.gateway.refund(&it.back(&payment, 1, amount), &key("refund", order)).await;
        assert_eq!(made.expect("the money goes back").amount, amount);
    }
}

/// The credentials at hand are good.
pub async fn a_provider_that_can_be_reached_is_reported_so(it: &GatewayUnderTest) {
    it.gateway.check().await.expect("the provider can be reached");
}

fn key(word: &str, number: u32) -> IdempotencyKey {
    IdempotencyKey::new(format!("{word}-{}", order_id(number)))
}

fn named(request: &OpenPayment, opened: &PaymentSnapshot) -> PaymentRef {
    PaymentRef { refs: opened.refs.clone(), ..request.payment.clone() }
}

/// Runs the suite of [`PaymentGateway`](crate::ports::PaymentGateway). `fresh` is an async function that makes a
/// [`GatewayUnderTest`](crate::testing::conformance::payment_gateway::GatewayUnderTest), `block_on` drives a future to its
/// end.
#[macro_export]
macro_rules! payment_gateway_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_cases! { { $block_on } { $fresh } payment_gateway {
            an_opened_attempt_can_be_paid,
            an_attempt_is_opened_once_per_key,
            an_attempt_is_found_by_its_names,
            an_attempt_is_found_by_its_order_and_number_alone,
            an_attempt_that_was_never_opened_is_none,
            a_paid_attempt_is_captured,
            looking_up_changes_nothing,
            a_voided_attempt_is_closed_unpaid,
            a_voided_attempt_may_be_voided_again,
            voiding_a_paid_attempt_says_that_it_was_paid,
            a_refund_is_found_by_its_name_or_its_number,
            a_refund_is_made_once_per_key,
            parts_go_back_one_by_one,
            more_than_was_paid_does_not_go_back,
            a_refund_that_was_never_made_is_none,
            amounts_survive_in_currencies_of_every_exponent,
            a_provider_that_can_be_reached_is_reported_so,
        } }
    };
}
