//! Cancelling an order, or one seller's part of it, after it was paid.

use super::scenario::given;
use super::steps::*;
use crate::order::{Actor, OrderStatus, PaymentStatus};
use crate::payment::{RefundReason, RefundState};

#[test]
fn a_paid_order_that_is_cancelled_gives_everything_back() {
    for by in [BUYER, Actor::Operator] {
        given(paid())
            .when(cancel(by))
            .happens(&["consignment_cancelled", "consignment_cancelled", "refund_requested"])
            .calls(&["refund"])
            .refunds(&[(TOTAL, 1)])
            .stands(OrderStatus::Cancelled, PaymentStatus::Paid)
            .then(|it| assert_eq!(it.order.refunds()[0].reason, RefundReason::OrderCancelled))
            .when(refund_news(1, TOTAL, RefundState::Succeeded))
            .stands(OrderStatus::Refunded, PaymentStatus::Refunded)
            .when(cancel(by))
            .refused("order_state_forbids");
    }
}

#[test]
fn a_part_that_is_cancelled_gives_its_money_and_stock_back_and_the_rest_stands() {
    for by in [BUYER, Actor::Seller(ANNA), Actor::Operator] {
        given(paid())
            .when(cancel_part(ANNA, by))
            .happens(&["consignment_cancelled", "refund_requested"])
            .refunds(&[(ANNAS_PART, 1)])
            .stands(OrderStatus::PaymentConfirmed, PaymentStatus::Paid)
            .then(|it| {
                assert_eq!(it.order.refunds()[0].reason, RefundReason::ConsignmentCancelled(ANNA));
                assert_eq!(it.reserved(), [(WIDGET, 0), (GADGET, 1)].into());
            })
            .when(refund_news(1, ANNAS_PART, RefundState::Succeeded))
            .stands(OrderStatus::PaymentConfirmed, PaymentStatus::PartialRefund)
            .when(cancel_part(ANNA, by))
            .refused("consignment_state_forbids");
    }
}

#[test]
fn when_the_last_part_is_cancelled_the_order_is() {
    given(paid())
        .and([cancel_part(ANNA, BUYER), cancel_part(BEN, BUYER)])
        .refunds(&[(ANNAS_PART, 1), (BENS_PART, 1)])
        .stands(OrderStatus::Cancelled, PaymentStatus::Paid)
        .then(|it| assert!(it.order.cancellation().is_some()))
        .and([refund_news(1, ANNAS_PART, RefundState::Succeeded), refund_news(2, BENS_PART, RefundState::Succeeded)])
        .stands(OrderStatus::Refunded, PaymentStatus::Refunded);
}

#[test]
fn when_the_last_part_is_cancelled_before_the_payment_the_order_is() {
    given([cancel_part(ANNA, BUYER)])
        .when(cancel_part(BEN, BUYER))
        .happens(&["cancelled"])
        .stands(OrderStatus::Cancelled, PaymentStatus::Pending);
}

#[test]
fn cancelling_the_order_leaves_alone_what_was_cancelled_before() {
    given(paid())
        .and([cancel_part(ANNA, BUYER)])
        .when(cancel(BUYER))
        .happens(&["consignment_cancelled", "refund_requested"])
        .refunds(&[(ANNAS_PART, 1), (BENS_PART, 1)]);
}

#[test]
fn an_order_of_which_something_has_shipped_cannot_be_cancelled_but_the_other_part_can() {
    given(paid())
        .and([ship(ANNA, Actor::Seller(ANNA), "1")])
        .when(cancel(BUYER))
        .refused("already_shipped")
        .when(cancel_part(ANNA, BUYER))
        .refused("already_shipped")
        .when(cancel_part(BEN, BUYER))
        .refunds(&[(BENS_PART, 1)])
        .stands(OrderStatus::Shipped, PaymentStatus::Paid);
}

#[test]
fn a_part_that_is_being_prepared_can_still_be_cancelled() {
    given(paid()).and([prepare(ANNA, Actor::Operator)]).when(cancel_part(ANNA, BUYER)).refunds(&[(ANNAS_PART, 1)]);
}

#[test]
fn nobody_cancels_what_is_not_theirs() {
    for steps in [vec![], paid()] {
        given(steps.clone()).when(cancel(STRANGER)).refused("not_allowed");
        given(steps.clone()).when(cancel(Actor::Seller(ANNA))).refused("not_allowed");
        given(steps.clone()).when(cancel_part(ANNA, Actor::Seller(BEN))).refused("not_allowed");
        given(steps.clone()).when(cancel_part(ANNA, STRANGER)).refused("not_allowed");
        given(steps).when(cancel_part(CARL, Actor::Seller(CARL))).refused("no_such_consignment");
    }
}

#[test]
fn what_was_given_back_in_the_dashboard_counts_towards_a_cancelled_part() {
    given(paid())
        .when(dashboard_refund("re_x", 1, euros(250), RefundState::Succeeded))
        .happens(&["foreign_refund_moved"])
        .stands(OrderStatus::PaymentConfirmed, PaymentStatus::PartialRefund)
        .when(cancel_part(ANNA, BUYER))
        .refunds(&[(ANNAS_PART - 250, 1)])
        .when(cancel_part(BEN, BUYER))
        .refunds(&[(ANNAS_PART - 250, 1), (BENS_PART, 1)]);
}

#[test]
fn an_order_paid_by_two_attempts_gives_back_from_the_later_one_first() {
    given([pay(), opened(1), captured(1, 400), closed(1), pay(), captured(2, 600)])
        .when(cancel_part(ANNA, BUYER))
        .refunds(&[(600, 2)])
        .when(cancel_part(BEN, BUYER))
        .refunds(&[(600, 2), (400, 1)]);
    given([pay(), opened(1), captured(1, 700), closed(1), pay(), captured(2, 300)])
        .when(cancel_part(ANNA, BUYER))
        .refunds(&[(300, 2), (300, 1)]);
}
