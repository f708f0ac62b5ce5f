//! What every [`Clock`] must do.

use crate::ports::Clock;

/// An instant that has been is never still to come.
pub fn time_does_not_run_backwards(clock: &dyn Clock) {
    let mut last = clock.now();
    for _ in 0..10_000 {
        let now = clock.now();
        assert!(now >= last, "{now} came after {last}");
        last = now;
    }
}

/// Runs the suite of [`Clock`](crate::ports::Clock). `fresh` is a function that makes a clock.
#[macro_export]
macro_rules! clock_conformance {
    (fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_checks! { { $fresh } clock { time_does_not_run_backwards } }
    };
}
