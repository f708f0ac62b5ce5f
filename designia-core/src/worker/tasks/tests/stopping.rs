//! Draining, handing back, and never twice.

use futures_util::FutureExt;

use super::site::{Site, run};
use crate::ports::Clock;
use crate::task::TaskState;
use crate::testing::{Faulty, Lost, block_on};
use crate::worker::StopReason;

#[test]
fn a_worker_that_drains_takes_nothing_new_and_lets_finish_what_runs() {
    let site = Site::new(2);
    site.ask(1..=5, "succeeds");
    let jobs = site.turn().jobs;
    site.worker.drain();
    jobs.into_iter().for_each(run);
    let turn = site.turn();
    assert_eq!((turn.settled, turn.jobs.len()), (2, 0));
    assert_eq!(site.turn().jobs.len(), 0);
    let states: Vec<TaskState> = (1..=5).map(|number| site.record(number).state).collect();
    assert_eq!(states.iter().filter(|state| **state == TaskState::Success).count(), 2);
    assert_eq!(states.iter().filter(|state| **state == TaskState::Pending).count(), 3);
}

#[test]
fn what_is_handed_back_is_cut_due_at_once_and_has_lost_no_attempt() {
    let site = Site::new(3);
    site.ask([1, 2], "waits_for_ever");
    site.ask([3], "succeeds");
    let mut jobs = site.turn().jobs;
    run(jobs.pop().unwrap());
    let begun = jobs.remove(0);
    let mut running = Box::pin(begun.run(std::future::pending(), std::future::pending()));
    assert!(running.as_mut().now_or_never().is_none());
    assert_eq!(block_on(site.worker.hand_back(&site.store)).unwrap(), 2);
    assert!(running.as_mut().now_or_never().is_some(), "what had begun is cut off");
    let waiting = jobs.remove(0);
    assert_eq!(waiting.context().stop_asked(), Some(StopReason::HandedBack));
    run(waiting);
    assert_eq!(site.begun(2), [], "and what had not begun does not begin");
    assert_eq!((site.worker.running(), site.worker.reports()), (0, 0));
    assert_eq!(site.record(3).state, TaskState::Success, "what was finished is reported");
    for number in [1, 2] {
        let record = site.record(number);
        assert_eq!((record.state, record.attempts, record.due_at), (TaskState::Pending, 0, site.clock.now()));
        assert_eq!(record.note.as_deref(), Some("its worker stopped"));
    }
}

#[test]
fn handing_back_to_a_queue_that_is_away_can_be_tried_again() {
    let site = Site::new(2);
    site.ask([1, 2], "waits_for_ever");
    let jobs = site.turn().jobs;
    let faulty = Faulty::new(site.store.clone());
    faulty.fail_next(Lost::Request);
    block_on(site.worker.hand_back(&faulty)).unwrap_err();
    assert_eq!((site.worker.running(), site.worker.reports()), (0, 2));
    assert_eq!(block_on(site.worker.hand_back(&faulty)).unwrap(), 0, "they were cut before");
    assert_eq!((site.record(1).state, site.record(2).state), (TaskState::Pending, TaskState::Pending));
    drop(jobs);
}
