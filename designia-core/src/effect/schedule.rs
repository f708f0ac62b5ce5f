//! When to try or ask again: soon at first, daily in the end, never not at all.

use std::time::Duration;

use crate::time::{DAY, HOUR, MINUTE, Timestamp};

/// How long a worker may hold an effect. Longer than twice the gateway's total timeout, so that the claim of a living worker,
/// who looks up and then sends, doesn't run out under it; and short enough that with a poll every five seconds, what a dead
/// worker held is taken over within thirty.
pub const LEASE: Duration = Duration::from_secs(24);

/// How long after a claim a look-up that finds nothing proves that nothing happened. A worker may send until its lease runs
/// out, wait for its gateway's timeout, and hang up on a request that the provider is still executing.
pub const REPLY_GRACE: Duration = Duration::from_secs(2 * MINUTE.as_secs());

/// The waits after the first, second … unsuccessful claim; the last one repeats for ever.
const WAITS: [Duration; 8] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(2 * MINUTE.as_secs()),
    Duration::from_secs(10 * MINUTE.as_secs()),
    HOUR,
    Duration::from_secs(4 * HOUR.as_secs()),
    Duration::from_secs(12 * HOUR.as_secs()),
    DAY,
];

/// When to claim again after the `claims`-th claim (from 1) ended without an answer, not before the provider's own hint.
#[must_use]
pub fn retry_at(claims: u32, now: Timestamp, hint: Option<Duration>) -> Timestamp {
    let index = usize::try_from(claims.saturating_sub(1)).unwrap_or(usize::MAX).min(WAITS.len() - 1);
    now + WAITS[index].max(hint.unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_outcome_is_asked_about_for_ever_and_at_least_daily() {
        let mut now = Timestamp::EPOCH;
        for claims in 1..100 {
            let next = retry_at(claims, now, None);
            assert!(next > now && next.since(now) <= DAY, "claim {claims}");
            now = next;
        }
        assert!(now.since(Timestamp::EPOCH) > DAY * 60, "the schedule outlives the provider's memory of the key");
    }

    #[test]
    fn the_providers_hint_is_a_lower_bound() {
        assert_eq!(retry_at(1, Timestamp::EPOCH, Some(HOUR)), Timestamp::EPOCH + HOUR);
        assert_eq!(retry_at(8, Timestamp::EPOCH, Some(HOUR)), Timestamp::EPOCH + DAY);
    }
}
