//! Effects: rows by id, an index of those that are due, and a count per state.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use uuid::Uuid;

use super::page;
use crate::effect::{ClaimedEffect, Effect, EffectId, EffectRecord, EffectSettlement, EffectState};
use crate::id::OrderId;
use crate::ports::{Claim, OpenEffects, Page, PageRequest, StoreError, effect_cursor, effect_of_cursor};
use crate::time::Timestamp;

#[derive(Default)]
pub(super) struct Effects {
    rows: BTreeMap<EffectId, EffectRecord>,
    /// Those that are not final.
    due: BTreeSet<(Timestamp, EffectId)>,
    counts: BTreeMap<EffectState, u64>,
    /// Those that are not done, by state and when they are due.
    pages: BTreeSet<(EffectState, Timestamp, EffectId)>,
}

impl Effects {
    /// Every effect of an order, oldest first.
    pub(super) fn of(&self, order: OrderId) -> impl Iterator<Item = &EffectRecord> {
        let first = EffectId { order, event: 0, index: 0 };
        let last = EffectId { order, event: u32::MAX, index: u8::MAX };
        self.rows.range(first..=last).map(|(_, row)| row)
    }

    pub(super) fn contains(&self, id: EffectId) -> bool {
        self.rows.contains_key(&id)
    }

    pub(super) fn plan(&mut self, effect: Effect) {
        self.adopt(EffectRecord::planned(effect));
    }

    /// Stores a row as it was elsewhere.
    pub(super) fn adopt(&mut self, row: EffectRecord) {
        self.index(&row);
        self.rows.insert(row.effect.id, row);
    }

    pub(super) fn claim(&mut self, of: Option<OrderId>, claim: Claim) -> Vec<ClaimedEffect> {
        let limit = usize::try_from(claim.limit).unwrap_or(usize::MAX);
        let due: Vec<EffectId> = match of {
            None => self.overdue(claim.now).map(|(_, id)| *id).take(limit).collect(),
            Some(order) => {
                let is_due = |row: &&EffectRecord| !row.state.is_final() && row.due_at <= claim.now;
                let mut due: Vec<_> = self.of(order).filter(is_due).map(|row| (row.due_at, row.effect.id)).collect();
                due.sort_unstable();
                due.into_iter().map(|(_, id)| id).take(limit).collect()
            }
        };
        due.into_iter().filter_map(|id| self.change(id, |row| row.claim(claim.now, claim.until))?).collect()
    }

    /// Whether the claim that this settles is the present one.
    pub(super) fn is_held_by(&self, settlement: &EffectSettlement) -> bool {
        let row = self.rows.get(&settlement.id);
        row.is_some_and(|row| row.state == EffectState::Sent && row.claims == settlement.token)
    }

    pub(super) fn settle(&mut self, settlement: &EffectSettlement) -> bool {
        self.change(settlement.id, |row| row.settle(settlement.token, &settlement.outcome)).unwrap_or(false)
    }

    pub(super) fn by_state(&self) -> Vec<(EffectState, u64)> {
        self.counts.iter().filter(|(_, count)| **count > 0).map(|(state, count)| (*state, *count)).collect()
    }

    pub(super) fn oldest_due(&self, now: Timestamp) -> Option<Timestamp> {
        self.overdue(now).next().map(|(at, _)| *at)
    }

    pub(super) fn page(&self, of: OpenEffects, request: &PageRequest) -> Result<Page<EffectRecord>, StoreError> {
        let state = of.state();
        let after = request.after.as_ref().map(effect_of_cursor).transpose()?;
        let after = after.map(|(at, id)| (state, at, id));
        let least = EffectId { order: OrderId::from_uuid(Uuid::nil()), event: 0, index: 0 };
        let greatest = EffectId { order: OrderId::from_uuid(Uuid::max()), event: u32::MAX, index: u8::MAX };
        let first = Bound::Included((state, Timestamp::from_micros(i64::MIN), least));
        let last = Bound::Included((state, Timestamp::from_micros(i64::MAX), greatest));
        let row = |key: &(EffectState, Timestamp, EffectId)| self.rows.get(&key.2).cloned();
        Ok(match of {
            OpenEffects::Planned | OpenEffects::Sent | OpenEffects::Unknown => page::take(
                self.pages.range((after.map_or(first, Bound::Excluded), last)),
                request.limit,
                row,
                effect_cursor,
            ),
            OpenEffects::Refused => {
                let keys = self.pages.range((first, after.map_or(last, Bound::Excluded))).rev();
                page::take(keys, request.limit, row, effect_cursor)
            }
        })
    }

    fn overdue(&self, now: Timestamp) -> impl Iterator<Item = &(Timestamp, EffectId)> {
        self.due.iter().take_while(move |(at, _)| *at <= now)
    }

    fn change<T>(&mut self, id: EffectId, change: impl FnOnce(&mut EffectRecord) -> T) -> Option<T> {
        let mut row = self.rows.remove(&id)?;
        self.unindex(&row);
        let result = change(&mut row);
        self.index(&row);
        self.rows.insert(id, row);
        Some(result)
    }

    fn index(&mut self, row: &EffectRecord) {
        *self.counts.entry(row.state).or_default() += 1;
        if !row.state.is_final() {
            self.due.insert((row.due_at, row.effect.id));
        }
        if row.state != EffectState::Done {
            self.pages.insert((row.state, row.due_at, row.effect.id));
        }
    }

    fn unindex(&mut self, row: &EffectRecord) {
        self.due.remove(&(row.due_at, row.effect.id));
        self.pages.remove(&(row.state, row.due_at, row.effect.id));
        *self.counts.entry(row.state).or_default() -= 1;
    }
}
