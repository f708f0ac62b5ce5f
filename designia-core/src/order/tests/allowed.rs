//! What people are offered.

use super::scenario::{given, given_on};
use super::steps::*;
use crate::order::transition::Trigger;
use crate::order::{Actor, LatePaymentPolicy, Order};
use crate::time::DAY;

fn offered(order: &Order, by: Actor) -> Vec<&'static str> {
    let allowed = order.allowed_actions(by, order.updated_at());
    allowed.iter().map(|action| Trigger::of_command(&action.command).as_str()).collect()
}

#[test]
fn everybody_is_offered_what_the_rules_would_carry_out_for_them() {
    let it = given([]);
    let parts = ["cancel_consignment", "cancel_consignment"];
    assert_eq!(offered(&it.order, BUYER), [["start_payment", "cancel"], parts].concat());
    assert_eq!(offered(&it.order, Actor::Seller(ANNA)), ["cancel_consignment"]);
    assert_eq!(offered(&it.order, STRANGER), [""; 0]);

    let it = given(paid());
    assert_eq!(offered(&it.order, BUYER), ["cancel", "cancel_consignment", "cancel_consignment"]);
    assert_eq!(offered(&it.order, Actor::Seller(ANNA)), ["prepare", "ship", "cancel_consignment"]);

    let it = given(paid()).and([ship(ANNA, Actor::Operator, "1")]);
    assert_eq!(offered(&it.order, BUYER), ["deliver", "cancel_consignment"]);
    assert_eq!(offered(&it.order, Actor::Seller(ANNA)), ["ship", "deliver"], "the tracking can be corrected");
}

#[test]
fn the_marketplace_is_offered_decisions_about_money_that_waits() {
    let hold = LatePaymentPolicy::Hold { within: DAY };
    let it = given_on(late(hold), timed_out()).and([captured(1, TOTAL)]);
    assert_eq!(offered(&it.order, Actor::Operator), ["accept_held", "return_held"]);
    assert_eq!(offered(&it.order, BUYER), [""; 0]);
    let it = given(paid()).and([cancel(BUYER), refund_refused(1, TOTAL)]);
    assert_eq!(offered(&it.order, Actor::Operator), ["retry_refund"]);
}

#[test]
fn an_offer_says_what_it_would_lead_to() {
    let it = given(paid());
    let allowed = it.order.allowed_actions(BUYER, it.now);
    assert_eq!(allowed[0].decision.order.refunds()[0].amount, euros(TOTAL));
    assert_eq!(it.order.refunds(), [], "nothing is done");
}
