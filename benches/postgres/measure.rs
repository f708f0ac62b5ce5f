//! Rates of work done side by side, and how they are told.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long one measurement takes, and how often the contestants take turns.
pub(crate) const ROUND: Duration = Duration::from_secs(5);
pub(crate) const ROUNDS: usize = 3;

/// How much was done per second by so many workers, each doing one thing after the other.
pub(crate) async fn rate<W>(workers: u32, length: Duration, worker: impl Fn(u32, Ticks) -> W) -> f64
where
    W: Future<Output = ()> + Send + 'static,
{
    let ticks = Ticks { done: Arc::default(), over: Arc::default() };
    let begun = Instant::now();
    let running: Vec<_> = (0..workers).map(|number| tokio::spawn(worker(number, ticks.clone()))).collect();
    tokio::time::sleep(length).await;
    ticks.over.store(true, Ordering::Relaxed);
    let (done, took) = (ticks.done.load(Ordering::Relaxed), begun.elapsed());
    for worker in running {
        worker.await.expect("no worker fails");
    }
    per_second(done, took)
}

/// What a worker asks and tells.
#[derive(Clone)]
pub(crate) struct Ticks {
    done: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
}

impl Ticks {
    pub(crate) fn goes_on(&self) -> bool {
        !self.over.load(Ordering::Relaxed)
    }

    pub(crate) fn tick(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate is an estimate")]
pub(crate) fn per_second(done: u64, took: Duration) -> f64 {
    done as f64 / took.as_secs_f64()
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Two contestants' rates, a line for each, with all their rounds, and the share that ours has of the floor's.
pub(crate) fn tell(what: &str, ours: &[f64], floor_name: &str, floor: &[f64]) {
    let line = |name: &str, rates: &[f64]| {
        let all: Vec<_> = rates.iter().map(|rate| format!("{rate:.0}")).collect();
        println!("  {name:<34} {:>9.0}/s   ({})", median(rates.to_vec()), all.join(", "));
    };
    println!("{what}");
    line("designia", ours);
    line(floor_name, floor);
    println!("  {:<34} {:>8.0} %", "share", 100.0 * median(ours.to_vec()) / median(floor.to_vec()));
}
