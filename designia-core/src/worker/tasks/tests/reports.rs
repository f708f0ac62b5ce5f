//! Reports and leases: nothing is lost on the way, and nothing is said for others.

use futures_util::FutureExt;

use super::site::{Site, Slow, run};
use crate::ports::{Clock, TaskConsole};
use crate::task::{LEASE, RENEWAL, TaskState};
use crate::testing::{Faulty, Lost, block_on, fixtures};
use crate::worker::{Renewing, StopReason};

#[test]
fn an_exchange_that_failed_keeps_its_reports_and_sends_them_again() {
    let site = Site::new(3);
    let faulty = Faulty::new(site.store.clone());
    site.ask(1..=3, "succeeds");
    site.turn().jobs.into_iter().for_each(run);
    for _ in 0..2 {
        faulty.fail_next(Lost::Request);
        block_on(site.worker.turn(&faulty)).unwrap_err();
        assert_eq!((site.worker.reports(), site.record(1).state), (3, TaskState::Started));
    }
    let turn = block_on(site.worker.turn(&faulty)).unwrap();
    assert_eq!((turn.settled, turn.stale, site.worker.reports()), (3, 0, 0));

    site.ask([4], "succeeds");
    run(site.job());
    faulty.fail_next(Lost::Reply);
    block_on(site.worker.turn(&faulty)).unwrap_err();
    assert_eq!((site.worker.reports(), site.record(4).state), (1, TaskState::Success), "it can't know");
    let turn = block_on(site.worker.turn(&faulty)).unwrap();
    assert_eq!((turn.settled, turn.stale, site.worker.reports()), (0, 1, 0));
    assert_eq!(site.record(4).state, TaskState::Success);
}

#[test]
fn a_turn_that_is_dropped_in_the_middle_loses_no_report() {
    let site = Site::new(2);
    site.ask([1, 2], "succeeds");
    let slow = Slow(site.store.clone());
    let mut jobs = site.turn().jobs;
    run(jobs.swap_remove(0));
    assert!(site.worker.turn(&slow).now_or_never().is_none(), "it is under way, and dropped");
    run(jobs.swap_remove(0));
    assert_eq!((site.worker.reports(), site.worker.free_slots()), (2, 2));
    assert_eq!(block_on(site.worker.turn(&slow)).unwrap().settled, 2);
    drop(site.worker.prepare());
    assert_eq!(site.worker.free_slots(), 2);
}

#[test]
fn what_a_turn_reports_is_bounded_and_the_rest_follows() {
    let site = Site::new(250);
    site.ask(0..250, "succeeds");
    for size in [100, 100, 50] {
        let jobs = site.turn().jobs;
        assert_eq!(jobs.len(), size);
        // They finish only when all have been claimed.
        jobs.into_iter().for_each(std::mem::forget);
    }
    assert_eq!((site.worker.running(), site.worker.cut()), (250, 250));
    let mut reported = Vec::new();
    while site.worker.reports() > 0 {
        reported.push(site.turn().settled);
    }
    assert_eq!(reported, [100, 100, 50]);
}

#[test]
fn leases_are_renewed_from_the_moment_of_the_claim() {
    let site = Site::new(1);
    site.ask([1], "succeeds");
    let job = site.job();
    for _ in 0..20 {
        let now = site.clock.advance(RENEWAL);
        block_on(site.worker.renew(&site.store, Renewing::All)).unwrap();
        assert_eq!(site.record(1).due_at, now + LEASE, "though it has not begun");
    }
    run(job);
    site.turn();
    assert_eq!((site.record(1).state, site.record(1).attempts), (TaskState::Success, 1));
}

#[test]
fn progress_is_stored_with_the_next_renewal() {
    let site = Site::new(2);
    site.ask([7, 8], "waits_for_ever");
    let mut jobs: Vec<_> = site
        .turn()
        .jobs
        .into_iter()
        .map(|job| Box::pin(job.run(std::future::pending(), std::future::pending())))
        .collect();
    assert!(jobs[0].as_mut().now_or_never().is_none());
    let faulty = Faulty::new(site.store.clone());
    faulty.fail_next(Lost::Request);
    block_on(site.worker.renew(&faulty, Renewing::News)).unwrap_err();
    assert_eq!(site.record(7).progress, None);
    block_on(site.worker.renew(&faulty, Renewing::News)).unwrap();
    let record = site.record(7);
    let progress = record.progress.unwrap();
    assert_eq!((record.state, progress.done, progress.total), (TaskState::Progress, 7, None));
    assert_eq!(progress.note.as_deref(), Some("half\u{fffd}way"), "as every store can keep it");
    let calls = faulty.calls();
    block_on(site.worker.renew(&faulty, Renewing::News)).unwrap();
    assert_eq!(faulty.calls(), calls, "no news, no call");
    assert_eq!(site.record(8).state, TaskState::Started);
}

#[test]
fn a_task_that_is_called_off_is_cut_and_ends_as_revoked() {
    let site = Site::new(2);
    site.ask([1, 2], "waits_for_ever");
    let mut jobs = site.turn().jobs;
    let (second, first) = (jobs.swap_remove(1), jobs.swap_remove(0));
    let mut running = Box::pin(first.run(std::future::pending(), std::future::pending()));
    assert!(running.as_mut().now_or_never().is_none());
    for number in [1, 2] {
        block_on(site.store.revoke(fixtures::task_id(number), site.clock.now())).unwrap();
    }
    block_on(site.worker.renew(&site.store, Renewing::All)).unwrap();
    assert!(running.as_mut().now_or_never().is_some(), "it is cut off where it waits");
    assert_eq!(second.context().stop_asked(), Some(StopReason::Revoked));
    run(second);
    assert_eq!(site.begun(2), [], "one that has not begun does not begin");
    assert_eq!(site.turn().settled, 2);
    for number in [1, 2] {
        let record = site.record(number);
        assert_eq!((record.state, record.note.as_deref()), (TaskState::Revoked, Some("called off while it ran")));
    }
}

#[test]
fn an_attempt_whose_lease_is_lost_is_cut_and_reports_nothing() {
    let (site, other) = (Site::new(1), Site::new(1));
    site.ask([1], "waits_for_ever");
    let mut running = Box::pin(site.job().run(std::future::pending(), std::future::pending()));
    assert!(running.as_mut().now_or_never().is_none());
    other.clock.advance(LEASE);
    let heir = block_on(other.worker.turn(&site.store)).unwrap().jobs;
    assert_eq!(heir.len(), 1, "another node took over");
    block_on(site.worker.renew(&site.store, Renewing::All)).unwrap();
    assert!(running.as_mut().now_or_never().is_some());
    assert_eq!((site.worker.running(), site.worker.free_slots(), site.worker.reports()), (0, 1, 0));
    assert_eq!(site.record(1).claims, 2);
}

#[test]
fn a_worker_describes_itself() {
    let site = Site::new(2);
    site.ask([2, 1], "succeeds");
    let jobs = site.turn().jobs;
    let status = site.worker.status();
    assert_eq!((status.slots, status.running.len(), status.claimed_at), (2, 2, Some(site.clock.now())));
    assert!(status.running.is_sorted());
    assert_eq!(status.kinds, ["test.run".parse().unwrap()]);
    assert_eq!(status.phase, crate::ports::WorkerPhase::Working);
    assert_eq!(site.worker.farewell().phase, crate::ports::WorkerPhase::Stopped);
    site.worker.drain();
    assert_eq!(site.worker.status().phase, crate::ports::WorkerPhase::Draining);
    drop(jobs);
}
