//! Runs Designia's background tasks on Tokio.
//!
//! The core's worker, scheduler and relay neither spawn nor sleep. Here they get what they need of a runtime:
//!
//! - [`TaskRunner`] runs a [`TaskWorker`](designia_core::worker::TaskWorker): it exchanges reports for claims, spawns what was
//!   claimed, and keeps the leases from a thread of its own, which no handler can hold up.
//! - [`SchedulerRunner`] fires schedules when they are due.
//! - [`RelayRunner`] carries what commits ask for to a queue that is elsewhere.
//!
//! All three live through outages of their store: they say so once, try again at growing intervals, and go on by themselves.
//! Polling is the truth, and a [`Bell`] only makes it faster.
//!
//! # Handlers that block
//!
//! Handlers share the threads of the runtime, and one can be cut off only where it awaits. So work that blocks or computes for more than
//! a moment belongs in [`tokio::task::spawn_blocking`], which has threads of its own; what is awaited of it can be cut off, but the work
//! itself goes on to its end, so give it time-outs, or let it look at
//! [`TaskContext::stop_asked`](designia_core::worker::TaskContext::stop_asked) now and then.
//!
//! What blocks in the handler itself holds a thread of the runtime. Its lease is kept until a lease after its hard limit, and then left to
//! run out: another worker gets the task, the attempt counts, and a task that blocks everywhere fails in the end. The slot stays taken for
//! as long as the thread is held; a worker whose slots are all taken so is [stuck](designia_core::worker::TaskWorker::is_stuck), and
//! its process has to be replaced.
//!
//! ```
//! # use std::sync::Arc;
//! # use std::time::Duration;
//! # use designia_core::id::TaskId;
//! # use designia_core::memory::MemoryStore;
//! # use designia_core::ports::TaskQueue;
//! # use designia_core::task::{Json, Kind};
//! # use designia_core::testing::FixedClock;
//! # use designia_core::time::Timestamp;
//! # use designia_core::worker::{TaskRegistry, TaskWorker, WorkerConfig};
//! use designia_tokio::{RunnerOptions, TaskRunner};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let now = Timestamp::from_secs(1_795_348_800);
//! # let clock = Arc::new(FixedClock::at(now));
//! # let store = Arc::new(MemoryStore::new());
//! # let greet = Kind::new("greet".parse()?, "mail".parse()?);
//! let registry = TaskRegistry::new().add(greet.clone(), async |name: String, _| Ok(format!("Dear {name}")));
//! # let config = WorkerConfig {
//! #     name: "node-1".parse()?, host: "node-1".to_owned(), pid: 1, queues: registry.queues(), slots: 10, batch: 10,
//! # };
//! let worker = TaskWorker::new(config, registry, clock);
//! let runner = TaskRunner::start(worker, store.clone(), RunnerOptions::default());
//! # let id = TaskId::from_uuid(std::iter::repeat_n('1', 32).collect::<String>().parse()?);
//! store.enqueue(&[greet.task(id, Json::of(&"Ada")?, now)]).await?;
//! runner.bell().ring();
//! let stopped = runner.stop(Duration::from_secs(30)).await;
//! assert!(stopped.reported);
//! # Ok(())
//! # }
//! ```

mod bell;
mod call;
mod driver;
mod heartbeat;
mod options;
mod outage;
mod relay;
mod runner;
mod scheduler;

pub use bell::Bell;
pub use options::{Heartbeat, OpenQueue, RelayOptions, RunnerOptions, SchedulerOptions};
pub use relay::RelayRunner;
pub use runner::{Stopped, TaskRunner};
pub use scheduler::SchedulerRunner;
