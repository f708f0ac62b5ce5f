//! What nodes share, under test.

use std::any::Any;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::threads::{Threads, Work};
use crate::testing::block_on;

/// An adapter of one port, and how to call it from several threads at once. The suites' macros make it.
#[doc(hidden)]
pub struct UnderTest<T> {
    adapter: Arc<T>,
    threads: Threads,
    /// Lives as long as the adapter needs it: a folder, a database.
    _guard: Option<Arc<dyn Any + Send + Sync>>,
}

impl<T> UnderTest<T> {
    #[must_use]
    pub fn of(adapter: T) -> Self {
        Self { adapter: Arc::new(adapter), threads: Threads::driven_by(block_on), _guard: None }
    }

    #[must_use]
    pub fn guarded_by(self, guard: impl Any + Send + Sync) -> Self {
        Self { _guard: Some(Arc::new(guard)), ..self }
    }

    #[must_use]
    pub fn driven_by(self, block_on: impl Fn(Work) + Send + Sync + 'static) -> Self {
        Self { threads: Threads::driven_by(block_on), ..self }
    }

    /// Runs the work on as many threads at once.
    pub(super) async fn at_once<R, W>(&self, count: u32, work: impl Fn(u32, Arc<T>) -> W) -> Vec<R>
    where
        R: Send + 'static,
        W: Future<Output = R> + Send + 'static,
    {
        self.threads.run((0..count).map(|number| work(number, Arc::clone(&self.adapter))).collect()).await
    }
}

impl<T> Deref for UnderTest<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.adapter
    }
}

impl<T> fmt::Debug for UnderTest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnderTest").finish_non_exhaustive()
    }
}
