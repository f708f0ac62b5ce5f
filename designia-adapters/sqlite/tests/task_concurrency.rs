//! Workers on two stores of one file, which is what two processes are.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod support;

use std::collections::BTreeSet;

use designia_core::id::TaskId;
use designia_core::ports::{Enqueued, Exchange, TaskClaim, TaskConsole, TaskQueue};
use designia_core::task::{
    ClaimedTask, Hold, Json, LEASE, Renewal, Settled, Task, TaskOutcome, TaskSettlement, TaskState,
};
use designia_core::testing::fixtures::{NOW, queue, task};
use designia_sqlite::SqliteStore;

use support::Folder;

const WORKERS: u32 = 8;
const TASKS: u32 = 600;

async fn two_of_one_file(folder: &Folder) -> [SqliteStore; 2] {
    [SqliteStore::open(&folder.config()).await.unwrap(), SqliteStore::open(&folder.config()).await.unwrap()]
}

/// Claims, renews and completes tasks until there are none.
async fn work(store: &SqliteStore, number: u32) -> Vec<TaskId> {
    let name = format!("worker-{number}").parse().unwrap();
    let claim = TaskClaim { worker: name, queues: vec![queue()], limit: 7, until: NOW + LEASE };
    let success =
        |it: &ClaimedTask| TaskSettlement { ticket: it.ticket, outcome: TaskOutcome::Success { result: Json::null() } };
    let (mut held, mut done): (Vec<ClaimedTask>, Vec<TaskId>) = (Vec::new(), Vec::new());
    loop {
        let settle = held.iter().map(success).collect();
        let exchanged = store.exchange(Exchange { now: NOW, settle, claim: Some(claim.clone()) }).await.unwrap();
        assert!(exchanged.settled.iter().all(|it| *it == Settled::Recorded), "{exchanged:?}");
        done.extend(held.iter().map(|it| it.task.id));
        held = exchanged.claimed;
        if held.is_empty() {
            return done;
        }
        let renewals: Vec<_> = held.iter().map(|it| Renewal { ticket: it.ticket, progress: None }).collect();
        assert_eq!(store.renew(&renewals, NOW + LEASE * 2).await.unwrap(), vec![Hold::Held; renewals.len()]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_workers_on_two_stores_of_one_file_complete_each_task_once() {
    let folder = Folder::new();
    let stores = two_of_one_file(&folder).await;
    let tasks: Vec<Task> = (0..TASKS).map(|number| Task { run_at: NOW, ..task(number) }).collect();
    assert!(stores[0].enqueue(&tasks).await.unwrap().iter().all(|it| *it == Enqueued::New));
    let workers: Vec<_> = (0..WORKERS)
        .map(|number| {
            let store = stores[number as usize % 2].clone();
            tokio::spawn(async move { work(&store, number).await })
        })
        .collect();
    let mut done = Vec::new();
    for worker in workers {
        done.extend(worker.await.unwrap());
    }
    assert_eq!(done.len(), TASKS as usize);
    assert_eq!(done.into_iter().collect::<BTreeSet<_>>().len(), TASKS as usize, "each once");
    let [status] = &stores[1].queues(NOW).await.unwrap()[..] else { panic!("one queue") };
    assert_eq!(status.tasks, [(TaskState::Success, u64::from(TASKS))]);
    assert!(stores[0].integrity_check().await.unwrap().is_sound());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_what_eight_producers_enqueue_under_the_same_names_each_is_new_once() {
    let folder = Folder::new();
    let stores = two_of_one_file(&folder).await;
    let producers: Vec<_> = (0..WORKERS)
        .map(|producer| {
            let store = stores[producer as usize % 2].clone();
            tokio::spawn(async move {
                let mut new = 0;
                for number in 0..40 {
                    let named = |id| Task { unique_key: Some(format!("order:{number}")), ..task(id) };
                    // The same task from everybody, and one of the producer's own with the same key.
                    let answers =
                        store.enqueue(&[named(number), named((producer + 1) * 1_000 + number)]).await.unwrap();
                    new += answers.iter().filter(|it| **it == Enqueued::New).count();
                    assert!(matches!(answers[1], Enqueued::Duplicate(_)), "{answers:?}");
                }
                new
            })
        })
        .collect();
    let mut new = 0;
    for producer in producers {
        new += producer.await.unwrap();
    }
    assert_eq!(new, 40);
    assert!(stores[0].integrity_check().await.unwrap().is_sound());
}
