//! Something that fails again and again, told often enough to be seen and seldom enough to leave room for other lines.

use std::time::Duration;

use crate::edge::Stopwatch;

/// How long a failure that goes on is not told again.
const QUIET: Duration = Duration::from_secs(30);

/// A row of failures without a success between.
#[derive(Debug, Default)]
pub(crate) struct Outage {
    told: Option<Stopwatch>,
    failures: u32,
}

impl Outage {
    /// One more failure: whether it deserves a line. The first does, and then one every half minute.
    pub(crate) fn failed(&mut self) -> bool {
        self.failures = self.failures.saturating_add(1);
        let is_due = self.told.is_none_or(|told| told.elapsed() >= QUIET);
        if is_due {
            self.told = Some(Stopwatch::start());
        }
        is_due
    }

    /// A success: how many failures came before it, if any did.
    pub(crate) fn ended(&mut self) -> Option<u32> {
        let Self { told, failures } = std::mem::take(self);
        told.map(|_| failures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_failures_is_told_once_and_its_end_once() {
        let mut outage = Outage::default();
        assert_eq!(outage.ended(), None);
        assert_eq!([outage.failed(), outage.failed(), outage.failed()], [true, false, false]);
        assert_eq!((outage.ended(), outage.ended()), (Some(3), None));
        assert!(outage.failed(), "the next outage is another one");
    }
}
