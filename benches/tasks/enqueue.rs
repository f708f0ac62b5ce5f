//! How fast tasks are taken, each by a call of its own and many by one call.

use std::sync::Arc;
use std::time::Instant;

use designia::ports::TaskConsole;

use crate::ROUNDS;
use crate::contestant::Contestant;
use crate::tell::{Lines, median, per_second, rounds};
use crate::work::{SystemClock, kind, queue, tasks};
use designia::ports::Clock;

/// So many callers, in the line where they are several.
const CALLERS: usize = 16;

const BULK: usize = 1_000;

pub(crate) async fn run(contestants: &[Contestant], count: usize, lines: &mut Lines) {
    let ways = [
        ("one per call, one caller".to_owned(), 1, 1, count / 10),
        (format!("one per call, {CALLERS} callers"), 1, CALLERS, count / 2),
        (format!("{BULK} per call, one caller"), BULK, 1, count),
    ];
    for (way, per_call, callers, count) in ways {
        let mut all: Vec<Vec<f64>> = contestants.iter().map(|_| Vec::new()).collect();
        for _ in 0..ROUNDS {
            for (contestant, rates) in contestants.iter().zip(&mut all) {
                rates.push(enqueue(contestant, per_call, callers, count.max(callers)).await);
            }
        }
        for (contestant, rates) in contestants.iter().zip(all) {
            let notes = format!("{count} tasks; durable when answered as stated; {}", rounds(&rates));
            lines.tell(contestant.name, &format!("enqueue: {way}"), median(rates), "tasks/s", &notes);
        }
    }
}

async fn enqueue(contestant: &Contestant, per_call: usize, callers: usize, count: usize) -> f64 {
    let shares: Vec<_> = (0..callers).map(|_| tasks(&kind("enqueue"), count / callers)).collect();
    let done: usize = shares.iter().map(Vec::len).sum();
    let begun = Instant::now();
    let calls = shares.into_iter().map(|share| {
        let queue = Arc::clone(&contestant.tasks.queue);
        tokio::spawn(async move {
            for chunk in share.chunks(per_call) {
                queue.enqueue(chunk).await.unwrap();
            }
        })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap();
    }
    let rate = per_second(done, begun.elapsed());
    sweep(&*contestant.tasks.console).await;
    rate
}

/// What was enqueued to be measured is not to be run.
async fn sweep(console: &dyn TaskConsole) {
    while console.purge(&queue("enqueue"), SystemClock.now(), 1_000).await.unwrap() > 0 {}
}
