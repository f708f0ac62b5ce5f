//! A worker that is killed in the middle of exchanges loses no task, and completes none twice.
//!
//! See `killed.rs`: the child takes tasks, reports them and enqueues more, and says what was answered. After each kill the file is
//! held to every line; at last a worker that is left in peace ends what is left.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

#[path = "support/child.rs"]
mod child;
mod support;

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;

use designia_core::id::TaskId;
use designia_core::ports::{Enqueued, Exchange, TaskClaim, TaskConsole, TaskQueue};
use designia_core::task::{ClaimedTask, Json, LEASE, Settled, Task, TaskOutcome, TaskSettlement, TaskState};
use designia_core::testing::fixtures::{NOW, queue, task};
use designia_core::time::{MINUTE, Timestamp};
use designia_sqlite::{Config, Durability, SqliteStore};

use child::{Numbers, kill_after};
use support::Folder;

/// Where the child finds the database, and which round it is.
const CHILD: &str = "DESIGNIA_SQLITE_KILLED_WORKER";

const ROUNDS: u32 = 8;

/// How many workers the child is, and how far apart the numbers of the tasks are that they enqueue.
const WORKERS: u32 = 4;
const APART: u32 = 100_000;

#[test]
fn a_worker_that_is_killed_loses_no_task_and_completes_none_twice() {
    let folder = Folder::new();
    let mut answered = Answered::default();
    let mut numbers = Numbers(20_261_122);
    for round in 0..ROUNDS {
        let order = (CHILD, format!("{}:{round}", folder.database().display()));
        answered.take(&kill_after(numbers.below(400) + 20, "the_workers_work_until_they_are_killed", order));
        support::block_on(answered.is_kept(&folder.config(), round));
    }
    support::block_on(async {
        let store = SqliteStore::open(&folder.config()).await.unwrap();
        let ended = work(&store, ROUNDS, 0, false).await;
        assert!(ended > 0, "the last kill left something");
        let [status] = &store.queues(at(ROUNDS)).await.unwrap()[..] else { panic!("one queue") };
        let [(TaskState::Success, count)] = &status.tasks[..] else { panic!("all succeeded: {status:?}") };
        assert!(*count >= u64::try_from(answered.new.len()).unwrap());
        assert!(store.integrity_check().await.unwrap().is_sound());
    });
}

/// What the children said: which tasks are new, and what those came to that were reported.
#[derive(Default)]
struct Answered {
    new: Vec<TaskId>,
    done: BTreeMap<TaskId, String>,
}

impl Answered {
    fn take(&mut self, lines: &[String]) {
        for line in lines {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["new", id] => self.new.push(id.parse().unwrap()),
                ["done", id, result] => {
                    let before = self.done.insert(id.parse().unwrap(), result.to_owned());
                    assert_eq!(before, None, "task {id} was completed twice");
                }
                _ => panic!("the child said `{line}`"),
            }
        }
    }

    async fn is_kept(&self, config: &Config, round: u32) {
        let store = SqliteStore::open(config).await.unwrap();
        let report = store.integrity_check().await.unwrap();
        assert!(report.is_sound(), "after kill {round}: {report:#?}");
        for id in &self.new {
            assert!(store.task(*id).await.unwrap().is_some(), "kill {round} lost task {id}");
        }
        for (id, result) in &self.done {
            let row = store.task(*id).await.unwrap().unwrap();
            let stored = row.result.as_ref().map(Json::as_str);
            assert_eq!((row.state, stored), (TaskState::Success, Some(result.as_str())), "kill {round}: task {id}");
        }
        store.close().await.unwrap();
    }
}

#[test]
#[ignore = "it is the other half of the test above"]
fn the_workers_work_until_they_are_killed() {
    let Ok(order) = env::var(CHILD) else { return };
    let (path, round) = order.rsplit_once(':').unwrap();
    let round: u32 = round.parse().unwrap();
    // The harness has begun a line.
    println!();
    support::block_on(async {
        let mut config = Config::file(PathBuf::from(path));
        config.durability = if round.is_multiple_of(2) { Durability::PowerFailure } else { Durability::ProcessDeath };
        let store = SqliteStore::open(&config).await.unwrap();
        let workers = (0..WORKERS).map(|worker| {
            let store = store.clone();
            tokio::spawn(async move { work(&store, round, worker, true).await })
        });
        for worker in workers.collect::<Vec<_>>() {
            worker.await.unwrap();
        }
    });
}

/// When a round is: the leases of those that were killed before have run out.
fn at(round: u32) -> Timestamp {
    NOW + MINUTE * (round + 1)
}

/// Takes tasks and reports them with the next exchange; enqueues more, or ends when there are none. How many it has ended.
async fn work(store: &SqliteStore, round: u32, worker: u32, enqueues: bool) -> usize {
    let now = at(round);
    let name = format!("round-{round}:{worker}").parse().unwrap();
    let claim = TaskClaim { worker: name, queues: vec![queue()], limit: 7, until: now + LEASE };
    let (mut held, mut ended): (Vec<ClaimedTask>, usize) = (Vec::new(), 0);
    for turn in 0.. {
        if enqueues {
            enqueue(store, (round * WORKERS + worker) * APART + turn * 5).await;
        }
        let report = |claimed: &ClaimedTask| {
            let result = Json::of(&(round, worker, claimed.ticket.token)).unwrap();
            TaskSettlement { ticket: claimed.ticket, outcome: TaskOutcome::Success { result } }
        };
        let settle: Vec<_> = held.iter().map(report).collect();
        let asked = Exchange { now, settle: settle.clone(), claim: Some(claim.clone()) };
        let exchanged = store.exchange(asked).await.unwrap();
        for (TaskSettlement { ticket, outcome }, settled) in settle.iter().zip(exchanged.settled) {
            assert_eq!(settled, Settled::Recorded, "nobody else is at work");
            ended += 1;
            if let (TaskOutcome::Success { result }, true) = (outcome, enqueues) {
                println!("> done {} {}", ticket.task, result.as_str());
            }
        }
        held = exchanged.claimed;
        if held.is_empty() && !enqueues {
            break;
        }
    }
    ended
}

async fn enqueue(store: &SqliteStore, first: u32) {
    let fresh = |number| Task { run_at: NOW, max_attempts: 100, ..task(number) };
    let tasks: Vec<Task> = (first..first + 5).map(fresh).collect();
    assert_eq!(store.enqueue(&tasks).await.unwrap(), [Enqueued::New; 5]);
    for task in tasks {
        println!("> new {}", task.id);
    }
}
