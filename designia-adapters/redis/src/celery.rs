//! A bridge to Celery, for moving a running Django system over one kind of task at a time.
//!
//! [`CelerySender`] sends tasks to Celery's workers and reads their results. [`CeleryIntake`] takes tasks that Celery's clients
//! send and enqueues them in a Designia queue, on whichever store; [`CeleryMirror`] tells how they stand where Celery keeps its
//! results, so that `AsyncResult.get()` works. Nothing changes in the Python program but the queue that a task is sent to.
//!
//! To move a kind over: give its task a queue of its own (`task_routes`), stop Celery's workers for that queue, start a
//! [`CeleryRunner`] for it. A task with `eta`, `countdown`, `expires`, `priority`, `ignore_result` or `group` is understood;
//! `time_limit` is the kind's own here; a message with `link`, `link_error`, `chain` or `chord`, pickled arguments or a name that is
//! not [taken over](CeleryKinds) is [put aside](CeleryIntake), never dropped. `revoke` and the other commands of remote control
//! are not answered: call a task off in Designia.
//!
//! # What it promises
//!
//! *Not fit for payments.* Celery's Redis is neither part of the orders' transaction nor, with its usual settings, durable: a task may
//! have been sent of an order that was rolled back, and a message is gone if Redis loses its memory. Between two consumers a message is
//! delivered at least once: one that a dead process held comes back after the visibility timeout, an hour by default.
//!
//! What this side adds is less than that. A message is stored as a task, under the same id, before it is acknowledged, so one that
//! is delivered again is enqueued once; this bridge holds it for a minute at most, after which any consumer may have it. From then
//! on the task is Designia's: nothing waits in a worker's memory for its `eta`, and nothing is run again because it takes long.
//! Importing was chosen over carrying messages out directly for that reason: acknowledging late, as Celery can, means holding the
//! message for as long as the task runs or waits, and then both happen.

mod envelope;
mod intake;
mod kinds;
mod mirror;
mod names;
mod options;
mod priority;
mod result;
mod runner;
mod sender;
mod translate;
mod unacked;
mod watch;

pub use intake::{CeleryIntake, Taken};
pub use kinds::{CeleryArgs, CeleryKinds};
pub use mirror::CeleryMirror;
pub use options::CeleryOptions;
pub use priority::Priority;
pub use result::{CeleryFailure, CeleryOutcome};
pub use runner::{CeleryRunner, CeleryRunnerOptions};
pub use sender::{CelerySender, CeleryTask};
pub use translate::task_id;
