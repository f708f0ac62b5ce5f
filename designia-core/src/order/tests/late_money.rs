//! Money that arrives after the order was cancelled for want of it. It is never kept in silence.

use super::scenario::{given, given_on};
use super::steps::*;
use crate::effect::{EffectRequest, MessageKind};
use crate::order::{Actor, LatePaymentPolicy, OrderStatus, PaymentStatus, StockReason};
use crate::payment::{RefundReason, RefundState};
use crate::time::DAY;

const REINSTATE: LatePaymentPolicy = LatePaymentPolicy::Reinstate { within: DAY };
const HOLD: LatePaymentPolicy = LatePaymentPolicy::Hold { within: DAY };

#[test]
fn by_default_it_goes_back_at_once() {
    given(timed_out())
        .when(captured(1, TOTAL))
        .happens(&["payment_captured", "refund_requested"])
        .calls(&["refund"])
        .stands(OrderStatus::Cancelled, PaymentStatus::Paid)
        .then(|it| assert_eq!(it.order.refunds()[0].reason, RefundReason::LatePayment))
        .when(refund_news(1, TOTAL, RefundState::Succeeded))
        .stands(OrderStatus::Cancelled, PaymentStatus::Refunded);
}

#[test]
fn late_money_goes_back_as_it_comes_in() {
    given(timed_out()).and([captured(1, 400), captured(1, TOTAL)]).refunds(&[(400, 1), (600, 1)]);
}

#[test]
fn money_for_an_order_that_its_buyer_cancelled_goes_back_under_every_policy() {
    for policy in [LatePaymentPolicy::Refund, REINSTATE, HOLD] {
        given_on(late(policy), [pay(), opened(1), closed(1), cancel(BUYER)])
            .when(captured(1, TOTAL))
            .happens(&["payment_captured", "refund_requested"]);
    }
}

#[test]
fn under_reinstate_the_order_stands_again_if_the_stock_is_there() {
    given_on(late(REINSTATE), timed_out())
        .when(captured(1, TOTAL))
        .happens(&["payment_captured", "reinstated"])
        .stands(OrderStatus::PaymentConfirmed, PaymentStatus::Paid)
        .refunds(&[])
        .then(|it| {
            assert_eq!(it.reserved(), [(WIDGET, 2), (GADGET, 1)].into());
            let again: Vec<_> = it.stock.iter().filter(|movement| movement.round == 1).collect();
            assert!(again.len() == 2 && again.iter().all(|movement| movement.reason == StockReason::Reserve));
        })
        .when(cancel(BUYER))
        .refunds(&[(TOTAL, 1)])
        .then(|it| assert_eq!(it.reserved(), [(WIDGET, 0), (GADGET, 0)].into()));
}

#[test]
fn under_reinstate_the_money_goes_back_if_the_stock_is_gone() {
    given_on(late(REINSTATE), timed_out())
        .when(captured_without_stock(1, TOTAL))
        .happens(&["payment_captured", "refund_requested"])
        .when(captured(1, TOTAL))
        .nothing_happens()
        .stands(OrderStatus::Cancelled, PaymentStatus::Paid);
}

#[test]
fn under_reinstate_the_money_goes_back_if_it_comes_too_late() {
    given_on(late(REINSTATE), timed_out())
        .and([wait(days(4))])
        .when(captured(1, TOTAL))
        .happens(&["payment_captured", "reinstated"]);
    given_on(late(REINSTATE), timed_out())
        .and([wait(days(4) + DAY / 24)])
        .when(captured(1, TOTAL))
        .happens(&["payment_captured", "refund_requested"]);
}

#[test]
fn under_reinstate_a_part_of_the_money_goes_back() {
    given_on(late(REINSTATE), timed_out()).when(captured(1, 999)).happens(&["payment_captured", "refund_requested"]);
}

#[test]
fn under_reinstate_what_exceeds_the_cost_goes_back() {
    given_on(late(REINSTATE), timed_out())
        .when(captured(1, 1100))
        .happens(&["payment_captured", "reinstated", "refund_requested"])
        .refunds(&[(100, 1)]);
}

#[test]
fn only_the_parts_that_were_not_cancelled_before_are_reinstated() {
    given_on(late(REINSTATE), [cancel_part(BEN, Actor::Operator), pay(), opened(1), closed(1), wait(days(3)), tick()])
        .when(captured(1, ANNAS_PART))
        .happens(&["payment_captured", "reinstated"])
        .then(|it| assert_eq!(it.reserved(), [(WIDGET, 2), (GADGET, 0)].into()));
}

