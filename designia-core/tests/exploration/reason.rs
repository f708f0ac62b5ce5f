//! What must be so of every order by itself, and of every decision.

use designia_core::ledger::{Account, Journal};
use designia_core::order::{Changes, Decision, Order};
use designia_core::payment::RefundState;

/// What must be true of any order by itself.
pub(super) fn stands_to_reason(order: &Order) -> Result<(), String> {
    let money = order.money();
    let says = |what: &str| Err(format!("{what}: {money:?} of {order:?}"));
    if money.excess() > 0 {
        return says("money belongs to nobody");
    }
    if order.foreign_refunds().is_empty() && money.excess() < 0 {
        return says("money is given back that is owed");
    }
    if money.stuck + money.held > money.captured - money.returned {
        return says("money is promised twice");
    }
    let waiting =
        order.refunds().iter().filter(|refund| refund.is_stuck()).count() + usize::from(order.hold().is_some());
    if order.attention().len() != waiting + order.quarantined().len() {
        return says("what waits for a person is not visible");
    }
    if (waiting > 0 || !order.refunds().iter().all(|refund| refund.next_ask_at().is_none()))
        && order.next_tick_at().is_none()
    {
        return says("nothing will ever come of what waits");
    }
    let live = order.attempts().iter().filter(|attempt| attempt.state().is_live()).count();
    if live > 1 {
        return says("two attempts are live");
    }
    Ok(())
}

/// Versions count events, events make the order, journals and stock say what the order says.
pub(super) fn agrees_with_its_events(before: &Order, decision: &Decision, changes: &Changes) -> Result<(), String> {
    let after = &decision.order;
    if decision.expected_version() != before.version() || after.version() <= before.version() {
        return Err(format!("version {} after {}: {:?}", after.version(), before.version(), decision.events));
    }
    let replayed = decision.events.iter().fold(before.clone(), |order, event| order.evolve(event, decision.at));
    if replayed != *after {
        return Err(format!("the events do not make the order: {:?}", decision.events));
    }
    for account in Account::ALL {
        let postings = changes.journals.iter().flat_map(Journal::postings).filter(|(posted, _, _)| *posted == account);
        let booked: i64 = postings.map(|(_, _, minor)| minor).sum();
        if booked != balance(after, account) - balance(before, account) {
            return Err(format!("{account:?} is booked wrongly: {:?}", decision.events));
        }
    }
    Ok(())
}

/// What an account must say about an order.
fn balance(order: &Order, account: Account) -> i64 {
    let captured: i64 = order.attempts().iter().map(|attempt| attempt.captured().minor()).sum();
    let ours = |pick: fn(RefundState) -> bool| -> i64 {
        order.refunds().iter().filter(|it| pick(it.state)).map(|it| it.amount.minor()).sum()
    };
    let gone = ours(|state| state == RefundState::Succeeded);
    let going = ours(|state| matches!(state, RefundState::Requested | RefundState::Pending));
    let foreign: i64 = order.foreign_refunds().values().filter(|it| it.counts()).map(|it| it.amount.minor()).sum();
    match account {
        Account::ProviderBalance => captured - gone - foreign,
        Account::RefundsInTransit => -going,
        Account::BuyerFunds => gone + going + foreign - captured,
    }
}
