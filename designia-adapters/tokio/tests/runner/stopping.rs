//! How a runner stops.

use std::sync::Arc;
use std::time::Duration;

use designia_core::task::{Kind, TaskState};
use designia_core::worker::{TaskError, TaskRegistry};
use designia_tokio::{RunnerOptions, Stopped, TaskRunner};
use tokio::time::{Instant, sleep};

use crate::rough::{Rough, Weather};
use crate::shared::{Inside, Shop, TokioClock, deaf, kind, until, worker};

/// A heartbeat lives in real time, and so much of the paused clock's time may pass in a moment while it says farewell.
const FAREWELL: Duration = Duration::from_secs(7);

/// Naps of a second, and work that never ends.
fn registry(nap: &Kind, endless: &Kind, inside: &Inside) -> TaskRegistry {
    let (napping, staying) = (inside.clone(), inside.clone());
    TaskRegistry::new()
        .add(nap.clone(), move |(): (), _| {
            let visit = napping.enter();
            async move {
                let _visit = visit;
                sleep(Duration::from_secs(1)).await;
                Ok(())
            }
        })
        .add(endless.clone(), move |(): (), _| {
            let visit = staying.enter();
            async move {
                let _visit = visit;
                std::future::pending::<Result<(), TaskError>>().await
            }
        })
}

#[tokio::test(start_paused = true)]
async fn what_runs_may_finish_and_nothing_new_is_taken() {
    let (shop, nap, endless, inside) = (Shop::default(), kind("nap"), kind("endless"), Inside::default());
    let worker = worker("w", 3, 3, registry(&nap, &endless, &inside), TokioClock::start());
    shop.enqueue(&nap, 10).await;
    let runner = TaskRunner::start(worker, Arc::new(shop.store.clone()), RunnerOptions::default());
    until(async || inside.now() == 3).await;
    let asked = Instant::now();
    let stopped = runner.stop(Duration::from_secs(30)).await;
    assert_eq!(stopped, Stopped { handed_back: 0, held: 0, reported: true });
    assert!(asked.elapsed() <= Duration::from_secs(2) + FAREWELL, "no longer than they take: {:?}", asked.elapsed());
    assert_eq!((shop.count(TaskState::Success).await, shop.count(TaskState::Pending).await), (3, 7));
}

#[tokio::test(start_paused = true)]
async fn what_outlasts_the_grace_is_cut_and_given_back_without_a_counted_attempt() {
    let (shop, nap, endless, inside) = (Shop::default(), kind("nap"), kind("endless"), Inside::default());
    let clock = TokioClock::start();
    let staying = shop.enqueue(&endless, 2).await;
    shop.enqueue(&nap, 1).await;
    let one = worker("one", 3, 3, registry(&nap, &endless, &inside), clock.clone());
    let runner = TaskRunner::start(one, Arc::new(shop.store.clone()), RunnerOptions::default());
    until(async || inside.now() == 3).await;
    let asked = Instant::now();
    let stopped = runner.stop(Duration::from_secs(5)).await;
    assert_eq!(stopped, Stopped { handed_back: 2, held: 0, reported: true });
    assert!(asked.elapsed() <= Duration::from_millis(5_010) + FAREWELL, "{:?}", asked.elapsed());
    assert_eq!(inside.now(), 0, "they were cut");
    for id in &staying {
        let record = shop.record(*id).await;
        assert_eq!((record.state, record.attempts, record.claims), (TaskState::Pending, 0, 1));
    }
    let other = worker("other", 3, 3, registry(&nap, &endless, &inside), clock);
    let runner = TaskRunner::start(other, Arc::new(shop.store.clone()), RunnerOptions::default());
    until(async || inside.now() == 2).await;
    assert_eq!(shop.record(staying[0]).await.attempts, 1, "its only attempt is still there to be used");
    drop(runner);
}

#[tokio::test(start_paused = true)]
async fn claims_that_arrive_while_it_stops_go_back_as_well() {
    let (shop, nap, endless, inside) = (Shop::default(), kind("nap"), kind("endless"), Inside::default());
    let rough = Rough::before(&shop.store);
    rough.turns(Weather::Slow(Duration::from_millis(300)));
    let worker = worker("w", 3, 3, registry(&nap, &endless, &inside), TokioClock::start());
    let ids = shop.enqueue(&nap, 3).await;
    let runner = TaskRunner::start(worker, Arc::new(rough), deaf());
    shop.reach(TaskState::Started, 3).await;
    assert_eq!(runner.stop(Duration::ZERO).await, Stopped { handed_back: 3, held: 0, reported: true });
    for id in ids {
        let record = shop.record(id).await;
        assert_eq!((record.state, record.attempts), (TaskState::Pending, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_holds_up_a_stop_for_five_seconds_and_no_longer() {
    for weather in [Weather::RequestsLost, Weather::Hangs] {
        let (shop, nap, endless, inside) = (Shop::default(), kind("nap"), kind("endless"), Inside::default());
        let rough = Rough::before(&shop.store);
        let worker = worker("w", 3, 3, registry(&nap, &endless, &inside), TokioClock::start());
        shop.enqueue(&endless, 1).await;
        let runner = TaskRunner::start(worker, Arc::new(rough.clone()), RunnerOptions::default());
        until(async || inside.now() == 1).await;
        rough.turns(weather);
        let asked = Instant::now();
        let stopped = runner.stop(Duration::from_secs(1)).await;
        assert_eq!(stopped, Stopped { handed_back: 1, held: 0, reported: false }, "{weather:?}");
        let held_up = Duration::from_secs(6)..=Duration::from_millis(6_010) + FAREWELL;
        assert!(held_up.contains(&asked.elapsed()), "{weather:?}: {:?}", asked.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_comes_back_within_the_last_words_hears_everything() {
    let (shop, nap, endless, inside) = (Shop::default(), kind("nap"), kind("endless"), Inside::default());
    let rough = Rough::before(&shop.store);
    let worker = worker("w", 3, 3, registry(&nap, &endless, &inside), TokioClock::start());
    let id = shop.enqueue(&endless, 1).await[0];
    let runner = TaskRunner::start(worker, Arc::new(rough.clone()), RunnerOptions::default());
    until(async || inside.now() == 1).await;
    rough.turns(Weather::RequestsLost);
    let stopping = tokio::spawn(runner.stop(Duration::from_secs(1)));
    sleep(Duration::from_secs(3)).await;
    rough.turns(Weather::Fair);
    assert_eq!(stopping.await.unwrap(), Stopped { handed_back: 1, held: 0, reported: true });
    assert_eq!(shop.state(id).await, TaskState::Pending);
}

#[tokio::test(start_paused = true)]
async fn a_runner_that_is_dropped_cuts_what_it_runs_and_leaves_it_to_its_lease() {
    let (shop, nap, endless, inside) = (Shop::default(), kind("nap"), kind("endless"), Inside::default());
    let worker = worker("w", 3, 3, registry(&nap, &endless, &inside), TokioClock::start());
    let id = shop.enqueue(&endless, 1).await[0];
    let runner = TaskRunner::start(worker, Arc::new(shop.store.clone()), RunnerOptions::default());
    until(async || inside.now() == 1).await;
    drop(runner);
    until(async || inside.now() == 0).await;
    let record = shop.record(id).await;
    assert_eq!((record.state, record.attempts), (TaskState::Started, 1));
}
