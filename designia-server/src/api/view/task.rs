//! A task and its queue, for the admin: on the wire, and as the command line prints them with `--json`.

use std::collections::BTreeMap;

use designia_core::ports::{QueueStatus, WorkerPhase, WorkerStatus};
use designia_core::task::{Failure, Json, Kind, LEASE, TaskProgress, TaskRecord, TaskState};
use designia_core::time::Timestamp;
use designia_core::worker::TaskRegistry;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::when::When;

/// A background task and how far it has come.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TaskView {
    pub(crate) id: Uuid,
    /// What is done.
    #[schema(example = "rates.update")]
    pub(crate) kind: String,
    /// Where it waits.
    #[schema(example = "marketplace_tasks")]
    pub(crate) queue: String,
    /// `PENDING`, `STARTED`, `PROGRESS`, `RETRY`, `SUCCESS`, `FAILURE` or `REVOKED`. A task that nobody has heard of is not
    /// found, and never `PENDING`.
    #[schema(example = "SUCCESS")]
    pub(crate) state: &'static str,
    /// Whether nothing more will happen to it by itself.
    pub(crate) is_final: bool,
    /// `high`, `normal` or `low`.
    #[schema(example = "normal")]
    pub(crate) priority: &'static str,
    /// The handler's arguments.
    #[schema(value_type = Object)]
    args: Json,
    /// Of the tasks with one key, one at a time is waiting or running.
    pub(crate) unique_key: Option<String>,
    /// The schedule that asked for it.
    pub(crate) schedule: Option<String>,
    /// For which of the schedule's moments.
    slot_at: Option<When>,
    /// How many attempts have begun and count.
    pub(crate) attempts: u16,
    /// How many there may be.
    pub(crate) max_attempts: u16,
    pub(crate) enqueued_at: When,
    /// Not before this.
    pub(crate) run_at: When,
    /// When the next attempt is due, of a task that waits.
    pub(crate) due_at: Option<When>,
    /// If it has not been started by then, it is not started at all.
    pub(crate) start_by: Option<When>,
    pub(crate) started_at: Option<When>,
    pub(crate) ended_at: Option<When>,
    /// Who has it, or had it last.
    pub(crate) worker: Option<String>,
    pub(crate) progress: Option<ProgressView>,
    /// What it came to.
    #[schema(value_type = Option<Object>)]
    pub(crate) result: Option<Json>,
    /// The last thing that went wrong.
    pub(crate) error: Option<String>,
    /// The latest attempts that failed, the last one last.
    pub(crate) failures: Vec<FailureView>,
    /// Whether somebody wants the running attempt to stop.
    revoke_asked: bool,
    /// Why it is in this state.
    pub(crate) note: Option<String>,
}

/// How far an attempt is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ProgressView {
    /// How much is done.
    pub(crate) done: u64,
    /// Of how much, if that is known.
    pub(crate) total: Option<u64>,
    /// What it is at.
    pub(crate) note: Option<String>,
}

/// An attempt that failed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FailureView {
    /// Which attempt, from 1.
    pub(crate) attempt: u16,
    pub(crate) at: When,
    pub(crate) worker: Option<String>,
    pub(crate) error: String,
}

/// Members that are shown of no kind, whether it calls them secret or not.
const SECRETS: [&str; 6] = ["password", "token", "secret", "code", "api_key", "authorization"];

