//! The tasks, the worker that runs them, and time and ids as a host supplies them.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use designia::id::TaskId;
use designia::ports::{Clock, TaskQueue};
use designia::task::{Json, Kind, QueueName, Task};
use designia::time::Timestamp;
use designia::tokio::{RunnerOptions, TaskRunner};
use designia::worker::{TaskRegistry, TaskWorker, WorkerConfig};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::contestant::{Contestant, Touch};

/// How much a worker does at once.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) slots: u32,
    pub(crate) batch: u32,
    pub(crate) exchanges: usize,
}

/// For many short tasks.
pub(crate) const BULK: Shape = Shape { name: "bulk", slots: 200, batch: 100, exchanges: 2 };

/// What the reference server has unless it is told otherwise.
pub(crate) const DEFAULT: Shape = Shape { name: "default", slots: 16, batch: 16, exchanges: 2 };

/// For tasks that wait for something outside.
pub(crate) const WAITING: Shape = Shape { name: "100 slots", slots: 100, batch: 50, exchanges: 2 };

impl Shape {
    pub(crate) fn notes(self) -> String {
        let Self { name, slots, batch, exchanges } = self;
        format!(
            "{name}: batch {batch}, slots {slots}, {exchanges} exchanges; acknowledged after the run, in the batch; history and results on"
        )
    }
}

/// Arguments of about 200 bytes.
#[derive(Serialize, Deserialize)]
pub(crate) struct Order {
    number: u64,
    order: Uuid,
    buyer: Uuid,
    email: String,
    currency: String,
    note: String,
}

/// What a task comes to.
#[derive(Serialize)]
struct Outcome {
    ok: bool,
    number: u64,
}

pub(crate) fn kind(name: &str) -> Kind {
    Kind::new(format!("bench.{name}").parse().unwrap(), queue(name))
}

/// Each kind has its queue, so that nothing is left of one measurement for the next.
pub(crate) fn queue(name: &str) -> QueueName {
    format!("bench_{name}").parse().unwrap()
}

pub(crate) fn tasks(kind: &Kind, count: usize) -> Vec<Task> {
    (0..count as u64).map(|number| task(kind, number)).collect()
}

pub(crate) fn task(kind: &Kind, number: u64) -> Task {
    let order = Order {
        number,
        order: Uuid::from_u128(u128::from(number) << 64 | 0x5eed),
        buyer: Uuid::from_u128(0xb0b << 100 | u128::from(number)),
        email: "somebody@example.com".to_owned(),
        currency: "EUR".to_owned(),
        note: "leave it at the door".to_owned(),
    };
    kind.task(TaskId::from_uuid(Uuid::now_v7()), Json::of(&order).unwrap(), SystemClock.now())
}

/// Does nothing; sleeps for five milliseconds; updates a row; says when it began.
pub(crate) fn registry(touch: Touch, begun: mpsc::UnboundedSender<Instant>) -> TaskRegistry {
    let done = |order: &Order| Outcome { ok: true, number: order.number };
    TaskRegistry::new()
        .add(kind("noop"), move |order: Order, _| std::future::ready(Ok(done(&order))))
        .add(kind("sleep"), move |order: Order, _| async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Ok(done(&order))
        })
        .add(kind("row"), move |order: Order, _| {
            let touched = touch(order.number % 1_000);
            async move {
                touched.await?;
                Ok(done(&order))
            }
        })
        .add(kind("pickup"), move |order: Order, _| {
            let _nobody_measures = begun.send(Instant::now());
            std::future::ready(Ok(done(&order)))
        })
}

pub(crate) fn start(
    contestant: &Contestant,
    shape: Shape,
    queues: Vec<QueueName>,
    queue: Arc<dyn TaskQueue>,
    begun: mpsc::UnboundedSender<Instant>,
) -> TaskRunner {
    let config = WorkerConfig {
        name: format!("bench:{}", std::process::id()).parse().unwrap(),
        host: "bench".to_owned(),
        pid: std::process::id(),
        queues,
        slots: shape.slots,
        batch: shape.batch,
    };
    let worker = TaskWorker::new(config, registry(Arc::clone(&contestant.touch), begun), Arc::new(SystemClock));
    let heartbeat = contestant.heartbeat.clone();
    TaskRunner::start(
        worker,
        queue,
        RunnerOptions { exchanges: shape.exchanges, heartbeat, ..RunnerOptions::default() },
    )
}

/// The machine's clock.
#[derive(Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::EPOCH + SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}
