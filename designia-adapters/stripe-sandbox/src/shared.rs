//! What the server's tasks share: the world behind a lock, the clock, the faults, the log of requests.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::clock::SandboxClock;
use crate::fault::Faults;
use crate::resource::webhook_endpoint::Secret;
use crate::seed;
use crate::webhook;
use crate::world::World;

/// Requests beyond this many are forgotten, oldest first.
const LOGGED: usize = 10_000;

#[derive(Debug)]
pub(crate) struct Shared {
    world: Mutex<World>,
    pub(crate) clock: SandboxClock,
    pub(crate) faults: Faults,
    pub(crate) api_key: Option<Secret>,
    log: Mutex<VecDeque<RequestRecord>>,
    requests: AtomicU64,
    seed: u64,
    /// Counts changes of the world; the sender and the saver wait for it.
    pub(crate) changes: watch::Sender<u64>,
    /// The last change that is in the state file; `None` when there is no file.
    pub(crate) saved: Option<watch::Sender<u64>>,
    /// Requests that are executed late, and must not outlive the sandbox.
    late: Mutex<JoinSet<()>>,
}

/// One API request and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RequestRecord {
    /// The `Request-Id` of the answer.
    pub id: String,
    /// When it came, by the sandbox's clock.
    pub at: i64,
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The `Idempotency-Key`, if there was one.
    pub idempotency_key: Option<String>,
    /// The parameters as they came.
    pub form: Vec<(String, String)>,
    /// The status that was answered, or would have been.
    pub status: u16,
    /// Whether the endpoint was executed now; a replay is not.
    pub executed: bool,
    /// Whether the answer came from an idempotency key.
    pub replayed: bool,
    /// The fault that struck, if one did.
    pub fault: Option<crate::fault::FaultKind>,
}

impl Shared {
    pub(crate) fn new(world: World, clock: SandboxClock, seed: u64, api_key: Option<Secret>, saves: bool) -> Self {
        Self {
            world: Mutex::new(world),
            clock,
            faults: Faults::new(seed),
            api_key,
            log: Mutex::default(),
            requests: AtomicU64::new(0),
            seed,
            changes: watch::Sender::new(0),
            saved: saves.then(|| watch::Sender::new(0)),
            late: Mutex::default(),
        }
    }

    /// Changes the world, which first catches up with the clock, and tells whoever waits for changes.
    pub(crate) fn with<T>(&self, change: impl FnOnce(&mut World, i64) -> T) -> T {
        self.visit(true, change)
    }

    /// Looks at the world as it is now.
    pub(crate) fn peek<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        self.visit(false, |world, _| look(world))
    }

    /// `changes` says whether the visitor does; what time brings is told in any case.
    pub(crate) fn visit<T>(&self, changes: bool, visitor: impl FnOnce(&mut World, i64) -> T) -> T {
        let now = self.clock.now();
        let mut world = self.lock();
        let caught_up = self.catch_up(&mut world, now);
        let result = visitor(&mut world, now);
        webhook::announce(&mut world, now, &self.faults);
        drop(world);
        if changes || caught_up {
            self.changes.send_modify(|count| *count += 1);
        }
        result
    }

    /// Lets everything happen that time has brought, in its order and at its own time.
    fn catch_up(&self, world: &mut World, now: i64) -> bool {
        let mut changed = false;
        world.now = world.now.max(now);
        while let Some(at) = world.fire_next(now) {
            webhook::announce(world, at, &self.faults);
            changed = true;
        }
        changed
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs something that outlives the request which began it, but not the sandbox.
    pub(crate) fn run_late(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        while late.try_join_next().is_some() {}
        late.spawn(task);
    }

    pub(crate) fn end_late(&self) {
        self.late.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }

    pub(crate) fn request_id(&self) -> String {
        let count = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("req_{:016x}", seed::mix(seed::mix(self.seed ^ 0x5eed) ^ count))
    }

    pub(crate) fn record(&self, record: RequestRecord) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() == LOGGED {
            log.pop_front();
        }
        log.push_back(record);
    }

    pub(crate) fn requests(&self) -> Vec<RequestRecord> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Waits until everything that has happened so far is in the state file.
    pub(crate) async fn until_saved(&self) {
        let Some(saved) = &self.saved else { return };
        let wanted = *self.changes.borrow();
        let mut saved = saved.subscribe();
        // The saver is gone only when the sandbox is being dropped, and then nobody gets an answer anyway.
        saved.wait_for(|count| *count >= wanted).await.map(drop).unwrap_or_default();
    }
}
