//! Paying an order that waits for money.

use super::scenario::{given, given_on};
use super::steps::*;
use crate::effect::{EffectRequest, MessageKind};
use crate::order::timeout::MethodTimeout;
use crate::order::{Actor, OrderStatus, PaymentStatus, Terms, TimeoutPolicy};
use crate::payment::{AttemptState, CloseReason};
use crate::time::{DAY, HOUR, MINUTE};

#[test]
fn starting_a_payment_plans_the_opening_of_a_page() {
    given([]).when(pay()).happens(&["payment_started"]).calls(&["open_payment"]).then(|it| {
        let EffectRequest::Open(open) = &it.effects.last().unwrap().request else { panic!() };
        assert_eq!(open.amount, euros(TOTAL));
        assert_eq!(open.expires_at, NOON + DAY, "a page stays open for a day at most");
        let sum: i64 = open.lines.iter().map(|line| line.unit_amount.minor() * i64::from(line.quantity)).sum();
        assert_eq!(sum, TOTAL, "the page's lines sum to what is to be paid");
        assert_eq!(it.effects.last().unwrap().key.as_str(), format!("open-{}-1", it.order.id()));
    });
}

#[test]
fn a_page_closes_no_later_than_the_order_expires() {
    given([wait(days(2) + HOUR * 20)]).when(pay()).then(|it| {
        assert_eq!(Some(it.order.attempts()[0].expires_at()), it.order.expires_at());
    });
}

#[test]
fn a_payment_with_too_little_time_left_refused() {
    given([wait(days(3) - MINUTE * 30)]).when(pay()).refused("payment_deadline_too_close");
    given([wait(days(3) - MINUTE * 31)]).when(pay()).happens(&["payment_started"]);
}

#[test]
fn a_payment_after_the_deadline_is_refused_even_if_no_timer_has_come_yet() {
    given([wait(days(3))]).when(pay()).refused("payment_deadline_too_close");
}

#[test]
fn a_method_with_more_time_does_not_revive_an_order_whose_deadline_has_passed() {
    let timeout = MethodTimeout { method: voucher(), shown: days(7), enforced: days(8), settlement_window: days(11) };
    let policy = TimeoutPolicy { per_method: vec![timeout], ..TimeoutPolicy::default() };
    let terms = Terms { timeout: policy, ..Terms::default() };
    given_on(terms.clone(), [wait(days(2))]).when(pay_by(voucher())).happens(&["payment_started"]).then(|it| {
        assert_eq!(it.order.expires_at(), Some(NOON + days(8)), "in time, it does move the deadline");
    });
    given_on(terms, [wait(days(4))]).when(pay_by(voucher())).refused("payment_deadline_too_close");
}

#[test]
fn a_second_attempt_waits_until_the_first_is_closed() {
    given([pay()]).when(pay()).refused("payment_in_progress");
    given([pay(), opened(1)]).when(pay()).refused("payment_in_progress");
    given([pay(), promised(1, None)]).when(pay()).refused("payment_in_progress");
    given([pay(), opened(1), closed(1)]).when(pay()).happens(&["payment_started"]).calls(&["open_payment"]);
}

#[test]
fn a_payment_for_a_paid_order_refused() {
    given(paid()).when(pay()).refused("order_state_forbids");
}

#[test]
fn after_fifty_attempts_no_other_is_allowed() {
    let fifty = (1..=50).flat_map(|no| [pay(), closed_because(no, CloseReason::Refused("test".to_owned()))]);
    given(fifty).when(pay()).refused("too_many_payment_attempts");
}

#[test]
fn an_opened_page_changes_nothing_but_the_attempt() {
    given([pay()]).when(opened(1)).happens(&["attempt_opened"]).calls(&[]).then(|it| {
        assert_eq!(it.order.attempts()[0].state(), AttemptState::Open);
        assert_eq!(it.order.attempts()[0].refs(), &refs(1));
        assert_eq!(it.order.status(), OrderStatus::PendingPayment);
    });
}

#[test]
fn a_refused_opening_leaves_the_order_payable() {
    let refused = CloseReason::Refused("amount_too_small".to_owned());
    given([pay()])
        .when(closed_because(1, refused))
        .happens(&["attempt_closed"])
        .when(pay())
        .happens(&["payment_started"]);
}

