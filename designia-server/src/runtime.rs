//! The engine's loops as tasks of this process: sweep, effects, inbox and rates.
//!
//! The engine knows no runtime: each of its turns does what is due and returns. Here somebody calls them, at intervals and
//! whenever there is a reason to think that something is due.

mod turns;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use designia_core::service::Engine;
use futures_util::FutureExt;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::http::metrics::Metrics;
use turns::{Effects, Inbox, Rates, Sweep, Task};

/// Counts turns by loop and result.
const TURNS: &str = "designia_worker_turns_total";

/// How often the day's rates are thought of.
const RATES_INTERVAL: Duration = Duration::from_secs(30);

/// Tells loops that there is something to do, so that nobody waits for the next interval.
#[derive(Clone, Debug, Default)]
pub struct Wake {
    inbox: Arc<Notify>,
    effects: Arc<Notify>,
}

impl Wake {
    /// A webhook event was stored.
    pub fn inbox(&self) {
        self.inbox.notify_one();
    }

    /// An order may have planned an outside call.
    pub fn effects(&self) {
        self.effects.notify_one();
    }
}

/// The running loops.
#[derive(Debug)]
pub struct Workers {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Workers {
    /// Starts every loop.
    #[must_use]
    pub fn start(engine: &Engine, interval: Duration, wake: &Wake, metrics: &Metrics) -> Self {
        metrics.describe_count(TURNS, "Turns of the background loops, by loop and result.");
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let mut spawn = |task: Box<dyn Task>, interval, woken: Arc<Notify>| {
            tasks.spawn(run(task, interval, woken, wake.clone(), metrics.clone(), stopped.clone()));
        };
        spawn(Box::new(Sweep(engine.clone())), interval, Arc::default());
        spawn(Box::new(Effects(engine.clone())), interval, Arc::clone(&wake.effects));
        spawn(Box::new(Inbox(engine.clone())), interval, Arc::clone(&wake.inbox));
        spawn(Box::new(Rates::new(engine.clone())), RATES_INTERVAL, Arc::default());
        Self { stop, tasks }
    }

    /// Lets every loop finish its turn, for at most `grace`. What is cut is taken up again after its lease.
    pub async fn stop(mut self, grace: Duration) {
        self.stop.send_replace(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(grace, all).await.is_err() {
            tracing::warn!("background loops were still busy and are cut; their work is taken up after its lease");
        }
    }
}

async fn run(
    mut task: Box<dyn Task>,
    interval: Duration,
    woken: Arc<Notify>,
    wake: Wake,
    metrics: Metrics,
    mut stopped: watch::Receiver<bool>,
) {
    while !*stopped.borrow_and_update() {
        // A loop must outlive a defect in one of its turns; whatever the turn held, it held under a lease.
        let turned = AssertUnwindSafe(task.turn()).catch_unwind().await;
        let result = match &turned {
            Ok(Ok(_)) => "ok",
            Ok(Err(error)) => {
                tracing::warn!(task = task.name(), %error, "a turn failed and is tried again");
                "failed"
            }
            Err(_) => {
                tracing::error!(task = task.name(), "a turn panicked and is tried again");
                "panicked"
            }
        };
        metrics.count(TURNS, &[("loop", task.name()), ("result", result)], 1);
        if let Ok(Ok(turned)) = turned {
            if turned.did_something {
                wake.effects();
            }
            if turned.is_full {
                continue;
            }
        }
        tokio::select! {
            () = woken.notified() => {}
            () = tokio::time::sleep(interval) => {}
            _ = stopped.changed() => {}
        }
    }
}
