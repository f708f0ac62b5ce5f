//! A worker lives through whatever its store does, and goes on by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use designia_core::task::{Kind, LEASE, RetryPolicy, TaskState};
use designia_core::worker::TaskRegistry;
use designia_tokio::{RunnerOptions, TaskRunner};
use tokio::time::{Instant, sleep};

use crate::rough::{Rough, Weather};
use crate::shared::{Inside, Shop, TokioClock, deaf, kind, until, worker};

const GRACE: Duration = Duration::from_secs(30);

/// A kind that lives through a few lost claims.
fn sturdy() -> Kind {
    Kind { retry: RetryPolicy { retries: 20, ..RetryPolicy::default() }, ..kind("nap") }
}

fn napping(kind: &Kind, nap: Duration, runs: &Arc<AtomicUsize>) -> TaskRegistry {
    let runs = Arc::clone(runs);
    TaskRegistry::new().add(kind.clone(), move |(): (), _| {
        runs.fetch_add(1, Ordering::SeqCst);
        async move {
            sleep(nap).await;
            Ok(())
        }
    })
}

#[tokio::test(start_paused = true)]
async fn what_finished_while_the_store_was_away_is_reported_once_when_it_is_back() {
    let (shop, nap, runs) = (Shop::default(), sturdy(), Arc::default());
    let rough = Rough::before(&shop.store);
    shop.enqueue(&nap, 50).await;
    let registry = napping(&nap, Duration::from_millis(100), &runs);
    let worker = worker("w", 10, 10, registry, TokioClock::start());
    let runner = TaskRunner::start(worker, Arc::new(rough.clone()), RunnerOptions::default());
    shop.reach(TaskState::Success, 10).await;
    rough.turns(Weather::RequestsLost);
    sleep(Duration::from_secs(20)).await;
    assert_eq!((runs.load(Ordering::SeqCst), shop.count(TaskState::Success).await), (20, 10));
    rough.turns(Weather::Fair);
    let back = Instant::now();
    shop.reach(TaskState::Success, 50).await;
    assert!(back.elapsed() <= Duration::from_secs(3), "{:?}", back.elapsed());
    assert_eq!(runs.load(Ordering::SeqCst), 50, "what was kept was not run again");
    assert!(rough.recorded().values().all(|times| *times == 1));
    runner.stop(GRACE).await;
}

#[tokio::test(start_paused = true)]
async fn lost_replies_make_nothing_complete_twice() {
    let (shop, nap, runs) = (Shop::default(), sturdy(), Arc::default());
    let rough = Rough::before(&shop.store);
    shop.enqueue(&nap, 100).await;
    let registry = napping(&nap, Duration::from_millis(100), &runs);
    let worker = worker("w", 10, 10, registry, TokioClock::start());
    let runner = TaskRunner::start(worker, Arc::new(rough.clone()), RunnerOptions::default());
    for _ in 0..3 {
        sleep(Duration::from_millis(250)).await;
        rough.turns(Weather::RepliesLost);
        sleep(Duration::from_millis(250)).await;
        rough.turns(Weather::Fair);
    }
    // What a lost reply had handed out comes back when its lease has run out.
    sleep(LEASE).await;
    shop.reach(TaskState::Success, 100).await;
    let recorded = rough.recorded();
    assert_eq!((recorded.len(), recorded.values().sum::<usize>()), (100, 100));
    assert_eq!(runs.load(Ordering::SeqCst), 100);
    runner.stop(GRACE).await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_is_asked_at_growing_intervals_and_bells_change_nothing() {
    let (shop, nap, runs) = (Shop::default(), sturdy(), Arc::default());
    let rough = Rough::before(&shop.store);
    rough.turns(Weather::RequestsLost);
    let worker = worker("w", 10, 10, napping(&nap, Duration::ZERO, &runs), TokioClock::start());
    let runner = TaskRunner::start(worker, Arc::new(rough.clone()), RunnerOptions::default());
    for _ in 0..6_000 {
        runner.bell().ring();
        sleep(Duration::from_millis(10)).await;
    }
    let asked = rough.exchanges();
    assert!((30..=45).contains(&asked), "every two seconds or a little more often for a minute: {asked}");
    runner.stop(GRACE).await;
}

#[tokio::test(start_paused = true)]
async fn calls_that_hang_or_panic_are_given_up_and_the_worker_goes_on() {
    for (weather, within) in [(Weather::Hangs, LEASE), (Weather::Panics, Duration::ZERO)] {
        let (shop, nap, runs) = (Shop::default(), sturdy(), Arc::default());
        let rough = Rough::before(&shop.store);
        rough.turns(weather);
        shop.enqueue(&nap, 1).await;
        let worker = worker("w", 10, 10, napping(&nap, Duration::ZERO, &runs), TokioClock::start());
        let options = RunnerOptions { exchanges: 1, ..deaf() };
        let (runner, begun) = (TaskRunner::start(worker, Arc::new(rough.clone()), options), Instant::now());
        sleep(Duration::from_millis(500)).await;
        rough.turns(Weather::Fair);
        shop.reach(TaskState::Success, 1).await;
        assert!(begun.elapsed() <= within + Duration::from_secs(3), "{weather:?}: {:?}", begun.elapsed());
        runner.stop(GRACE).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_report_waits_for_a_slow_exchange_only_a_moment() {
    let (shop, nap, runs) = (Shop::default(), sturdy(), Arc::default());
    let rough = Rough::before(&shop.store);
    let registry = napping(&nap, Duration::from_millis(10), &runs);
    let worker = worker("w", 10, 10, registry, TokioClock::start());
    shop.enqueue(&nap, 1).await;
    let runner = TaskRunner::start(worker, Arc::new(rough.clone()), deaf());
    until(async || runs.load(Ordering::SeqCst) == 1).await;
    rough.turns(Weather::Slow(Duration::from_secs(10)));
    runner.bell().ring();
    let begun = Instant::now();
    // The weather's slowness comes after the store has done its part.
    shop.reach(TaskState::Success, 1).await;
    assert!(begun.elapsed() <= Duration::from_millis(100), "{:?}", begun.elapsed());
    rough.turns(Weather::Fair);
    runner.stop(GRACE).await;
}

#[tokio::test(start_paused = true)]
async fn slots_stay_within_their_number_through_outages() {
    let (shop, nap, inside) = (Shop::default(), sturdy(), Inside::default());
    let door = inside.clone();
    let registry = TaskRegistry::new().add(nap.clone(), move |(): (), _| {
        let door = door.clone();
        async move {
            let _visit = door.enter();
            sleep(Duration::from_millis(7)).await;
            Ok(())
        }
    });
    let rough = Rough::before(&shop.store);
    shop.enqueue(&nap, 500).await;
    let runner = TaskRunner::start(
        worker("w", 5, 2, registry, TokioClock::start()),
        Arc::new(rough.clone()),
        RunnerOptions { exchanges: 4, ..RunnerOptions::default() },
    );
    for weather in [Weather::RequestsLost, Weather::RepliesLost, Weather::Panics].repeat(3) {
        sleep(Duration::from_millis(50)).await;
        rough.turns(weather);
        sleep(Duration::from_millis(20)).await;
        rough.turns(Weather::Fair);
    }
    sleep(LEASE).await;
    shop.reach(TaskState::Success, 500).await;
    assert_eq!(inside.most(), 5);
    runner.stop(GRACE).await;
}
