//! Leases are kept whatever handlers do, and what others decide about running tasks is heard.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use designia_core::ports::{Exchange, StoreError, TaskClaim, TaskConsole, TaskQueue, WorkerPhase};
use designia_core::task::{LEASE, Revocation, TaskState};
use designia_core::testing::{FixedClock, block_on};
use designia_core::worker::{TaskError, TaskRegistry};
use designia_tokio::{Heartbeat, RunnerOptions, TaskRunner};
use tokio::runtime::Builder;

use crate::rough::{Rough, Weather};
use crate::shared::{Inside, START, Shop, kind, queue, until, worker};

const GRACE: Duration = Duration::from_secs(30);
const OFTEN: Duration = Duration::from_millis(10);

#[test]
fn handlers_that_block_every_thread_keep_their_leases() {
    let (shop, blocks, clock) = (Shop::default(), kind("blocks"), FixedClock::at(START));
    let watching = Builder::new_current_thread().enable_all().build().unwrap();
    let working = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    // Dropped before the runtime, which waits for its threads, if the test fails.
    let (release, released) = mpsc::channel::<()>();
    let (released, inside) = (Arc::new(Mutex::new(released)), Inside::default());
    let door = inside.clone();
    let registry = TaskRegistry::new().add(blocks.clone(), move |(): (), _| {
        let (released, door) = (Arc::clone(&released), door.clone());
        async move {
            let _visit = door.enter();
            // The first one waits in the channel, the other one for the lock: both hold their thread.
            released.lock().unwrap().recv().map_err(TaskError::from)
        }
    });
    let ids = watching.block_on(shop.enqueue(&blocks, 2));
    let options = RunnerOptions { renew_every: OFTEN, ..RunnerOptions::default() };
    let started = worker("w", 2, 2, registry, Arc::new(clock.clone()));
    let runner = working.block_on(async { TaskRunner::start(started, Arc::new(shop.store.clone()), options) });
    watching.block_on(until(async || inside.now() == 2));
    for _ in 0..5 {
        let now = clock.advance(LEASE - Duration::from_secs(1));
        for id in &ids {
            watching.block_on(until(async || shop.record(*id).await.due_at == now + LEASE));
        }
    }
    let now = clock.advance(LEASE - Duration::from_secs(1));
    let claim = TaskClaim { worker: "other".parse().unwrap(), queues: vec![queue()], limit: 2, until: now + LEASE };
    let exchange = Exchange { now, settle: Vec::new(), claim: Some(claim) };
    assert_eq!(block_on(shop.store.exchange(exchange)).unwrap().claimed, Vec::new(), "nobody else gets them");
    release.send(()).unwrap();
    release.send(()).unwrap();
    watching.block_on(shop.reach(TaskState::Success, 2));
    for id in ids {
        assert_eq!(watching.block_on(shop.record(id)).claims, 1);
    }
    working.block_on(runner.stop(GRACE));
}

#[tokio::test]
async fn a_running_task_that_is_called_off_stops() {
    let (shop, endless, inside) = (Shop::default(), kind("endless"), Inside::default());
    let door = inside.clone();
    let registry = TaskRegistry::new().add(endless.clone(), move |(): (), _| {
        let door = door.clone();
        async move {
            let _visit = door.enter();
            std::future::pending::<Result<(), TaskError>>().await
        }
    });
    let id = shop.enqueue(&endless, 1).await[0];
    let options = RunnerOptions { renew_every: OFTEN, ..RunnerOptions::default() };
    let worker = worker("w", 1, 1, registry, Arc::new(FixedClock::at(START)));
    let runner = TaskRunner::start(worker, Arc::new(shop.store.clone()), options);
    until(async || inside.now() == 1).await;
    assert_eq!(shop.store.revoke(id, START).await.unwrap(), Some(Revocation::Asked));
    until(async || shop.state(id).await == TaskState::Revoked).await;
    assert_eq!(inside.now(), 0);
    runner.stop(GRACE).await;
}

#[tokio::test]
async fn a_task_whose_lease_was_lost_is_cut_and_its_slot_is_free() {
    let (shop, endless, noop, inside) = (Shop::default(), kind("endless"), kind("noop"), Inside::default());
    let (door, clock) = (inside.clone(), FixedClock::at(START));
    let registry = TaskRegistry::new()
        .add(endless.clone(), move |(): (), _| {
            let door = door.clone();
            async move {
                let _visit = door.enter();
                std::future::pending::<Result<(), TaskError>>().await
            }
        })
        .add(noop.clone(), async |(): (), _| Ok(()));
    shop.enqueue(&endless, 1).await;
    let queue_of_worker = Rough::before(&shop.store);
    let options = RunnerOptions { renew_every: OFTEN, poll: OFTEN, ..RunnerOptions::default() };
    let runner = TaskRunner::start(
        worker("w", 1, 1, registry, Arc::new(clock.clone())),
        Arc::new(queue_of_worker.clone()),
        options,
    );
    until(async || inside.now() == 1).await;
    queue_of_worker.turns(Weather::RequestsLost);
    let now = clock.advance(LEASE + Duration::from_secs(1));
    let claim = TaskClaim { worker: "other".parse().unwrap(), queues: vec![queue()], limit: 1, until: now + LEASE };
    let taken = shop.store.exchange(Exchange { now, settle: Vec::new(), claim: Some(claim) }).await.unwrap();
    // An only attempt that vanished is the last one.
    assert_eq!(taken.claimed, Vec::new());
    queue_of_worker.turns(Weather::Fair);
    until(async || inside.now() == 0).await;
    shop.enqueue(&noop, 1).await;
    shop.reach(TaskState::Success, 1).await;
    assert_eq!(queue_of_worker.recorded().len(), 1, "of the lost one nothing is reported");
    runner.stop(GRACE).await;
}

