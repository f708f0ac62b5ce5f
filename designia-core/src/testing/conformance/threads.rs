//! Doing things at the same time without knowing the runtime.

use std::fmt;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Barrier, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// Work that can be handed to a thread.
pub(super) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// How to drive a future to its end on a thread of its own.
#[derive(Clone)]
pub(super) struct Threads {
    block_on: Arc<dyn Fn(Work) + Send + Sync>,
}

/// What the threads have come up with so far.
struct Finished<T> {
    results: Vec<Option<T>>,
    waiting: Option<Waker>,
}

impl Threads {
    pub(super) fn driven_by(block_on: impl Fn(Work) + Send + Sync + 'static) -> Self {
        Self { block_on: Arc::new(block_on) }
    }

    /// Runs the work on as many threads, which all begin at the same moment, and waits for the results without blocking
    /// the thread that waits.
    pub(super) async fn run<T, W>(&self, work: Vec<W>) -> Vec<T>
    where
        T: Send + 'static,
        W: Future<Output = T> + Send + 'static,
    {
        let count = work.len();
        let finished = Arc::new(Mutex::new(Finished { results: Vec::new(), waiting: None }));
        let start = Arc::new(Barrier::new(count));
        for work in work {
            let (threads, finished, start) = (self.clone(), Arc::clone(&finished), Arc::clone(&start));
            std::thread::spawn(move || {
                start.wait();
                let result = catch_unwind(AssertUnwindSafe(|| threads.block_on(work)));
                let mut finished = lock(&finished);
                finished.results.push(result.unwrap_or(None));
                if let Some(waiting) = finished.waiting.take() {
                    waiting.wake();
                }
            });
        }
        let results = poll_fn(|context| {
            let mut finished = lock(&finished);
            if finished.results.len() == count {
                return Poll::Ready(std::mem::take(&mut finished.results));
            }
            finished.waiting = Some(context.waker().clone());
            Poll::Pending
        });
        results.await.into_iter().map(|result| result.expect("a thread that doesn't panic")).collect()
    }

    fn block_on<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        let result = Arc::new(Mutex::new(None));
        let place = Arc::clone(&result);
        (self.block_on)(Box::pin(async move {
            let done = work.await;
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
        }));
        result.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Threads").finish_non_exhaustive()
    }
}

fn lock<T>(finished: &Mutex<Finished<T>>) -> MutexGuard<'_, Finished<T>> {
    finished.lock().unwrap_or_else(PoisonError::into_inner)
}