#[test]
fn a_declined_card_leaves_the_order_waiting_and_the_page_open() {
    given([pay(), opened(1)])
        .when(declined(1, "ch_1"))
        .happens(&["payment_declined"])
        .stands(OrderStatus::PendingPayment, PaymentStatus::Failed)
        .then(|it| assert_eq!(it.order.attempts()[0].state(), AttemptState::Open))
        .when(declined(1, "ch_1"))
        .nothing_happens()
        .when(declined(1, "ch_2"))
        .happens(&["payment_declined"])
        .when(captured(1, TOTAL))
        .stands(OrderStatus::PaymentConfirmed, PaymentStatus::Paid);
}

#[test]
fn captured_money_that_covers_the_order_confirms_it_and_tells_everybody() {
    given([pay(), opened(1)])
        .when(captured(1, TOTAL))
        .happens(&["payment_captured", "confirmed"])
        .stands(OrderStatus::PaymentConfirmed, PaymentStatus::Paid)
        .calls(&[])
        .then(|it| {
            let told = it.effects.iter().filter_map(|effect| match &effect.request {
                EffectRequest::Notify(message) => Some(message.kind.clone()),
                _ => None,
            });
            let told: Vec<_> = told.skip(1).collect();
            let total = euros(TOTAL);
            let expected = [
                MessageKind::PaymentReceived { total },
                MessageKind::SellerOrder { seller: ANNA },
                MessageKind::SellerOrder { seller: BEN },
            ];
            assert_eq!(told, expected);
            assert_eq!(it.order.next_tick_at(), None, "a paid order waits for nothing");
        });
}

#[test]
fn money_may_be_heard_of_before_the_page() {
    given([pay()])
        .when(captured(1, TOTAL))
        .stands(OrderStatus::PaymentConfirmed, PaymentStatus::Paid)
        .when(opened(1))
        .nothing_happens();
}

#[test]
fn a_part_of_the_money_does_not_confirm_the_order_and_the_rest_does() {
    given([pay(), opened(1)])
        .when(captured(1, 400))
        .happens(&["payment_captured"])
        .stands(OrderStatus::PendingPayment, PaymentStatus::Processing)
        .then(|it| assert_eq!(it.order.due(), euros(600)))
        .when(pay())
        .refused("payment_in_progress")
        .when(captured(1, TOTAL))
        .happens(&["payment_captured", "confirmed"]);
}

#[test]
fn the_rest_can_be_paid_with_another_attempt() {
    given([pay(), opened(1), captured(1, 400), closed(1)])
        .when(pay())
        .then(|it| {
            let EffectRequest::Open(open) = &it.effects.last().unwrap().request else { panic!() };
            assert_eq!(open.amount, euros(600));
            assert_eq!(open.lines.len(), 1, "the goods' lines would not sum to the rest");
            assert_eq!(open.lines[0].unit_amount, euros(600));
        })
        .when(captured(2, 600))
        .stands(OrderStatus::PaymentConfirmed, PaymentStatus::Paid)
        .refunds(&[]);
}

#[test]
fn what_was_paid_too_much_goes_back() {
    given([pay(), opened(1)])
        .when(captured(1, 1200))
        .happens(&["payment_captured", "confirmed", "refund_requested"])
        .refunds(&[(200, 1)])
        .stands(OrderStatus::PaymentConfirmed, PaymentStatus::Paid);
}

#[test]
fn an_amount_that_grows_is_booked_by_its_growth() {
    given([pay(), captured(1, 400), captured(1, 400), captured(1, 300)])
        .then(|it| assert_eq!(it.journals.len(), 1))
        .when(captured(1, TOTAL))
        .then(|it| assert_eq!(it.journals[1].amount, euros(600)));
}

#[test]
fn when_two_attempts_are_both_paid_the_later_attempts_money_goes_back_whichever_was_heard_of_first() {
    for order in [[1, 2], [2, 1]] {
        given([pay(), opened(1), closed(1), pay(), opened(2)])
            .and(order.map(|no| captured(no, TOTAL)))
            .stands(OrderStatus::PaymentConfirmed, PaymentStatus::Paid)
            .refunds(&[(TOTAL, 2)]);
    }
}

