//! Each seller ships its own part, and the order is as far as its least advanced part.

use super::scenario::given;
use super::steps::*;
use crate::order::{Actor, OrderStatus, PaymentStatus};

const A: Actor = Actor::Seller(ANNA);
const B: Actor = Actor::Seller(BEN);

#[test]
fn an_order_is_as_far_as_its_least_advanced_part() {
    let paid_and = |steps: Vec<Step>| given(paid()).and(steps).order.status();
    assert_eq!(paid_and(vec![prepare(ANNA, A)]), OrderStatus::PaymentConfirmed);
    assert_eq!(paid_and(vec![prepare(ANNA, A), prepare(BEN, B)]), OrderStatus::AwaitingShipment);
    assert_eq!(paid_and(vec![ship(ANNA, A, "1"), prepare(BEN, B)]), OrderStatus::AwaitingShipment);
    assert_eq!(paid_and(vec![ship(ANNA, A, "1"), ship(BEN, B, "2")]), OrderStatus::Shipped);
    let delivered = vec![ship(ANNA, A, "1"), ship(BEN, B, "2"), deliver(ANNA, A)];
    assert_eq!(paid_and(delivered.clone()), OrderStatus::Shipped);
    assert_eq!(paid_and([delivered, vec![deliver(BEN, BUYER)]].concat()), OrderStatus::Delivered);
}

#[test]
fn a_cancelled_part_holds_nothing_up() {
    given(paid())
        .and([cancel_part(BEN, BUYER), ship(ANNA, A, "1"), deliver(ANNA, BUYER)])
        .stands(OrderStatus::Delivered, PaymentStatus::Paid);
}

#[test]
fn nothing_ships_before_the_money_is_there() {
    let unpaid = [vec![], vec![pay(), opened(1)], vec![pay(), opened(1), cancel(BUYER)], timed_out()];
    for steps in unpaid {
        given(steps.clone()).when(prepare(ANNA, A)).refused("order_state_forbids");
        given(steps.clone()).when(ship(ANNA, A, "1")).refused("order_state_forbids");
        given(steps).when(deliver(ANNA, A)).refused("order_state_forbids");
    }
}

#[test]
fn a_seller_moves_the_own_part_only_and_the_marketplace_moves_any() {
    for by in [B, BUYER, STRANGER, Actor::Seller(CARL)] {
        given(paid()).when(prepare(ANNA, by)).refused("not_allowed");
        given(paid()).when(ship(ANNA, by, "1")).refused("not_allowed");
    }
    given(paid())
        .when(prepare(ANNA, Actor::Operator))
        .happens(&["consignment_prepared"])
        .when(ship(ANNA, Actor::Operator, "1"))
        .happens(&["consignment_shipped"])
        .when(deliver(ANNA, Actor::Operator))
        .happens(&["consignment_delivered"]);
    given(paid()).when(prepare(CARL, Actor::Operator)).refused("no_such_consignment");
}

#[test]
fn the_buyer_may_say_that_a_part_has_arrived_and_nobody_elses_buyer() {
    given(paid()).and([ship(ANNA, A, "1")]).when(deliver(ANNA, BUYER)).happens(&["consignment_delivered"]);
    given(paid()).and([ship(ANNA, A, "1")]).when(deliver(ANNA, STRANGER)).refused("not_allowed");
    given(paid()).and([ship(ANNA, A, "1")]).when(deliver(ANNA, B)).refused("not_allowed");
}

#[test]
fn only_what_was_shipped_can_arrive() {
    given(paid()).when(deliver(ANNA, A)).refused("consignment_state_forbids");
    given(paid()).and([prepare(ANNA, A)]).when(deliver(ANNA, A)).refused("consignment_state_forbids");
}

#[test]
fn saying_the_same_twice_changes_nothing() {
    given(paid())
        .and([prepare(ANNA, A), prepare(ANNA, A)])
        .nothing_happens()
        .and([ship(ANNA, A, "1"), ship(ANNA, A, "1")])
        .nothing_happens()
        .and([deliver(ANNA, A), deliver(ANNA, BUYER)])
        .nothing_happens();
}

#[test]
fn the_tracking_of_a_part_on_its_way_can_be_corrected() {
    given(paid())
        .and([ship(ANNA, A, "1"), wait(days(1)), ship(ANNA, A, "2")])
        .happens(&["consignment_shipped"])
        .then(|it| {
            let (_, fulfilment) = it.order.consignment(ANNA).unwrap();
            assert_eq!(fulfilment.tracking().unwrap().number, "2");
            assert_eq!(fulfilment.shipped_at(), Some(NOON), "it was handed over when it was");
        })
        .when(deliver(ANNA, A))
        .when(ship(ANNA, A, "3"))
        .refused("consignment_state_forbids");
}

#[test]
fn a_shipped_part_cannot_be_prepared_again() {
    given(paid()).and([ship(ANNA, A, "1")]).when(prepare(ANNA, A)).refused("consignment_state_forbids");
}

#[test]
fn a_cancelled_part_does_not_move() {
    let cancelled = || given(paid()).and([cancel_part(ANNA, A)]);
    cancelled().when(prepare(ANNA, A)).refused("consignment_state_forbids");
    cancelled().when(ship(ANNA, A, "1")).refused("consignment_state_forbids");
    cancelled().when(deliver(ANNA, A)).refused("consignment_state_forbids");
}

#[test]
fn a_tracking_number_that_is_empty_or_too_long_refused() {
    for number in ["", "  ", &"9".repeat(101)] {
        given(paid()).when(ship(ANNA, A, number)).refused("invalid_field");
    }
}
