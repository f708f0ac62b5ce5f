//! What a worker knows of itself while turns, renewals and handlers change it at once.

use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Inner, Renewing, State};
use crate::ports::{Exchange, TaskClaim, WorkerPhase, WorkerStatus};
use crate::task::{ClaimedTask, Hold, LEASE, Renewal, TaskOutcome, TaskSettlement, Ticket};
use crate::time::Timestamp;
use crate::worker::tasks::attempts::Ended;
use crate::worker::tasks::{Job, StopReason, TaskContext};

/// When a task of a kind that this program doesn't know is offered again: perhaps to a node that does.
const UNKNOWN_KIND: Duration = Duration::from_secs(30);

impl Inner {
    pub(in crate::worker::tasks) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Its handler gets its first turn.
    pub(in crate::worker::tasks) fn begun(&self, ticket: Ticket) {
        let now = self.now();
        self.state().attempts.begin(ticket, now);
    }

    /// What becomes of an attempt that is cut off because its worker stops.
    pub(in crate::worker::tasks) fn given_back(&self) -> TaskOutcome {
        TaskOutcome::HandedBack { at: self.now(), why: "its worker stopped".to_owned() }
    }

    /// Records what became of an attempt, unless it was taken from this worker meanwhile.
    pub(in crate::worker::tasks) fn finish(&self, ticket: Ticket, outcome: TaskOutcome) {
        let mut state = self.state();
        if self.free_slot(&mut state, ticket) == Ended::Ours {
            state.handed_back += usize::from(matches!(outcome, TaskOutcome::HandedBack { .. }));
            state.finished.push(TaskSettlement { ticket, outcome });
        }
    }

    /// An attempt will not be finished here: its slot is free, and its lease runs out.
    pub(in crate::worker::tasks) fn forget(&self, ticket: Ticket) {
        self.free_slot(&mut self.state(), ticket);
    }

    fn report(&self, ticket: Ticket, outcome: TaskOutcome) {
        self.state().finished.push(TaskSettlement { ticket, outcome });
    }

    pub(super) fn begin(&self, now: Timestamp) -> (Exchange, usize) {
        let batch = usize::try_from(self.config.batch.max(1)).unwrap_or(usize::MAX);
        let mut state = self.state();
        let count = state.finished.len().min(batch);
        let settle: Vec<TaskSettlement> = state.finished.drain(..count).collect();
        let limit = match state.phase {
            WorkerPhase::Working => self.free(&state).min(batch),
            WorkerPhase::Draining | WorkerPhase::Stopped => 0,
        };
        state.reserved += limit;
        state.turns = state.turns.wrapping_add(1);
        let turns = state.turns;
        drop(state);
        let claim = (limit > 0).then(|| {
            // Each queue goes first in its turn, so that none starves.
            let mut queues = self.config.queues.clone();
            let count = queues.len().max(1);
            queues.rotate_left(turns % count);
            let limit = u32::try_from(limit).unwrap_or(u32::MAX);
            TaskClaim { worker: self.config.name.clone(), queues, limit, until: now + LEASE }
        });
        (Exchange { now, settle, claim }, limit)
    }

    /// Puts back what a turn has not delivered, and frees the slots that it had reserved.
    pub(in crate::worker::tasks) fn take_back(&self, settle: Vec<TaskSettlement>, reserved: usize) {
        let mut state = self.state();
        state.reserved -= reserved;
        // Those that are older go first.
        state.finished.splice(0..0, settle);
    }

    pub(in crate::worker::tasks) fn accept(
        self: &Arc<Self>,
        claimed: Vec<ClaimedTask>,
        limit: usize,
        now: Timestamp,
    ) -> Vec<Job> {
        if limit > 0 {
            self.state().claimed_at = Some(now);
        }
        claimed.into_iter().filter_map(|claimed| self.job(claimed, now)).collect()
    }

    fn job(self: &Arc<Self>, claimed: ClaimedTask, now: Timestamp) -> Option<Job> {
        let context = TaskContext::new(claimed);
        let (id, ticket) = (context.task().id, context.claimed().ticket);
        let Some((kind, work)) = self.registry.work(&context) else {
            tracing::warn!(task = %id, kind = %context.task().kind, "a task of a kind that this program doesn't know is put back");
            let why = format!("{} has no handler for this kind", self.config.name);
            self.report(ticket, TaskOutcome::HandedBack { at: now + UNKNOWN_KIND, why });
            return None;
        };
        self.state().attempts.add(context.clone(), kind.limits.hard, now);
        Some(Job::new(kind, context, work, Arc::clone(self)))
    }

    pub(super) fn renewals(&self, which: Renewing) -> Vec<Renewal> {
        let now = self.now();
        let contexts = self.state().attempts.kept(now);
        let renewal =
            |context: TaskContext| Renewal { ticket: context.claimed().ticket, progress: context.take_progress() };
        let wanted = |renewal: &Renewal| which == Renewing::All || renewal.progress.is_some();
        contexts.into_iter().map(renewal).filter(wanted).collect()
    }

    pub(super) fn heed(&self, renewals: &[Renewal], holds: &[Hold]) {
        for (Renewal { ticket, .. }, hold) in renewals.iter().zip(holds) {
            let mut state = self.state();
            let Some(context) = state.attempts.get(*ticket).cloned() else { continue };
            match hold {
                Hold::Held => {}
                Hold::RevokeAsked => {
                    context.stop(StopReason::Revoked);
                }
                Hold::Lost => {
                    tracing::warn!(task = %ticket.task, "the lease of a running task is lost; it is cut off");
                    self.note_full(&mut state);
                    state.attempts.lose(*ticket);
                }
            }
        }
    }

    pub(super) fn put_back(&self, renewals: &[Renewal]) {
        let state = self.state();
        for renewal in renewals {
            if let (Some(context), Some(progress)) = (state.attempts.get(renewal.ticket), &renewal.progress) {
                context.put_back(progress.clone());
            }
        }
    }

    pub(super) fn status(&self, phase: Option<WorkerPhase>) -> WorkerStatus {
        let (now, state) = (self.now(), self.state());
        WorkerStatus {
            name: self.config.name.clone(),
            host: self.config.host.clone(),
            pid: self.config.pid,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            queues: self.config.queues.clone(),
            kinds: self.registry.kinds().map(|kind| kind.name.clone()).collect(),
            slots: self.config.slots,
            running: state.attempts.tasks(),
            overdue: state.attempts.overdue(now),
            started_at: self.started_at,
            beat_at: now,
            claimed_at: state.claimed_at,
            phase: phase.unwrap_or(state.phase),
        }
    }

    fn free_slot(&self, state: &mut State, ticket: Ticket) -> Ended {
        self.note_full(state);
        state.attempts.end(ticket)
    }

    /// To be called before a slot may become free.
    fn note_full(&self, state: &mut State) {
        if self.is_full(state) {
            state.full_until = Some(self.now());
        }
    }

    pub(super) fn free(&self, state: &State) -> usize {
        self.slots().saturating_sub(state.attempts.len() + state.reserved)
    }

    pub(super) fn is_full(&self, state: &State) -> bool {
        state.attempts.len() >= self.slots()
    }

    pub(super) fn slots(&self) -> usize {
        usize::try_from(self.config.slots).unwrap_or(usize::MAX)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
