//! Orders and events as they are stored.

use super::scenario::given;
use super::steps::*;
use crate::order::{Event, Order, OrderStatus, PaymentStatus};
use crate::payment::RefundState;

#[test]
fn an_order_with_everything_in_it_survives_its_stored_form() {
    let it = given([pay(), opened(1), declined(1, "ch_1"), closed(1), pay_by(voucher()), promised(2, None)])
        .and([captured(2, 1200), captured(1, 10), captured(7, 5)])
        .and([dashboard_refund("re_x", 2, euros(30), RefundState::Pending), cancel_part(BEN, BUYER)]);
    let json = serde_json::to_string(&it.order).unwrap();
    assert_eq!(serde_json::from_str::<Order>(&json).unwrap(), it.order);
    assert!(!it.order.quarantined().is_empty() && !it.order.foreign_refunds().is_empty());
}

#[test]
fn the_words_for_statuses_are_those_of_the_stored_form() {
    for status in OrderStatus::ALL {
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        assert_eq!(status.as_str().parse(), Ok(*status));
    }
    for status in PaymentStatus::ALL {
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        assert_eq!(status.as_str().parse(), Ok(*status));
    }
    let error = "paid!".parse::<PaymentStatus>().unwrap_err().to_string();
    assert!(error.contains("`paid!`") && error.contains("partial_refund"), "{error}");
}

#[test]
fn a_history_that_does_not_begin_with_the_placing_is_none() {
    let it = given([pay()]);
    assert_eq!(Order::replay(it.history.iter().skip(1).map(|(event, at)| (event, *at))), None);
    assert_eq!(Order::replay(std::iter::empty::<(&Event, _)>()), None);
}