impl TaskView {
    /// A task as people are shown it, over HTTP and by the command line: without what its kind calls secret. There is no other way to
    /// one.
    pub(crate) fn of(record: TaskRecord, registry: &TaskRegistry) -> Self {
        let of_kind = registry.kind(&record.task.kind).map_or(&[][..], |kind| kind.secrets);
        let secrets = [&SECRETS, of_kind].concat();
        let error = record.last_error().map(str::to_owned);
        let waits = !record.state.is_final() && !record.state.is_running();
        let TaskRecord { task, state, attempts, due_at, worker, started_at, ended_at, .. } = record;
        let (schedule, slot_at) = task.slot.map(|slot| (slot.schedule.to_string(), When(slot.at))).unzip();
        Self {
            id: task.id.as_uuid(),
            kind: task.kind.to_string(),
            queue: task.queue.to_string(),
            state: state.as_str(),
            is_final: state.is_final(),
            priority: task.priority.as_str(),
            args: task.args.without(&secrets),
            unique_key: task.unique_key,
            schedule,
            slot_at,
            attempts,
            max_attempts: task.max_attempts,
            enqueued_at: When(task.enqueued_at),
            run_at: When(task.run_at),
            due_at: waits.then_some(When(due_at)),
            start_by: task.start_by.map(When),
            started_at: started_at.map(When),
            ended_at: ended_at.map(When),
            worker: worker.map(|name| name.to_string()),
            progress: record.progress.map(ProgressView::from),
            result: record.result.map(|result| result.without(&secrets)),
            error,
            failures: record.failures.into_iter().map(FailureView::from).collect(),
            revoke_asked: record.revoke_asked,
            note: record.note,
        }
    }

    /// The order that its arguments name.
    pub(crate) fn order(&self) -> Option<Uuid> {
        #[derive(Deserialize)]
        struct Named {
            order: Uuid,
        }
        self.args.read::<Named>().ok().map(|named| named.order)
    }

    /// Its arguments as a person can read them.
    pub(crate) fn args_shown(&self) -> String {
        indented(&self.args)
    }

    /// Its result as a person can read it.
    pub(crate) fn result_shown(&self) -> Option<String> {
        self.result.as_ref().map(indented)
    }
}

fn indented(json: &Json) -> String {
    let value = json.read::<serde_json::Value>().and_then(|value| serde_json::to_string_pretty(&value));
    value.unwrap_or_else(|_| json.as_str().to_owned())
}

impl From<TaskProgress> for ProgressView {
    fn from(progress: TaskProgress) -> Self {
        Self { done: progress.done, total: progress.total, note: progress.note }
    }
}

impl From<Failure> for FailureView {
    fn from(failure: Failure) -> Self {
        let worker = failure.worker.map(|name| name.to_string());
        Self { attempt: failure.attempt, at: When(failure.at), worker, error: failure.error }
    }
}

/// A kind of task that this program can run.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct KindView {
    #[schema(example = "orders.expire_due")]
    pub(crate) name: String,
    /// Where its tasks wait.
    #[schema(example = "payment_tasks")]
    pub(crate) queue: String,
    /// `high`, `normal` or `low`.
    #[schema(example = "normal")]
    pub(crate) priority: &'static str,
    /// How often a task of this kind is tried in all.
    #[schema(example = 4)]
    pub(crate) max_attempts: u16,
    /// After how many seconds each retry begins.
    #[schema(example = json!([60, 120, 240]))]
    retry_after_seconds: Vec<u64>,
    /// After so many seconds an attempt is asked to stop.
    #[schema(example = 1500)]
    soft_limit_seconds: u64,
    /// After so many seconds it is cut off.
    #[schema(example = 1800)]
    hard_limit_seconds: u64,
    /// A task that has not been started so many seconds after its time is not started at all.
    start_within_seconds: Option<u64>,
    /// What it does.
    pub(crate) about: &'static str,
}

/// Waits that are listed one by one.
const WAITS_SHOWN: u16 = 10;

impl From<&Kind> for KindView {
    fn from(kind: &Kind) -> Self {
        let waits = (1..=WAITS_SHOWN).map_while(|attempt| kind.retry.wait_after(attempt));
        Self {
            name: kind.name.to_string(),
            queue: kind.queue.to_string(),
            priority: kind.priority.as_str(),
            max_attempts: kind.retry.max_attempts(),
            retry_after_seconds: waits.map(|wait| wait.as_secs()).collect(),
            soft_limit_seconds: kind.limits.soft.as_secs(),
            hard_limit_seconds: kind.limits.hard.as_secs(),
            start_within_seconds: kind.start_within.map(|within| within.as_secs()),
            about: kind.about,
        }
    }
}

