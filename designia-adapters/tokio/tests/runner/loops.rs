//! Schedulers and relays at work.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use designia_core::memory::MemoryStore;
use designia_core::ports::{Clock, ScheduleStore, StoreError, Tasks};
use designia_core::schedule::{Fire, Fired, MissedRuns, Overlap, Recurrence, Schedule, ScheduleRecord};
use designia_core::task::{Json, Kind, ScheduleName, TaskState};
use designia_core::time::Timestamp;
use designia_core::worker::{Relay, Scheduler, TaskRegistry};
use designia_tokio::{RelayOptions, RelayRunner, SchedulerOptions, SchedulerRunner, TaskRunner};
use tokio::time::{Instant, sleep};

use crate::rough::{Rough, Weather};
use crate::shared::{START, Shop, TokioClock, deaf, kind, until, worker};

fn every(kind: &Kind, period: Duration) -> Schedule {
    Schedule {
        name: "often".parse().unwrap(),
        kind: kind.name.clone(),
        args: Json::null(),
        recurrence: Recurrence::every(period),
        missed: MissedRuns::Coalesce,
        overlap: Overlap::Allow,
        start_within: None,
    }
}

/// A store of schedules that is away for its first ten calls.
#[derive(Debug)]
struct FailsAtFirst {
    store: MemoryStore,
    calls: AtomicUsize,
}

impl FailsAtFirst {
    fn reached(&self) -> Result<&MemoryStore, StoreError> {
        let is_away = self.calls.fetch_add(1, Ordering::SeqCst) < 10;
        if is_away { Err(StoreError::unavailable("away")) } else { Ok(&self.store) }
    }
}

#[async_trait]
impl ScheduleStore for FailsAtFirst {
    async fn define(&self, schedule: &Schedule, now: Timestamp) -> Result<(), StoreError> {
        self.reached()?.define(schedule, now).await
    }

    async fn schedules(&self) -> Result<Vec<ScheduleRecord>, StoreError> {
        self.reached()?.schedules().await
    }

    async fn set_enabled(&self, name: &ScheduleName, enabled: bool, now: Timestamp) -> Result<bool, StoreError> {
        self.reached()?.set_enabled(name, enabled, now).await
    }

    async fn fire(&self, fire: &Fire) -> Result<Fired, StoreError> {
        self.reached()?.fire(fire).await
    }