#[test]
fn once_the_order_is_paid_another_open_page_is_closed_and_asked_about() {
    given([pay(), opened(1), closed(1), pay(), opened(2)])
        .when(captured(1, TOTAL))
        .happens(&["payment_captured", "confirmed", "void_requested"])
        .calls(&["void_payment"])
        .then(|it| {
            assert!(it.order.next_tick_at().is_some(), "a lost webhook must not hide a second payment");
            assert!(it.order.wants(&it.effects.last().unwrap().request));
        })
        .and([wait(days(2)), tick()])
        .calls(&["void_payment"])
        .when(closed(2))
        .then(|it| assert_eq!(it.order.next_tick_at(), None));
}

#[test]
fn once_the_order_is_paid_an_attempt_that_was_never_sent_is_not_wanted() {
    given([pay(), opened(1), closed(1), pay()])
        .then(|it| assert!(it.order.wants(&it.effects.last().unwrap().request)))
        .when(captured(1, TOTAL))
        .then(|it| {
            let open = it.effects.iter().rfind(|effect| effect.request.kind() == "open_payment").unwrap();
            assert!(!it.order.wants(&open.request));
        })
        .when(opened(2))
        .calls(&["void_payment"]);
}

#[test]
fn a_promised_payment_moves_the_deadline_to_the_end_of_its_settlement() {
    given([pay_by(voucher()), opened(1)])
        .when(promised(1, None))
        .happens(&["payment_promised"])
        .stands(OrderStatus::PendingPayment, PaymentStatus::Processing)
        .then(|it| assert_eq!(it.order.expires_at(), Some(NOON + days(11)), "the policy's window"))
        .when(promised(1, Some(NOON + days(12))))
        .then(|it| assert_eq!(it.order.expires_at(), Some(NOON + days(12)), "the provider's own word, if it is later"))
        .when(promised(1, Some(NOON + days(5))))
        .nothing_happens()
        .when(captured(1, TOTAL))
        .stands(OrderStatus::PaymentConfirmed, PaymentStatus::Paid);
}

#[test]
fn a_promise_for_a_day_before_the_deadline_does_not_shorten_it() {
    given([pay_by(voucher()), promised(1, Some(NOON + DAY))])
        .then(|it| assert_eq!(it.order.expires_at(), Some(NOON + days(3))));
}

#[test]
fn a_promise_that_was_broken_gives_the_old_deadline_back() {
    given([pay_by(voucher()), promised(1, None), wait(days(5))])
        .when(closed_because(1, CloseReason::SettlementFailed))
        .happens(&["attempt_closed"])
        .then(|it| assert_eq!(it.order.expires_at(), Some(NOON + days(3))))
        .when(tick())
        .happens(&["cancelled"]);
}

#[test]
fn a_seller_who_drops_out_before_the_payment_makes_the_order_cheaper() {
    given([])
        .when(cancel_part(ANNA, Actor::Seller(ANNA)))
        .happens(&["consignment_cancelled"])
        .stands(OrderStatus::PendingPayment, PaymentStatus::Pending)
        .then(|it| {
            assert_eq!(it.order.due(), euros(BENS_PART));
            assert_eq!(it.reserved(), [(WIDGET, 0), (GADGET, 1)].into());
        })
        .when(pay())
        .then(|it| {
            let EffectRequest::Open(open) = &it.effects.last().unwrap().request else { panic!() };
            assert_eq!(open.amount, euros(BENS_PART));
        })
        .when(captured(1, BENS_PART))
        .stands(OrderStatus::PaymentConfirmed, PaymentStatus::Paid);
}

#[test]
fn a_part_cannot_drop_out_while_a_payment_is_under_way() {
    given([pay()]).when(cancel_part(ANNA, BUYER)).refused("payment_in_progress");
}

#[test]
fn a_partly_paid_order_that_became_cheaper_stands_and_the_rest_goes_back() {
    given([pay(), opened(1), captured(1, 500), closed(1)])
        .when(cancel_part(ANNA, Actor::Operator))
        .happens(&["consignment_cancelled", "confirmed", "refund_requested"])
        .refunds(&[(100, 1)])
        .stands(OrderStatus::PaymentConfirmed, PaymentStatus::Paid);
}
