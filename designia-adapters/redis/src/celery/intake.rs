//! From Celery's queues into Designia's.
//!
//! A message is taken, stored as a task under the same id, and acknowledged; in that order. Whoever dies in between, the message
//! is taken again, and the task is there already. From then on all that Designia promises of a task holds for it: what is due
//! later waits in the store and not in somebody's memory, leases are short and renewed, attempts are counted and retries stored.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use designia_core::ports::{StoreError, StoreErrorKind, TaskQueue};
use designia_core::task::{Task, TaskState};
use designia_core::time::Timestamp;

use super::names::Names;
use super::result::{Asked, Meta};
use super::translate::{Translation, translate};
use super::unacked::{Held, LetGo, Unacked};
use super::watch::Watches;
use super::{CeleryKinds, CeleryOptions};
use crate::RedisConnection;

/// A script of the server's must be short, and its arguments few.
const TAKEN_AT_ONCE: u32 = 500;

/// How often what others held for too long is looked for.
const RESCUE: Duration = Duration::from_secs(5);

/// Takes tasks that real Celery has sent, and enqueues them.
///
/// What it can't carry is neither lost nor tried over and over: it is put aside into the list `<queue>:refused`, an
/// error is logged, and whoever waits for the result gets a failure that says why. [`CeleryIntake::take_back`] puts such messages
/// into their queue again.
#[derive(Debug)]
pub struct CeleryIntake {
    unacked: Unacked,
    watches: Watches,
    queues: Vec<String>,
    kinds: CeleryKinds,
    into: Arc<dyn TaskQueue>,
    rescued_at: AtomicI64,
}

/// What one turn of an intake brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// How many tasks were enqueued.
    pub tasks: usize,
    /// How many messages came too late.
    pub expired: usize,
    /// How many messages were put aside.
    pub refused: usize,
    /// How many messages were put back that others had held for too long.
    pub rescued: usize,
    /// Whether there may be more.
    pub is_full: bool,
}

impl CeleryIntake {
    /// From these queues of `broker` into a queue of Designia's. Results go to `results`, through a [mirror](super::CeleryMirror).
    #[must_use]
    pub fn new(
        broker: RedisConnection,
        results: RedisConnection,
        options: &CeleryOptions,
        queues: impl IntoIterator<Item = impl Into<String>>,
        kinds: CeleryKinds,
        into: Arc<dyn TaskQueue>,
    ) -> Self {
        let unacked = Unacked {
            broker,
            names: Names::new(&options.key_prefix),
            visibility_timeout: options.visibility_timeout,
            hold: options.hold.min(options.visibility_timeout),
        };
        let queues = queues.into_iter().map(Into::into).collect();
        let watches = Watches::new(results, options);
        Self { unacked, watches, queues, kinds, into, rescued_at: AtomicI64::new(i64::MIN) }
    }

    /// One turn: takes up to `limit` messages of each queue.
    ///
    /// # Errors
    /// Celery's Redis, or the queue of the tasks, can't be used. Nothing is lost: what was taken is put back at once, if that can be
    /// done, and else when the hold on it is over.
    pub async fn turn(&self, now: Timestamp, limit: u32) -> Result<Taken, StoreError> {
        let mut taken = Taken { rescued: self.rescue(now).await?, ..Taken::default() };
        let limit = limit.clamp(1, TAKEN_AT_ONCE);
        for queue in &self.queues {
            let held = self.unacked.take(queue, limit, now).await?;
            taken.is_full |= held.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
            if let Err(error) = self.carry(queue, &held, now, &mut taken).await {
                self.hand_back(queue, &held).await;
                return Err(error);
            }
        }
        Ok(taken)
    }

    /// Puts up to `limit` messages that were put aside into their queue again: how many. For when a handler has been added.
    ///
    /// # Errors
    /// Celery's Redis can't be used.
    pub async fn take_back(&self, queue: &str, limit: u32) -> Result<u32, StoreError> {
        let names = &self.unacked.names;
        let (from, to) = (names.refused(queue), names.list(queue, super::Priority::default()));
        let mut back = 0;
        while back < limit {
            let mut next = redis::cmd("LMOVE");
            next.arg(&from).arg(&to).arg("RIGHT").arg("LEFT");
            let moved: Option<String> = self.unacked.broker.ask(&next).await?;
            if moved.is_none() {
                break;
            }
            back += 1;
        }
        Ok(back)
    }

