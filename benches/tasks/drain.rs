//! How fast a worker empties a queue that is full, and what that costs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::ROUNDS;
use crate::contestant::Contestant;
use crate::counted::Counted;
use crate::cpu::{Spent, Used};
use crate::tell::{Lines, median, micros_each, per_second, rounds};
use crate::work::{BULK, DEFAULT, Shape, WAITING, kind, queue, start, tasks};

struct Drained {
    rate: f64,
    used: Used,
    exchanges: usize,
    written: u64,
}

pub(crate) async fn run(contestants: &[Contestant], count: usize, lines: &mut Lines) {
    for (work, shape) in [("noop", BULK), ("noop", DEFAULT), ("sleep", WAITING), ("row", WAITING)] {
        let mut all: Vec<Vec<Drained>> = contestants.iter().map(|_| Vec::new()).collect();
        for _ in 0..ROUNDS {
            for (contestant, drained) in contestants.iter().zip(&mut all) {
                drained.push(drain(contestant, work, shape, count).await);
            }
        }
        for (contestant, drained) in contestants.iter().zip(all) {
            tell(contestant, work, shape, count, &drained, lines);
        }
    }
}

async fn drain(contestant: &Contestant, work: &str, shape: Shape, count: usize) -> Drained {
    for chunk in tasks(&kind(work), count).chunks(1_000) {
        contestant.tasks.queue.enqueue(chunk).await.unwrap();
    }
    // What the server still does about them is not the worker's.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let written = written(contestant).await;
    let counted = Counted::until(count, Arc::clone(&contestant.tasks.queue));
    let (before, begun) = (Spent::now(contestant.server), Instant::now());
    let runner = start(contestant, shape, vec![queue(work)], Arc::new(counted.clone()), mpsc::unbounded_channel().0);
    counted.done().await;
    let (took, used) = (begun.elapsed(), Spent::now(contestant.server).since(&before));
    let exchanges = counted.exchanges();
    let written = crate::drain::written(contestant).await - written;
    assert!(runner.stop(Duration::from_secs(10)).await.reported);
    Drained { rate: per_second(count, took), used, exchanges, written }
}

async fn written(contestant: &Contestant) -> u64 {
    match &contestant.written {
        Some(written) => written().await,
        None => 0,
    }
}

fn tell(contestant: &Contestant, work: &str, shape: Shape, count: usize, drained: &[Drained], lines: &mut Lines) {
    let what = match work {
        "noop" => "no-op".to_owned(),
        "sleep" => "5 ms sleep".to_owned(),
        _ => format!("one-row update ({})", contestant.touched),
    };
    let measure = |of: &str| format!("{of}: {what}");
    let rates: Vec<f64> = drained.iter().map(|it| it.rate).collect();
    let notes = format!("{} tasks; {}; {}", count, shape.notes(), rounds(&rates));
    let name = contestant.name;
    lines.tell(name, &measure("drain"), median(rates), "tasks/s", &notes);
    let each = |of: fn(&Used) -> Duration| median(drained.iter().map(|it| micros_each(of(&it.used), count)).collect());
    lines.tell(name, &measure("worker CPU"), each(|used| used.client), "us/task", shape.name);
    if contestant.server.is_some() {
        lines.tell(name, &measure("server CPU"), each(|used| used.server), "us/task", shape.name);
    }
    let per_exchange = drained.iter().map(|it| count as f64 / it.exchanges as f64).collect();
    lines.tell(name, &measure("batch"), median(per_exchange), "tasks/exchange", shape.name);
    if contestant.written.is_some() {
        let each = drained.iter().map(|it| it.written as f64 / count as f64).collect();
        lines.tell(name, &measure("write-ahead log"), median(each), "bytes/task", shape.name);
    }
}
