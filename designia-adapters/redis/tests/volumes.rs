//! Many tasks at once, what each of them takes of the server's memory, times that are far away, and rows that were damaged.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use designia_core::ports::{Exchange, StoreErrorKind, TaskClaim, TaskConsole, TaskQueue};
use designia_core::task::{Json, LEASE, Settled, Task, TaskOutcome, TaskSettlement, TaskState};
use designia_core::testing::fixtures::{NOW, queue, task, task_id};
use designia_core::time::Timestamp;
use designia_redis::RedisQueue;
use designia_services::{PrivateRedis, private_redis_or_skip};
use redis::aio::MultiplexedConnection;

async fn server() -> Option<(PrivateRedis, RedisQueue, MultiplexedConnection)> {
    let server = private_redis_or_skip()?;
    let queue = support::queue_on(&server);
    let client = redis::Client::open(server.url()).unwrap();
    let other = client.get_multiplexed_async_connection().await.unwrap();
    Some((server, queue, other))
}

fn claim(limit: u32, now: Timestamp) -> Exchange {
    let claim = TaskClaim { worker: "w".parse().unwrap(), queues: vec![queue()], limit, until: now + LEASE };
    Exchange { now, settle: Vec::new(), claim: Some(claim) }
}

async fn used_memory(other: &mut MultiplexedConnection) -> u64 {
    let info: String = redis::cmd("INFO").arg("memory").query_async(other).await.unwrap();
    info.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap().trim().parse().unwrap()
}

#[tokio::test]
async fn a_hundred_thousand_due_at_once_are_handed_out_once_each_in_the_memory_that_the_page_says() {
    const TASKS: u32 = 100_000;
    let Some((_server, queue, mut other)) = server().await else { return };
    let before = used_memory(&mut other).await;
    let args = Json::of(&"x".repeat(198)).unwrap();
    let due = |number| Task { run_at: NOW, args: args.clone(), ..task(number) };
    for first in (0..TASKS).step_by(10_000) {
        let tasks: Vec<Task> = (first..first + 10_000).map(due).collect();
        queue.enqueue(&tasks).await.unwrap();
    }
    let waiting = (used_memory(&mut other).await - before) / u64::from(TASKS);
    let (mut settle, mut met) = (Vec::new(), BTreeSet::new());
    loop {
        // More than one script may look at is taken in steps, and nobody notices.
        let exchanged = queue.exchange(Exchange { settle, ..claim(1_200, NOW) }).await.unwrap();
        assert!(exchanged.settled.iter().all(|settled| *settled == Settled::Recorded));
        if exchanged.claimed.is_empty() {
            break;
        }
        assert!(exchanged.claimed.iter().all(|claimed| met.insert(claimed.task.id)), "handed out twice");
        let outcome = || TaskOutcome::Success { result: Json::null() };
        settle = exchanged.claimed.iter().map(|it| TaskSettlement { ticket: it.ticket, outcome: outcome() }).collect();
    }
    assert_eq!(met.len(), usize::try_from(TASKS).unwrap());
    let ended = (used_memory(&mut other).await - before) / u64::from(TASKS);
    println!("with 200 bytes of arguments a waiting task takes {waiting} bytes, one that has ended {ended}");
    assert!(waiting < 1_000 && ended < 1_100, "the crate's page says less: {waiting}, {ended}");

    assert_eq!(queue.cleanup(NOW + LEASE, u32::MAX).await.unwrap(), TASKS);
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut other).await.unwrap();
    assert_eq!(keys.len(), 2, "the queue and its counts are left: {keys:?}");
}

#[tokio::test]
async fn times_far_away_survive_to_the_microsecond() {
    let Some((_server, queue, _)) = server().await else { return };
    let (end, past) = (Timestamp::from_micros(i64::MAX), Timestamp::from_micros(i64::MIN + 1));
    let far = Task { enqueued_at: past, run_at: end, start_by: Some(end), ..task(1) };
    let near = Task { run_at: NOW + Duration::from_micros(1), start_by: None, ..task(2) };
    queue.enqueue(std::slice::from_ref(&far)).await.unwrap();
    assert_eq!(queue.exchange(claim(1, NOW)).await.unwrap().next_due, Some(end));
    assert_eq!(queue.task(far.id).await.unwrap().unwrap().task, far);
    queue.enqueue(std::slice::from_ref(&near)).await.unwrap();
    assert_eq!(queue.exchange(claim(1, NOW)).await.unwrap().next_due, Some(near.run_at));
    let claimed = queue.exchange(claim(1, near.run_at)).await.unwrap().claimed;
    assert_eq!(claimed[0].task, near);
}

#[tokio::test]
async fn a_damaged_row_is_told_and_stands_in_nobodys_way() {
    let Some((_server, queue, mut other)) = server().await else { return };
    let tasks: Vec<Task> = (0..3).map(|number| Task { max_attempts: 2, run_at: NOW, ..task(number) }).collect();
    queue.enqueue(&tasks).await.unwrap();
    let asked = |number| format!("{{designia}}:j:{}", task_id(number));
    redis::cmd("SET").arg(asked(0)).arg("rubbish").exec_async(&mut other).await.unwrap();
    redis::cmd("DEL").arg(asked(1)).exec_async(&mut other).await.unwrap();
    let refused = queue.task(task_id(0)).await.unwrap_err();
    assert_eq!(refused.kind, StoreErrorKind::Corrupt);
    assert!(refused.to_string().contains(&task_id(0).to_string()), "{refused}");
    let claimed = queue.exchange(claim(10, NOW)).await.unwrap().claimed;
    assert_eq!(claimed.iter().map(|it| it.task.id).collect::<Vec<_>>(), [task_id(2)]);
    let mut now = NOW;
    for _ in 0..3 {
        now = now + LEASE;
        queue.exchange(claim(10, now)).await.unwrap();
    }
    let counts = queue.queues(now).await.unwrap().remove(0).tasks;
    assert_eq!(counts, [(TaskState::Failure, 3)], "the third one is nobody's either");
}

#[test]
fn no_script_reads_without_bounds() {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lua");
    let mut read = 0;
    for file in std::fs::read_dir(directory).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for command in ["'KEYS'", "'SMEMBERS'", "'HVALS'", "'SCAN'", "'FLUSH"] {
            assert!(!text.contains(command), "{command} in {text}");
        }
        let kept = format!("FAILURES_KEPT = {}", designia_core::task::FAILURES_KEPT);
        assert!(!text.contains("FAILURES_KEPT =") || text.contains(&kept), "as many failures are kept as elsewhere");
        read += 1;
    }
    assert!(read > 20);
}
