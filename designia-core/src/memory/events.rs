//! Webhook events: rows by id, an index of those that wait, and one of pages.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::page;
use crate::id::OrderId;
use crate::ports::{
    Claim, ClaimedEvent, Cursor, DeadCause, INBOX_OF_ORDER, INBOX_WALK, InboxEvent, InboxFigures, InboxFilter,
    InboxMark, InboxOutcome, InboxRecord, InboxState, Page, PageRequest,
};
use crate::time::Timestamp;

#[derive(Default)]
pub(super) struct Events {
    rows: BTreeMap<String, InboxRecord>,
    /// Those that changed an order, by when they came in.
    by_order: BTreeSet<(OrderId, Timestamp, String)>,
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
        self.change(&mark.event, |row| row.fold(order, mark.at));
    }

    pub(super) fn settle(&mut self, mark: &InboxMark, outcome: InboxOutcome) -> bool {
        let is_held = self.is_held_by(mark);
        if is_held {
            self.change(&mark.event, |row| row.settle(outcome, mark.at));
        }
        is_held
    }

    pub(super) fn revive(&mut self, id: &str, now: Timestamp) -> bool {
        self.change(id, |row| row.revive(now)).unwrap_or(false)
    }

    pub(super) fn page(&self, filter: &InboxFilter, request: &PageRequest) -> Page<InboxRecord> {
        let upper = filter.upper(request);
        let row = |(_, id): (Timestamp, &str)| self.rows.get(id).cloned();
        let cursor = |row: &InboxRecord| Cursor { at: row.event.received_at, id: row.event.id.clone() };
        let Some(kind) = &filter.kind else {
            let keys = self.newest(filter, upper.as_ref(), request.limit.saturating_add(1));
            return page::take(keys.into_iter(), request.limit, row, cursor);
        };
        let walked = self.newest(filter, upper.as_ref(), INBOX_WALK);
        let end = walked.last().filter(|_| walked.len() == count(INBOX_WALK));
        let end = end.map(|(at, id)| Cursor { at: *at, id: (*id).to_owned() });
        let of_kind = |key| row(key).filter(|row| row.event.kind == *kind);
        let page = page::take(walked.into_iter(), request.limit, of_kind, cursor);
        Page { next: page.next.or(end), ..page }
    }

    /// The latest so many before a place, of the states and the time that are asked for.
    fn newest(&self, filter: &InboxFilter, upper: Option<&(Timestamp, String)>, limit: u32) -> Vec<(Timestamp, &str)> {
        let from = filter.received_from.unwrap_or(Timestamp::from_micros(i64::MIN));
        let of_state = |state: InboxState| {
            let first = (state, from, String::new());
            let last = match upper {
                Some((at, id)) => Bound::Excluded((state, *at, id.clone())),
                // Nothing comes in at the end of time, so any id will do for the bound.
                None => Bound::Included((state, Timestamp::from_micros(i64::MAX), char::MAX.to_string())),
            };
            let is_range = upper.is_none_or(|(at, id)| (*at, id.as_str()) > (from, ""));
            let range = is_range.then(|| self.pages.range((Bound::Included(first), last)).rev().take(count(limit)));
            range.into_iter().flatten().map(|(_, at, id)| (*at, id.as_str()))
        };
        let mut keys: Vec<_> = filter.states().into_iter().flat_map(of_state).collect();
        keys.sort_unstable_by(|one, other| other.cmp(one));
        keys.truncate(count(limit));
        keys
    }

    pub(super) fn row(&self, id: &str) -> Option<&InboxRecord> {
        self.rows.get(id)
    }

    pub(super) fn of(&self, order: OrderId) -> Vec<InboxRecord> {
        let first = (order, Timestamp::from_micros(i64::MIN), String::new());
        let keys = self.by_order.range(first..).take_while(|(of, _, _)| *of == order);
        let mut rows: Vec<_> = keys.filter_map(|(_, _, id)| self.rows.get(id).cloned()).collect();
        let surplus = rows.len().saturating_sub(count(INBOX_OF_ORDER));
        rows.drain(..surplus);
        rows
    }

    pub(super) fn dead_causes(&self, limit: u32) -> Vec<DeadCause> {
        let mut causes: BTreeMap<(&str, Option<&str>), DeadCause> = BTreeMap::new();
        let dead = self.newest(&InboxFilter::of(InboxState::Dead), None, INBOX_WALK);
        for row in dead.into_iter().filter_map(|(_, id)| self.rows.get(id)) {
            let (kind, note, at) = (&row.event.kind, &row.note, row.event.received_at);
            let cause = causes.entry((kind, note.as_deref())).or_insert_with(|| DeadCause {
                kind: kind.clone(),
                note: note.clone(),
                events: 0,
                oldest: at,
                newest: at,
            });
            cause.events += 1;
            (cause.oldest, cause.newest) = (cause.oldest.min(at), cause.newest.max(at));
        }
        let mut causes: Vec<_> = causes.into_values().collect();
        causes.sort_by_key(|cause| Reverse(cause.events));
        causes.truncate(count(limit));
        causes
    }

    pub(super) fn figures(&self, now: Timestamp) -> InboxFigures {
        let mut by_state: BTreeMap<InboxState, u64> = BTreeMap::new();
        self.pages.iter().for_each(|(state, _, _)| *by_state.entry(*state).or_default() += 1);
        let oldest = self.pages.iter().find(|(state, _, _)| *state == InboxState::Waiting);
        let (first, last) = InboxFigures::minutes(now);
        let mut minutes: BTreeMap<i64, u64> = BTreeMap::new();
        for (_, at, _) in &self.pages {
            let minute = InboxFigures::minute(*at);
            if (first..=last).contains(&minute) {
                *minutes.entry(minute).or_default() += 1;
            }
        }
        let received = minutes.into_iter().map(|(minute, events)| (InboxFigures::minute_start(minute), events));
        InboxFigures {
            by_state: by_state.into_iter().collect(),
            oldest_waiting: oldest.map(|(_, at, _)| *at),
            received_by_minute: received.collect(),
        }
    }

    /// Events by id.
    pub(super) fn rows_after(&self, after: Option<&str>) -> impl Iterator<Item = &InboxRecord> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.rows.range::<str, _>((from, Bound::Unbounded)).map(|(_, row)| row)
    }

    /// Stores an event as it was elsewhere.
    pub(super) fn adopt(&mut self, record: InboxRecord) {
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
        self.by_order.extend(row.order.map(|order| (order, row.event.received_at, row.event.id.clone())));
    }

    fn unindex(&mut self, row: &InboxRecord) {
        self.pages.remove(&(row.state, row.event.received_at, row.event.id.clone()));
        self.due.remove(&(row.due_at, row.event.id.clone()));
        if let Some(order) = row.order {
            self.by_order.remove(&(order, row.event.received_at, row.event.id.clone()));
        }
    }
}

fn count(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
