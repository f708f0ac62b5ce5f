//! The life of a refund: asked for, under way, done, failed, tried anew.

use super::scenario::{Scenario, given, given_on};
use super::steps::*;
use crate::effect::EffectRequest;
use crate::order::{Actor, LatePaymentPolicy, OrderStatus, PaymentStatus};
use crate::payment::{RefundReason, RefundState};
use crate::time::DAY;

/// Paid and cancelled: refund 1 of the whole sum is asked for.
fn refunding() -> Vec<Step> {
    [paid(), vec![cancel(BUYER)]].concat()
}

#[test]
fn a_refund_has_one_key_for_ever() {
    given(refunding()).then(|it| {
        let effect = it.effects.iter().find(|effect| effect.request.kind() == "refund").unwrap();
        assert_eq!(effect.key.as_str(), format!("refund-{}-1", it.order.id()));
        assert!(it.order.wants(&effect.request));
        let EffectRequest::Refund(refund) = &effect.request else { panic!() };
        assert_eq!((refund.amount, refund.payment.refs.clone()), (euros(TOTAL), refs(1)));
    });
}

#[test]
fn a_refund_moves_forward_only() {
    given(refunding())
        .when(refund_news(1, TOTAL, RefundState::Pending))
        .happens(&["refund_moved"])
        .stands(OrderStatus::Cancelled, PaymentStatus::Paid)
        .when(refund_news(1, TOTAL, RefundState::Succeeded))
        .stands(OrderStatus::Refunded, PaymentStatus::Refunded)
        .when(refund_news(1, TOTAL, RefundState::Pending))
        .nothing_happens()
        .when(refund_news(1, TOTAL, RefundState::Succeeded))
        .nothing_happens();
}

#[test]
fn a_refund_of_which_a_webhook_has_told_is_not_wanted_any_more() {
    given(refunding()).when(refund_news(1, TOTAL, RefundState::Pending)).then(|it| {
        let effect = it.effects.iter().find(|effect| effect.request.kind() == "refund").unwrap();
        assert!(!it.order.wants(&effect.request));
    });
}

#[test]
fn a_pending_refund_is_asked_about_daily() {
    given(refunding())
        .and([refund_news(1, TOTAL, RefundState::Pending)])
        .then(|it| assert_eq!(it.order.next_tick_at(), Some(NOON + DAY)))
        .and([wait(days(2)), tick()])
        .happens(&["refund_asked"])
        .calls(&["ask_refund"])
        .then(|it| {
            assert!(it.order.wants(&it.effects.last().unwrap().request));
            assert_eq!(it.order.next_tick_at(), Some(NOON + days(3)));
        });
}

#[test]
fn a_failed_refund_waits_visibly_and_is_tried_anew_on_request() {
    given(refunding())
        .when(refund_refused(1, TOTAL))
        .happens(&["refund_moved"])
        .stands(OrderStatus::Cancelled, PaymentStatus::FailedRefund)
        .then(|it| {
            assert_eq!(it.order.attention().len(), 1);
            assert_eq!(it.order.money().stuck, TOTAL);
        })
        .when(retry_refund(1))
        .happens(&["refund_requested"])
        .calls(&["refund"])
        .refunds(&[(TOTAL, 1), (TOTAL, 1)])
        .then(|it| {
            assert_eq!(it.order.refunds()[1].reason, RefundReason::Retry(it.order.refunds()[0].no));
            assert!(it.order.attention().is_empty());
        })
        .when(retry_refund(1))
        .refused("refund_not_failed")
        .when(refund_news(2, TOTAL, RefundState::Succeeded))
        .stands(OrderStatus::Refunded, PaymentStatus::Refunded);
}

#[test]
fn a_failed_refund_is_tried_anew_by_itself_at_its_deadline() {
    given(refunding())
        .and([wait(days(1)), refund_refused(1, TOTAL)])
        .then(|it| assert_eq!(it.order.next_tick_at(), Some(NOON + days(4))))
        .and([wait(days(4)), tick()])
        .happens(&["refund_requested"])
        .when(tick())
        .nothing_happens();
}

#[test]
fn a_refund_that_has_not_failed_is_not_tried_anew() {
    given(refunding()).when(retry_refund(1)).refused("refund_not_failed");
    given(refunding()).when(retry_refund(2)).refused("no_such_refund");
    given(refunding()).when(retry_refund(0)).refused("no_such_refund");
}

