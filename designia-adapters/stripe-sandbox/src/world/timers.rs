//! What the passing of time will bring.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Due {
    SessionExpires(String),
    VoucherLapses(String),
    PaymentSettles { intent: String, succeed: bool },
    RefundTurns { refund: String, succeed: bool },
}

/// Timers in the order of their time, then of their making.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Timers {
    made: u64,
    waiting: BTreeSet<(i64, u64, Due)>,
}

impl Timers {
    pub(crate) fn set(&mut self, at: i64, due: Due) {
        self.made += 1;
        self.waiting.insert((at, self.made, due));
    }

    pub(crate) fn pop_due(&mut self, now: i64) -> Option<(i64, Due)> {
        let (at, ..) = self.waiting.first()?;
        if *at > now {
            return None;
        }
        self.waiting.pop_first().map(|(at, _, due)| (at, due))
    }

    pub(crate) fn next_at(&self) -> Option<i64> {
        self.waiting.first().map(|(at, ..)| *at)
    }
}
