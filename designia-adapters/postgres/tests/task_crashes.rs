//! Connections that break and a server that crashes under workers: nothing is lost, nothing completes twice, and it goes on by
//! itself.

mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use designia_core::id::TaskId;
use designia_core::ports::{Clock, TaskConsole, TaskQueue};
use designia_core::task::{Json, Kind, LEASE, Task, TaskState};
use designia_core::testing::conformance::TaskStores;
use designia_core::testing::conformance::task_queue::restarts::a_restart_under_load_loses_nothing_and_completes_nothing_twice;
use designia_core::testing::fixtures::{NOW, queue, task_id};
use designia_core::time::Timestamp;
use designia_core::worker::{TaskContext, TaskError, TaskRegistry, TaskWorker, WorkerConfig};
use designia_postgres::PostgresStore;
use designia_services::{Database, PrivatePostgres};
use designia_tokio::{RunnerOptions, TaskRunner};
use sqlx::{Connection, PgConnection};
use tokio::time::{Instant, sleep, timeout};

use support::block_on;

/// Within this a worker goes on after the server has started again.
const AGAIN: Duration = Duration::from_secs(10);

fn under_test(store: PostgresStore) -> TaskStores {
    TaskStores::of(store).driven_by(block_on)
}

async fn is_sound(store: &PostgresStore) {
    let report = store.integrity_check().await.expect("the database is read");
    assert!(report.is_sound(), "{report:#?}");
}

/// Ends every connection of the store, as often as it opens new ones.
async fn break_connections(database: &Database, times: usize) {
    let mut connection = PgConnection::connect(database.url()).await.expect("the server answers");
    let mut broken = 0;
    while broken < times {
        let ended: Vec<(bool,)> = sqlx::query_as(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'designia' AND state = 'active'",
        )
        .fetch_all(&mut connection)
        .await
        .expect("the server answers");
        broken += ended.len();
        tokio::task::yield_now().await;
    }
    connection.close().await.expect("the server answers");
}

#[test]
fn connections_that_break_under_load_lose_nothing_and_complete_nothing_twice() {
    block_on(async {
        let Some((store, database)) = support::fresh().await else { return };
        let (database, again) = (Arc::new(database), store.clone());
        let stores = under_test(store.clone()).reopened_by(move || {
            let (database, store) = (Arc::clone(&database), again.clone());
            async move {
                break_connections(&database, 25).await;
                under_test(store)
            }
        });
        a_restart_under_load_loses_nothing_and_completes_nothing_twice(&stores).await;
        is_sound(&store).await;
    });
}

#[test]
fn a_server_that_crashes_under_load_loses_nothing_and_completes_nothing_twice() {
    block_on(async {
        // What was answered is to survive, as in production.
        let Some(server) = PrivatePostgres::fast().setting("synchronous_commit", "on").launch_or_skip() else { return };
        let store = PostgresStore::open(&support::config(&server.url())).await.unwrap();
        let (server, again) = (Arc::new(server), store.clone());
        let crashing = Arc::clone(&server);
        let stores = under_test(store.clone()).reopened_by(move || {
            let (server, store) = (Arc::clone(&crashing), again.clone());
            async move {
                server.kill().expect("the server is killed");
                server.start().expect("the server starts again");
                // The same store: it finds its way back by itself.
                under_test(store)
            }
        });
        a_restart_under_load_loses_nothing_and_completes_nothing_twice(&stores).await;
        is_sound(&store).await;
    });
}

/// Real time, from the moment at which the tasks are due.
#[derive(Debug)]
struct RealClock(Instant);

impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        NOW + self.0.elapsed()
    }
}

/// Waits until more than this many tasks are done: how many are.
async fn until_done(store: &PostgresStore, more_than: u64, patience: Duration) -> u64 {
    let done = async {
        loop {
            // In a crash nobody answers.
            let queues = store.queues(NOW).await.unwrap_or_default();
            let counts = queues.into_iter().flat_map(|queue| queue.tasks);
            let done = counts.filter(|(state, _)| *state == TaskState::Success).map(|(_, count)| count).sum();
            if done > more_than {
                return done;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(patience, done).await.unwrap_or_else(|_| panic!("more than {more_than} tasks are done within {patience:?}"))
}

#[test]
fn a_worker_goes_on_by_itself_after_crashes_and_completes_nothing_twice() {
    block_on(async {
        let Some(server) = PrivatePostgres::fast().setting("synchronous_commit", "on").launch_or_skip() else { return };
        let store = Arc::new(PostgresStore::open(&support::config(&server.url())).await.unwrap());
        let mut kind = Kind::new("count".parse().unwrap(), queue());
        kind.retry.retries = 20;
        // Which attempts of each task have run to their end.
        let ended: Arc<Mutex<BTreeMap<TaskId, Vec<u16>>>> = Arc::default();
        let ends = Arc::clone(&ended);
        let registry = TaskRegistry::new().add(kind.clone(), move |(): (), context: TaskContext| {
            let ends = Arc::clone(&ends);
            async move {
                sleep(Duration::from_millis(20)).await;
                ends.lock().unwrap().entry(context.task().id).or_default().push(context.attempt());
                Ok::<_, TaskError>(())
            }
        });
        let tasks: Vec<Task> = (0..2_000).map(|number| kind.task(task_id(number), Json::null(), NOW)).collect();
        store.enqueue(&tasks).await.unwrap();
        let config = WorkerConfig {
            name: "node-1:1".parse().unwrap(),
            host: "node-1".to_owned(),
            pid: 1,
            queues: vec![queue()],
            slots: 10,
            batch: 10,
        };
        let worker = TaskWorker::new(config, registry, Arc::new(RealClock(Instant::now())));
        let options = RunnerOptions { poll: Duration::from_millis(100), ..RunnerOptions::default() };
        let runner = TaskRunner::start(worker, store.clone(), options);
        let mut done = 0;
        for _ in 0..2 {
            done = until_done(&store, done, AGAIN).await;
            server.kill().unwrap();
            server.start().unwrap();
            let back = Instant::now();
            // A call that was under way when the server died may have been carried out: what it did is there when the server is.
            done = until_done(&store, done, AGAIN).await;
            done = until_done(&store, done, AGAIN).await;
            assert!(back.elapsed() < AGAIN, "{:?}", back.elapsed());
            eprintln!("the worker went on after {:.1?}", back.elapsed());
        }
        // What was claimed by calls whose answer was lost comes back when its lease has run out.
        until_done(&store, 1_999, LEASE * 4).await;
        assert!(runner.stop(Duration::from_secs(5)).await.reported);
        let ended = ended.lock().unwrap().clone();
        for task in tasks {
            let row = store.task(task.id).await.unwrap().unwrap();
            assert_eq!(row.state, TaskState::Success, "{row:?}");
            assert_eq!(row.failures.len() + 1, usize::try_from(row.claims).unwrap(), "{row:?}");
            // An attempt that is counted as vanished never began: the worker did not hear of it. What it did hear of it reported, however
            // often the server was away, because it outlived every crash and each was over long before a lease is. Only a worker that
            // dies, or is cut off for longer, leaves what has run to be run again.
            assert_eq!(ended.get(&task.id), Some(&vec![row.attempts]), "{row:?}");
        }
        is_sound(&store).await;
    });
}
