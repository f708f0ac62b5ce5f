//! Tasks and schedules in the file: what the schema refuses, what the integrity check finds, what costs nothing, and what
//! trouble leaves behind.

use std::time::Duration;

use designia_core::ports::{
    Enqueued, Exchange, Exchanged, ScheduleStore, StoreErrorKind, TaskClaim, TaskConsole, TaskFilter, TaskPage,
    TaskQueue, WorkerPhase, WorkerStatus,
};
use designia_core::schedule::{MissedRuns, Overlap, Recurrence, Schedule};
use designia_core::task::{Json, LEASE, Settled, Task, TaskOutcome, TaskSettlement, TaskState};
use designia_core::testing::fixtures::{NOW, queue, task, task_id};
use designia_core::time::{DAY, HOUR, Timestamp};

use super::trouble::{InFile, is_finished_after};
use super::{in_memory, run};
use crate::SqliteStore;

/// After every task of these tests is due.
const LATER: Timestamp = Timestamp::from_micros(NOW.as_micros() + 3_600_000_000);

fn wanted(limit: u32, now: Timestamp) -> TaskClaim {
    TaskClaim { worker: "node-1:1".parse().unwrap(), queues: vec![queue()], limit, until: now + LEASE }
}

async fn exchange(store: &SqliteStore, settle: Vec<TaskSettlement>, limit: u32, now: Timestamp) -> Exchanged {
    store.exchange(Exchange { now, settle, claim: Some(wanted(limit, now)) }).await.unwrap()
}

fn due(numbers: std::ops::RangeInclusive<u32>) -> Vec<Task> {
    numbers.map(|number| Task { run_at: NOW, ..task(number) }).collect()
}

fn success() -> TaskOutcome {
    TaskOutcome::Success { result: Json::null() }
}

/// A store with a task in each state, and a schedule.
async fn with_tasks() -> SqliteStore {
    let store = in_memory().await;
    store.enqueue(&due(1..=6)).await.unwrap();
    let claimed = exchange(&store, Vec::new(), 5, LATER).await.claimed;
    let outcomes = [
        success(),
        TaskOutcome::Retry { at: LATER + HOUR, error: "not now".to_owned() },
        TaskOutcome::Failure { error: "never".to_owned() },
        TaskOutcome::Revoked,
    ];
    let settle = claimed.iter().zip(outcomes).map(|(it, outcome)| TaskSettlement { ticket: it.ticket, outcome });
    let settled = exchange(&store, settle.collect(), 0, LATER).await.settled;
    assert_eq!(settled, [Settled::Recorded; 4]);
    let schedule = Schedule {
        name: "rates.update".parse().unwrap(),
        kind: "rates.update".parse().unwrap(),
        args: Json::null(),
        recurrence: Recurrence::cron("0 0 * * *").unwrap(),
        missed: MissedRuns::default(),
        overlap: Overlap::default(),
        start_within: Some(HOUR),
    };
    store.define(&schedule, NOW).await.unwrap();
    store
}

#[tokio::test]
async fn what_a_task_asks_for_is_frozen_and_a_done_one_rests() {
    let store = with_tasks().await;
    for column in ["kind", "queue", "args", "unique_key", "schedule"] {
        let changed = run(&store, &format!("UPDATE tasks SET {column} = 'x'")).await;
        assert_eq!(changed.unwrap_err(), "what a task asks for is frozen", "{column}");
    }
    let revived = run(&store, "UPDATE tasks SET state = 'PENDING', ended_at = NULL WHERE state = 'SUCCESS'").await;
    assert_eq!(revived.unwrap_err(), "a task that is done is never taken up again");
    let older = run(&store, "UPDATE tasks SET claims = claims - 1, attempts = 0 WHERE claims > 0").await;
    assert_eq!(older.unwrap_err(), "a claim is never taken back");
}

