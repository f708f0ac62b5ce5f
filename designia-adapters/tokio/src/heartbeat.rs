//! The heartbeat: keeps leases and says that the worker is alive, from a thread and a runtime of its own.
//!
//! A handler that computes for a minute without awaiting holds a thread of the runtime for that minute, and as many of them as
//! there are threads hold all of it. Their leases must not run out for that.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use designia_core::ports::{StoreError, TaskQueue};
use designia_core::worker::{Renewing, TaskWorker};
use tokio::runtime::Builder;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::call::answered;
use crate::outage::Outage;
use crate::{Heartbeat, RunnerOptions};

/// A call that has no answer by then is given up: two of them fit into a lease, besides the interval between.
const CALL: Duration = Duration::from_secs(5);

/// For how long the last word is tried.
const FAREWELL: Duration = Duration::from_secs(2);

/// A running heartbeat. Without its runner it ends by itself, and without a farewell.
#[derive(Debug)]
pub(crate) struct Pulse {
    said: watch::Sender<Said>,
    ended: oneshot::Receiver<()>,
}

/// What the runner has said of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Working,
    Draining,
    Stopped,
}

impl Pulse {
    pub(crate) fn start(worker: TaskWorker, queue: Arc<dyn TaskQueue>, options: RunnerOptions) -> Self {
        let (said, hears) = watch::channel(Said::Working);
        let (ends, ended) = oneshot::channel();
        let beating = Beating {
            worker,
            source: options.heartbeat,
            shared: queue,
            renew_every: options.renew_every,
            news_every: options.news_every,
            outage: Outage::of("heartbeat"),
        };
        let runtime = Builder::new_current_thread().enable_all().build();
        let on_its_thread = beating.clone();
        let hears_there = hears.clone();
        let started = runtime.and_then(|runtime| {
            thread::Builder::new().name("designia-heartbeat".to_owned()).spawn(move || {
                runtime.block_on(on_its_thread.run(hears_there));
                drop(runtime);
                drop(ends);
            })
        });
        if let Err(error) = started {
            tracing::error!(%error, "the heartbeat has no thread of its own: handlers that block can hold it up");
            tokio::spawn(beating.run(hears));
        }
        Self { said, ended }
    }

    /// The worker takes nothing new any more.
    pub(crate) fn draining(&self) {
        self.said.send_replace(Said::Draining);
    }

    /// The worker has stopped: says so, if that can be said, and ends.
    pub(crate) async fn stop(self) {
        self.said.send_replace(Said::Stopped);
        // An error says that it has ended, which is what is waited for; nobody sends.
        let _ended = timeout(FAREWELL + CALL, self.ended).await;
    }
}

#[derive(Clone, Debug)]
struct Beating {
    worker: TaskWorker,
    source: Heartbeat,
    shared: Arc<dyn TaskQueue>,
    renew_every: Duration,
    news_every: Duration,
    outage: Outage,
}

impl Beating {
    async fn run(mut self, mut said: watch::Receiver<Said>) {
        let opened = tokio::select! {
            queue = self.open() => Some(queue),
            _ = said.wait_for(|said| *said == Said::Stopped) => None,
        };
        let Some(queue) = opened else { return };
        let (mut renew_at, mut news_at) = (Instant::now(), Instant::now() + self.news_every);
        loop {
            if Instant::now() >= renew_at {
                renew_at = Instant::now() + self.beat(&*queue).await.unwrap_or(self.renew_every);
            }
            if Instant::now() >= news_at {
                news_at = Instant::now() + self.news(&*queue).await.unwrap_or(self.news_every);
            }
            tokio::select! {
                () = sleep_until(renew_at.min(news_at)) => {}
                heard = said.changed() => match heard.map(|()| *said.borrow_and_update()) {
                    Ok(Said::Working) => {}
                    Ok(Said::Draining) => renew_at = Instant::now(),
                    Ok(Said::Stopped) => {
                        let told = answered(FAREWELL, queue.beat(&self.worker.farewell())).await;
                        return told.unwrap_or_else(|error| tracing::warn!(%error, "the worker's farewell was not heard"));
                    }
                    Err(_) => return,
                },
            }
        }
    }

    async fn open(&mut self) -> Arc<dyn TaskQueue> {
        let open = match &self.source {
            Heartbeat::Shared => return Arc::clone(&self.shared),
            Heartbeat::Own(open) => Arc::clone(open),
        };
        loop {
            match answered(CALL, open()).await {
                Ok(queue) => {
                    self.outage.ended();
                    return queue;
                }
                Err(error) => sleep(self.outage.failed(&error)).await,
            }
        }
    }

    /// Renews every lease and says that the worker is alive; after a failure, how long to wait before the next try.
    async fn beat(&mut self, queue: &dyn TaskQueue) -> Option<Duration> {
        let renewed = answered(CALL, self.worker.renew(queue, Renewing::All)).await;
        let told = match renewed {
            Ok(()) => answered(CALL, queue.beat(&self.worker.status())).await,
            Err(error) => Err(error),
        };
        self.wait_after(told)
    }

    async fn news(&mut self, queue: &dyn TaskQueue) -> Option<Duration> {
        let told = answered(CALL, self.worker.renew(queue, Renewing::News)).await;
        // Without news nothing was asked, so nothing is known of the store.
        told.err().map(|error| self.outage.failed(&error))
    }

    fn wait_after(&mut self, told: Result<(), StoreError>) -> Option<Duration> {
        match told {
            Ok(()) => {
                self.outage.ended();
                None
            }
            Err(error) => Some(self.outage.failed(&error)),
        }
    }
}
