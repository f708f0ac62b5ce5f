//! Leases are kept over connections of the heartbeat's own, while handlers hold every thread of the node.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use designia_core::id::TaskId;
use designia_core::ports::{Exchange, IdGenerator, TaskClaim};
use designia_core::task::{Json, Kind, LEASE, RetryPolicy, TaskRecord, TaskState};
use designia_core::testing::{FixedClock, SequentialIds};
use designia_core::time::Timestamp;
use designia_core::worker::{TaskError, TaskRegistry};
use designia_services::{postgres, redis};
use designia_tokio::{RunnerOptions, TaskRunner};
use tokio::runtime::Builder;
use tokio::time::{sleep, timeout};

use super::Stores;
use crate::config::{self, Database, Postgres, Redis, Secret};
use crate::tasks;

const START: Timestamp = Timestamp::from_secs(1_795_348_800);

/// As many as the runtime has threads.
const HELD: usize = 2;

#[test]
fn handlers_that_hold_every_thread_keep_their_leases_on_postgres() {
    let Some(server) = postgres() else { return };
    let database = server.fresh_database(None).unwrap();
    let postgres = Postgres { url: Secret::new(database.url()), connections: 4 };
    leases_are_kept(&Database::Postgres(postgres), None);
}

#[test]
fn handlers_that_hold_every_thread_keep_their_leases_in_redis() {
    let Some(server) = redis() else { return };
    let namespace = server.fresh_namespace();
    leases_are_kept(&Database::Memory, Some(&Redis { url: Secret::new(namespace.url()) }));
}

fn leases_are_kept(database: &Database, redis: Option<&Redis>) {
    let open = async || Stores::open(database).await.unwrap().with_redis(redis).unwrap();
    let watching = Builder::new_current_thread().enable_all().build().unwrap();
    let working = Builder::new_multi_thread().worker_threads(HELD).enable_all().build().unwrap();
    let (seen, stores) = (watching.block_on(open()).tasks, working.block_on(open()));
    let kind = Kind { retry: RetryPolicy::NEVER, ..Kind::new("blocks".parse().unwrap(), "held".parse().unwrap()) };
    // Dropped before the runtime, which waits for its threads, if the test fails.
    let (release, released) = channel::<()>();
    let (released, inside) = (Arc::new(Mutex::new(released)), Arc::new(AtomicUsize::new(0)));
    let entered = Arc::clone(&inside);
    let registry = TaskRegistry::new().add(kind.clone(), move |(): (), _| {
        let (released, entered) = (Arc::clone(&released), Arc::clone(&entered));
        async move {
            entered.fetch_add(1, Ordering::SeqCst);
            // The first one waits in the channel, the other one for the lock: both hold their thread.
            released.lock().unwrap().recv().map_err(TaskError::from)
        }
    });
    let (clock, ids) = (FixedClock::at(START), SequentialIds::new());
    let ids = [(); HELD].map(|()| TaskId::from_uuid(ids.next()));
    let wanted = ids.map(|id| kind.task(id, Json::null(), START));
    watching.block_on(seen.queue.enqueue(&wanted)).unwrap();
    let slots = config::Tasks { queues: None, concurrency: 2, kept_for: Duration::from_secs(3600) };
    let worker = tasks::worker(&slots, &registry, Arc::new(clock.clone())).unwrap();
    let often = Duration::from_millis(10);
    let options = RunnerOptions { heartbeat: stores.heartbeat(), renew_every: often, ..RunnerOptions::default() };
    let runner = working.block_on(async { TaskRunner::start(worker, Arc::clone(&stores.tasks.queue), options) });
    watching.block_on(until(async || inside.load(Ordering::SeqCst) == HELD));

    let record = async |id: TaskId| -> TaskRecord { seen.console.task(id).await.unwrap().unwrap() };
    for _ in 0..3 {
        let now = clock.advance(LEASE - Duration::from_secs(1));
        for id in ids {
            watching.block_on(until(async || record(id).await.due_at == now + LEASE));
        }
    }
    let now = clock.advance(LEASE - Duration::from_secs(1));
    let queues = vec![kind.queue.clone()];
    let claim = TaskClaim { worker: "other".parse().unwrap(), queues, limit: 2, until: now + LEASE };
    let exchange = Exchange { now, settle: Vec::new(), claim: Some(claim) };
    let claimed = watching.block_on(seen.queue.exchange(exchange)).unwrap().claimed;
    assert_eq!(claimed, Vec::new(), "nobody else gets them");

    ids.iter().for_each(|_| release.send(()).unwrap());
    for id in ids {
        watching.block_on(until(async || record(id).await.state == TaskState::Success));
        assert_eq!(watching.block_on(record(id)).claims, 1);
    }
    working.block_on(runner.stop(Duration::ZERO));
}

/// Waits until something is so, for no longer than half a minute.
async fn until(is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(30), waiting).await.expect("it comes to be so");
}
