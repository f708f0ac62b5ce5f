//! The commit: everything is checked first, then everything is written.

use std::collections::HashSet;

use super::names;
use super::store::Tables;
use crate::order::Order;
use crate::ports::{Commit, CommitError, StoreError};

pub(super) fn commit(tables: &mut Tables, commit: Commit) -> Result<(), CommitError> {
    check_form(&commit)?;
    let Commit { order, expected_version, events, changes, settles, folds, answers } = commit;

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
        tables.events.fold(&mark);
    }
    if let Some(key) = answers {
        tables.orders.remember(key, id);
    }
    if !events.is_empty() {
        tables.orders.store(order, events);
    }
    Ok(())
}

/// Refuses what no caller may ask, whatever is stored.
fn check_form(commit: &Commit) -> Result<(), StoreError> {
    let Commit { order, expected_version, events, changes, settles, folds: _, answers: _ } = commit;
    let id = order.id();
    let numbers = u64::from(*expected_version) + 1..=u64::from(order.version());
    let leads_there =
        order.version() >= *expected_version && numbers.eq(events.iter().map(|event| u64::from(event.seq)));
    if !leads_there {
        let message = format!("the events don't lead from version {expected_version} to {}", order.version());
        return Err(StoreError::invalid(message));
    }
    let is_own = changes.stock.iter().all(|movement| movement.order == id)
        && changes.journals.iter().all(|journal| journal.order == id)
        && changes.effects.iter().all(|effect| effect.id.order == id)
        && settles.as_ref().is_none_or(|settlement| settlement.id.order == id);
    if !is_own {
        return Err(StoreError::invalid("a commit changes one order and what belongs to it"));
    }
    if let Some(name) = names::shared(order) {
        return Err(StoreError::invalid(format!("`{name}` names two parts of the order")));
    }
    let mut effects = HashSet::new();
    let mut booked = HashSet::new();
    let is_once = changes.effects.iter().all(|effect| effects.insert(effect.id))
        && changes.journals.iter().all(|journal| booked.insert(journal.event));
    if !is_once {
        return Err(StoreError::invalid("an effect or journal is named twice"));
    }
    Ok(())
}
