//! The table of transitions beside what the rules really do.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::scenario::given_on;
use super::steps::*;
use crate::order::transition::{Outcome, Trigger, markdown, rule};
use crate::order::{Actor, LatePaymentPolicy, Order, OrderStatus, Surroundings, Terms};
use crate::payment::{CloseReason, RefundState};
use crate::time::{DAY, HOUR, Timestamp};

/// How far the sellers' parts may have come once the order is paid.
fn parts() -> Vec<Vec<Step>> {
    let (a, b) = (Actor::Seller(ANNA), Actor::Seller(BEN));
    let a_shipped = || vec![ship(ANNA, a, "1")];
    let a_delivered = || vec![ship(ANNA, a, "1"), deliver(ANNA, a)];
    let and = |mut first: Vec<Step>, more: Vec<Step>| {
        first.extend(more);
        first
    };
    vec![
        vec![],
        vec![prepare(ANNA, a)],
        vec![prepare(ANNA, a), prepare(BEN, b)],
        a_shipped(),
        and(a_shipped(), vec![prepare(BEN, b)]),
        and(a_shipped(), vec![ship(BEN, b, "2")]),
        a_delivered(),
        and(a_delivered(), vec![prepare(BEN, b)]),
        and(a_delivered(), vec![ship(BEN, b, "2")]),
        and(a_delivered(), vec![ship(BEN, b, "2"), deliver(BEN, b)]),
        vec![cancel_part(BEN, BUYER)],
        vec![cancel_part(BEN, BUYER), prepare(ANNA, a)],
        and(vec![cancel_part(BEN, BUYER)], a_shipped()),
        and(vec![cancel_part(BEN, BUYER)], a_delivered()),
        vec![cancel(BUYER)],
    ]
}

/// How the money may stand once the order is paid.
fn payments() -> Vec<Vec<Step>> {
    let and = |more: Vec<Step>| [paid(), more].concat();
    let overpaid = || captured(1, TOTAL + 200);
    let second = |more: Vec<Step>| [vec![pay(), opened(1), closed(1), pay()], more, vec![captured(1, TOTAL)]].concat();
    vec![
        paid(),
        second(vec![]),
        second(vec![opened(2)]),
        and(vec![overpaid()]),
        and(vec![overpaid(), refund_news(1, 200, RefundState::Pending)]),
        and(vec![overpaid(), refund_news(1, 200, RefundState::Succeeded)]),
        and(vec![overpaid(), refund_refused(1, 200)]),
        and(vec![overpaid(), dashboard_refund("re_x", 1, euros(TOTAL), RefundState::Succeeded)]),
        and(vec![dashboard_refund("re_x", 1, euros(300), RefundState::Succeeded)]),
    ]
}

/// What may come after everything was cancelled.
fn endings() -> Vec<Vec<Step>> {
    let and = |more: Vec<Step>| [paid(), vec![cancel(BUYER)], more].concat();
    vec![
        and(vec![refund_news(1, TOTAL, RefundState::Pending)]),
        and(vec![refund_refused(1, TOTAL)]),
        and(vec![refund_news(1, TOTAL, RefundState::Succeeded)]),
        and(vec![refund_news(1, TOTAL, RefundState::Succeeded), wait(days(31)), tick()]),
        [paid(), vec![dashboard_refund("re_x", 1, euros(TOTAL), RefundState::Succeeded)]].concat(),
        [paid(), vec![dashboard_refund("re_x", 1, euros(TOTAL), RefundState::Pending)]].concat(),
        vec![pay(), opened(1), closed(1), pay(), opened(2), captured(1, TOTAL), cancel(BUYER)],
        vec![pay(), opened(1), closed(1), pay(), captured(1, TOTAL), cancel(BUYER)],
    ]
}

