//! What is true of every order after every step, whatever the step was.

use std::collections::{BTreeMap, HashSet};

use super::scenario::{Scenario, event_name};
use super::steps::NOON;
use crate::ledger::Account;
use crate::order::{Changes, Command, Decision, Event, Order, Stage, StockMovement, StockReason, Surroundings};
use crate::payment::{Fact, RefundState};

pub(super) fn signed(movement: &StockMovement) -> i64 {
    match movement.reason {
        StockReason::Reserve => i64::from(movement.quantity),
        StockReason::Release => -i64::from(movement.quantity),
    }
}

/// Versions count events, events alone make the order, and what follows from them has a key of its own.
pub(super) fn hold_for_decision(before: &Scenario, decision: &Decision, changes: &Changes) {
    if !matches!(decision.events.first(), Some(Event::Placed { .. })) {
        assert_eq!(decision.expected_version(), before.order.version(), "a decision names the version it was made on");
        let replayed =
            decision.events.iter().fold(before.order.clone(), |order, event| order.evolve(event, decision.at));
        assert_eq!(replayed, decision.order, "the events make the order");
    }
    for event in &decision.events {
        let json = serde_json::to_string(event).unwrap();
        assert!(json.starts_with(&format!("{{\"type\":\"{}\"", event_name(event))), "{json}");
        assert_eq!(&serde_json::from_str::<Event>(&json).unwrap(), event, "an event survives its stored form");
    }
    let mut keys: HashSet<_> = before.effects.iter().map(|effect| &effect.key).collect();
    for effect in &changes.effects {
        assert!(keys.insert(&effect.key), "the key {} is given twice", effect.key);
        assert!(effect.key.as_str().len() <= 255);
        let json = serde_json::to_string(effect).unwrap();
        assert_eq!(&serde_json::from_str::<crate::effect::Effect>(&json).unwrap(), effect);
    }
    let mut events: HashSet<_> = before.journals.iter().map(|journal| journal.event).collect();
    for journal in &changes.journals {
        assert!(events.insert(journal.event), "event {} is booked twice", journal.event);
        assert!(journal.amount.is_positive() && journal.debit != journal.credit);
    }
}

/// A tick leaves nothing due, so no sweep can spin; and it does nothing before something is due.
pub(super) fn hold_for_command(before: &Scenario, command: &Command, decision: &Decision) {
    if *command == Command::Tick {
        let next = decision.order.next_tick_at();
        assert!(
            next.is_none_or(|next| next > before.now),
            "after a tick at {}, the next is due at {next:?}",
            before.now
        );
        if before.order.next_tick_at().is_none_or(|due| due > before.now) {
            assert_eq!(decision.events, [], "nothing was due");
        }
    }
}

/// Whatever has been heard once is old news.
pub(super) fn hold_for_fact(before: &Scenario, fact: &Fact, decision: &Decision) {
    let again = decision.order.record(fact, &Surroundings::at(before.now));
    assert_eq!(again.events, [], "{fact:?} was heard before");
}

pub(super) fn hold_for_order(scenario: &Scenario) {
    let order = &scenario.order;
    let history = scenario.history.iter().map(|(event, at)| (event, *at));
    assert_eq!(Order::replay(history).as_ref(), Some(order), "the history makes the order");
    assert_eq!(usize::try_from(order.version()).unwrap(), scenario.history.len(), "the version counts the events");
    let json = serde_json::to_string(order).unwrap();
    assert_eq!(&serde_json::from_str::<Order>(&json).unwrap(), order, "an order survives its stored form");
    if order.next_tick_at().is_none_or(|due| due > NOON) {
        let tick = order.decide(&Command::Tick, NOON).unwrap();
        assert_eq!(tick.events, [], "everything that follows from how the order stands has been concluded");
    }
    money_is_accounted_for(scenario);
    books_agree(scenario);
    stock_adds_up(scenario);
    let live = order.attempts().iter().filter(|attempt| attempt.state().is_live()).count();
    assert!(live <= 1, "at most one attempt is live");
    if matches!(order.stage, Stage::Cancelled { .. }) {
        assert_eq!(live, 0, "nothing can be paid in the ordinary way after the cancellation");
    }
}