    async fn remove(&self, name: &ScheduleName) -> Result<bool, StoreError> {
        self.reached()?.remove(name).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_schedule_fires_when_it_is_due_and_its_task_runs_at_once() {
    let (shop, noop, clock) = (Shop::default(), kind("noop"), TokioClock::start());
    let registry = TaskRegistry::new()
        .add(noop.clone(), async |(): (), _| Ok(()))
        .on_schedule(every(&noop, Duration::from_secs(60)));
    let worker = worker("w", 1, 1, registry.clone(), clock.clone());
    let runner = TaskRunner::start(worker, Arc::new(shop.store.clone()), deaf());
    let tasks = Tasks::in_store(Arc::new(shop.store.clone()));
    let scheduler = Scheduler::new(registry);
    let scheduling =
        SchedulerRunner::start(scheduler, tasks, clock.clone(), Some(runner.bell()), SchedulerOptions::default());
    let at = async |millis: u64| sleep((START + Duration::from_millis(millis)).since(clock.now())).await;
    for fires in 1..=5 {
        at(fires * 60_000 - 5).await;
        assert_eq!(shop.count(TaskState::Success).await as u64, fires - 1, "not before its time");
        at(fires * 60_000 + 5).await;
        assert_eq!(shop.count(TaskState::Success).await as u64, fires);
    }
    scheduling.stop().await;
    runner.stop(Duration::ZERO).await;
}

#[tokio::test(start_paused = true)]
async fn schedules_are_defined_as_soon_as_the_store_can_be_reached_and_changes_are_seen() {
    let (shop, noop, clock) = (Shop::default(), kind("noop"), TokioClock::start());
    let registry = TaskRegistry::new()
        .add(noop.clone(), async |(): (), _| Ok(()))
        .on_schedule(every(&noop, Duration::from_secs(3_600)));
    let mut tasks = Tasks::in_store(Arc::new(shop.store.clone()));
    tasks.schedules = Arc::new(FailsAtFirst { store: shop.store.clone(), calls: AtomicUsize::new(0) });
    let scheduling =
        SchedulerRunner::start(Scheduler::new(registry), tasks, clock.clone(), None, SchedulerOptions::default());
    until(async || !shop.store.schedules().await.unwrap().is_empty()).await;
    // Somebody else defines one that is due sooner.
    sleep(Duration::from_secs(30)).await;
    let often = Schedule { name: "oftener".parse().unwrap(), ..every(&noop, Duration::from_secs(1)) };
    shop.store.define(&often, clock.now()).await.unwrap();
    let asked = Instant::now();
    shop.reach(TaskState::Pending, 1).await;
    assert!(asked.elapsed() <= Duration::from_secs(16), "{:?}", asked.elapsed());
    // With a bell it is seen at once.
    let name = "often".parse().unwrap();
    shop.store.remove(&"oftener".parse().unwrap()).await.unwrap();
    shop.store.remove(&name).await.unwrap();
    let waiting = shop.count(TaskState::Pending).await;
    shop.store.define(&often, clock.now()).await.unwrap();
    scheduling.bell().ring();
    let asked = Instant::now();
    shop.reach(TaskState::Pending, waiting + 1).await;
    assert!(asked.elapsed() <= Duration::from_millis(1_010), "{:?}", asked.elapsed());
    scheduling.stop().await;
}

#[tokio::test(start_paused = true)]
async fn two_schedulers_fire_each_moment_once() {
    let (shop, noop, clock) = (Shop::default(), kind("noop"), TokioClock::start());
    let registry = TaskRegistry::new()
        .add(noop.clone(), async |(): (), _| Ok(()))
        .on_schedule(every(&noop, Duration::from_secs(60)));
    let start = || {
        let tasks = Tasks::in_store(Arc::new(shop.store.clone()));
        SchedulerRunner::start(
            Scheduler::new(registry.clone()),
            tasks,
            clock.clone(),
            None,
            SchedulerOptions::default(),
        )
    };
    let both = [start(), start()];
    sleep(Duration::from_secs(3_605)).await;
    assert_eq!(shop.count(TaskState::Pending).await, 60);
    for one in both {
        one.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_relay_carries_everything_over_through_outages_and_rings_the_worker() {
    let (shop, elsewhere, noop, clock) = (Shop::default(), Shop::default(), kind("noop"), TokioClock::start());
    let rough = Rough::before(&elsewhere.store);
    rough.turns(Weather::RequestsLost);
    let registry = TaskRegistry::new().add(noop.clone(), async |(): (), _| Ok(()));
    let worker = worker("w", 100, 100, registry, clock.clone());
    let runner = TaskRunner::start(worker, Arc::new(elsewhere.store.clone()), deaf());
    let relay = Relay::new(Arc::new(shop.store.clone()), Arc::new(rough.clone()), "relay".parse().unwrap());
    shop.enqueue(&noop, 250).await;
    let relaying = RelayRunner::start(relay, clock, Some(runner.bell()), RelayOptions::default());
    sleep(Duration::from_secs(60)).await;
    assert_eq!(elsewhere.count(TaskState::Success).await, 0);
    rough.turns(Weather::Fair);
    let back = Instant::now();
    elsewhere.reach(TaskState::Success, 250).await;
    assert!(back.elapsed() <= Duration::from_secs(8), "{:?}", back.elapsed());
    assert_eq!(shop.count(TaskState::Pending).await + shop.count(TaskState::Started).await, 0);
    // With a bell, what comes later is there at once.
    let rung = Instant::now();
    shop.enqueue(&noop, 1).await;
    relaying.bell().ring();
    elsewhere.reach(TaskState::Success, 251).await;
    assert!(rung.elapsed() <= Duration::from_millis(3), "{:?}", rung.elapsed());
    relaying.stop().await;
    runner.stop(Duration::ZERO).await;
}