/// Unpaid, closing, and cancelled for want of money.
fn unpaid() -> Vec<Vec<Step>> {
    let and = |more: Vec<Step>| [timed_out(), more].concat();
    let foreign = |amount| dashboard_refund("re_x", 1, euros(amount), RefundState::Succeeded);
    vec![
        vec![],
        vec![pay()],
        vec![pay(), opened(1)],
        vec![pay(), opened(1), declined(1, "ch_1")],
        vec![pay(), opened(1), closed(1)],
        vec![pay(), opened(1), closed(1), pay(), opened(2)],
        vec![pay(), opened(1), captured(1, 400)],
        vec![pay(), opened(1), captured(1, 400), closed(1)],
        vec![pay(), opened(1), captured(1, 400), closed(1), foreign(TOTAL)],
        vec![pay(), opened(1), captured(1, 500), closed(1)],
        vec![pay(), opened(1), foreign(TOTAL)],
        vec![pay_by(voucher()), opened(1), promised(1, None)],
        vec![cancel_part(BEN, Actor::Operator)],
        vec![pay(), cancel(BUYER)],
        vec![pay(), opened(1), cancel(BUYER)],
        vec![pay(), opened(1), wait(days(3)), tick()],
        vec![pay(), opened(1), foreign(TOTAL), wait(days(3)), tick()],
        vec![pay(), opened(1), captured(1, 400), wait(days(3)), tick()],
        vec![pay_by(voucher()), opened(1), cancel(BUYER), promised(1, None)],
        vec![pay(), opened(1), closed(1), pay(), opened(2), wait(days(3)), tick()],
        vec![cancel(BUYER)],
        timed_out(),
        and(vec![captured(1, 400)]),
        and(vec![captured(1, TOTAL)]),
        and(vec![captured_without_stock(1, TOTAL)]),
        and(vec![captured_without_stock(1, TOTAL), refund_refused(1, TOTAL)]),
        and(vec![foreign(300), captured(1, TOTAL)]),
    ]
}

/// Orders in every status but the reserved one, several ways each.
fn representatives() -> Vec<Order> {
    let policies = [
        LatePaymentPolicy::Refund,
        LatePaymentPolicy::Reinstate { within: DAY },
        LatePaymentPolicy::Hold { within: DAY },
    ];
    let paid =
        payments().into_iter().flat_map(|paid| parts().into_iter().map(move |parts| [paid.clone(), parts].concat()));
    let paid = paid.chain(endings()).filter_map(|history| in_full(Terms::default(), &history));
    let unpaid = policies
        .into_iter()
        .flat_map(|policy| unpaid().into_iter().filter_map(move |history| in_full(late(policy), &history)));
    unpaid.chain(paid).collect()
}

/// The order with this history, if that is possible on these terms.
fn in_full(terms: Terms, history: &[Step]) -> Option<Order> {
    let end = history.iter().fold(given_on(terms, []), |scenario, step| {
        if scenario.latest.is_err() { scenario } else { scenario.when(step.clone()) }
    });
    end.latest.is_ok().then_some(end.order)
}

/// One or more of everything that can be asked or heard.
fn inputs() -> Vec<Step> {
    let sellers = [ANNA, BEN, CARL];
    let actors = [BUYER, STRANGER, Actor::Seller(ANNA), Actor::Seller(BEN), Actor::Operator];
    let mut inputs = vec![pay(), pay_by(voucher()), return_held(), accept_held(), tick()];
    inputs.extend(actors.map(cancel));
    for seller in sellers {
        for by in actors {
            inputs.extend([cancel_part(seller, by), prepare(seller, by), deliver(seller, by)]);
            inputs.extend([ship(seller, by, "1"), ship(seller, by, "")]);
        }
    }
    for no in 1..=2 {
        inputs.extend([opened(no), declined(no, "ch_1"), declined(no, "ch_9"), promised(no, None)]);
        inputs.extend([400, TOTAL, TOTAL + 200].map(|total| captured(no, total)));
        inputs.extend([400, TOTAL].map(|total| captured_without_stock(no, total)));
        inputs.push(Step::Hear(news(no, crate::payment::PaymentNews::Captured { total: yen(TOTAL) })));
        inputs.extend([CloseReason::NeverOpened, CloseReason::Unpaid].map(|reason| closed_because(no, reason)));
        inputs.push(retry_refund(no));
        for state in [RefundState::Pending, RefundState::Succeeded, RefundState::Failed] {
            inputs.extend([200, ANNAS_PART, BENS_PART, TOTAL].map(|amount| refund_news(no, amount, state)));
            inputs.extend([300, TOTAL].map(|amount| dashboard_refund("re_x", no, euros(amount), state)));
        }
    }
    inputs
}