#[test]
fn under_hold_the_money_waits_visibly_for_a_person() {
    given_on(late(HOLD), timed_out())
        .when(captured(1, TOTAL))
        .happens(&["payment_captured", "money_held"])
        .stands(OrderStatus::Cancelled, PaymentStatus::Paid)
        .calls(&[])
        .then(|it| {
            assert_eq!(it.order.next_tick_at(), Some(NOON + days(4)));
            assert_eq!(it.order.attention()[0].deadline, NOON + days(4));
            let EffectRequest::Notify(message) = &it.effects.last().unwrap().request else { panic!() };
            assert!(matches!(message.kind, MessageKind::NeedsAttention { .. }));
        });
}

#[test]
fn more_money_joins_what_is_held_and_the_deadline_stays() {
    given_on(late(HOLD), timed_out())
        .and([captured(1, 400), wait(days(3) + DAY / 2), captured(1, TOTAL)])
        .happens(&["payment_captured", "money_held"])
        .then(|it| {
            let hold = it.order.hold().unwrap();
            assert_eq!((hold.amount, hold.until), (euros(TOTAL), NOON + days(4)));
        });
}

#[test]
fn held_money_that_is_accepted_makes_the_order_stand() {
    given_on(late(HOLD), timed_out())
        .and([captured(1, 1100)])
        .when(accept_held())
        .happens(&["reinstated", "refund_requested"])
        .stands(OrderStatus::PaymentConfirmed, PaymentStatus::Paid)
        .refunds(&[(100, 1)])
        .then(|it| {
            assert_eq!(it.order.hold(), None);
            assert_eq!(it.reserved(), [(WIDGET, 2), (GADGET, 1)].into());
        })
        .when(accept_held())
        .refused("order_state_forbids");
}

#[test]
fn held_money_that_does_not_cover_the_order_cannot_be_accepted() {
    given_on(late(HOLD), timed_out()).and([captured(1, 999)]).when(accept_held()).refused("held_money_too_little");
}

#[test]
fn held_money_that_is_returned_goes_back() {
    given_on(late(HOLD), timed_out())
        .and([captured(1, TOTAL)])
        .when(return_held())
        .happens(&["hold_ended", "refund_requested"])
        .refunds(&[(TOTAL, 1)])
        .when(return_held())
        .refused("order_state_forbids");
}

#[test]
fn held_money_goes_back_by_itself_at_its_deadline() {
    given_on(late(HOLD), timed_out())
        .and([captured(1, TOTAL), wait(days(4) - DAY / 24), tick()])
        .nothing_happens()
        .and([wait(days(4)), tick()])
        .happens(&["hold_ended", "refund_requested"])
        .when(tick())
        .nothing_happens();
}

#[test]
fn held_money_that_somebody_gave_back_in_the_dashboard_is_held_no_longer() {
    given_on(late(HOLD), timed_out())
        .and([captured(1, TOTAL)])
        .when(dashboard_refund("re_x", 1, euros(300), RefundState::Succeeded))
        .then(|it| assert_eq!(it.order.hold().map(|hold| hold.amount), Some(euros(700))))
        .when(accept_held())
        .refused("held_money_too_little")
        .when(dashboard_refund("re_y", 1, euros(700), RefundState::Succeeded))
        .happens(&["foreign_refund_moved", "hold_ended"])
        .stands(OrderStatus::Cancelled, PaymentStatus::Refunded)
        .refunds(&[]);
}

#[test]
fn a_person_who_is_given_no_time_is_not_asked() {
    given_on(late(LatePaymentPolicy::Hold { within: std::time::Duration::ZERO }), timed_out())
        .when(captured(1, TOTAL))
        .happens(&["payment_captured", "refund_requested"]);
}

#[test]
fn a_second_late_payment_goes_back_whichever_was_heard_of_first() {
    for order in [[1, 2], [2, 1]] {
        let twice = [pay(), opened(1), closed(1), pay(), opened(2), closed(2), wait(days(3)), tick()];
        given_on(late(REINSTATE), twice)
            .and(order.map(|no| captured(no, TOTAL)))
            .stands(OrderStatus::PaymentConfirmed, PaymentStatus::Paid)
            .refunds(&[(TOTAL, 2)]);
    }
}

#[test]
fn money_that_had_partly_come_before_the_deadline_is_not_called_late() {
    given([pay(), opened(1), captured(1, 400), closed(1)])
        .when(cancel(BUYER))
        .happens(&["cancelled", "refund_requested"])
        .then(|it| assert_eq!(it.order.refunds()[0].reason, RefundReason::OrderCancelled));
}