/// Captured = returned + stuck + held + owed, but that the order may be owed more than is left after somebody gave money
/// back past us. Nothing is ever left over.
fn money_is_accounted_for(scenario: &Scenario) {
    let order = &scenario.order;
    let money = order.money();
    let parts =
        [money.captured, money.returned, money.returned_for_good, money.stuck, money.held, money.owed, money.cost];
    assert!(parts.iter().all(|part| *part >= 0), "{money:?}");
    assert!(money.excess() <= 0, "{money:?} leaves money that belongs to nobody");
    if order.foreign_refunds().is_empty() {
        assert_eq!(money.excess(), 0, "{money:?} gives back money that is owed");
    }
    assert!(money.returned_for_good <= money.returned && money.returned <= money.captured, "{money:?}");
    assert!(money.stuck + money.held <= money.captured - money.returned, "{money:?} promises money twice");
    for attempt in order.attempts() {
        let ours = order.refunds().iter().filter(|refund| refund.attempt == attempt.no() && refund.counts());
        let foreign =
            order.foreign_refunds().values().filter(|refund| refund.attempt == attempt.no() && refund.counts());
        let sum: i128 = ours.map(|refund| i128::from(refund.amount.minor())).sum();
        assert!(foreign.count() > 0 || sum <= attempt.captured().minor().into(), "more goes back than came");
    }
    let visible = order.attention();
    let stuck = order.refunds().iter().filter(|refund| refund.is_stuck()).count();
    let waiting = stuck + usize::from(order.hold().is_some()) + order.quarantined().len();
    assert_eq!(visible.len(), waiting, "what waits for a person is visible");
}

/// The journals say what the order says.
fn books_agree(scenario: &Scenario) {
    let order = &scenario.order;
    let captured: i128 = order.attempts().iter().map(|attempt| i128::from(attempt.captured().minor())).sum();
    let ours = |states: &[RefundState]| -> i128 {
        order.refunds().iter().filter(|it| states.contains(&it.state)).map(|it| i128::from(it.amount.minor())).sum()
    };
    let gone = ours(&[RefundState::Succeeded]);
    let going = ours(&[RefundState::Requested, RefundState::Pending]);
    let foreign = order.foreign_refunds().values().filter(|it| it.counts());
    let foreign: i128 = foreign.map(|it| i128::from(it.amount.minor())).sum();
    assert_eq!(scenario.balance(Account::ProviderBalance), captured - gone - foreign);
    assert_eq!(scenario.balance(Account::RefundsInTransit), -going);
    assert_eq!(scenario.balance(Account::BuyerFunds), -(captured - gone - going - foreign));
    let balances = Account::ALL.iter().map(|account| scenario.balance(*account));
    assert_eq!(balances.sum::<i128>(), 0, "the books balance");
}

/// What is reserved is what the live parts hold, each movement is unique, and nothing is given back that was not taken.
fn stock_adds_up(scenario: &Scenario) {
    let order = &scenario.order;
    let mut seen = HashSet::new();
    let mut reserved = BTreeMap::new();
    for movement in &scenario.stock {
        let key = (movement.product, movement.reason, movement.round);
        assert!(seen.insert(key), "{movement:?} happens twice");
        let now = reserved.entry(movement.product).or_insert(0);
        *now += signed(movement);
        assert!(*now >= 0, "{movement:?} gives back what was not taken");
    }
    let holds = !matches!(order.stage, Stage::Cancelled { .. });
    for (consignment, fulfilment) in order.consignments() {
        for line in &consignment.lines {
            let expected = if holds && !fulfilment.is_cancelled() { i64::from(line.quantity) } else { 0 };
            assert_eq!(reserved.get(&line.product).copied().unwrap_or(0), expected, "stock of {}", line.title);
        }
    }
}