#[tokio::test]
async fn a_task_has_ended_exactly_if_it_says_when_and_never_starts_too_often() {
    let store = with_tasks().await;
    let refused = [
        "UPDATE tasks SET ended_at = NULL WHERE state = 'FAILURE'",
        "UPDATE tasks SET ended_at = 1 WHERE state = 'PENDING'",
        "UPDATE tasks SET claims = 9, attempts = 5",
        "UPDATE tasks SET attempts = claims + 1",
        "UPDATE tasks SET state = 'LOST' WHERE state = 'PENDING'",
    ];
    for statement in refused {
        assert!(run(&store, statement).await.unwrap_err().starts_with("CHECK"), "{statement}");
    }
}

#[tokio::test]
async fn tasks_in_every_state_are_sound_and_whatever_contradicts_them_is_found() {
    let damages = [
        ("every counter of tasks is right", "UPDATE task_counts SET amount = amount + 1 WHERE state = 'PENDING'"),
        ("every counter of tasks is right", "DELETE FROM task_counts"),
        ("what runs or is done was claimed", "UPDATE tasks SET worker = NULL WHERE state = 'STARTED'"),
        ("what is done has a result", "UPDATE tasks SET result = NULL WHERE state = 'SUCCESS'"),
        ("every task can be read", "UPDATE tasks SET failures = '{'"),
        ("every task can be read", "UPDATE tasks SET worker = 'a worker'"),
        ("every schedule can be read", "UPDATE schedules SET record = '{'"),
        ("columns say what the schedule says", "UPDATE schedules SET next_at = NULL"),
    ];
    for (rule, damage) in damages {
        let store = with_tasks().await;
        let report = store.integrity_check().await.unwrap();
        assert!(report.is_sound(), "{report:#?}");
        assert!(run(&store, damage).await.unwrap() > 0, "{damage}");
        let report = store.integrity_check().await.unwrap();
        assert!(report.findings.iter().any(|found| found.rule == rule), "{damage}: {:#?}", report.findings);
    }
}

#[tokio::test]
async fn a_worker_with_nothing_to_do_waits_for_nobody_who_writes() {
    let file = InFile::open("idle").await;
    file.store.enqueue(&[task(60)]).await.unwrap();
    let lane = file.store.lane().await.unwrap();
    let idle = exchange(&file.store, Vec::new(), 10, NOW).await;
    assert_eq!(idle, Exchanged { next_due: Some(task(60).run_at), ..Exchanged::default() });
    let asked = Exchange { now: LATER, settle: Vec::new(), claim: Some(wanted(10, LATER)) };
    assert_eq!(file.store.exchange(asked.clone()).await.unwrap_err().kind, StoreErrorKind::Unavailable);
    drop(lane);
    assert_eq!(file.store.exchange(asked).await.unwrap().claimed.len(), 1);
}

#[tokio::test]
async fn a_task_that_can_not_be_read_stands_in_nobodys_way() {
    let store = in_memory().await;
    store.enqueue(&due(1..=3)).await.unwrap();
    let damage = format!("UPDATE tasks SET failures = '[' WHERE id = x'{}'", task_id(1).as_uuid().simple());
    assert_eq!(run(&store, &damage).await, Ok(1));

    let claimed = exchange(&store, Vec::new(), 2, LATER).await.claimed;
    assert_eq!(claimed.iter().map(|it| it.task.id).collect::<Vec<_>>(), [task_id(2), task_id(3)]);
    let error = store.task(task_id(1)).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Corrupt);
    assert!(error.message.starts_with(&format!("task {} can't be read back", task_id(1))), "{}", error.message);
    assert_eq!(store.purge(&queue(), LATER, 10).await.unwrap_err().kind, StoreErrorKind::Corrupt);
}

#[tokio::test]
async fn an_exchange_ends_no_more_late_tasks_than_others_can_wait_for() {
    let store = in_memory().await;
    let late = due(1..=2_500).into_iter().map(|task| Task { start_by: Some(NOW), ..task });
    store.enqueue(&late.collect::<Vec<_>>()).await.unwrap();
    let in_time = Task { run_at: NOW + Duration::from_secs(1), ..task(3_000) };
    store.enqueue(&[in_time]).await.unwrap();

    let (mut exchanges, mut claimed) = (0, Vec::new());
    while claimed.is_empty() {
        let exchanged = exchange(&store, Vec::new(), 10, LATER).await;
        assert!(exchanged.next_due.is_some_and(|due| due <= LATER) || !exchanged.claimed.is_empty());
        claimed = exchanged.claimed;
        exchanges += 1;
    }
    assert_eq!(claimed[0].task.id, task_id(3_000));
    assert!((2..=4).contains(&exchanges), "{exchanges}");
    assert!(store.integrity_check().await.unwrap().is_sound());
}

