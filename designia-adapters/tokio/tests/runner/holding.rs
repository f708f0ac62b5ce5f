//! Handlers that hold their thread, which nobody can take from them.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use designia_core::ports::TaskConsole;
use designia_core::task::{Kind, LEASE, RetryPolicy, TaskState, TimeLimits};
use designia_core::testing::FixedClock;
use designia_core::worker::{TaskContext, TaskError, TaskRegistry};
use designia_tokio::{RunnerOptions, Stopped, TaskRunner};

use crate::shared::{Inside, START, Shop, kind, until, worker};

const HARD: Duration = Duration::from_secs(60);
const OFTEN: Duration = Duration::from_millis(10);

/// A kind that may be tried twice.
fn blocking() -> Kind {
    let limits = TimeLimits { soft: HARD / 2, hard: HARD };
    Kind { limits, retry: RetryPolicy { retries: 1, ..RetryPolicy::default() }, ..kind("blocks") }
}

/// Its first attempt parks its thread until it is released, and later ones return at once.
fn registry(kind: &Kind, inside: &Inside) -> (TaskRegistry, Sender<()>) {
    let (release, released) = channel::<()>();
    let (released, door) = (Arc::new(Mutex::new(released)), inside.clone());
    let registry = TaskRegistry::new().add(kind.clone(), move |(): (), context: TaskContext| {
        let (released, door) = (Arc::clone(&released), door.clone());
        async move {
            if context.attempt() == 1 {
                let _visit = door.enter();
                // An error says that the test has ended.
                let _ended = released.lock().map_err(|_| TaskError::new("the test has failed"))?.recv();
            }
            Ok(context.attempt())
        }
    });
    (registry, release)
}

fn options() -> RunnerOptions {
    RunnerOptions { renew_every: OFTEN, poll: OFTEN, ..RunnerOptions::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_whose_handler_never_returns_is_rescued_by_another_worker() {
    let (shop, blocks, inside, clock) = (Shop::default(), blocking(), Inside::default(), FixedClock::at(START));
    let (held, release) = registry(&blocks, &inside);
    let (free, _) = registry(&blocks, &Inside::default());
    let id = shop.enqueue(&blocks, 1).await[0];
    let stuck = worker("stuck", 1, 1, held, Arc::new(clock.clone()));
    let stuck = TaskRunner::start(stuck, Arc::new(shop.store.clone()), options());
    until(async || inside.now() == 1).await;
    let kept_until = clock.advance(HARD) + LEASE;
    until(async || shop.record(id).await.due_at == kept_until).await;
    let heir = worker("heir", 1, 1, free, Arc::new(clock.clone()));
    let heir = TaskRunner::start(heir, Arc::new(shop.store.clone()), options());

    clock.advance(LEASE);
    let told = async || shop.store.workers(START).await.unwrap().into_iter().any(|it| it.overdue == [id]);
    until(told).await;
    assert!(stuck.worker().is_stuck());
    until(async || shop.state(id).await == TaskState::Success).await;
    let record = shop.record(id).await;
    assert_eq!((record.attempts, record.worker.unwrap().as_str()), (2, "heir"));
    assert!(record.failures[0].error.contains("the worker vanished"), "{:?}", record.failures);

    release.send(()).unwrap();
    until(async || !stuck.worker().is_stuck()).await;
    assert_eq!(shop.record(id).await.result.unwrap().as_str(), "2", "what it says after all is nobody's concern");
    heir.stop(Duration::ZERO).await;
    stuck.stop(Duration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_holds_its_thread_when_the_worker_stops_keeps_its_task() {
    let (shop, blocks, inside, clock) = (Shop::default(), blocking(), Inside::default(), FixedClock::at(START));
    let (held, release) = registry(&blocks, &inside);
    let id = shop.enqueue(&blocks, 1).await[0];
    let runner = TaskRunner::start(
        worker("w", 1, 1, held, Arc::new(clock)),
        Arc::new(shop.store.clone()),
        RunnerOptions::default(),
    );
    until(async || inside.now() == 1).await;
    let stopped = runner.stop(Duration::ZERO).await;
    assert_eq!(stopped, Stopped { handed_back: 0, held: 1, reported: true });
    let record = shop.record(id).await;
    assert_eq!((record.state, record.attempts), (TaskState::Started, 1), "it waits for the end of its lease");
    release.send(()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_lets_go_of_its_thread_in_the_last_words_is_heard() {
    let (shop, blocks, waits, inside) = (Shop::default(), blocking(), kind("waits"), Inside::default());
    let (held, release) = registry(&blocks, &inside);
    let held = held.add(waits.clone(), async |(): (), _| -> Result<(), TaskError> { std::future::pending().await });
    let (blocked, waiting) = (shop.enqueue(&blocks, 1).await[0], shop.enqueue(&waits, 1).await[0]);
    let runner = TaskRunner::start(
        worker("w", 2, 2, held, Arc::new(FixedClock::at(START))),
        Arc::new(shop.store.clone()),
        RunnerOptions::default(),
    );
    until(async || inside.now() == 1 && shop.state(waiting).await == TaskState::Started).await;
    let stopping = tokio::spawn(runner.stop(Duration::ZERO));
    until(async || shop.state(waiting).await == TaskState::Pending).await;
    release.send(()).unwrap();
    assert_eq!(stopping.await.unwrap(), Stopped { handed_back: 1, held: 0, reported: true });
    assert_eq!(shop.state(blocked).await, TaskState::Success);
}
