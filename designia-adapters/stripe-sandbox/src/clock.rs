//! The sandbox's own time.
//!
//! Sessions expire, vouchers lapse, keys are forgotten and webhooks are retried by this clock and by no other, so a test
//! walks through three days or three months without waiting.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use tokio::sync::watch;

/// A handle on the sandbox's time; clones share it.
#[derive(Clone, Debug)]
pub struct SandboxClock {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    source: Source,
    offset: watch::Sender<i64>,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Real,
    Virtual { start: i64 },
}

impl SandboxClock {
    /// Real time, which [`advance`](Self::advance) can push ahead.
    #[must_use]
    pub fn real() -> Self {
        Self::from_source(Source::Real)
    }

    /// Time that stands still at `unix_seconds` until it is advanced.
    #[must_use]
    pub fn starting_at(unix_seconds: i64) -> Self {
        Self::from_source(Source::Virtual { start: unix_seconds })
    }

    fn from_source(source: Source) -> Self {
        Self { inner: Arc::new(Inner { source, offset: watch::Sender::new(0) }) }
    }

    /// Seconds since the Unix epoch.
    #[must_use]
    pub fn now(&self) -> i64 {
        let base = match self.inner.source {
            Source::Real => wall_clock(),
            Source::Virtual { start } => start,
        };
        base.saturating_add(*self.inner.offset.borrow())
    }

    /// Moves time forward and wakes whatever waits for it. Whole seconds: a Stripe timestamp has no fraction.
    pub fn advance(&self, by: Duration) {
        let seconds = i64::try_from(by.as_secs()).unwrap_or(i64::MAX);
        self.inner.offset.send_modify(|offset| *offset = offset.saturating_add(seconds));
    }

    /// Whether time stands still between two calls of [`advance`](Self::advance).
    #[must_use]
    pub fn is_virtual(&self) -> bool {
        matches!(self.inner.source, Source::Virtual { .. })
    }

    /// Catches up with the time a saved state was left at: a restart never runs backwards.
    pub(crate) fn not_before(&self, unix_seconds: i64) {
        let behind = unix_seconds.saturating_sub(self.now());
        if let Ok(seconds) = u64::try_from(behind) {
            self.advance(Duration::from_secs(seconds));
        }
    }

    pub(crate) fn watch(&self) -> watch::Receiver<i64> {
        self.inner.offset.subscribe()
    }
}

/// The one place where the sandbox reads the machine's time.
#[expect(clippy::disallowed_methods, reason = "this is the edge: the clock that everything else asks")]
fn wall_clock() -> i64 {
    let elapsed = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_clock_moves_only_when_told() {
        let clock = SandboxClock::starting_at(1_000);
        assert_eq!(clock.now(), 1_000);
        clock.clone().advance(Duration::from_secs(60));
        assert_eq!(clock.now(), 1_060);
    }

    #[test]
    fn a_restart_never_runs_backwards() {
        let clock = SandboxClock::starting_at(1_000);
        clock.not_before(5_000);
        clock.not_before(2_000);
        assert_eq!(clock.now(), 5_000);
    }
}
