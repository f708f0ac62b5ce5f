//! One attempt, ready to run.

use std::any::Any;
use std::fmt;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{Either, select};

use super::error::Again;
use super::registry::Attempt;
use super::worker::Inner;
use super::{StopReason, TaskContext, TaskError};
use crate::task::{Kind, TaskOutcome, Ticket, TimeLimits};

/// One attempt, ready to run: the host spawns it. One that is dropped unfinished is no longer renewed, and taken up again when its
/// lease has run out.
pub struct Job {
    kind: Arc<Kind>,
    context: TaskContext,
    work: Attempt,
    slot: Slot,
}

/// A slot of the worker that an attempt takes up for as long as this lives.
struct Slot {
    worker: Arc<Inner>,
    ticket: Ticket,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.worker.forget(self.ticket);
    }
}

impl Job {
    pub(super) fn new(kind: Arc<Kind>, context: TaskContext, work: Attempt, worker: Arc<Inner>) -> Self {
        let slot = Slot { worker, ticket: context.claimed().ticket };
        Self { kind, context, work, slot }
    }

    /// What it is about.
    #[must_use]
    pub const fn context(&self) -> &TaskContext {
        &self.context
    }

    /// For how long it may run.
    #[must_use]
    pub fn limits(&self) -> TimeLimits {
        self.kind.limits
    }

    /// Runs the attempt to its end, and keeps what became of it for the worker's next turn. `soft` and `hard` complete when its
    /// [limits](Job::limits) are over; the host makes them out of its timers. A panic is a failure like any other.
    ///
    /// A handler is cut off where it awaits. One that does not return to its runtime can't be: see [`TaskRegistry`].
    ///
    /// [`TaskRegistry`]: super::TaskRegistry
    pub async fn run(self, soft: impl Future<Output = ()>, hard: impl Future<Output = ()>) {
        let Self { kind, context, work, slot } = self;
        let worker = &slot.worker;
        if context.stop_asked().is_some_and(StopReason::is_cut) {
            // It was cut before it began, and whoever did so has seen to what becomes of it, unless it was called off.
            if context.stop_asked() == Some(StopReason::Revoked) {
                worker.finish(slot.ticket, TaskOutcome::Revoked);
            }
            return;
        }
        worker.begun(slot.ticket);
        let mut work = AssertUnwindSafe(work).catch_unwind();
        let work = poll_fn(|waker| context.at_work(|| work.poll_unpin(waker)));
        let limits = async {
            let hard = pin!(hard);
            match select(pin!(soft), hard).await {
                Either::Left(((), hard)) => {
                    context.stop(StopReason::SoftLimit);
                    hard.await;
                }
                Either::Right(((), _)) => {}
            }
        };
        let (limits, cut) = (pin!(limits), pin!(context.cut()));
        let stopped = select(limits, cut);
        let outcome = match select(work, stopped).await {
            Either::Left((Ok(Ok(result)), _)) => TaskOutcome::Success { result },
            Either::Left((Ok(Err(error)), _)) => failed(&kind, &context, worker, error),
            Either::Left((Err(panic), _)) => {
                failed(&kind, &context, worker, TaskError::new(format!("panicked: {}", text(panic.as_ref()))))
            }
            Either::Right((Either::Left(_), _)) => {
                let told = format!("cut off: it ran longer than its limit of {} s", kind.limits.hard.as_secs());
                failed(&kind, &context, worker, TaskError::new(told))
            }
            Either::Right((Either::Right((StopReason::Revoked, _)), _)) => TaskOutcome::Revoked,
            // Counts only if it was on a thread when it was cut: then nobody else could give it back.
            Either::Right((Either::Right((StopReason::HandedBack, _)), _)) => worker.given_back(),
            // Others have seen to what becomes of it.
            Either::Right((Either::Right((StopReason::LeaseLost | StopReason::SoftLimit, _)), _)) => return,
        };
        worker.finish(slot.ticket, outcome);
    }
}

fn failed(kind: &Kind, context: &TaskContext, worker: &Inner, error: TaskError) -> TaskOutcome {
    let by_policy = kind.retry.wait_after(context.attempt());
    let wait = match error.again {
        Again::ByPolicy => by_policy,
        Again::After(wait) => Some(wait),
        Again::Never => None,
    };
    match wait {
        Some(wait) => TaskOutcome::Retry { at: worker.now() + wait, error: error.message },
        None => TaskOutcome::Failure { error: error.message },
    }
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without words")
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("context", &self.context).finish_non_exhaustive()
    }
}