    async fn rescue(&self, now: Timestamp) -> Result<usize, StoreError> {
        let last = self.rescued_at.load(Ordering::Relaxed);
        if last != i64::MIN && now.since(Timestamp::from_micros(last)) < RESCUE {
            return Ok(0);
        }
        self.rescued_at.store(now.as_micros(), Ordering::Relaxed);
        self.unacked.rescue(&self.queues, now).await
    }

    async fn carry(&self, queue: &str, held: &[Held], now: Timestamp, taken: &mut Taken) -> Result<(), StoreError> {
        let mut tasks: Vec<(Task, Asked, &Held)> = Vec::new();
        for held in held {
            match translate(&held.message, &self.kinds, now) {
                Translation::Task { task, asked } => tasks.push((task, asked, held)),
                Translation::Expired { asked } => {
                    self.end_unrun(&asked, TaskState::Revoked, "expired", now).await?;
                    self.unacked.acknowledge(&[&held.tag]).await?;
                    taken.expired += 1;
                }
                Translation::Refused { asked, why } => {
                    self.refuse(queue, held, asked.as_ref(), &why, now).await?;
                    taken.refused += 1;
                }
            }
        }
        // Before they are enqueued: a result that nobody watches for would never be told.
        let asked = tasks.iter().map(|(task, asked, _)| (task.id, asked)).filter(|(_, asked)| asked.wants_result);
        self.watches.begin(asked, now).await?;
        let batch: Vec<Task> = tasks.iter().map(|(task, ..)| task.clone()).collect();
        match self.into.enqueue(&batch).await {
            Ok(_) => {
                let tags: Vec<&str> = tasks.iter().map(|(.., held)| held.tag.as_str()).collect();
                self.unacked.acknowledge(&tags).await?;
                taken.tasks += tasks.len();
            }
            Err(error) if error.kind == StoreErrorKind::Invalid => self.carry_singly(queue, &tasks, now, taken).await?,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// One task that the store doesn't take must not keep the others out.
    async fn carry_singly(
        &self,
        queue: &str,
        tasks: &[(Task, Asked, &Held)],
        now: Timestamp,
        taken: &mut Taken,
    ) -> Result<(), StoreError> {
        for (task, asked, held) in tasks {
            match self.into.enqueue(std::slice::from_ref(task)).await {
                Ok(_) => {
                    self.unacked.acknowledge(&[&held.tag]).await?;
                    taken.tasks += 1;
                }
                Err(error) if error.kind == StoreErrorKind::Invalid => {
                    self.refuse(queue, held, Some(asked), &error.message, now).await?;
                    taken.refused += 1;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Lets the next turn, or another consumer, have what was taken. What was acknowledged meanwhile stays so.
    async fn hand_back(&self, queue: &str, held: &[Held]) {
        // What was taken first is to be taken first again.
        for held in held.iter().rev() {
            if let Err(error) = self.unacked.let_go(queue, held, LetGo::Back).await {
                tracing::warn!(%error, queue, "messages from celery are held until others take them for lost");
                return;
            }
        }
    }

    async fn refuse(
        &self,
        queue: &str,
        held: &Held,
        asked: Option<&Asked>,
        why: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let id = asked.map_or("unknown", |asked| asked.id.as_str());
        tracing::error!(task = id, queue, why, "a message from celery can't be carried and is put aside");
        if let Some(asked) = asked {
            self.end_unrun(asked, TaskState::Failure, &format!("not carried out: {why}"), now).await?;
        }
        self.unacked.let_go(queue, held, LetGo::Aside).await
    }

    async fn end_unrun(&self, asked: &Asked, state: TaskState, why: &str, now: Timestamp) -> Result<(), StoreError> {
        if !asked.wants_result {
            return Ok(());
        }
        let meta = Meta::refused(state, why, now, asked);
        let meta = meta.map_err(|error| StoreError::corrupt("a result", error))?;
        self.watches.tell_unwatched(asked, &meta).await
    }
}
