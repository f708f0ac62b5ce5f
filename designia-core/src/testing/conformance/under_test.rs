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

/// What every group of stores under test can do, apart from what its stores can.
macro_rules! stores_under_test {
    ($stores:ident, $told:ident) => {
        impl $stores {
            /// Keeps a value for as long as the stores live: a temporary directory, a schema to be dropped.
            #[must_use]
            pub fn guarded_by(self, guard: impl std::any::Any) -> Self {
                Self { _guard: Box::new(guard), ..self }
            }

            /// Says how to drive a future on another thread. The suites' macros do this.
            #[doc(hidden)]
            #[must_use]
            pub fn driven_by(
                self,
                block_on: impl Fn($crate::testing::conformance::threads::Work) + Send + Sync + 'static,
            ) -> Self {
                Self { threads: Threads::driven_by(block_on), ..self }
            }

            /// Runs the work on as many threads at once.
            pub(super) async fn at_once<T, W>(&self, count: u32, work: impl Fn(u32) -> W) -> Vec<T>
            where
                T: Send + 'static,
                W: Future<Output = T> + Send + 'static,
            {
                self.threads.run((0..count).map(work).collect()).await
            }
        }

        impl std::fmt::Debug for $stores {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($stores)).field(stringify!($told), &self.$told).finish_non_exhaustive()
            }
        }
    };
}

pub(super) use stores_under_test;