#[tokio::test]
async fn a_call_about_tasks_whose_caller_goes_away_is_carried_out_whole_or_not_at_all() {
    let file = InFile::open("dropped-tasks").await;
    let store = &file.store;
    let mut calls_left_behind = 0;
    for polls in 0..100 {
        let numbers = polls * 10 + 1..=polls * 10 + 10;
        let is_enqueued = is_finished_after(polls, store.enqueue(&due(numbers.clone()))).await;
        let known = store.enqueue(&due(numbers)).await.unwrap();
        assert!(known.windows(2).all(|two| two[0] == two[1]), "all or none: {known:?}");
        assert!(!is_enqueued || known[0] == Enqueued::Known);

        let now = LATER + HOUR * polls;
        let held = exchange(store, Vec::new(), 5, now).await.claimed;
        let settle = held.iter().map(|it| TaskSettlement { ticket: it.ticket, outcome: success() });
        let asked = Exchange { now, settle: settle.collect(), claim: Some(wanted(5, now)) };
        let is_exchanged = is_finished_after(polls, store.exchange(asked.clone())).await;
        // A worker whose exchange failed makes it again: what was settled by then is stale, all of it or none.
        let again = store.exchange(Exchange { claim: None, ..asked }).await.unwrap().settled;
        assert!(again.windows(2).all(|two| two[0] == two[1]), "all or none: {again:?}");
        assert!(!is_exchanged || again[0] == Settled::Stale);
        if is_enqueued && is_exchanged {
            break;
        }
        calls_left_behind += 1;
    }
    assert!((1..100).contains(&calls_left_behind), "{calls_left_behind}");
    file.is_sound_with(0).await;
}

#[tokio::test]
async fn a_file_that_can_not_be_written_to_takes_no_task_and_can_still_be_looked_at() {
    let file = InFile::open("read-only-tasks").await;
    file.store.enqueue(&due(1..=1)).await.unwrap();
    run(&file.store, "PRAGMA query_only = ON").await.unwrap();
    let refusal = file.store.enqueue(&due(2..=2)).await.unwrap_err();
    assert_eq!(refusal.kind, StoreErrorKind::Unavailable);
    let page = file.store.tasks(&TaskFilter::default(), TaskPage { below: None, limit: 10 }).await.unwrap();
    assert_eq!(page.iter().map(|it| it.state).collect::<Vec<_>>(), [TaskState::Pending]);
    run(&file.store, "PRAGMA query_only = OFF").await.unwrap();
    assert_eq!(exchange(&file.store, Vec::new(), 1, LATER).await.claimed.len(), 1);
}

#[tokio::test]
async fn workers_that_died_without_a_word_are_forgotten_when_a_new_one_comes_a_week_later() {
    let store = in_memory().await;
    let worker = |name: &str, beat_at| WorkerStatus {
        name: name.parse().unwrap(),
        host: "node-1".to_owned(),
        pid: 1,
        version: "0".to_owned(),
        queues: vec![queue()],
        kinds: Vec::new(),
        slots: 1,
        running: vec![task_id(1)],
        overdue: Vec::new(),
        started_at: NOW,
        beat_at,
        claimed_at: None,
        phase: WorkerPhase::Working,
    };
    let names = async || {
        let workers = store.workers(NOW).await.unwrap();
        workers.into_iter().map(|it| it.name.to_string()).collect::<Vec<_>>()
    };
    for name in ["dead", "alive"] {
        store.beat(&worker(name, NOW)).await.unwrap();
    }
    let later = NOW + DAY * 7 + Duration::from_secs(1);
    store.beat(&worker("alive", later)).await.unwrap();
    assert_eq!(names().await, ["alive", "dead"], "nobody new has come");
    store.beat(&worker("new", later)).await.unwrap();
    assert_eq!(names().await, ["alive", "new"]);
}
