//! A store that fails again and again: told often enough to be seen and seldom enough to leave room for other lines, and
//! asked again at growing intervals.

use std::time::Duration;

use designia_core::ports::StoreError;

use crate::call::jittered;

/// The pause after the first failure, and the longest one.
const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(2);

/// How long a failure that goes on is not told again.
const QUIET: Duration = Duration::from_secs(30);

/// A row of failures without a success between.
#[derive(Clone, Debug)]
pub(crate) struct Outage {
    /// Whose calls fail, for the log.
    what: &'static str,
    failures: u32,
    quiet_for: Duration,
}

impl Outage {
    pub(crate) const fn of(what: &'static str) -> Self {
        Self { what, failures: 0, quiet_for: Duration::ZERO }
    }

    /// One more failure: how long to wait before the next try. The first gets a line, and then one every half minute.
    pub(crate) fn failed(&mut self, error: &StoreError) -> Duration {
        if self.failures == 0 || self.quiet_for >= QUIET {
            tracing::warn!(failures = self.failures + 1, %error, "{}: the store fails; tried again", self.what);
            self.quiet_for = Duration::ZERO;
        }
        let wait = jittered(FIRST.saturating_mul(1 << self.failures.min(10)).min(LONGEST));
        self.quiet_for += wait;
        self.failures = self.failures.saturating_add(1);
        wait
    }

    /// A success.
    pub(crate) fn ended(&mut self) {
        if self.failures > 0 {
            tracing::info!(failures = self.failures, "{}: the store answers again", self.what);
            *self = Self::of(self.what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_from_a_tenth_of_a_second_to_two_and_begin_again_after_a_success() {
        let error = StoreError::unavailable("down");
        let mut outage = Outage::of("test");
        let between = |wait: Duration, millis: u64| {
            (Duration::from_millis(millis * 4 / 5)..=Duration::from_millis(millis)).contains(&wait)
        };
        for millis in [100, 200, 400, 800, 1600, 2000, 2000] {
            assert!(between(outage.failed(&error), millis), "{millis}");
        }
        for _ in 0..100 {
            outage.failed(&error);
        }
        assert!(between(outage.failed(&error), 2000));
        outage.ended();
        assert!(between(outage.failed(&error), 100));
    }
}
