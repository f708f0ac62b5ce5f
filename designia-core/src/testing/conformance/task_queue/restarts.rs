//! The store is restarted while producers and workers are at it.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use futures_util::future::join;

use crate::id::TaskId;
use crate::ports::{Exchange, StoreError, StoreErrorKind, TaskQueue};
use crate::task::{ClaimedTask, LEASE, Settled, Task, TaskSettlement, TaskState};
use crate::testing::conformance::TaskStores;
use crate::testing::conformance::steps::minutes;
use crate::testing::conformance::task_stores::{success, wanted, worker};
use crate::testing::fixtures::{task, task_id};
use crate::time::Timestamp;

/// How many tasks each producer enqueues.
const TASKS: u32 = 400;

/// After how many completions the store is restarted.
const HALF: usize = 200;

/// How often a call that found no store is made again, once there is one: ten seconds' worth.
const TRIES: u32 = 1_000;

/// Every task that was taken is completed in the end, and none of them twice. Passes unheard for a store that
/// [can't be restarted](TaskStores::reopened_by).
pub async fn a_restart_under_load_loses_nothing_and_completes_nothing_twice(stores: &TaskStores) {
    let Some(reopening) = stores.reopen() else { return };
    let site = Arc::new(Site::new(Arc::clone(&stores.queue)));
    let restart = async {
        site.half_done().await;
        let reopened = reopening.await;
        site.moved_to(Arc::clone(&reopened.queue));
        reopened
    };
    let work = stores.at_once(6, |number| {
        let site = Arc::clone(&site);
        async move {
            match number {
                0 | 1 => produce(&site, number).await,
                _ => consume(&site, number).await,
            }
        }
    });
    let (reopened, _) = join(restart, work).await;

    // A claim whose reply was lost is held until its lease runs out, and a report whose reply was lost may have arrived.
    let mut now = minutes(0);
    for _ in 0..20 {
        now = now + LEASE;
        while site.work_at(5, now).await {}
    }
    let completed = site.completed();
    for number in 0..TASKS * 2 {
        let record = reopened.record(task_id(number)).await;
        assert_eq!(record.state, TaskState::Success, "{record:?}");
        assert!(completed.get(&record.task.id).is_none_or(|times| *times == 1), "completed twice: {record:?}");
    }
}

/// What the producers and workers share.
struct Site {
    queue: Mutex<Arc<dyn TaskQueue>>,
    shared: Mutex<Shared>,
}

#[derive(Default)]
struct Shared {
    /// How often a completion was recorded.
    completed: BTreeMap<TaskId, u32>,
    producing: u32,
    is_over: bool,
    waiting: Option<Waker>,
}

impl Site {
    fn new(queue: Arc<dyn TaskQueue>) -> Self {
        Self { queue: Mutex::new(queue), shared: Mutex::new(Shared { producing: 2, ..Shared::default() }) }
    }

    /// Waits until half of the work is done.
    async fn half_done(&self) {
        poll_fn(|context| {
            let mut shared = self.shared();
            if shared.completed.len() >= HALF {
                return Poll::Ready(());
            }
            shared.waiting = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    fn moved_to(&self, queue: Arc<dyn TaskQueue>) {
        *self.queue.lock().unwrap_or_else(PoisonError::into_inner) = queue;
        self.shared().is_over = true;
    }

    fn completed(&self) -> BTreeMap<TaskId, u32> {
        self.shared().completed.clone()
    }

    /// Makes a call until the store answers, and gives up some time after the restart.
    async fn persist<T, W>(&self, call: impl Fn(Arc<dyn TaskQueue>) -> W) -> T
    where
        W: Future<Output = Result<T, StoreError>>,
    {
        let mut tries = 0;
        loop {
            let (queue, is_over) = (self.queue(), self.shared().is_over);
            match call(queue).await {
                Ok(answer) => return answer,
                Err(error) => {
                    assert_eq!(error.kind, StoreErrorKind::Unavailable, "{error}");
                    tries += u32::from(is_over);
                    assert!(tries < TRIES, "the store was restarted, and still: {error}");
                    // Between two tries to reach a store that is away; what ends the waiting is that it answers.
                    std::thread::sleep(Duration::from_millis(10));
                }
            }
        }
    }

    /// Claims some tasks and completes them; `false` if there were none.
    async fn work_at(&self, number: u32, now: Timestamp) -> bool {
        let claimed = self.persist(async |queue: Arc<dyn TaskQueue>| claim(&queue, number, now).await).await;
        let settle = |it: &ClaimedTask| TaskSettlement { ticket: it.ticket, outcome: success() };
        let settle: Vec<TaskSettlement> = claimed.iter().map(settle).collect();
        let report = async |queue: Arc<dyn TaskQueue>| {
            queue.exchange(Exchange { now, settle: settle.clone(), claim: None }).await
        };
        let settled = if settle.is_empty() { Vec::new() } else { self.persist(report).await.settled };
        let mut shared = self.shared();
        for (claimed, settled) in claimed.iter().zip(settled) {
            if settled == Settled::Recorded {
                *shared.completed.entry(claimed.task.id).or_default() += 1;
            }
        }
        if shared.completed.len() >= HALF {
            shared.waiting.take().into_iter().for_each(Waker::wake);
        }
        !claimed.is_empty()
    }

    fn queue(&self) -> Arc<dyn TaskQueue> {
        Arc::clone(&self.queue.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn produce(site: &Site, number: u32) {
    let mine: Vec<Task> =
        (number * TASKS..(number + 1) * TASKS).map(|number| Task { run_at: minutes(0), ..task(number) }).collect();
    for some in mine.chunks(5) {
        site.persist(async |queue: Arc<dyn TaskQueue>| queue.enqueue(some).await).await;
    }
    site.shared().producing -= 1;
}

async fn consume(site: &Site, number: u32) {
    loop {
        let is_last = {
            let shared = site.shared();
            shared.producing == 0 && shared.is_over
        };
        if !site.work_at(number, minutes(0)).await && is_last {
            return;
        }
    }
}

async fn claim(queue: &Arc<dyn TaskQueue>, number: u32, now: Timestamp) -> Result<Vec<ClaimedTask>, StoreError> {
    let mut claim = wanted(4, now);
    claim.worker = worker(number);
    Ok(queue.exchange(Exchange { now, settle: Vec::new(), claim: Some(claim) }).await?.claimed)
}
