//! What a schedule that is due does: which of its moments fire, which were missed, and which is the next.

use std::time::Duration;

use super::{MissedRuns, Recurrence};
use crate::time::Timestamp;

/// A moment that is looked at no later than this was not missed.
pub const ON_TIME: Duration = Duration::from_secs(60);

/// How many missed moments are counted one by one; beyond that the count is a lower bound.
const COUNTED: usize = 1_000;

/// How many moments fire at once, because a store is held up for as long as it takes them in.
const FIRED_AT_ONCE: usize = 500;

/// What a schedule that is due does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The moments that get a task, the oldest first.
    pub fire: Vec<Timestamp>,
    /// The last moment that this is about.
    pub last_at: Timestamp,
    /// How many moments have passed without one.
    pub missed: u32,
    /// The next moment; one that has passed already if there is more to catch up with than fires at once. `None` if there is none any
    /// more.
    pub next: Option<Timestamp>,
}

impl Plan {
    /// What is to be done at `now` about a schedule whose next moment is `next`; `None` if that is still to come.
    #[must_use]
    pub fn at(recurrence: &Recurrence, missed: MissedRuns, next: Timestamp, now: Timestamp) -> Option<Self> {
        if next > now {
            return None;
        }
        let passed = passed(recurrence, next, now);
        let latest = passed.first().copied().unwrap_or(next);
        let mut fire: Vec<Timestamp> = match missed {
            MissedRuns::Skip => {
                passed.iter().copied().filter(|at| *at == latest && now.since(*at) <= ON_TIME).collect()
            }
            MissedRuns::Coalesce => vec![latest],
            MissedRuns::CatchUp(at_most) => passed.iter().copied().take(usize::from(at_most.max(1))).collect(),
        };
        fire.reverse();
        let missed = u32::try_from(passed.len() - fire.len()).unwrap_or(u32::MAX);
        let rest = fire.split_off(fire.len().min(FIRED_AT_ONCE));
        match (rest.first(), fire.last()) {
            (Some(next), Some(last)) => Some(Self { last_at: *last, next: Some(*next), fire, missed }),
            (None, _) | (_, None) => Some(Self { fire, last_at: latest, missed, next: recurrence.after(now) }),
        }
    }
}

/// The moments from `next` to `now`, the latest first; a row that was moved by hand may name one that the recurrence has not.
fn passed(recurrence: &Recurrence, next: Timestamp, now: Timestamp) -> Vec<Timestamp> {
    let back =
        std::iter::successors(recurrence.at_or_before(now), |at| recurrence.at_or_before(*at - Duration::from_secs(1)));
    let mut passed: Vec<Timestamp> = back.take_while(|at| *at >= next).take(COUNTED).collect();
    if passed.is_empty() {
        passed.push(next);
    }
    passed
}
