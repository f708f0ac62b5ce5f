//! Webhook events: rows by id, an index of those that wait, and one of pages.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::page;
use crate::id::OrderId;
use crate::ports::{
    Claim, ClaimedEvent, Cursor, EventArchive, InboxEvent, InboxMark, InboxOutcome, InboxRecord, InboxState, Page,
    PageRequest,
};
use crate::time::Timestamp;

#[derive(Default)]
pub(super) struct Events {
    rows: BTreeMap<String, InboxRecord>,
    /// The orders that they changed.
    orders: BTreeMap<String, OrderId>,
    /// Those that wait, by when they are due.
    due: BTreeSet<(Timestamp, String)>,
    /// All, by state and when they came in.
    pages: BTreeSet<(InboxState, Timestamp, String)>,
}

impl Events {
    pub(super) fn accept(&mut self, event: InboxEvent) -> bool {
        if self.rows.contains_key(&event.id) {
            return false;
        }
        let row = InboxRecord::waiting(event);
        self.index(&row);
        self.rows.insert(row.event.id.clone(), row);
        true
    }

    pub(super) fn claim(&mut self, claim: Claim) -> Vec<ClaimedEvent> {
        let limit = usize::try_from(claim.limit).unwrap_or(usize::MAX);
        let due = self.due.iter().take_while(|(at, _)| *at <= claim.now).take(limit);
        let due: Vec<String> = due.map(|(_, id)| id.clone()).collect();
        due.iter().filter_map(|id| self.change(id, |row| row.claim(claim))?).collect()
    }

    pub(super) fn is_held_by(&self, mark: &InboxMark) -> bool {
        self.rows.get(&mark.event).is_some_and(|row| row.is_held_by(mark.token))
    }

    pub(super) fn fold(&mut self, mark: &InboxMark, order: OrderId) {
        self.orders.insert(mark.event.clone(), order);
        self.change(&mark.event, |row| {
            row.state = InboxState::Folded;
            row.note = None;
        });
    }

    pub(super) fn settle(&mut self, mark: &InboxMark, outcome: InboxOutcome) -> bool {
        let is_held = self.is_held_by(mark);
        if is_held {
            self.change(&mark.event, |row| row.settle(outcome));
        }
        is_held
    }

    pub(super) fn revive(&mut self, id: &str, now: Timestamp) -> bool {
        let is_dead = self.rows.get(id).is_some_and(|row| row.state == InboxState::Dead);
        if is_dead {
            self.change(id, |row| {
                row.state = InboxState::Waiting;
                row.due_at = now;
            });
        }
        is_dead
    }

    pub(super) fn page(&self, state: InboxState, request: &PageRequest) -> Page<InboxRecord> {
        let first = Bound::Included((state, Timestamp::from_micros(i64::MIN), String::new()));
        let last = match &request.after {
            Some(Cursor { at, id }) => Bound::Excluded((state, *at, id.clone())),
            // Nothing comes in at the end of time, so any id will do for the bound.
            None => Bound::Included((state, Timestamp::from_micros(i64::MAX), char::MAX.to_string())),
        };
        let keys = self.pages.range((first, last)).rev();
        page::take(
            keys,
            request.limit,
            |(_, _, id)| self.rows.get(id).cloned(),
            |row| Cursor { at: row.event.received_at, id: row.event.id.clone() },
        )
    }

    /// Events by id.
    pub(super) fn archives_after(&self, after: Option<&str>) -> impl Iterator<Item = EventArchive> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.rows.range::<str, _>((from, Bound::Unbounded)).map(|(_, row)| self.archive_of(row))
    }

    pub(super) fn archive(&self, id: &str) -> Option<EventArchive> {
        self.rows.get(id).map(|row| self.archive_of(row))
    }

    fn archive_of(&self, row: &InboxRecord) -> EventArchive {
        EventArchive { record: row.clone(), order: self.orders.get(&row.event.id).copied() }
    }

    /// Stores an event as it was elsewhere.
    pub(super) fn adopt(&mut self, archive: &EventArchive) {
        let EventArchive { record, order } = archive.clone();
        self.orders.extend(order.map(|order| (record.event.id.clone(), order)));
        self.index(&record);
        self.rows.insert(record.event.id.clone(), record);
    }

    fn change<T>(&mut self, id: &str, change: impl FnOnce(&mut InboxRecord) -> T) -> Option<T> {
        let (id, mut row) = self.rows.remove_entry(id)?;
        self.unindex(&row);
        let result = change(&mut row);
        self.index(&row);
        self.rows.insert(id, row);
        Some(result)
    }

    fn index(&mut self, row: &InboxRecord) {
        self.pages.insert((row.state, row.event.received_at, row.event.id.clone()));
        match row.state {
            InboxState::Waiting => {
                self.due.insert((row.due_at, row.event.id.clone()));
            }
            InboxState::Folded | InboxState::Dead => {}
        }
    }

    fn unindex(&mut self, row: &InboxRecord) {
        self.pages.remove(&(row.state, row.event.received_at, row.event.id.clone()));
        self.due.remove(&(row.due_at, row.event.id.clone()));
    }
}
