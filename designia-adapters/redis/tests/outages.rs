//! What becomes of calls, workers and subscriptions when the server is crashed, hangs, is full of clients, or forgets scripts.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod support;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use designia_core::id::TaskId;
use designia_core::ports::{
    Broadcast, Cache, Clock, Exchange, Received, StoreErrorKind, TaskClaim, TaskConsole, TaskQueue,
};
use designia_core::task::{Json, Kind, LEASE, Priority, QueueName, Task, TaskOutcome, TaskSettlement, TaskState};
use designia_core::testing::fixtures::{NOW, queue, task, task_id};
use designia_core::time::Timestamp;
use designia_core::worker::{TaskContext, TaskError, TaskRegistry, TaskWorker, WorkerConfig};
use designia_redis::{Config, RedisBroadcast, RedisCache, RedisConnection, RedisQueue};
use designia_services::{PrivateRedis, private_redis_or_skip};
use designia_tokio::{RunnerOptions, TaskRunner};
use tokio::time::{Instant, sleep, timeout};

/// Longest time until a call fails whose server is gone: the patience for an answer, and some more on a busy machine.
const SOON: Duration = Duration::from_secs(8);

/// Within this everything works again after the server does.
const AGAIN: Duration = Duration::from_secs(10);

/// Waits for a condition, for as long as things may take to work again.
async fn until<W: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> W) {
    let holds = async {
        while !holds().await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(AGAIN, holds).await.unwrap_or_else(|_| panic!("{what} within {AGAIN:?}"));
}

fn numbered(count: u32) -> Vec<Task> {
    let due = |number| Task { run_at: NOW, ..task(number) };
    (0..count).map(due).collect()
}

fn claim(limit: u32) -> Exchange {
    let claim = TaskClaim { worker: "w".parse().unwrap(), queues: vec![queue()], limit, until: NOW + LEASE };
    Exchange { now: NOW, settle: Vec::new(), claim: Some(claim) }
}

#[tokio::test]
async fn a_crashed_server_is_told_soon_and_found_again_with_everything_it_had_answered() {
    let Some(server) = support::durable() else { return };
    let queue = support::queue_on(&server);
    queue.enqueue(&numbered(50)).await.unwrap();
    let held = queue.exchange(claim(10)).await.unwrap().claimed;
    server.kill().unwrap();
    for _ in 0..3 {
        let refused = timeout(SOON, queue.enqueue(&numbered(1))).await.expect("it fails soon").unwrap_err();
        assert_eq!(refused.kind, StoreErrorKind::Unavailable);
        assert!(!refused.to_string().contains(server.password()), "{refused}");
    }
    server.start_again().unwrap();
    until("it works again", async || queue.connection().ping().await.is_ok()).await;
    let outcome = TaskOutcome::Success { result: Json::null() };
    let settle = held.iter().map(|it| TaskSettlement { ticket: it.ticket, outcome: outcome.clone() }).collect();
    let exchanged = queue.exchange(Exchange { settle, ..claim(100) }).await.unwrap();
    assert_eq!((exchanged.settled.len(), exchanged.claimed.len()), (10, 40));
    assert_eq!(queue.task(task_id(0)).await.unwrap().unwrap().state, TaskState::Success);
}

#[tokio::test]
async fn a_server_that_hangs_is_told_soon_and_found_again() {
    let Some(server) = private_redis_or_skip() else { return };
    let mut config: Config = server.url().parse().unwrap();
    config.answer_timeout = Duration::from_millis(300);
    let queue = RedisQueue::connect(&config).await.unwrap();
    server.freeze().unwrap();
    let refused = timeout(SOON, queue.enqueue(&numbered(1))).await.expect("it fails soon").unwrap_err();
    assert_eq!(refused.kind, StoreErrorKind::Unavailable);
    assert!(refused.to_string().contains("no answer in time"), "{refused}");
    server.thaw().unwrap();
    until("it works again", async || queue.enqueue(&numbered(1)).await.is_ok()).await;
}

#[tokio::test]
async fn a_server_that_was_full_of_clients_is_found_again_when_it_is_not() {
    let Some(server) = PrivateRedis::builder().setting("maxclients", "2").launch_or_skip() else { return };
    let config: Config = server.url().parse().unwrap();
    let others = [RedisConnection::connect(&config).await.unwrap(), RedisConnection::connect(&config).await.unwrap()];
    let queue = RedisQueue::new(RedisConnection::lazy(&config));
    for _ in 0..2 {
        assert_eq!(queue.enqueue(&numbered(1)).await.unwrap_err().kind, StoreErrorKind::Unavailable);
    }
    drop(others);
    until("it works again", async || queue.enqueue(&numbered(1)).await.is_ok()).await;
}

#[tokio::test]
async fn a_server_that_forgets_its_scripts_is_brought_them_anew() {
    let Some(server) = private_redis_or_skip() else { return };
    let queue = support::queue_on(&server);
    queue.enqueue(&numbered(1_000)).await.unwrap();
    let client = redis::Client::open(server.url()).unwrap();
    let mut other = client.get_multiplexed_async_connection().await.unwrap();
    let (forgetting, is_over) = (AtomicU32::new(0), AtomicU32::new(0));
    let forget = async {
        while is_over.load(Ordering::Relaxed) == 0 {
            redis::cmd("SCRIPT").arg("FLUSH").exec_async(&mut other).await.unwrap();
            forgetting.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    };
    let work = async {
        let mut settle = Vec::new();
        let mut done = 0;
        loop {
            let exchanged = queue.exchange(Exchange { settle, ..claim(20) }).await.unwrap();
            done += exchanged.settled.len();
            if exchanged.claimed.is_empty() {
                break;
            }
            let outcome = || TaskOutcome::Success { result: Json::null() };
            settle =
                exchanged.claimed.iter().map(|it| TaskSettlement { ticket: it.ticket, outcome: outcome() }).collect();
            // Between any two calls the scripts are gone once at least.
            let seen = forgetting.load(Ordering::Relaxed);
            while forgetting.load(Ordering::Relaxed) == seen {
                tokio::task::yield_now().await;
            }
        }
        is_over.store(1, Ordering::Relaxed);
        done
    };
    let (done, ()) = tokio::join!(work, forget);
    assert_eq!(done, 1_000);
}

/// Real time, from a moment that a cron schedule would know.
#[derive(Debug)]
struct RealClock(Instant);

impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        NOW + self.0.elapsed()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_goes_on_by_itself_after_crashes_and_completes_nothing_twice() {
    let Some(server) = support::durable() else { return };
    let queue_name: QueueName = queue();
    let mut kind = Kind::new("count".parse().unwrap(), queue_name.clone());
    kind.priority = Priority::High;
    kind.retry.retries = 20;
    let store = Arc::new(support::queue_on(&server));
    let config = WorkerConfig {
        name: "node-1:1".parse().unwrap(),
        host: "node-1".to_owned(),
        pid: 1,
        queues: vec![queue_name],
        slots: 20,
        batch: 10,
    };
    // Which attempts of each task have run to their end.
    let ended: Arc<Mutex<BTreeMap<TaskId, Vec<u16>>>> = Arc::default();
    let ends = Arc::clone(&ended);
    let registry = TaskRegistry::new().add(kind.clone(), move |(): (), context: TaskContext| {
        let ends = Arc::clone(&ends);
        async move {
            sleep(Duration::from_millis(2)).await;
            ends.lock().unwrap().entry(context.task().id).or_default().push(context.attempt());
            Ok::<_, TaskError>(())
        }
    });
    let tasks: Vec<Task> = (0..3_000).map(|number| kind.task(task_id(number), Json::null(), NOW)).collect();
    store.enqueue(&tasks).await.unwrap();
    let worker = TaskWorker::new(config, registry, Arc::new(RealClock(Instant::now())));
    let options = RunnerOptions { poll: Duration::from_millis(100), ..RunnerOptions::default() };
    let runner = TaskRunner::start(worker, store.clone(), options);
    let done = async |store: &RedisQueue| {
        let queues = store.queues(NOW).await.unwrap_or_default();
        let counts: Vec<(TaskState, u64)> = queues.into_iter().flat_map(|queue| queue.tasks).collect();
        counts.iter().find(|(state, _)| *state == TaskState::Success).map_or(0, |(_, count)| *count)
    };
    for crash in 1..=3 {
        let before = done(&store).await;
        until("it works", async || done(&store).await > before).await;
        server.kill().unwrap();
        sleep(Duration::from_millis(200 * crash)).await;
        server.start_again().unwrap();
        let back = Instant::now();
        until("it is found again", async || store.connection().ping().await.is_ok()).await;
        let before = done(&store).await;
        until("it works again", async || done(&store).await > before).await;
        assert!(back.elapsed() < AGAIN, "{:?}", back.elapsed());
    }
    // What was claimed by calls whose answer was lost comes back when its lease has run out.
    let all = timeout(LEASE * 4, async {
        while done(&store).await < 3_000 {
            sleep(Duration::from_millis(100)).await;
        }
    });
    all.await.expect("everything is done in the end");
    assert!(runner.stop(Duration::from_secs(5)).await.reported);
    let ended = ended.lock().unwrap().clone();
    for task in tasks {
        let row = store.task(task.id).await.unwrap().unwrap();
        assert_eq!(row.state, TaskState::Success, "{row:?}");
        // An attempt that nobody settled vanished with an answer, and was counted as that.
        assert_eq!(row.failures.len() + 1, usize::try_from(row.claims).unwrap(), "{row:?}");
        // It never began: the worker did not hear of it. What the worker did hear of it reported, however often the server was away,
        // because it outlived every crash and each was over long before a lease is. Only a worker that dies, or is cut off for longer,
        // leaves what has run to be run again.
        assert_eq!(ended.get(&task.id), Some(&vec![row.attempts]), "{row:?}");
    }
}

#[tokio::test]
async fn a_subscription_says_that_it_was_lost_and_then_that_something_was_missed() {
    let Some(server) = private_redis_or_skip() else { return };
    let connection = RedisConnection::lazy(&server.url().parse().unwrap());
    let broadcast = RedisBroadcast::new(connection);
    let mut subscription = broadcast.subscribe("news").await.unwrap();
    broadcast.publish("news", b"one").await.unwrap();
    assert_eq!(subscription.next().await.unwrap(), Received::Message(b"one".to_vec()));
    server.kill().unwrap();
    let lost = timeout(SOON, subscription.next()).await.expect("it is told").unwrap_err();
    assert_eq!(lost.kind, StoreErrorKind::Unavailable);
    assert!(subscription.next().await.is_err(), "nobody is there");
    server.start_again().unwrap();
    assert_eq!(subscription.next().await.unwrap(), Received::Missed);
    until("it can be published", async || broadcast.publish("news", b"two").await.is_ok()).await;
    assert_eq!(subscription.next().await.unwrap(), Received::Message(b"two".to_vec()));
}

#[tokio::test]
async fn a_cached_value_is_dropped_by_the_server_as_well() {
    let Some(server) = private_redis_or_skip() else { return };
    let connection = RedisConnection::lazy(&server.url().parse().unwrap());
    let cache = RedisCache::new(connection);
    cache.put("short", b"value", Duration::from_millis(50), NOW).await.unwrap();
    let client = redis::Client::open(server.url()).unwrap();
    let other = client.get_multiplexed_async_connection().await.unwrap();
    let keys = async || redis::cmd("DBSIZE").query_async::<u32>(&mut other.clone()).await.unwrap();
    until("it is dropped", async || keys().await == 0).await;
}

/// Each with a connection of its own would be as many as there are conversations.
#[tokio::test]
async fn a_thousand_subscriptions_share_one_connection() {
    let Some(server) = private_redis_or_skip() else { return };
    let connection = RedisConnection::lazy(&server.url().parse::<Config>().unwrap());
    let broadcast = RedisBroadcast::new(connection);
    let mut subscriptions = Vec::new();
    for number in 0..1_000 {
        subscriptions.push(broadcast.subscribe(&format!("room {}", number % 500)).await.unwrap());
    }
    broadcast.publish("room 7", b"hello").await.unwrap();
    for number in [7, 507] {
        assert_eq!(subscriptions[number].next().await.unwrap(), Received::Message(b"hello".to_vec()));
    }
    let client = redis::Client::open(server.url()).unwrap();
    let direct = client.get_multiplexed_async_connection().await.unwrap();
    let listeners = async || -> (usize, usize) {
        let mut direct = direct.clone();
        let told: String =
            redis::cmd("CLIENT").arg("LIST").arg("TYPE").arg("pubsub").query_async(&mut direct).await.unwrap();
        let channels: Vec<String> = redis::cmd("PUBSUB").arg("CHANNELS").query_async(&mut direct).await.unwrap();
        (told.lines().count(), channels.len())
    };
    assert_eq!(listeners().await, (1, 500));
    subscriptions.truncate(500);
    broadcast.publish("room 7", b"again").await.unwrap();
    assert_eq!(subscriptions[7].next().await.unwrap(), Received::Message(b"again".to_vec()));
    subscriptions.truncate(1);
    until("the others are not listened to", async || listeners().await == (1, 1)).await;
    drop(subscriptions);
    until("nobody listens", async || listeners().await == (0, 0)).await;
}