#[tokio::test]
async fn a_heartbeat_opens_its_own_queue_and_tries_until_it_can() {
    let (shop, endless) = (Shop::default(), kind("endless"));
    let registry = TaskRegistry::new()
        .add(endless.clone(), async |(): (), _| std::future::pending::<Result<(), TaskError>>().await);
    shop.enqueue(&endless, 3).await;
    let (of_worker, of_heartbeat, tries) =
        (Rough::before(&shop.store), Rough::before(&shop.store), Arc::new(AtomicUsize::new(0)));
    let (opened, tried) = (of_heartbeat.clone(), Arc::clone(&tries));
    let open = move || {
        let (opened, number) = (opened.clone(), tried.fetch_add(1, Ordering::SeqCst));
        let opening = async move {
            match number {
                0 => Err(StoreError::unavailable("not yet")),
                1 => panic!("a defect, as planned"),
                _ => Ok(Arc::new(opened) as Arc<dyn TaskQueue>),
            }
        };
        Box::pin(opening) as futures_util::future::BoxFuture<'static, _>
    };
    let heartbeat = Heartbeat::Own(Arc::new(open));
    let options = RunnerOptions { heartbeat, renew_every: OFTEN, ..RunnerOptions::default() };
    let worker = worker("w", 3, 3, registry, Arc::new(FixedClock::at(START)));
    let runner = TaskRunner::start(worker, Arc::new(of_worker.clone()), options);
    until(async || of_heartbeat.renewals() >= 9).await;
    assert_eq!((tries.load(Ordering::SeqCst), of_worker.renewals()), (3, 0));
    assert_eq!(runner.stop(Duration::ZERO).await.handed_back, 3);
}

#[tokio::test]
async fn a_heartbeat_outlives_failures_and_defects_of_its_queue() {
    let (shop, endless) = (Shop::default(), kind("endless"));
    let registry = TaskRegistry::new()
        .add(endless.clone(), async |(): (), _| std::future::pending::<Result<(), TaskError>>().await);
    shop.enqueue(&endless, 1).await;
    let rough = Rough::before(&shop.store);
    let options = RunnerOptions { renew_every: OFTEN, ..RunnerOptions::default() };
    let worker = worker("w", 1, 1, registry, Arc::new(FixedClock::at(START)));
    let runner = TaskRunner::start(worker, Arc::new(rough.clone()), options);
    shop.reach(TaskState::Started, 1).await;
    for weather in [Weather::Panics, Weather::RequestsLost, Weather::RepliesLost] {
        rough.turns(weather);
        let before = rough.renewals();
        until(async || rough.renewals() > before).await;
    }
    rough.turns(Weather::Fair);
    let before = rough.renewals();
    until(async || rough.renewals() >= before + 5).await;
    assert_eq!(runner.stop(Duration::ZERO).await.handed_back, 1);
}

#[tokio::test]
async fn a_worker_is_seen_working_draining_and_not_at_all() {
    let (shop, endless, inside) = (Shop::default(), kind("endless"), Inside::default());
    let door = inside.clone();
    let registry = TaskRegistry::new().add(endless.clone(), move |(): (), _| {
        let visit = door.enter();
        async move {
            let _visit = visit;
            std::future::pending::<Result<(), TaskError>>().await
        }
    });
    let id = shop.enqueue(&endless, 1).await[0];
    let worker = worker("w", 1, 1, registry, Arc::new(FixedClock::at(START)));
    let seen = async || shop.store.workers(START).await.unwrap().into_iter().next();
    let options = RunnerOptions { renew_every: OFTEN, ..RunnerOptions::default() };
    let runner = TaskRunner::start(worker, Arc::new(shop.store.clone()), options);
    until(async || seen().await.is_some_and(|it| it.running == [id])).await;
    let status = seen().await.unwrap();
    assert_eq!((status.phase, status.slots, status.claimed_at), (WorkerPhase::Working, 1, Some(START)));
    let stopping = tokio::spawn(runner.stop(Duration::from_millis(500)));
    until(async || seen().await.is_some_and(|it| it.phase == WorkerPhase::Draining)).await;
    assert_eq!(stopping.await.unwrap().handed_back, 1);
    assert_eq!(seen().await, None, "one that has stopped is forgotten");
}
