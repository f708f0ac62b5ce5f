//! What was seen under load.

use std::time::Duration;

/// What each connection saw, put together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    took: Vec<Duration>,
    errors: usize,
    span: Duration,
}

impl Seen {
    pub(crate) fn note(&mut self, status: u16, took: Duration) {
        self.took.push(took);
        self.errors += usize::from(status >= 500 || status == 429);
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.took.extend(other.took);
        self.errors += other.errors;
        self.span = self.span.max(other.span);
    }

    pub(crate) const fn lasted(&mut self, span: Duration) {
        self.span = span;
    }

    /// Requests a second, p50 and p99 in milliseconds, errors.
    pub(crate) fn row(mut self) -> String {
        self.took.sort_unstable();
        let at = |percent: usize| {
            let place = self.took.len() * percent / 100;
            let took = self.took.get(place.min(self.took.len().saturating_sub(1))).copied().unwrap_or_default();
            format!("{}.{:02}", took.as_micros() / 1000, took.as_micros() % 1000 / 10)
        };
        let rate = self.took.len() as u128 * 1_000 / self.span.as_millis().max(1);
        format!("{rate} | {} | {} | {}", at(50), at(99), self.errors)
    }
}
