//! How long a task waits on an idle queue: from before it is enqueued until its handler begins.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::contestant::Contestant;
use crate::tell::Lines;
use crate::work::{DEFAULT, kind, queue, start, task};

const SAMPLES: u64 = 300;

/// The queue is idle again long before the next one.
const PAUSE: Duration = Duration::from_millis(20);

pub(crate) async fn run(contestants: &[Contestant], lines: &mut Lines) {
    for contestant in contestants {
        let (tells, mut begun) = mpsc::unbounded_channel();
        let queue_of_worker = Arc::clone(&contestant.tasks.queue);
        let runner = start(contestant, DEFAULT, vec![queue("pickup")], queue_of_worker, tells);
        let bell = runner.bell();
        let (inside, kind) = (Arc::clone(&contestant.tasks.queue), kind("pickup"));
        let mut waits = Vec::new();
        for number in 0..SAMPLES {
            let asked = Instant::now();
            inside.enqueue(&[task(&kind, number)]).await.unwrap();
            bell.ring();
            waits.push(begun.recv().await.unwrap() - asked);
            tokio::time::sleep(PAUSE).await;
        }
        tell(contestant, "in the worker's process, by its bell", waits, lines);
        if let Some(producer) = &contestant.producer {
            let listening = tokio::spawn(producer.listen(runner.bell()).await);
            let mut waits = Vec::new();
            for number in 0..SAMPLES {
                let asked = Instant::now();
                producer.enqueue(task(&kind, number)).await;
                waits.push(begun.recv().await.unwrap() - asked);
                tokio::time::sleep(PAUSE).await;
            }
            listening.abort();
            tell(contestant, producer.way(), waits, lines);
        }
        runner.stop(Duration::from_secs(10)).await;
    }
}

fn tell(contestant: &Contestant, way: &str, mut waits: Vec<Duration>, lines: &mut Lines) {
    waits.sort_unstable();
    let at = |percent: usize| waits[(waits.len() * percent / 100).min(waits.len() - 1)];
    for (name, wait) in [("p50", at(50)), ("p99", at(99)), ("max", at(100))] {
        let millis = wait.as_secs_f64() * 1e3;
        let notes = format!("{SAMPLES} samples, idle queue; enqueued {way}");
        lines.tell(contestant.name, &format!("pickup {name}"), millis, "ms", &notes);
    }
}
