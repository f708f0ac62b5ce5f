//! Tasks: the rows, and the indexes that keep every call short however many there are.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::id::TaskId;
use crate::ports::{
    Enqueued, Exchange, Exchanged, QueueStatus, TaskClaim, TaskFilter, TaskPage, WorkerPhase, WorkerStatus,
};
use crate::task::{
    Claiming, Hold, Priority, QueueName, Renewal, Retrial, Revocation, Settled, Task, TaskRecord, TaskSettlement,
    TaskState, WorkerName,
};
use crate::time::Timestamp;

#[derive(Default)]
pub(super) struct Tasks {
    rows: BTreeMap<TaskId, TaskRecord>,
    queues: BTreeMap<QueueName, Queue>,
    by_key: HashMap<String, TaskId>,
    ended: BTreeSet<(Timestamp, TaskId)>,
    workers: BTreeMap<WorkerName, WorkerStatus>,
}

#[derive(Default)]
struct Queue {
    paused: bool,
    /// What waits or runs, by rank: when it is due, or its lease runs out.
    due: [BTreeSet<(Timestamp, TaskId)>; Priority::ALL.len()],
    counts: BTreeMap<TaskState, u64>,
}

impl Tasks {
    pub(super) fn enqueue(&mut self, task: Task) -> Enqueued {
        if self.rows.contains_key(&task.id) {
            return Enqueued::Known;
        }
        if let Some(holder) = task.unique_key.as_ref().and_then(|key| self.by_key.get(key)) {
            return Enqueued::Duplicate(*holder);
        }
        self.put(TaskRecord::pending(task));
        Enqueued::New
    }

    pub(super) fn exchange(&mut self, exchange: Exchange) -> Exchanged {
        let now = exchange.now;
        let settled = exchange.settle.into_iter().map(|it| self.settle(it, now)).collect();
        let Some(claim) = exchange.claim else { return Exchanged { settled, ..Exchanged::default() } };
        let limit = usize::try_from(claim.limit).unwrap_or(usize::MAX);
        let mut claimed = Vec::new();
        while claimed.len() < limit {
            let Some(id) = self.first_due(&claim.queues, now) else { break };
            let claiming = self.change(id, |row| row.claim(&claim.worker, now, claim.until));
            if let Some(Claiming::Claimed(task)) = claiming {
                claimed.push(task);
            }
        }
        let next_due = if claimed.len() < limit { self.next_due(&claim) } else { None };
        Exchanged { settled, claimed, next_due }
    }

    pub(super) fn renew(&mut self, renewal: &Renewal, until: Timestamp) -> Hold {
        let Renewal { ticket, progress } = renewal;
        self.change(ticket.task, |row| row.renew(ticket.token, progress.clone(), until)).unwrap_or(Hold::Lost)
    }

    pub(super) fn beat(&mut self, worker: &WorkerStatus) {
        match worker.phase {
            WorkerPhase::Stopped => drop(self.workers.remove(&worker.name)),
            WorkerPhase::Working | WorkerPhase::Draining => {
                self.workers.insert(worker.name.clone(), worker.clone());
            }
        }
    }

    pub(super) fn task(&self, id: TaskId) -> Option<&TaskRecord> {
        self.rows.get(&id)
    }

    pub(super) fn page(&self, filter: &TaskFilter, page: TaskPage) -> Vec<TaskRecord> {
        let below =
            self.rows.iter().rev().map(|(_, row)| row).filter(|row| page.below.is_none_or(|id| row.task.id < id));
        let fits = |row: &&TaskRecord| {
            filter.from.is_none_or(|from| row.task.id >= from)
                && filter.state.is_none_or(|state| row.state == state)
                && filter.queue.as_ref().is_none_or(|queue| row.task.queue == *queue)
                && filter.kind.as_ref().is_none_or(|kind| row.task.kind == *kind)
        };
        below.filter(fits).take(usize::try_from(page.limit).unwrap_or(usize::MAX)).cloned().collect()
    }

    pub(super) fn statuses(&self, now: Timestamp) -> Vec<QueueStatus> {
        let status = |(name, queue): (&QueueName, &Queue)| {
            let is_waiting = |id: &TaskId| self.rows.get(id).is_some_and(|row| !row.state.is_running());
            let waiting = |due: &BTreeSet<(Timestamp, TaskId)>| {
                due.iter().take_while(|(at, _)| *at <= now).find(|(_, id)| is_waiting(id)).map(|(at, _)| *at)
            };
            QueueStatus {
                name: name.clone(),
                paused: queue.paused,
                tasks: queue.counts.iter().filter(|(_, count)| **count > 0).map(|(state, it)| (*state, *it)).collect(),
                oldest_due: queue.due.iter().filter_map(waiting).min(),
            }
        };
        self.queues.iter().map(status).collect()
    }

