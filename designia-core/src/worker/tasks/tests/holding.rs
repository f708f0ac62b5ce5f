//! Handlers that hold their thread: nobody can end them, and nobody waits for them.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::site::{Site, config, run};
use crate::ports::Clock;
use crate::task::{Kind, LEASE, RENEWAL, TaskState, TimeLimits};
use crate::testing::{block_on, fixtures};
use crate::worker::{Job, Renewing, TaskContext, TaskError, TaskRegistry, TaskWorker};

const HARD: Duration = Duration::from_secs(60);

/// A site whose handlers hold their thread until they are released.
struct Blocked {
    site: Site,
    inside: Receiver<u16>,
    release: Sender<()>,
}

impl Blocked {
    fn new(slots: u32) -> Self {
        let mut site = Site::new(slots);
        let ((release, released), (enter, inside)) = (channel::<()>(), channel());
        let (released, enter) = (Arc::new(Mutex::new(released)), Arc::new(Mutex::new(enter)));
        let limits = TimeLimits { soft: HARD / 2, hard: HARD };
        let kind = Kind { limits, ..Kind::new("test.run".parse().unwrap(), fixtures::queue()) };
        let registry = TaskRegistry::new().add(kind, move |_: serde_json::Value, context: TaskContext| {
            let (released, enter) = (Arc::clone(&released), Arc::clone(&enter));
            async move {
                enter.lock().unwrap().send(context.attempt())?;
                released.lock().unwrap().recv()?;
                Ok::<_, TaskError>("released")
            }
        });
        site.worker = TaskWorker::new(config(slots), registry, Arc::new(site.clock.clone()));
        Self { site, inside, release }
    }

    /// Runs an attempt on a thread of its own, and waits until its handler holds it.
    fn begin(&self, job: Job) -> JoinHandle<()> {
        let held = thread::spawn(|| run(job));
        self.inside.recv().unwrap();
        held
    }

    fn renew(&self) {
        block_on(self.site.worker.renew(&self.site.store, Renewing::All)).unwrap();
    }

    fn let_go(&self, held: JoinHandle<()>) {
        self.release.send(()).unwrap();
        held.join().unwrap();
    }
}

#[test]
fn a_lease_is_kept_for_no_longer_than_the_hard_limit_and_a_lease() {
    let blocked = Blocked::new(2);
    let site = &blocked.site;
    site.ask([1], "succeeds");
    let job = site.job();
    // What waits for a thread has not begun yet.
    let begun = site.clock.advance(RENEWAL);
    let held = blocked.begin(job);
    let last = begun + HARD + LEASE;
    while site.clock.now() < last {
        assert_eq!((site.worker.overdue(), site.worker.status().overdue), (vec![], vec![]));
        blocked.renew();
        assert_eq!(site.record(1).due_at, site.clock.now() + LEASE);
        site.clock.advance(Duration::from_secs(1));
    }
    blocked.renew();
    let kept_until = site.record(1).due_at;
    assert_eq!(kept_until, last - Duration::from_secs(1) + LEASE, "not any more");
    assert_eq!((site.worker.status().overdue, site.worker.is_stuck()), (vec![fixtures::task_id(1)], false));

    site.clock.advance(LEASE);
    let second = site.job();
    let record = site.record(1);
    assert_eq!((record.attempts, record.last_error()), (2, Some("the worker vanished: its lease ran out")));
    assert_eq!(second.context().attempt(), 2);
    assert_eq!(
        (site.worker.running(), site.worker.free_slots()),
        (2, 0),
        "the thread that is held is a slot that is taken"
    );
    blocked.let_go(held);
    assert_eq!((site.worker.reports(), site.worker.free_slots()), (0, 1), "what it says after all is nobody's concern");
    let held = blocked.begin(second);
    blocked.let_go(held);
    site.turn();
    assert_eq!((site.record(1).state, site.record(1).attempts), (TaskState::Success, 2));
}

#[test]
fn a_task_that_holds_every_thread_it_gets_fails_in_the_end() {
    let blocked = Blocked::new(10);
    let site = &blocked.site;
    site.ask([1], "succeeds");
    let mut held = Vec::new();
    let most = site.record(1).task.max_attempts;
    for attempt in 1..=most {
        held.push(blocked.begin(site.job()));
        assert_eq!(site.record(1).attempts, attempt);
        site.clock.advance(HARD + LEASE);
        blocked.renew();
    }
    assert_eq!(site.turn().jobs.len(), 0);
    assert_eq!((site.record(1).state, site.record(1).attempts), (TaskState::Failure, most));
    assert_eq!((site.worker.running(), site.worker.status().overdue), (usize::from(most), vec![fixtures::task_id(1)]));
    held.into_iter().for_each(|it| blocked.let_go(it));
    assert_eq!((site.worker.running(), site.worker.reports()), (0, 1), "the last one's word is refused by the queue");
    assert_eq!(site.turn().stale, 1);
}

#[test]
fn a_worker_is_stuck_when_every_slot_is_taken_by_an_attempt_that_is_overdue() {
    let blocked = Blocked::new(2);
    let site = &blocked.site;
    site.ask([1, 2], "succeeds");
    let mut held: Vec<_> = site.turn().jobs.into_iter().map(|job| blocked.begin(job)).collect();
    assert_eq!((site.worker.free_slots(), site.worker.is_stuck()), (0, false), "that all slots are taken is no fault");
    site.clock.advance(HARD + LEASE - RENEWAL);
    assert!(!site.worker.is_stuck(), "within their limits");
    site.clock.advance(RENEWAL);
    assert_eq!((site.worker.is_stuck(), site.worker.hungry_since()), (true, None));
    blocked.let_go(held.remove(0));
    assert!(!site.worker.is_stuck(), "one slot is free");
    held.into_iter().for_each(|it| blocked.let_go(it));
}

#[test]
fn what_holds_its_thread_is_not_given_back_and_says_itself_what_became_of_it() {
    let blocked = Blocked::new(2);
    let site = &blocked.site;
    site.ask([1], "succeeds");
    let held = blocked.begin(site.job());
    site.ask([2], "succeeds");
    let waiting = site.job();
    assert_eq!(block_on(site.worker.hand_back(&site.store)).unwrap(), 1);
    let states = || [1, 2].map(|number| (site.record(number).state, site.record(number).attempts));
    assert_eq!(states(), [(TaskState::Started, 1), (TaskState::Pending, 0)], "a thread still runs the first one");
    assert_eq!(site.worker.running(), 1);
    drop(waiting);
    blocked.let_go(held);
    site.turn();
    assert_eq!(states(), [(TaskState::Success, 1), (TaskState::Pending, 0)]);
    assert_eq!((site.worker.handed_back(), site.worker.running()), (1, 0));
}
