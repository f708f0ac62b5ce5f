//! Placing an order.

use super::scenario::given;
use super::steps::*;
use crate::effect::{EffectRequest, MessageKind};
use crate::money::Money;
use crate::order::{Order, OrderStatus, PaymentStatus, Placement, Refusal, StockReason, Terms};

/// What a placement that was changed in one way is refused for.
fn refused(change: impl FnOnce(&mut Placement)) -> String {
    let mut placement = placement(Terms::default());
    change(&mut placement);
    match Order::place(placement, NOON) {
        Err(refusal @ Refusal::InvalidPlacement { .. }) => {
            assert_eq!(refusal.code(), "invalid_field");
            refusal.to_string()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_placed_order_waits_for_money_and_has_reserved_its_stock() {
    given([]).happens(&["placed"]).stands(OrderStatus::PendingPayment, PaymentStatus::Pending).then(|it| {
        assert_eq!(it.order.version(), 1);
        assert_eq!(it.order.contents().total, euros(TOTAL));
        assert_eq!(it.order.due(), euros(TOTAL));
        assert_eq!(it.reserved(), [(WIDGET, 2), (GADGET, 1)].into());
        assert!(it.stock.iter().all(|movement| movement.reason == StockReason::Reserve && movement.round == 0));
        assert!(it.journals.is_empty(), "no money has moved");
    });
}

#[test]
fn the_buyer_is_told_the_shown_deadline_not_the_enforced_one() {
    given([]).then(|it| {
        let [effect] = it.effects.as_slice() else { panic!("{:?}", it.effects) };
        let EffectRequest::Notify(message) = &effect.request else { panic!("{effect:?}") };
        let MessageKind::OrderPlaced { total, pay_by } = message.kind else { panic!("{message:?}") };
        assert_eq!(total, euros(TOTAL));
        assert_eq!(Some(pay_by), it.order.pay_by());
        assert!(Some(pay_by) < it.order.expires_at());
    });
}

#[test]
fn each_seller_has_a_part_with_its_own_sum() {
    given([]).then(|it| {
        let totals: Vec<_> = it.order.consignments().map(|(part, _)| (part.seller, part.total.minor())).collect();
        assert_eq!(totals, [(ANNA, ANNAS_PART), (BEN, BENS_PART)]);
        assert!(it.order.consignment(CARL).is_none());
    });
}

#[test]
fn an_order_of_nothing_is_refused() {
    assert!(refused(|it| it.consignments.clear()).contains("at least one product"));
    assert!(refused(|it| it.consignments[0].1.clear()).contains("something to sell"));
}

#[test]
fn a_seller_or_product_named_twice_is_refused() {
    let twice = refused(|it| {
        let part = it.consignments[0].clone();
        it.consignments.push(part);
    });
    assert!(twice.contains("each seller once"), "{twice}");
    let twice = refused(|it| {
        let line = it.consignments[0].1[0].clone();
        it.consignments[1].1.push(line);
    });
    assert!(twice.contains("must not be named twice") && twice.contains(&WIDGET.to_string()), "{twice}");
}

#[test]
fn a_quantity_of_nothing_or_of_too_many_is_refused() {
    for quantity in [0, 100_001] {
        let refusal = refused(|it| it.consignments[0].1[0].quantity = quantity);
        assert!(refusal.contains("from 1 to 100000"), "{refusal}");
    }
}

#[test]
fn a_price_that_is_not_positive_or_in_another_currency_is_refused() {
    for price in [euros(0), euros(-1), yen(300)] {
        let refusal = refused(|it| it.consignments[0].1[0].unit_price = price);
        assert!(refusal.contains("unit_price"), "{refusal}");
    }
    for shipping in [euros(-1), yen(50)] {
        assert!(refused(|it| it.consignments[0].2 = shipping).starts_with("shipping"));
    }
}

#[test]
fn a_sum_that_money_cannot_hold_is_refused() {
    let huge = Money::new(i64::MAX / 2, euros(0).currency());
    assert!(refused(|it| it.consignments[0].1[0].unit_price = huge).is_empty().eq(&false));
    let parts = refused(|it| {
        for (_, lines, _) in &mut it.consignments {
            lines[0].unit_price = huge;
            lines[0].quantity = 1;
        }
        it.consignments[0].2 = huge;
    });
    assert!(parts.contains("money can hold"), "{parts}");
}

#[test]
fn too_many_lines_are_refused() {
    let refusal = refused(|it| {
        let line = it.consignments[0].1[0].clone();
        it.consignments[0].1 = vec![line; 200];
    });
    assert!(refusal.contains("at most 200"), "{refusal}");
}
