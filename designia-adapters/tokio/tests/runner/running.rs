//! What a runner does with tasks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use designia_core::ports::TaskQueue;
use designia_core::task::{Kind, TaskState, TimeLimits};
use designia_core::testing::FixedClock;
use designia_core::worker::{StopReason, TaskContext, TaskError, TaskRegistry};
use designia_tokio::{RunnerOptions, TaskRunner};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use crate::rough::Rough;
use crate::shared::{Inside, START, Shop, TokioClock, deaf, kind, until, worker};

const GRACE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_tasks_end_well_and_each_runs_once() {
    let (shop, noop, runs) = (Shop::default(), kind("noop"), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&runs);
    let registry = TaskRegistry::new().add(noop.clone(), move |(): (), _| {
        counted.fetch_add(1, Ordering::Relaxed);
        async { Ok(7) }
    });
    let queue = Arc::new(Rough::before(&shop.store));
    shop.enqueue(&noop, 10_000).await;
    let worker = worker("w", 200, 100, registry, Arc::new(FixedClock::at(START)));
    let runner = TaskRunner::start(worker, queue.clone(), RunnerOptions::default());
    shop.reach(TaskState::Success, 10_000).await;
    assert_eq!(runs.load(Ordering::Relaxed), 10_000);
    assert!(queue.recorded().values().all(|times| *times == 1));
    let exchanges = queue.exchanges();
    assert!(exchanges < 200, "full batches form, instead of {exchanges} exchanges");
    assert!(runner.stop(GRACE).await.reported);
}

#[tokio::test(start_paused = true)]
async fn no_more_tasks_run_than_there_are_slots_and_all_slots_are_used() {
    let (shop, nap, inside) = (Shop::default(), kind("nap"), Inside::default());
    let door = inside.clone();
    let registry = TaskRegistry::new().add(nap.clone(), move |(): (), _| {
        let door = door.clone();
        async move {
            let _visit = door.enter();
            sleep(Duration::from_millis(10)).await;
            Ok(())
        }
    });
    shop.enqueue(&nap, 70).await;
    let worker = worker("w", 7, 3, registry, TokioClock::start());
    let options = RunnerOptions { exchanges: 3, ..RunnerOptions::default() };
    let (runner, begun) = (TaskRunner::start(worker, Arc::new(shop.store.clone()), options), Instant::now());
    shop.reach(TaskState::Success, 70).await;
    assert_eq!(inside.most(), 7);
    assert!(begun.elapsed() < Duration::from_millis(150), "ten rounds of ten milliseconds: {:?}", begun.elapsed());
    runner.stop(GRACE).await;
}

#[tokio::test(start_paused = true)]
async fn a_bell_is_heard_at_once_and_a_lone_report_is_sent_at_once() {
    let (shop, noop) = (Shop::default(), kind("noop"));
    let registry = TaskRegistry::new().add(noop.clone(), async |(): (), _| Ok(()));
    let worker = worker("w", 10, 10, registry, TokioClock::start());
    let runner = TaskRunner::start(worker, Arc::new(shop.store.clone()), deaf());
    let bell = runner.bell();
    for done in 1..=20 {
        sleep(Duration::from_secs(1)).await;
        let rung = Instant::now();
        shop.enqueue(&noop, 1).await;
        bell.ring();
        shop.reach(TaskState::Success, done).await;
        assert!(rung.elapsed() <= Duration::from_millis(2), "{:?}", rung.elapsed());
    }
    runner.stop(GRACE).await;
}

#[tokio::test(start_paused = true)]
async fn without_a_bell_a_task_is_found_within_the_poll_interval() {
    let (shop, noop) = (Shop::default(), kind("noop"));
    let registry = TaskRegistry::new().add(noop.clone(), async |(): (), _| Ok(()));
    let worker = worker("w", 10, 10, registry, TokioClock::start());
    let queue = Arc::new(Rough::before(&shop.store));
    let runner = TaskRunner::start(worker, queue.clone(), RunnerOptions::default());
    sleep(Duration::from_secs(100)).await;
    let looked = queue.exchanges();
    assert!((100..=130).contains(&looked), "once a second or a little more often: {looked}");
    shop.enqueue(&noop, 1).await;
    let asked = Instant::now();
    shop.reach(TaskState::Success, 1).await;
    assert!(asked.elapsed() <= Duration::from_millis(1_010), "{:?}", asked.elapsed());
    runner.stop(GRACE).await;
}

