//! The engine's loops in this process: sweep, effects, inbox, background tasks and schedules, as far as they are this node's to
//! run.
//!
//! The engine knows no runtime: each of its turns does what is due and returns. Here somebody calls them, at intervals and
//! whenever there is a reason to think that something is due. The intervals are the truth; being woken is only faster.

mod turns;
mod wake;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use designia_core::service::Engine;
use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::Roles;
use crate::edge::jittered;
use crate::http::metrics::Metrics;
use crate::opening::Gate;
use crate::outage::Outage;
use crate::signals::{self, Outbox, Signals, Topic};
use crate::tasks::{Share, run_scheduler, run_worker};
use crate::wiring::Stores;
use turns::{Effects, Forget, Inbox, Rates, Sweep, Task, Upkeep};
pub use wake::Wake;

/// Counts turns by loop and result.
const TURNS: &str = "designia_worker_turns_total";

/// How often it is thought of whether the day's rates are to be asked for.
const RATES_INTERVAL: Duration = Duration::from_secs(30);

/// How often the store tidies up after its counting.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// How often requests are forgotten that may no longer be repeated.
const FORGET_INTERVAL: Duration = Duration::from_secs(60);

/// How long handing back what still runs may take when the grace is over.
const HAND_BACK: Duration = Duration::from_secs(6);

/// What the loops of a node work on.
#[derive(Debug)]
pub struct Work {
    /// The engine.
    pub engine: Engine,
    /// What its ports store in, for its upkeep.
    pub stores: Stores,
    /// What this node does.
    pub roles: Roles,
    /// Pause between two looks for what is due.
    pub interval: Duration,
    /// Opens when the database can be used; until then nothing runs.
    pub gate: Gate,
    /// Wakes the loops.
    pub wake: Wake,
    /// What other nodes are to be told.
    pub outbox: Outbox,
    /// How to reach them, if there is a way.
    pub signals: Option<Arc<dyn Signals>>,
    /// Where turns are counted.
    pub metrics: Metrics,
    /// The background tasks.
    pub(crate) share: Share,
    /// How long a task that runs may take to finish when the node stops.
    pub grace: Duration,
}

/// The running loops.
#[derive(Debug)]
pub struct Workers {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Workers {
    /// Starts every loop that is this node's to run.
    #[must_use]
    pub fn start(work: Work) -> Self {
        work.metrics.describe_count(TURNS, "Turns of the background loops, by loop and result.");
        let stop = watch::Sender::new(false);
        let mut tasks = JoinSet::new();
        let mut spawn = |task: Box<dyn Task>, interval, topic| {
            let (wake, metrics) = (work.wake.clone(), work.metrics.clone());
            let looped = Loop { task, interval, topic, wake, metrics, outage: Outage::default() };
            tasks.spawn(looped.run(work.gate.clone(), stop.subscribe()));
        };
        let (engine, interval) = (&work.engine, work.interval);
        if work.roles.worker {
            spawn(Box::new(Sweep(engine.clone())), interval, None);
            spawn(Box::new(Effects(engine.clone())), interval, Some(Topic::Effects));
            spawn(Box::new(Inbox(engine.clone())), interval, Some(Topic::Inbox));
            let (requests, clock) = (work.stores.requests(), Arc::clone(&engine.ports().clock));
            spawn(Box::new(Forget { requests, clock }), FORGET_INTERVAL, None);
            if work.stores.need_upkeep() {
                spawn(Box::new(Upkeep(work.stores.clone())), UPKEEP_INTERVAL, None);
            }
        }
        let ports = || engine.ports().clone();
        let Share { registry, worker, heartbeat } = work.share;
        if work.roles.scheduler {
            spawn(Box::new(Rates::new(engine.clone(), registry.clone())), RATES_INTERVAL, None);
            tasks.spawn(run_scheduler(registry, ports(), work.gate.clone(), stop.subscribe()));
        }
        if let Some(worker) = worker {
            let (wake, gate) = (work.wake.clone(), work.gate.clone());
            tasks.spawn(run_worker(worker, heartbeat, ports(), wake, gate, stop.subscribe(), work.grace));
        }
        if let Some(signals) = work.signals {
            let telling = signals::telling(Arc::clone(&signals), work.outbox);
            tasks.spawn(once_open(work.gate.clone(), stop.subscribe(), telling));
            if work.roles.worker {
                tasks.spawn(once_open(work.gate, stop.subscribe(), signals::listening(signals, work.wake)));
            }
        }
        Self { stop, tasks }
    }

    /// Lets every loop finish its turn and every task that runs, for at most `grace`; tasks that still run then are handed back.
    /// What is cut is taken up again after its lease.
    pub async fn stop(mut self, grace: Duration) {
        self.stop.send_replace(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(grace + HAND_BACK, all).await.is_err() {
            tracing::warn!("background loops were still busy and are cut; their work is taken up after its lease");
        }
    }
}

/// Does this when the database is open, until the node stops.
async fn once_open(gate: Gate, mut stopped: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    let work = async {
        gate.opened().await;
        work.await;
    };
    tokio::select! {
        () = work => {}
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
}

/// One task, turn after turn.
struct Loop {
    task: Box<dyn Task>,
    interval: Duration,
    /// What wakes it before its time.
    topic: Option<Topic>,
    wake: Wake,
    metrics: Metrics,
    outage: Outage,
}

impl Loop {
    async fn run(mut self, gate: Gate, mut stopped: watch::Receiver<bool>) {
        tokio::select! {
            () = gate.opened() => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
        while !*stopped.borrow_and_update() {
            if self.turn().await {
                continue;
            }
            tokio::select! {
                () = woken(&self.wake, self.topic) => {}
                () = tokio::time::sleep(jittered(self.interval)) => {}
                _ = stopped.changed() => {}
            }
        }
    }

    /// One turn: whether the next is due right away.
    async fn turn(&mut self) -> bool {
        let name = self.task.name();
        // A loop must outlive a defect in one of its turns; whatever the turn held, it held under a lease.
        let turned = AssertUnwindSafe(self.task.turn()).catch_unwind().await;
        let (result, turned) = match turned {
            Ok(Ok(turned)) => ("ok", Some(turned)),
            Ok(Err(error)) => {
                if self.outage.failed() {
                    tracing::warn!(task = name, %error, "a turn failed and is tried again");
                }
                ("failed", None)
            }
            Err(_) => {
                if self.outage.failed() {
                    tracing::error!(task = name, "a turn panicked and is tried again");
                }
                ("panicked", None)
            }
        };
        self.metrics.count(TURNS, &[("loop", name), ("result", result)], 1);
        let Some(turned) = turned else { return false };
        if let Some(failures) = self.outage.ended() {
            tracing::info!(task = name, failures, "turns succeed again");
        }
        if turned.did_something {
            self.wake.here(Topic::Effects);
        }
        if let Some(topic) = self.topic.filter(|_| turned.is_full) {
            self.wake.for_help(topic);
        }
        turned.is_full
    }
}

/// Waits until somebody wakes the loop of this topic.
async fn woken(wake: &Wake, topic: Option<Topic>) {
    match topic {
        Some(topic) => wake.heard(topic).await,
        None => std::future::pending().await,
    }
}
