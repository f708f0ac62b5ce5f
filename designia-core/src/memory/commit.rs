//! The commit: everything is checked first, then everything is written.

use super::names;
use super::store::Tables;
use crate::order::Order;
use crate::ports::{AnsweredRequest, Claim, Commit, CommitError, Decide, DueOrder, StoreError};

/// Whoever is postponed and then changed is due when the change says.
pub(super) fn change_due(tables: &mut Tables, claim: Claim, decide: Decide<'_>) -> Vec<DueOrder> {
    let due = tables.orders.postpone_due(claim);
    let change = |order: Order| {
        let outcome = match decide(&order) {
            Some(change) => self::commit(tables, change).map(|()| true),
            None => Ok(false),
        };
        DueOrder { order: order.id(), outcome }
    };
    due.into_iter().map(change).collect()
}

pub(super) fn commit(tables: &mut Tables, commit: Commit) -> Result<(), CommitError> {
    commit.check()?;
    if let Some(name) = names::shared(&commit.order) {
        return Err(StoreError::invalid(format!("`{name}` names two parts of the order")).into());
    }
    let Commit { order, expected_version, events, changes, settles, folds, answers, tasks } = commit;

    // A repetition is told so even if the first one took the last of the stock.
    if let Some((order, fingerprint)) = answers.as_ref().and_then(|key| tables.orders.answer(key)) {
        return Err(CommitError::Repeated { order: *order, fingerprint: fingerprint.clone() });
    }
    if tables.orders.order(order.id()).map_or(0, Order::version) != expected_version {
        return Err(CommitError::Conflict);
    }
    let holds_effect = settles.as_ref().is_none_or(|settlement| tables.effects.is_held_by(settlement));
    let holds_event = folds.as_ref().is_none_or(|mark| tables.events.is_held_by(mark));
    if !holds_effect || !holds_event {
        return Err(CommitError::StaleClaim);
    }
    if let Some(reference) = tables.orders.names().foreign(&order) {
        return Err(CommitError::ForeignReference { reference: reference.to_owned() });
    }
    let planned_before = changes.effects.iter().find(|effect| tables.effects.contains(effect.id));
    if let Some(effect) = planned_before {
        return Err(StoreError::invalid(format!("effect {} was planned before", effect.id)).into());
    }
    if let Some(journal) = changes.journals.iter().find(|journal| tables.orders.is_booked(journal)) {
        return Err(StoreError::invalid(format!("event {} was booked before", journal.event)).into());
    }
    let moves = tables.stock.check(&changes.stock)?;

    let id = order.id();
    tables.stock.apply(moves);
    changes.journals.iter().for_each(|journal| tables.orders.book(journal));
    changes.effects.into_iter().for_each(|effect| tables.effects.plan(effect));
    if let Some(settlement) = settles {
        tables.effects.settle(&settlement);
    }
    if let Some(mark) = folds {
        tables.events.fold(&mark, id);
    }
    let answered_at = order.updated_at();
    if !events.is_empty() {
        tables.orders.store(order, events);
    }
    if let Some(key) = answers {
        tables.orders.remember(AnsweredRequest { key, answered_at }, id);
    }
    for task in tasks {
        tables.tasks.enqueue(task);
    }
    Ok(())
}