#[tokio::test(start_paused = true)]
async fn a_task_for_later_runs_when_it_is_due_and_not_at_the_next_look() {
    let (shop, noop, clock) = (Shop::default(), kind("noop"), TokioClock::start());
    let registry = TaskRegistry::new().add(noop.clone(), async |(): (), _| Ok(()));
    let waits = [130, 350, 351, 2_345, 3_333].map(Duration::from_millis);
    let tasks = waits.map(|wait| shop.task(&noop, START + wait));
    shop.store.enqueue(&tasks).await.unwrap();
    let runner =
        TaskRunner::start(worker("w", 10, 10, registry, clock), Arc::new(shop.store.clone()), RunnerOptions::default());
    shop.reach(TaskState::Success, waits.len()).await;
    for (task, wait) in tasks.iter().zip(waits) {
        let late = shop.record(task.id).await.started_at.unwrap().since(START + wait);
        assert!(late <= Duration::from_millis(2), "{late:?} late");
    }
    runner.stop(GRACE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_runners_share_a_queue_and_nothing_runs_twice() {
    let (shop, noop, runs) = (Shop::default(), kind("noop"), Arc::new(AtomicUsize::new(0)));
    let runner = |name| {
        let counted = Arc::clone(&runs);
        let registry = TaskRegistry::new().add(noop.clone(), move |(): (), _| {
            counted.fetch_add(1, Ordering::Relaxed);
            async {
                sleep(Duration::from_micros(100)).await;
                Ok(())
            }
        });
        let worker = worker(name, 20, 10, registry, Arc::new(FixedClock::at(START)));
        TaskRunner::start(worker, Arc::new(shop.store.clone()), RunnerOptions::default())
    };
    let ids = shop.enqueue(&noop, 1_000).await;
    let runners = [runner("one"), runner("other")];
    shop.reach(TaskState::Success, ids.len()).await;
    assert_eq!(runs.load(Ordering::Relaxed), ids.len());
    let mut by_one = 0;
    for id in &ids {
        by_one += usize::from(shop.record(*id).await.worker.unwrap().as_str() == "one");
    }
    assert!((1..ids.len()).contains(&by_one), "each got its part: {by_one}");
    for runner in runners {
        runner.stop(GRACE).await;
    }
}

#[tokio::test(start_paused = true)]
async fn at_its_soft_limit_a_handler_is_told_and_at_its_hard_limit_it_is_cut() {
    let shop = Shop::default();
    let limits = TimeLimits { soft: Duration::from_secs(1), hard: Duration::from_secs(2) };
    let (heeds, ignores) = (Kind { limits, ..kind("heeds") }, Kind { limits, ..kind("ignores") });
    let registry = TaskRegistry::new()
        .add(heeds.clone(), async |(): (), context: TaskContext| Ok(context.stopped().await == StopReason::SoftLimit))
        .add(ignores.clone(), async |(): (), _| -> Result<(), TaskError> { std::future::pending().await });
    let [heeding, ignoring] = [shop.enqueue(&heeds, 1).await[0], shop.enqueue(&ignores, 1).await[0]];
    let runner = TaskRunner::start(
        worker("w", 10, 10, registry, TokioClock::start()),
        Arc::new(shop.store.clone()),
        RunnerOptions::default(),
    );
    until(async || shop.state(ignoring).await.is_final()).await;
    let (heeding, ignoring) = (shop.record(heeding).await, shop.record(ignoring).await);
    let ended_after =
        |seconds: u64| START + Duration::from_secs(seconds)..=START + Duration::from_millis(seconds * 1_000 + 5);
    assert_eq!((heeding.state, heeding.result.unwrap().as_str()), (TaskState::Success, "true"));
    assert!(ended_after(1).contains(&heeding.ended_at.unwrap()));
    assert_eq!(ignoring.state, TaskState::Failure);
    assert_eq!(ignoring.last_error(), Some("cut off: it ran longer than its limit of 2 s"));
    assert!(ended_after(2).contains(&ignoring.ended_at.unwrap()));
    runner.stop(GRACE).await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_a_failure_and_the_worker_goes_on() {
    let (shop, faulty, noop) = (Shop::default(), kind("faulty"), kind("noop"));
    let registry = TaskRegistry::new()
        .add(faulty.clone(), async |(): (), _| -> Result<(), TaskError> { panic!("a defect, as planned") })
        .add(noop.clone(), async |(): (), _| Ok(()));
    let faulted = shop.enqueue(&faulty, 1).await[0];
    shop.enqueue(&noop, 10).await;
    let runner = TaskRunner::start(
        worker("w", 1, 1, registry, TokioClock::start()),
        Arc::new(shop.store.clone()),
        RunnerOptions::default(),
    );
    shop.reach(TaskState::Success, 10).await;
    let record = shop.record(faulted).await;
    assert_eq!((record.state, record.last_error()), (TaskState::Failure, Some("panicked: a defect, as planned")));
    runner.stop(GRACE).await;
}

#[tokio::test]
async fn news_of_progress_is_seen_while_the_task_runs() {
    let (shop, export) = (Shop::default(), kind("export"));
    let gate = Arc::new(Notify::new());
    let opens = Arc::clone(&gate);
    let registry = TaskRegistry::new().add(export.clone(), move |(): (), context: TaskContext| {
        let gate = Arc::clone(&gate);
        async move {
            context.progress(3, Some(10), Some("orders"));
            gate.notified().await;
            Ok(())
        }
    });
    let id = shop.enqueue(&export, 1).await[0];
    let options = RunnerOptions { news_every: Duration::from_millis(10), ..RunnerOptions::default() };
    let runner = TaskRunner::start(
        worker("w", 1, 1, registry, Arc::new(FixedClock::at(START))),
        Arc::new(shop.store.clone()),
        options,
    );
    until(async || shop.state(id).await == TaskState::Progress).await;
    let progress = shop.record(id).await.progress.unwrap();
    assert_eq!((progress.done, progress.total, progress.note.as_deref()), (3, Some(10), Some("orders")));
    opens.notify_one();
    until(async || shop.state(id).await == TaskState::Success).await;
    runner.stop(GRACE).await;
}
