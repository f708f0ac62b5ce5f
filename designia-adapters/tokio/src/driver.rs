//! The loop of a worker: when to exchange reports for claims, so that batches form under load and nothing waits without it.
//!
//! What finishes while an exchange is under way gathers for the next one. A second exchange is begun beside it only if it is
//! worth its while, and whatever is found when nothing is under way is exchanged at once.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use designia_core::ports::{StoreError, TaskQueue};
use designia_core::task::LEASE;
use designia_core::time::Timestamp;
use designia_core::worker::{Job, TaskTurn, TaskWorker};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::call::{answered, jittered};
use crate::outage::Outage;
use crate::{Bell, Stopped};

/// An exchange that has no answer by then is given up: what it may have claimed is lost to this worker anyway.
const EXCHANGE: Duration = LEASE;

/// How long an exchange may take before whatever else there is goes beside it.
const PATIENCE: Duration = Duration::from_millis(50);

/// For how long a worker that stops tries to report.
const LAST_WORDS: Duration = Duration::from_secs(5);

pub(crate) struct Driver {
    worker: TaskWorker,
    queue: Arc<dyn TaskQueue>,
    bell: Bell,
    poll: Duration,
    exchanges_at_once: usize,
    /// What makes an exchange worth its while beside another one: so many reports, or so many free slots.
    worthwhile: usize,
    exchanges: JoinSet<Answer>,
    jobs: JoinSet<()>,
    /// Somebody has rung, something is due, or it is time to look.
    wanted: bool,
    /// The last claim got all that it wanted.
    is_deep: bool,
    asked_at: Instant,
    look_at: Instant,
    due_at: Option<Instant>,
    resume_at: Option<Instant>,
    /// Once it stops: when its grace is over.
    ends_at: Option<Instant>,
    outage: Outage,
}

/// What came of an exchange.
struct Answer {
    /// Whether it claimed.
    claimed: bool,
    asked_at: Timestamp,
    turn: Result<TaskTurn, StoreError>,
}

impl Driver {
    pub(crate) fn new(
        worker: TaskWorker,
        queue: Arc<dyn TaskQueue>,
        bell: Bell,
        poll: Duration,
        exchanges_at_once: usize,
    ) -> Self {
        let config = worker.config();
        let most = usize::try_from(config.batch.min(config.slots).max(1)).unwrap_or(usize::MAX);
        let now = Instant::now();
        Self {
            worker,
            queue,
            bell,
            poll,
            exchanges_at_once: exchanges_at_once.max(1),
            worthwhile: most.div_ceil(2),
            exchanges: JoinSet::new(),
            jobs: JoinSet::new(),
            wanted: true,
            is_deep: false,
            asked_at: now,
            look_at: now + poll,
            due_at: None,
            resume_at: None,
            ends_at: None,
            outage: Outage::of("worker"),
        }
    }

    pub(crate) async fn run(mut self, mut stop: watch::Receiver<Option<Duration>>) -> Stopped {
        loop {
            while self.is_time_to_ask() && self.ask() {}
            if self.is_over() {
                return self.end().await;
            }
            let next = self.next_time();
            tokio::select! {
                Some(answer) = self.exchanges.join_next() => {
                    if let Ok(answer) = answer {
                        self.heed(answer).await;
                    }
                }
                Some(_) = self.jobs.join_next() => self.gather().await,
                () = self.bell.rung() => self.wanted = true,
                () = sleep_until(next) => self.look(),
                Ok(()) = stop.changed() => {
                    let grace = *stop.borrow_and_update();
                    self.ends_at = grace.map(|grace| Instant::now() + grace);
                }
            }
        }
    }

    fn is_time_to_ask(&self) -> bool {
        if self.resume_at.is_some() || self.is_past_its_grace() {
            return false;
        }
        let reports = self.worker.reports();
        let free = if self.ends_at.is_some() { 0 } else { self.worker.free_slots() };
        let has_work = reports > 0 || (free > 0 && (self.wanted || self.is_deep));
        let under_way = self.exchanges.len();
        if under_way == 0 {
            return has_work;
        }
        let is_worthwhile = reports >= self.worthwhile || (self.is_deep && free >= self.worthwhile);
        let is_impatient = || has_work && self.asked_at.elapsed() >= PATIENCE;
        under_way < self.exchanges_at_once && (is_worthwhile || is_impatient())
    }

    /// Begins an exchange; `false` if there was nothing to exchange after all.
    fn ask(&mut self) -> bool {
        let Some(prepared) = self.worker.prepare() else { return false };
        let (claimed, for_when, queue) = (prepared.claims(), prepared.now(), Arc::clone(&self.queue));
        self.asked_at = Instant::now();
        if claimed {
            self.wanted = false;
            self.look_at = self.asked_at + jittered(self.poll);
        }
        self.exchanges.spawn(async move {
            let turn = answered(EXCHANGE, prepared.exchange(&*queue)).await;
            Answer { claimed, asked_at: for_when, turn }
        });
        true
    }