fn trigger_of(step: &Step) -> Option<Trigger> {
    match step {
        Step::Ask(command) => Some(Trigger::of_command(command)),
        Step::Hear(fact) | Step::HearWithoutStock(fact) => Some(Trigger::of_fact(fact)),
        Step::Wait(_) => None,
    }
}

/// What an input does to an order at a moment, and the order afterwards.
fn outcome(order: &Order, input: &Step, now: Timestamp) -> (Outcome, Option<Order>) {
    let decision = match input {
        Step::Ask(command) => match order.decide(command, now) {
            Ok(decision) => decision,
            Err(_) => return (Outcome::Refused, None),
        },
        Step::Hear(fact) => order.record(fact, &Surroundings::at(now)),
        Step::HearWithoutStock(fact) => order.record(fact, &Surroundings { now, restock: false }),
        Step::Wait(_) => return (Outcome::Nothing, None),
    };
    if decision.events.is_empty() {
        (Outcome::Nothing, None)
    } else {
        (Outcome::Becomes(decision.order.status()), Some(decision.order))
    }
}

type Seen = BTreeMap<(OrderStatus, Trigger), BTreeSet<Outcome>>;

/// Everything that every input does to every representative at several moments, and to what has come of that.
fn seen() -> Seen {
    let inputs: Vec<_> =
        inputs().into_iter().filter_map(|step| trigger_of(&step).map(|trigger| (trigger, step))).collect();
    let moments = [Duration::ZERO, HOUR, DAY * 3, DAY * 40];
    let mut seen = Seen::new();
    let mut note = |order: &Order, moments: &[Duration]| {
        let mut next = Vec::new();
        for (trigger, input) in &inputs {
            for after in moments {
                let (outcome, order_after) = outcome(order, input, order.updated_at() + *after);
                seen.entry((order.status(), *trigger)).or_default().insert(outcome);
                next.extend(order_after);
            }
        }
        next
    };
    let mut known = BTreeSet::new();
    for order in representatives() {
        for second in note(&order, &moments) {
            let money = (second.money(), second.hold(), second.attempts(), second.refunds(), second.foreign_refunds());
            if known.insert(format!("{:?} {money:?} {:?}", second.status(), second.quarantined())) {
                note(&second, &moments[..1]);
            }
        }
    }
    seen
}

#[test]
fn every_transition_is_in_the_table_and_the_table_holds_nothing_else() {
    let seen = seen();
    for status in OrderStatus::ALL.iter().copied().filter(|status| *status != OrderStatus::ReturnRequested) {
        for trigger in Trigger::ALL.iter().copied() {
            let outcomes = seen.get(&(status, trigger)).cloned().unwrap_or_default();
            let expected: BTreeSet<_> = rule(status, trigger).outcomes.iter().copied().collect();
            assert_eq!(outcomes, expected, "{trigger} while {status}");
        }
    }
    assert!(seen.keys().all(|(status, _)| *status != OrderStatus::ReturnRequested), "it is reserved for returns");
}

#[test]
fn the_page_of_transitions_is_made_from_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/transitions.md");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, markdown()).unwrap();
    }
    let page = std::fs::read_to_string(path).unwrap();
    assert_eq!(page, markdown(), "docs/transitions.md is stale: run this test with UPDATE_SNAPSHOTS=1");
}

#[test]
fn a_fact_is_never_refused_and_every_rule_says_why() {
    for status in OrderStatus::ALL.iter().copied() {
        for trigger in Trigger::ALL.iter().copied() {
            let rule = rule(status, trigger);
            assert!(trigger.is_command() || !rule.outcomes.contains(&Outcome::Refused), "{trigger} while {status}");
            assert!(
                rule.outcomes.is_sorted() && !rule.why.is_empty() && !rule.why.contains('|'),
                "{trigger} while {status}"
            );
        }
    }
}
