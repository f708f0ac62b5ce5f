//! Whether a worker is alive is told by whether it gets answers to its claims, when it could use them.

use std::sync::Arc;
use std::time::Duration;

use designia_core::ports::Clock;
use designia_core::task::TaskState;
use designia_core::time::Timestamp;
use designia_core::worker::TaskRegistry;
use designia_tokio::{RunnerOptions, TaskRunner};
use tokio::time::sleep;

use crate::rough::{Rough, Weather};
use crate::shared::{Shop, TokioClock, kind, worker};

#[tokio::test(start_paused = true)]
async fn a_worker_is_hungry_for_long_only_when_its_store_does_not_answer() {
    let (shop, nap, clock) = (Shop::default(), kind("nap"), TokioClock::start());
    let registry = TaskRegistry::new().add(nap.clone(), async |(): (), _| {
        sleep(Duration::from_secs(300)).await;
        Ok(())
    });
    let rough = Rough::before(&shop.store);
    let worker = worker("w", 1, 1, registry, clock.clone());
    let runner = TaskRunner::start(worker.clone(), Arc::new(rough.clone()), RunnerOptions::default());
    let hungry_for = |since: Option<Timestamp>| since.map(|since| clock.now().since(since));
    let a_moment = Duration::from_millis(1_100);

    sleep(Duration::from_secs(100)).await;
    assert!(hungry_for(worker.hungry_since()).unwrap() <= a_moment, "idle, and it has its answers");

    shop.enqueue(&nap, 1).await;
    sleep(Duration::from_secs(100)).await;
    assert_eq!(shop.count(TaskState::Started).await, 1);
    assert_eq!(worker.hungry_since(), None, "all its slots are busy");

    rough.turns(Weather::Hangs);
    sleep(Duration::from_secs(300)).await;
    let hungry = hungry_for(worker.hungry_since()).unwrap();
    assert!(
        hungry > Duration::from_secs(60) && hungry < Duration::from_secs(200),
        "since the slot was free: {hungry:?}"
    );

    rough.turns(Weather::Fair);
    sleep(Duration::from_secs(35)).await;
    assert!(hungry_for(worker.hungry_since()).unwrap() <= a_moment);

    runner.stop(Duration::from_secs(1)).await;
    assert_eq!(worker.hungry_since(), None, "it takes nothing new");
}
