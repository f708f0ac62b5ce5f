//! When a failed attempt is followed by another.

use std::time::Duration;

/// How many retries there are, and how long each is waited for: `first`, then `factor` times as long as before, up to `longest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How many attempts may follow the first.
    pub retries: u16,
    /// The wait before the first retry.
    pub first: Duration,
    /// How many times longer each wait is than the one before.
    pub factor: u32,
    /// No wait is longer.
    pub longest: Duration,
}

impl RetryPolicy {
    /// No retry.
    pub const NEVER: Self = Self { retries: 0, first: Duration::ZERO, factor: 1, longest: Duration::ZERO };

    /// How many attempts there are in all.
    #[must_use]
    pub const fn max_attempts(&self) -> u16 {
        self.retries.saturating_add(1)
    }

    /// How long after the end of this attempt (the first is 1) the next one begins; `None` if there is no next one.
    #[must_use]
    pub fn wait_after(&self, attempt: u16) -> Option<Duration> {
        if attempt > self.retries {
            return None;
        }
        let times = self.factor.saturating_pow(u32::from(attempt.saturating_sub(1)));
        Some(self.first.saturating_mul(times).min(self.longest))
    }
}

impl Default for RetryPolicy {
    /// Three retries, after 60, 120 and 240 seconds, as in the system that this one takes the place of.
    fn default() -> Self {
        Self { retries: 3, first: Duration::from_secs(60), factor: 2, longest: Duration::from_secs(3600) }
    }
}