#[test]
fn a_refund_can_fail_after_it_succeeded() {
    given(refunding())
        .and([refund_news(1, TOTAL, RefundState::Succeeded), wait(days(5))])
        .when(refund_news(1, TOTAL, RefundState::Failed))
        .happens(&["refund_moved"])
        .stands(OrderStatus::Cancelled, PaymentStatus::FailedRefund)
        .then(|it| assert_eq!(it.order.attention().len(), 1))
        .when(refund_news(1, TOTAL, RefundState::Succeeded))
        .nothing_happens();
}

#[test]
fn a_refund_that_succeeded_is_asked_about_once_more_in_case_the_news_of_its_failure_was_lost() {
    given(refunding())
        .and([refund_news(1, TOTAL, RefundState::Pending), wait(days(40)), tick()])
        .happens(&["refund_asked"])
        .and([refund_news(1, TOTAL, RefundState::Succeeded)])
        .then(|it| assert_eq!(it.order.next_tick_at(), Some(NOON + days(70))))
        .and([wait(days(70)), tick()])
        .happens(&["refund_asked"])
        .calls(&["ask_refund"])
        .then(|it| {
            assert!(it.order.wants(&it.effects.last().unwrap().request));
            assert_eq!(it.order.next_tick_at(), None);
        });
}

#[test]
fn everything_given_back_in_the_dashboard_cancels_what_has_not_shipped() {
    given(paid())
        .when(dashboard_refund("re_x", 1, euros(TOTAL), RefundState::Succeeded))
        .happens(&["foreign_refund_moved", "consignment_cancelled", "consignment_cancelled"])
        .stands(OrderStatus::Refunded, PaymentStatus::Refunded)
        .refunds(&[]);
    given(paid())
        .and([ship(ANNA, Actor::Operator, "1")])
        .when(dashboard_refund("re_x", 1, euros(TOTAL), RefundState::Succeeded))
        .happens(&["foreign_refund_moved", "consignment_cancelled"])
        .stands(OrderStatus::Shipped, PaymentStatus::Refunded);
}

#[test]
fn a_dashboard_refund_may_be_heard_of_before_the_payment() {
    given([pay()])
        .when(dashboard_refund("re_x", 1, euros(TOTAL), RefundState::Succeeded))
        .happens(&["foreign_refund_moved"])
        .stands(OrderStatus::PendingPayment, PaymentStatus::Pending)
        .when(captured(1, TOTAL))
        .stands(OrderStatus::Refunded, PaymentStatus::Refunded);
}

/// Two attempts, both paid in full, and the second given back in the dashboard; heard of in this order.
fn paid_twice_and_given_back_once(heard: [usize; 3]) -> Scenario {
    let back = dashboard_refund("re_x", 2, euros(TOTAL), RefundState::Succeeded);
    let news = [captured(1, TOTAL), captured(2, TOTAL), back];
    given([pay(), opened(1), closed(1), pay(), opened(2)]).and(heard.map(|index| news[index].clone()))
}

#[test]
fn a_dashboard_refund_of_the_second_payment_leaves_the_first_alone() {
    for heard in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [2, 0, 1]] {
        paid_twice_and_given_back_once(heard).then(|it| {
            assert_eq!(it.order.status(), OrderStatus::PaymentConfirmed, "{heard:?}");
            assert_eq!(it.order.money().returned, TOTAL);
        });
    }
}

#[test]
fn while_the_payment_given_back_in_the_dashboard_is_the_only_one_known_the_order_is_off_and_the_other_goes_back() {
    for heard in [[1, 2, 0], [2, 1, 0]] {
        paid_twice_and_given_back_once(heard)
            .refunds(&[(TOTAL, 1)])
            .stands(OrderStatus::Cancelled, PaymentStatus::PartialRefund);
    }
}

#[test]
fn a_refund_that_the_dashboard_overtook_is_dropped_when_the_provider_refuses_it() {
    given(refunding())
        .and([dashboard_refund("re_x", 1, euros(TOTAL), RefundState::Succeeded)])
        .when(refund_refused(1, TOTAL))
        .happens(&["refund_moved", "refund_dropped"])
        .stands(OrderStatus::Refunded, PaymentStatus::Refunded)
        .then(|it| assert_eq!(it.order.next_tick_at(), None));
}