    async fn heed(&mut self, answer: Answer) {
        let turn = match answer.turn {
            Ok(turn) => turn,
            Err(error) => {
                let wait = self.outage.failed(&error);
                self.resume_at = Some(Instant::now() + wait);
                self.wanted = true;
                return;
            }
        };
        self.outage.ended();
        if turn.stale > 0 {
            tracing::warn!(reports = turn.stale, "reports were refused: known already, or others had taken over");
        }
        if answer.claimed {
            self.is_deep = turn.is_full;
            self.note_due(turn.next_due, answer.asked_at);
        }
        if !turn.jobs.is_empty() {
            for job in turn.jobs {
                self.jobs.spawn(run(job));
            }
            self.gather().await;
        }
    }

    /// Notes when the queue says that something is due. What it called due when it was asked, and yet did not hand out, is held
    /// for a reason that only time or others can change.
    fn note_due(&mut self, next_due: Option<Timestamp>, asked_at: Timestamp) {
        let now = Instant::now();
        let told = next_due.filter(|due| *due > asked_at).map(|due| now + due.since(self.worker.now()));
        // Far ahead it is found by looking.
        let told = told.filter(|due| *due < now + self.poll);
        self.due_at = self.due_at.into_iter().chain(told).min();
    }

    /// Lets whatever is about to finish do so: what was claimed together often ends together.
    async fn gather(&mut self) {
        loop {
            while self.jobs.try_join_next().is_some() {}
            let running = self.jobs.len();
            if running == 0 {
                return;
            }
            step_back().await;
            while self.jobs.try_join_next().is_some() {}
            if self.jobs.len() == running {
                return;
            }
        }
    }

    /// When there is something to look after, if nothing happens before.
    fn next_time(&self) -> Instant {
        let patience = (!self.exchanges.is_empty()).then(|| self.asked_at + PATIENCE).filter(|it| *it > Instant::now());
        [self.due_at, self.resume_at, self.ends_at, patience].into_iter().flatten().fold(self.look_at, Instant::min)
    }

    fn look(&mut self) {
        let now = Instant::now();
        self.resume_at = self.resume_at.filter(|at| *at > now);
        if self.due_at.is_some_and(|at| at <= now) {
            self.due_at = None;
            self.wanted = true;
        }
        if self.look_at <= now {
            self.look_at = now + jittered(self.poll);
            self.wanted = true;
        }
    }

    fn is_past_its_grace(&self) -> bool {
        self.ends_at.is_some_and(|at| at <= Instant::now())
    }

    fn is_over(&self) -> bool {
        let is_idle = || self.jobs.is_empty() && self.exchanges.is_empty() && self.worker.reports() == 0;
        self.ends_at.is_some() && (self.is_past_its_grace() || is_idle())
    }

    async fn end(mut self) -> Stopped {
        // Those that let go of their threads later count as well: the worker knows how many there were in all.
        let _at_once = self.worker.cut();
        let last_words = async {
            loop {
                // What is still under way may bring claims, which go back as well.
                while let Some(answer) = self.exchanges.join_next().await {
                    let _more = self.worker.cut();
                    // Not before: jobs that are dropped are forgotten.
                    drop(answer);
                }
                while self.worker.reports() > 0 {
                    if let Err(error) = self.worker.turn(&*self.queue).await {
                        sleep(self.outage.failed(&error)).await;
                    }
                }
                // Those that were on a thread when they were cut off: they may still let go of it.
                if self.worker.running() == 0 || self.jobs.join_next().await.is_none() {
                    break;
                }
            }
        };
        // Whether there was time for all of it shows below.
        let _in_time = timeout(LAST_WORDS, last_words).await;
        let reported = self.exchanges.is_empty() && self.worker.reports() == 0;
        if !reported {
            tracing::warn!("the queue could not be told of everything; what it has not heard of is run again");
        }
        Stopped { handed_back: self.worker.handed_back(), held: self.worker.running(), reported }
    }
}

/// Lets others have the thread. Not Tokio's `yield_now`, which comes back only when the thread has nothing more to do: if a handler holds
/// it, another thread has to carry on with the loop, and is woken for that.
async fn step_back() {
    let mut has_waited = false;
    poll_fn(|context| {
        if std::mem::replace(&mut has_waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

async fn run(job: Job) {
    let limits = job.limits();
    // Made here and begun inside: a task that never waits costs no timer.
    let (soft, hard) = (async move { sleep(limits.soft).await }, async move { sleep(limits.hard).await });
    job.run(soft, hard).await;
}