    pub(super) fn workers(&self, since: Timestamp) -> Vec<WorkerStatus> {
        self.workers.values().filter(|worker| worker.beat_at >= since).cloned().collect()
    }

    pub(super) fn revoke(&mut self, id: TaskId, now: Timestamp) -> Option<Revocation> {
        self.change(id, |row| row.revoke(now))
    }

    pub(super) fn retry(&mut self, id: TaskId, now: Timestamp) -> Option<Retrial> {
        let row = self.rows.get(&id)?;
        let holder = row.task.unique_key.as_ref().and_then(|key| self.by_key.get(key));
        match holder {
            Some(holder) if *holder != id => Some(Retrial::Duplicate(*holder)),
            Some(_) | None => self.change(id, |row| row.retry(now)),
        }
    }

    pub(super) fn set_paused(&mut self, queue: &QueueName, paused: bool) {
        self.queues.entry(queue.clone()).or_default().paused = paused;
    }

    pub(super) fn purge(&mut self, queue: &QueueName, now: Timestamp, limit: u32) -> u32 {
        let Some(held) = self.queues.get(queue) else { return 0 };
        let waits = |id: &TaskId| self.rows.get(id).is_some_and(|row| !row.state.is_running());
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let ids: Vec<TaskId> = held.due.iter().flatten().map(|(_, id)| *id).filter(waits).take(limit).collect();
        for id in &ids {
            self.change(*id, |row| row.revoke(now));
        }
        u32::try_from(ids.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn cleanup(&mut self, ended_before: Timestamp, limit: u32) -> u32 {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let old = self.ended.iter().take_while(|(at, _)| *at < ended_before).take(limit);
        let ids: Vec<TaskId> = old.map(|(_, id)| *id).collect();
        for id in &ids {
            self.take(*id);
        }
        u32::try_from(ids.len()).unwrap_or(u32::MAX)
    }

    fn settle(&mut self, settlement: TaskSettlement, now: Timestamp) -> Settled {
        let TaskSettlement { ticket, outcome } = settlement;
        let settled = self.change(ticket.task, |row| row.settle(ticket.token, outcome, now));
        if settled == Some(Settled::Gone) {
            self.take(ticket.task);
        }
        settled.unwrap_or(Settled::Stale)
    }

    fn first_due(&self, queues: &[QueueName], now: Timestamp) -> Option<TaskId> {
        let open = queues.iter().filter_map(|name| self.queues.get(name)).filter(|queue| !queue.paused);
        let mut first = open.flat_map(|queue| &queue.due).filter_map(|due| due.first());
        first.find(|(at, _)| *at <= now).map(|(_, id)| *id)
    }

    fn next_due(&self, claim: &TaskClaim) -> Option<Timestamp> {
        let open = claim.queues.iter().filter_map(|name| self.queues.get(name)).filter(|queue| !queue.paused);
        open.flat_map(|queue| &queue.due).filter_map(|due| due.first()).map(|(at, _)| *at).min()
    }

    /// Every change of a row goes through here, so that no index is forgotten.
    fn change<T>(&mut self, id: TaskId, change: impl FnOnce(&mut TaskRecord) -> T) -> Option<T> {
        let mut row = self.take(id)?;
        let changed = change(&mut row);
        self.put(row);
        Some(changed)
    }

    fn put(&mut self, row: TaskRecord) {
        let id = row.task.id;
        let queue = self.queues.entry(row.task.queue.clone()).or_default();
        *queue.counts.entry(row.state).or_default() += 1;
        if row.state.is_final() {
            self.ended.insert((row.ended_at.unwrap_or(row.due_at), id));
        } else {
            queue.due[usize::from(row.task.priority.rank())].insert((row.due_at, id));
            if let Some(key) = &row.task.unique_key {
                self.by_key.insert(key.clone(), id);
            }
        }
        self.rows.insert(id, row);
    }

    fn take(&mut self, id: TaskId) -> Option<TaskRecord> {
        let row = self.rows.remove(&id)?;
        let queue = self.queues.entry(row.task.queue.clone()).or_default();
        if let Some(count) = queue.counts.get_mut(&row.state) {
            *count -= 1;
        }
        if row.state.is_final() {
            self.ended.remove(&(row.ended_at.unwrap_or(row.due_at), id));
        } else {
            queue.due[usize::from(row.task.priority.rank())].remove(&(row.due_at, id));
            if let Some(key) = &row.task.unique_key {
                self.by_key.remove(key);
            }
        }
        Some(row)
    }
}