#[test]
fn a_refund_that_the_dashboard_made_too_large_is_replaced_by_one_that_fits() {
    given(refunding())
        .and([dashboard_refund("re_x", 1, euros(300), RefundState::Succeeded)])
        .when(refund_refused(1, TOTAL))
        .happens(&["refund_moved", "refund_dropped", "refund_requested"])
        .refunds(&[(TOTAL, 1), (700, 1)]);
}

#[test]
fn a_refund_that_no_longer_fits_its_own_attempt_is_not_tried_for_ever() {
    // Both attempts paid; the second's money is to go back, but the dashboard has given 300 of it back already, and then
    // a part of the order is cancelled, so that the books as a whole hide that the refund doesn't fit.
    given([pay(), opened(1), closed(1), pay(), opened(2), captured(1, TOTAL), captured(2, TOTAL)])
        .refunds(&[(TOTAL, 2)])
        .and([dashboard_refund("re_x", 2, euros(300), RefundState::Succeeded), cancel_part(BEN, BUYER)])
        .when(refund_refused(1, TOTAL))
        .then(|it| {
            assert_eq!(it.order.money().stuck, 0, "{:?}", it.order.refunds());
            let fits = it.order.refunds().iter().filter(|it| it.counts() && it.attempt.get() == 2);
            assert_eq!(fits.map(|it| it.amount.minor()).sum::<i64>(), 700);
        });
}

#[test]
fn of_two_failed_refunds_the_one_that_no_longer_fits_is_replaced() {
    given([pay(), opened(1), closed(1), pay(), opened(2), captured(1, TOTAL), captured(2, TOTAL)])
        .and([cancel_part(BEN, BUYER), dashboard_refund("re_x", 2, euros(300), RefundState::Succeeded)])
        .refunds(&[(TOTAL, 2), (BENS_PART, 1)])
        .and([refund_refused(2, BENS_PART)])
        .when(refund_refused(1, TOTAL))
        .happens(&["refund_moved", "refund_dropped", "refund_requested"])
        .refunds(&[(TOTAL, 2), (BENS_PART, 1), (700, 2)])
        .then(|it| assert_eq!(it.order.money().stuck, BENS_PART, "the other still fits"));
}

#[test]
fn a_part_is_not_cancelled_on_the_word_of_a_refund_that_the_provider_has_not_made() {
    // 6.00 for Anna's part are asked for but not made, and the dashboard gives 7.00 back: 3.00 are still there for Ben's.
    given(paid())
        .and([cancel_part(ANNA, BUYER)])
        .when(dashboard_refund("re_x", 1, euros(700), RefundState::Succeeded))
        .happens(&["foreign_refund_moved"])
        .when(refund_refused(1, ANNAS_PART))
        .happens(&["refund_moved", "refund_dropped"])
        .stands(OrderStatus::PaymentConfirmed, PaymentStatus::PartialRefund);
}

#[test]
fn a_dashboard_refund_that_fails_gives_its_money_back_to_the_order() {
    given(paid())
        .and([dashboard_refund("re_x", 1, euros(TOTAL), RefundState::Pending)])
        .stands(OrderStatus::Cancelled, PaymentStatus::Paid)
        .when(dashboard_refund("re_x", 1, euros(TOTAL), RefundState::Failed))
        .happens(&["foreign_refund_moved", "refund_requested"])
        .refunds(&[(TOTAL, 1)]);
}

#[test]
fn a_goodwill_refund_leaves_the_order_standing() {
    given(paid())
        .when(dashboard_refund("re_x", 1, euros(100), RefundState::Succeeded))
        .stands(OrderStatus::PaymentConfirmed, PaymentStatus::PartialRefund)
        .when(dashboard_refund("re_x", 1, euros(100), RefundState::Succeeded))
        .nothing_happens();
}

#[test]
fn a_late_payments_refund_that_fails_is_tried_anew_under_every_policy() {
    for policy in [LatePaymentPolicy::Refund, LatePaymentPolicy::Reinstate { within: DAY }] {
        given_on(late(policy), timed_out())
            .and([captured_without_stock(1, TOTAL), refund_refused(1, TOTAL)])
            .stands(OrderStatus::Cancelled, PaymentStatus::FailedRefund)
            .when(retry_refund(1))
            .refunds(&[(TOTAL, 1), (TOTAL, 1)]);
    }
}
