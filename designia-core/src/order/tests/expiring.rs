//! Deadlines: nothing is cancelled before the provider has said that it was not paid.

use super::scenario::{Scenario, given};
use super::steps::*;
use crate::effect::EffectRequest;
use crate::order::{CancelReason, OrderStatus, PaymentStatus};
use crate::payment::CloseReason;
use crate::time::{HOUR, MINUTE};

/// The order's latest call of a kind.
fn latest_call<'a>(it: &'a Scenario, kind: &str) -> &'a EffectRequest {
    &it.effects.iter().rfind(|effect| effect.request.kind() == kind).unwrap().request
}

/// One open page, and the deadline has come.
fn expiring() -> Vec<super::steps::Step> {
    vec![pay(), opened(1), wait(days(3)), tick()]
}

#[test]
fn an_order_that_nobody_tried_to_pay_is_cancelled_at_its_deadline() {
    given([wait(days(3))])
        .when(tick())
        .happens(&["cancelled"])
        .stands(OrderStatus::Cancelled, PaymentStatus::Pending)
        .then(|it| {
            assert_eq!(it.order.cancellation(), Some((&CancelReason::PaymentTimeout, NOON + days(3))));
            assert_eq!(it.reserved(), [(WIDGET, 0), (GADGET, 0)].into());
            assert_eq!(it.order.next_tick_at(), None);
        });
}

#[test]
fn an_order_whose_attempts_are_all_closed_is_cancelled_at_its_deadline() {
    given([pay(), opened(1), closed(1), wait(days(3))]).when(tick()).happens(&["cancelled"]);
}

#[test]
fn an_order_with_an_open_page_asks_the_provider_before_it_is_cancelled() {
    given([pay(), opened(1), wait(days(3))])
        .when(tick())
        .happens(&["closing_began", "void_requested"])
        .stands(OrderStatus::Expiring, PaymentStatus::Pending)
        .calls(&["void_payment"])
        .then(|it| assert_eq!(it.reserved(), [(WIDGET, 2), (GADGET, 1)].into(), "the stock is still reserved"))
        .when(closed(1))
        .happens(&["attempt_closed", "cancelled"])
        .then(|it| assert_eq!(it.reserved(), [(WIDGET, 0), (GADGET, 0)].into()));
}

#[test]
fn an_order_that_was_paid_while_it_expired_is_confirmed() {
    given(expiring())
        .when(captured(1, TOTAL))
        .happens(&["payment_captured", "confirmed"])
        .stands(OrderStatus::PaymentConfirmed, PaymentStatus::Paid)
        .refunds(&[]);
}

#[test]
fn no_payment_can_be_started_while_the_order_expires() {
    given(expiring()).when(pay()).refused("order_state_forbids");
}

#[test]
fn an_attempt_that_is_still_being_opened_is_waited_for_and_then_voided() {
    given([pay(), wait(days(3))])
        .when(tick())
        .happens(&["closing_began"])
        .calls(&[])
        .then(|it| {
            assert!(!it.order.wants(latest_call(it, "open_payment")), "if it was never sent, it is withdrawn");
            assert_eq!(it.order.next_tick_at(), None, "the opening resolves itself");
        })
        .when(opened(1))
        .happens(&["attempt_opened", "void_requested"]);
}

#[test]
fn an_attempt_that_was_withdrawn_lets_the_order_be_cancelled() {
    given([pay(), wait(days(3)), tick()])
        .when(closed_because(1, CloseReason::NeverOpened))
        .happens(&["attempt_closed", "cancelled"]);
}

#[test]
fn a_page_that_cannot_be_closed_is_closed_again_ever_more_rarely() {
    given(expiring())
        .then(|it| assert_eq!(it.order.next_tick_at(), Some(NOON + days(3) + HOUR)))
        .and([wait(days(3) + HOUR), tick()])
        .happens(&["void_requested"])
        .then(|it| assert_eq!(it.order.next_tick_at(), Some(NOON + days(3) + HOUR * 3)))
        .and([wait(days(30)), tick()])
        .happens(&["void_requested"])
        .when(tick())
        .nothing_happens();
}

