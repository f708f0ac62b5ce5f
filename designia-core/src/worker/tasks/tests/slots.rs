//! Slots first: never is more claimed than can be run.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join3;

use super::site::{Site, Slow, config, registry, run, task};
use crate::ports::{Clock, TaskQueue};
use crate::task::{LEASE, QueueName, Task, TaskState};
use crate::testing::{Faulty, Lost, block_on, fixtures};
use crate::worker::{TaskWorker, WorkerConfig};

#[test]
fn no_more_is_claimed_than_there_are_free_slots() {
    let site = Site::new(3);
    site.ask(1..=10, "succeeds");
    let mut first = site.turn();
    assert_eq!((first.jobs.len(), first.is_full, site.worker.free_slots()), (3, true, 0));
    let held = (1..=10).filter(|number| site.record(*number).state == TaskState::Started).count();
    assert_eq!(held, 3, "nothing is held that can't be run");
    assert!(site.worker.prepare().is_none(), "there is nothing to ask for");
    run(first.jobs.swap_remove(0));
    assert_eq!((site.worker.running(), site.worker.free_slots(), site.worker.reports()), (2, 1, 1));
    let second = site.turn();
    assert_eq!((second.jobs.len(), second.settled, site.worker.reports()), (1, 1, 0));
}

#[test]
fn turns_that_overlap_share_the_free_slots() {
    let site = Site::new(5);
    site.ask(1..=20, "succeeds");
    let slow = Slow(site.store.clone());
    let worker = TaskWorker::new(
        WorkerConfig { batch: 3, ..config(5) },
        registry(&site.clock, &site.begun),
        Arc::new(site.clock.clone()),
    );
    let turns = join3(worker.turn(&slow), worker.turn(&slow), worker.turn(&slow));
    let (a, b, c) = block_on(turns);
    let sizes = [a, b, c].map(|turn| turn.unwrap().jobs.len());
    assert_eq!(sizes, [3, 2, 0]);
}

#[test]
fn a_turn_that_failed_gives_its_slots_back() {
    let site = Site::new(3);
    site.ask(1..=10, "succeeds");
    let faulty = Faulty::new(site.store.clone());
    for lost in [Lost::Request, Lost::Reply] {
        faulty.fail_next(lost);
        block_on(site.worker.turn(&faulty)).unwrap_err();
        assert_eq!((site.worker.free_slots(), site.worker.running()), (3, 0));
    }
    site.clock.advance(LEASE);
    let jobs = block_on(site.worker.turn(&faulty)).unwrap().jobs;
    assert_eq!(jobs.len(), 3);
}

#[test]
fn a_job_that_is_dropped_frees_its_slot_and_is_not_renewed() {
    let site = Site::new(1);
    site.ask([1], "waits_for_ever");
    drop(site.job());
    assert_eq!((site.worker.free_slots(), site.worker.reports()), (1, 0));
    block_on(site.worker.renew(&site.store, crate::worker::Renewing::All)).unwrap();
    assert_eq!(site.record(1).due_at, site.clock.now() + LEASE);

    site.clock.advance(LEASE);
    let mut running = Box::pin(site.job().run(std::future::pending(), std::future::pending()));
    assert!(running.as_mut().now_or_never().is_none());
    assert_eq!(site.worker.free_slots(), 0);
    drop(running);
    assert_eq!(site.worker.free_slots(), 1, "nor one that is dropped in the middle");
    site.clock.advance(LEASE);
    assert_eq!(site.job().context().attempt(), 3);
}

#[test]
fn queues_take_turns_so_that_none_starves() {
    let names: [QueueName; 3] = ["a", "b", "c"].map(|name| name.parse().unwrap());
    let site = Site::new(1);
    let worker = TaskWorker::new(
        WorkerConfig { queues: names.to_vec(), ..config(1) },
        registry(&site.clock, &site.begun),
        Arc::new(site.clock.clone()),
    );
    let tasks: Vec<Task> = (0..30)
        .map(|number| Task {
            queue: names[number as usize % 3].clone(),
            run_at: fixtures::NOW,
            ..task(number, "succeeds")
        })
        .collect();
    block_on(site.store.enqueue(&tasks)).unwrap();
    let mut served = Vec::new();
    for _ in 0..9 {
        for job in block_on(worker.turn(&site.store)).unwrap().jobs {
            served.push(job.context().task().queue.clone());
            run(job);
        }
    }
    for name in &names {
        assert_eq!(served.iter().filter(|queue| *queue == name).count(), 3, "{served:?}");
    }
}

#[test]
fn a_worker_is_hungry_only_while_it_could_be_given_tasks() {
    let site = Site::new(1);
    let start = site.clock.now();
    assert_eq!(site.worker.hungry_since(), Some(start));
    site.ask([1], "succeeds");
    let now = site.clock.advance(Duration::from_secs(5));
    let job = site.job();
    assert_eq!((site.worker.claimed_at(), site.worker.hungry_since()), (Some(now), None), "it is busy");
    let done = site.clock.advance(Duration::from_secs(500));
    run(job);
    assert_eq!(site.worker.hungry_since(), Some(done), "from when the slot was free");
    site.clock.advance(Duration::from_secs(60));
    let faulty = Faulty::new(site.store.clone());
    faulty.fail_next(Lost::Request);
    block_on(site.worker.turn(&faulty)).unwrap_err();
    assert_eq!(site.worker.hungry_since(), Some(done), "an exchange that failed is no answer");
    block_on(site.worker.turn(&faulty)).unwrap();
    assert_eq!(site.worker.hungry_since(), Some(site.clock.now()));
    site.worker.drain();
    assert_eq!(site.worker.hungry_since(), None);
}