/// A queue at a glance.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct QueueView {
    #[schema(example = "payment_tasks")]
    pub(crate) name: String,
    /// Whether it is held: nothing is taken from it.
    pub(crate) paused: bool,
    /// How many tasks it has in each state; ended ones until they are forgotten.
    #[schema(example = json!({"PENDING": 2, "STARTED": 1, "SUCCESS": 40}))]
    pub(crate) tasks: BTreeMap<&'static str, u64>,
    /// When the longest due task that waits was due.
    oldest_due_at: Option<When>,
    /// How many seconds ago that was: what to watch.
    pub(crate) oldest_due_seconds: Option<u64>,
}

impl QueueView {
    pub(crate) fn of(queue: &QueueStatus, now: Timestamp) -> Self {
        let count =
            |state: &TaskState| queue.tasks.iter().find(|(known, _)| known == state).map_or(0, |(_, count)| *count);
        Self {
            name: queue.name.to_string(),
            paused: queue.paused,
            tasks: TaskState::ALL.iter().map(|state| (state.as_str(), count(state))).collect(),
            oldest_due_at: queue.oldest_due.map(When),
            oldest_due_seconds: queue.oldest_due.map(|due| now.since(due).as_secs()),
        }
    }

    /// How many tasks are in this state.
    pub(crate) fn count(&self, state: TaskState) -> u64 {
        self.tasks.get(state.as_str()).copied().unwrap_or_default()
    }

    /// How many tasks are in this state, for a template, which has only references.
    pub(crate) fn number(&self, state: &TaskState) -> u64 {
        self.count(*state)
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> u64 {
        self.count(TaskState::Pending) + self.count(TaskState::Retry)
    }

    /// How many run.
    pub(crate) fn running(&self) -> u64 {
        self.count(TaskState::Started) + self.count(TaskState::Progress)
    }

    /// How many have failed, of those that are remembered.
    pub(crate) fn failed(&self) -> u64 {
        self.count(TaskState::Failure)
    }
}

/// A process that runs tasks.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct WorkerView {
    #[schema(example = "node-1:4711:9f3c")]
    pub(crate) name: String,
    host: String,
    pid: u32,
    /// The release that it runs.
    pub(crate) version: String,
    /// The queues that it takes from.
    pub(crate) queues: Vec<String>,
    /// The kinds that it has handlers for.
    pub(crate) kinds: Vec<String>,
    /// How many tasks it runs at once.
    pub(crate) slots: u32,
    /// The tasks that it is running.
    pub(crate) running: Vec<Uuid>,
    /// Those of them that hold their threads beyond all limits: others rescue them, and this process has to be replaced if they are
    /// as many as its slots.
    pub(crate) overdue: Vec<Uuid>,
    pub(crate) started_at: When,
    /// When it last said that it is alive.
    beat_at: When,
    /// Seconds since then.
    pub(crate) beat_seconds: u64,
    /// When it last asked for tasks and got an answer: one that is alive and doesn't is stuck.
    claimed_at: Option<When>,
    /// Seconds since then.
    pub(crate) claimed_seconds: Option<u64>,
    /// `working`, `draining` or `stopped`; `vanished` if it has not said for a while that it is alive.
    #[schema(example = "working")]
    pub(crate) phase: &'static str,
}

impl WorkerView {
    pub(crate) fn of(worker: WorkerStatus, now: Timestamp) -> Self {
        let is_silent = now.since(worker.beat_at) > LEASE;
        let phase = match worker.phase {
            WorkerPhase::Stopped => "stopped",
            WorkerPhase::Working | WorkerPhase::Draining if is_silent => "vanished",
            WorkerPhase::Working => "working",
            WorkerPhase::Draining => "draining",
        };
        Self {
            name: worker.name.to_string(),
            host: worker.host,
            pid: worker.pid,
            version: worker.version,
            queues: worker.queues.iter().map(ToString::to_string).collect(),
            kinds: worker.kinds.iter().map(ToString::to_string).collect(),
            slots: worker.slots,
            running: worker.running.iter().map(|id| id.as_uuid()).collect(),
            overdue: worker.overdue.iter().map(|id| id.as_uuid()).collect(),
            started_at: When(worker.started_at),
            beat_at: When(worker.beat_at),
            beat_seconds: now.since(worker.beat_at).as_secs(),
            claimed_at: worker.claimed_at.map(When),
            claimed_seconds: worker.claimed_at.map(|at| now.since(at).as_secs()),
            phase,
        }
    }
}