#[test]
fn a_payment_that_settles_is_asked_about_until_the_provider_knows() {
    let by = NOON + days(11);
    given([pay_by(voucher()), opened(1), promised(1, Some(by)), wait(days(11))])
        .when(tick())
        .happens(&["closing_began", "void_requested"])
        .stands(OrderStatus::Expiring, PaymentStatus::Processing)
        .then(|it| assert_eq!(it.order.next_tick_at(), Some(by + HOUR)))
        .and([wait(days(11) + HOUR), tick()])
        .happens(&["payment_asked"])
        .calls(&["ask_payment"])
        .when(captured(1, TOTAL))
        .stands(OrderStatus::PaymentConfirmed, PaymentStatus::Paid);
}

#[test]
fn a_promise_made_while_the_order_expires_is_waited_for() {
    given([pay_by(voucher()), opened(1), wait(days(3)), tick()])
        .when(promised(1, Some(NOON + days(9))))
        .happens(&["payment_promised"])
        .stands(OrderStatus::Expiring, PaymentStatus::Processing)
        .then(|it| assert_eq!(it.order.next_tick_at(), Some(NOON + days(9) + MINUTE * 10)))
        .when(closed_because(1, CloseReason::SettlementFailed))
        .happens(&["attempt_closed", "cancelled"]);
}

#[test]
fn a_page_whose_end_went_unreported_is_asked_about_before_the_deadline() {
    given([pay(), opened(1)])
        .then(|it| assert_eq!(it.order.attempts()[0].next_ask_at(), Some(NOON + days(1) + MINUTE * 10)))
        .and([wait(days(1) + MINUTE * 10), tick()])
        .happens(&["reminded", "payment_asked"])
        .calls(&["ask_payment"])
        .then(|it| assert!(it.order.wants(latest_call(it, "ask_payment"))))
        .when(captured(1, TOTAL))
        .then(|it| assert!(!it.order.wants(latest_call(it, "ask_payment")), "the answer is known"));
}

#[test]
fn partly_paid_money_goes_back_when_the_order_expires() {
    given([pay(), opened(1), captured(1, 400), wait(days(3)), tick()])
        .stands(OrderStatus::Expiring, PaymentStatus::Processing)
        .when(closed(1))
        .happens(&["attempt_closed", "cancelled", "refund_requested"])
        .refunds(&[(400, 1)])
        .calls(&["refund"]);
}

#[test]
fn a_buyer_who_cancels_while_a_page_is_open_is_asked_about_first() {
    given([pay(), opened(1)])
        .when(cancel(BUYER))
        .happens(&["closing_began", "void_requested"])
        .stands(OrderStatus::Expiring, PaymentStatus::Pending)
        .when(closed(1))
        .happens(&["attempt_closed", "cancelled"])
        .then(|it| assert!(matches!(it.order.cancellation(), Some((CancelReason::Requested { .. }, _)))));
}

#[test]
fn a_buyer_who_cancels_and_pays_all_the_same_gets_the_money_back() {
    given([pay(), opened(1), cancel(BUYER)])
        .when(captured(1, TOTAL))
        .happens(&[
            "payment_captured",
            "confirmed",
            "consignment_cancelled",
            "consignment_cancelled",
            "refund_requested",
        ])
        .refunds(&[(TOTAL, 1)])
        .stands(OrderStatus::Cancelled, PaymentStatus::Paid)
        .then(|it| assert_eq!(it.reserved(), [(WIDGET, 0), (GADGET, 0)].into()));
}

#[test]
fn a_buyer_who_cancels_before_paying_anything_has_cancelled_at_once() {
    given([])
        .when(cancel(BUYER))
        .happens(&["cancelled"])
        .when(cancel(BUYER))
        .refused("order_state_forbids")
        .when(pay())
        .refused("order_state_forbids");
}

#[test]
fn a_second_wish_to_cancel_an_expiring_order_refused() {
    given(expiring()).when(cancel(BUYER)).refused("order_state_forbids");
    given(expiring()).when(cancel_part(ANNA, BUYER)).refused("order_state_forbids");
}

#[test]
fn a_lost_void_is_wanted_until_the_attempt_is_settled_one_way_or_the_other() {
    given(expiring())
        .then(|it| assert!(it.order.wants(latest_call(it, "void_payment"))))
        .when(closed(1))
        .then(|it| assert!(!it.order.wants(latest_call(it, "void_payment"))));
}
