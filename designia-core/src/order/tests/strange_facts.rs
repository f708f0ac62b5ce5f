//! Reports about money that contradict what is known. Nothing is done on their word alone, and none is lost.

use super::scenario::given;
use super::steps::*;
use crate::id::RefundNo;
use crate::order::{OrderStatus, PaymentStatus, Quarantine};
use crate::payment::{Fact, PaymentNews, ProviderRefs, RefundNews, RefundState, RefundSubject};

fn quarantined(it: &super::scenario::Scenario) -> Vec<Quarantine> {
    it.order.quarantined().keys().cloned().collect()
}

#[test]
fn money_in_another_currency_is_set_aside_for_a_person() {
    let fact = news(1, PaymentNews::Captured { total: yen(TOTAL) });
    given([pay(), opened(1)])
        .when(Step::Hear(fact.clone()))
        .happens(&["quarantined"])
        .stands(OrderStatus::PendingPayment, PaymentStatus::Pending)
        .then(|it| assert!(matches!(quarantined(it)[..], [Quarantine::OtherCurrency { .. }])))
        .when(Step::Hear(fact))
        .nothing_happens();
}

#[test]
fn money_for_an_attempt_that_was_never_begun_is_set_aside() {
    given([]).when(captured(1, TOTAL)).happens(&["quarantined"]).then(|it| {
        assert!(matches!(quarantined(it)[..], [Quarantine::UnknownAttempt { .. }]));
        assert_eq!(it.order.attention().len(), 1);
    });
    given([]).when(opened(7)).nothing_happens();
    given([]).when(captured(0, TOTAL)).happens(&["quarantined"]);
}

#[test]
fn money_under_another_payments_name_is_set_aside() {
    let other = ProviderRefs { session: Some("cs_other".to_owned()), payment: None };
    let attempt = crate::id::AttemptNo::FIRST;
    let of = |news| Step::Hear(Fact::Payment { attempt, refs: other.clone(), news });
    given([pay(), opened(1)])
        .when(of(PaymentNews::Captured { total: euros(TOTAL) }))
        .happens(&["quarantined"])
        .stands(OrderStatus::PendingPayment, PaymentStatus::Pending)
        .when(of(PaymentNews::Open))
        .nothing_happens();
}

#[test]
fn names_that_become_known_later_are_learnt_once() {
    let session = ProviderRefs { session: refs(1).session, payment: None };
    let fact = Fact::Payment { attempt: crate::id::AttemptNo::FIRST, refs: session, news: PaymentNews::Open };
    given([pay()])
        .when(Step::Hear(fact))
        .happens(&["attempt_opened"])
        .when(declined(1, "ch_1"))
        .happens(&["attempt_opened", "payment_declined"])
        .then(|it| assert_eq!(it.order.attempts()[0].refs(), &refs(1)))
        .when(captured(1, TOTAL))
        .happens(&["payment_captured", "confirmed"]);
}

#[test]
fn a_refund_in_another_amount_or_currency_than_ours_is_set_aside() {
    let steps = || given(paid()).and([cancel(BUYER)]);
    steps().when(refund_news(1, 999, RefundState::Succeeded)).happens(&["quarantined"]);
    let news = RefundNews { provider_id: Some("re_1".to_owned()), amount: yen(TOTAL), state: RefundState::Succeeded };
    let fact = Fact::Refund { refund: RefundSubject::Ours(RefundNo::FIRST), news };
    steps().when(Step::Hear(fact)).happens(&["quarantined"]).stands(OrderStatus::Cancelled, PaymentStatus::Paid);
}

#[test]
fn a_second_refund_under_the_number_of_the_first_is_set_aside() {
    let news = RefundNews { provider_id: Some("re_9".to_owned()), amount: euros(TOTAL), state: RefundState::Succeeded };
    given(paid())
        .and([cancel(BUYER), refund_news(1, TOTAL, RefundState::Pending)])
        .when(Step::Hear(Fact::Refund { refund: RefundSubject::Ours(RefundNo::FIRST), news }))
        .happens(&["quarantined"]);
}

#[test]
fn a_refund_that_the_order_never_asked_for_is_set_aside() {
    given(paid()).when(refund_news(1, 100, RefundState::Succeeded)).happens(&["quarantined"]).then(|it| {
        assert!(matches!(quarantined(it)[..], [Quarantine::OtherRefund { .. }]));
    });
}

#[test]
fn a_dashboard_refund_in_another_currency_or_of_an_unknown_attempt_is_set_aside() {
    given(paid())
        .when(dashboard_refund("re_x", 1, yen(100), RefundState::Succeeded))
        .happens(&["quarantined"])
        .stands(OrderStatus::PaymentConfirmed, PaymentStatus::Paid);
    given(paid())
        .when(dashboard_refund("re_x", 2, euros(TOTAL), RefundState::Succeeded))
        .happens(&["quarantined"])
        .stands(OrderStatus::PaymentConfirmed, PaymentStatus::Paid);
}

#[test]
fn a_dashboard_refund_that_changes_its_amount_is_set_aside() {
    given(paid())
        .and([dashboard_refund("re_x", 1, euros(300), RefundState::Pending)])
        .when(dashboard_refund("re_x", 1, euros(299), RefundState::Failed))
        .happens(&["quarantined"])
        .then(|it| assert_eq!(it.order.money().returned, 300));
}

#[test]
fn a_dashboard_refund_of_nothing_is_nothing() {
    given(paid()).when(dashboard_refund("re_x", 1, euros(0), RefundState::Succeeded)).nothing_happens();
    given(paid()).when(dashboard_refund("re_x", 1, euros(-5), RefundState::Succeeded)).nothing_happens();
}

#[test]
fn a_capture_of_nothing_or_less_is_nothing() {
    given([pay(), opened(1)]).when(captured(1, 0)).nothing_happens().when(captured(1, -5)).nothing_happens();
}

#[test]
fn an_absurd_amount_neither_panics_nor_confuses_the_sums() {
    given([pay(), opened(1), closed(1), pay(), opened(2)])
        .and([captured(1, i64::MAX), captured(2, TOTAL)])
        .then(|it| assert!(it.order.money().excess() <= 0));
    given(paid())
        .and([
            dashboard_refund("re_x", 1, euros(i64::MAX), RefundState::Succeeded),
            dashboard_refund("re_y", 1, euros(i64::MAX), RefundState::Succeeded),
        ])
        .then(|it| assert_eq!(it.order.money().returned, TOTAL, "no more goes back than came"));
}
