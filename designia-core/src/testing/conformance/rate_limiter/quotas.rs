//! The generic cell rate algorithm, by the clock of whoever asks.

use std::time::Duration;

use crate::ports::{Allowance, Quota, RateLimiter};
use crate::testing::conformance::UnderTest;
use crate::testing::conformance::steps::MICROSECOND;
use crate::testing::fixtures::NOW;
use crate::time::{DAY, HOUR, MINUTE, Timestamp};

/// Five an hour: one every twelve minutes.
const QUOTA: Quota = Quota { burst: 5, per: HOUR };

/// After which one more is given back.
const STEP: Duration = Duration::from_secs(12 * 60);

/// What is left is counted down.
pub async fn a_burst_is_allowed_and_not_one_more<L: RateLimiter>(limiter: &UnderTest<L>) {
    for taken in 1..=5 {
        let expected = allowed(5 - taken, STEP * taken);
        assert_eq!(take(limiter, "key", NOW).await, expected);
    }
    assert_eq!(take(limiter, "key", NOW).await, refused(STEP, HOUR));
}

/// To the microsecond.
pub async fn it_is_said_when_to_try_again_and_that_is_true<L: RateLimiter>(limiter: &UnderTest<L>) {
    exhaust(limiter, "key").await;
    let later = NOW + MINUTE * 5;
    assert_eq!(take(limiter, "key", later).await, refused(MINUTE * 7, MINUTE * 55));
    assert_eq!(take(limiter, "key", NOW + STEP - MICROSECOND).await, refused(MICROSECOND, HOUR - STEP + MICROSECOND));
    assert_eq!(take(limiter, "key", NOW + STEP).await, allowed(0, HOUR));
    assert_eq!(take(limiter, "key", NOW + STEP).await, refused(STEP, HOUR));
}

/// However often it is asked for.
pub async fn what_is_refused_costs_nothing<L: RateLimiter>(limiter: &UnderTest<L>) {
    exhaust(limiter, "key").await;
    for _ in 0..20 {
        assert_eq!(take(limiter, "key", NOW).await, refused(STEP, HOUR));
    }
    assert!(take(limiter, "key", NOW + STEP).await.allowed);
}

/// One by one, and no more than there were.
pub async fn the_quota_comes_back_evenly<L: RateLimiter>(limiter: &UnderTest<L>) {
    exhaust(limiter, "key").await;
    assert_eq!(take(limiter, "key", NOW + STEP * 3).await, allowed(2, STEP * 3));
    assert_eq!(take(limiter, "key", NOW + STEP * 3).await, allowed(1, STEP * 4));
    assert_eq!(take(limiter, "key", NOW + DAY).await, allowed(4, STEP), "it is full, and not fuller");
    assert_eq!(take(limiter, "key", NOW + DAY + STEP / 2).await, allowed(3, STEP + STEP / 2));
}

/// Whoever asks every minute gets five in the first hour at once, and five in each hour that follows.
pub async fn in_the_long_run_the_rate_is_kept<L: RateLimiter>(limiter: &UnderTest<L>) {
    let mut taken = 0;
    for minute in 0..60 * 10 {
        taken += u32::from(take(limiter, "key", NOW + MINUTE * minute).await.allowed);
    }
    assert_eq!(taken, 5 + 5 * 10 - 1, "the last one of the tenth hour would come at its end");
}

/// And nothing else.
pub async fn a_quota_of_one_is_a_pause<L: RateLimiter>(limiter: &UnderTest<L>) {
    let quota = Quota { burst: 1, per: MINUTE };
    for minute in 0..5 {
        let now = NOW + MINUTE * minute;
        let first = limiter.take("key", quota, now).await.expect("the limiter answers");
        assert_eq!(first, allowed(0, MINUTE));
        let second = limiter.take("key", quota, now + MICROSECOND).await.expect("the limiter answers");
        assert_eq!(second, refused(MINUTE - MICROSECOND, MINUTE - MICROSECOND));
    }
}

/// By every letter.
pub async fn keys_have_quotas_of_their_own<L: RateLimiter>(limiter: &UnderTest<L>) {
    let keys = ["key", "Key", "key ", "", "k\u{e9}y", "ke\u{301}y", "key:1", "a\r\n\0 {}*"];
    for key in keys {
        exhaust(limiter, key).await;
    }
    for key in keys {
        assert!(!take(limiter, key, NOW).await.allowed);
    }
}

/// Clocks of two nodes differ.
pub async fn a_clock_that_lags_behind_gives_nothing_away<L: RateLimiter>(limiter: &UnderTest<L>) {
    exhaust(limiter, "key").await;
    let behind = NOW - MINUTE * 3;
    assert_eq!(take(limiter, "key", behind).await, refused(STEP + MINUTE * 3, HOUR + MINUTE * 3));
    assert_eq!(take(limiter, "key", NOW).await, refused(STEP, HOUR));
}

/// However they are interleaved.
pub async fn eight_at_once_never_exceed_the_burst<L: RateLimiter>(limiter: &UnderTest<L>) {
    let quota = Quota { burst: 100, per: HOUR };
    let taken = limiter
        .at_once(8, |_, limiter| async move {
            let mut taken = 0;
            for _ in 0..50 {
                taken += u32::from(limiter.take("key", quota, NOW).await.expect("the limiter answers").allowed);
            }
            taken
        })
        .await;
    assert_eq!(taken.iter().sum::<u32>(), 100, "{taken:?}");
}

async fn exhaust<L: RateLimiter>(limiter: &UnderTest<L>, key: &str) {
    for _ in 0..5 {
        assert!(take(limiter, key, NOW).await.allowed);
    }
}

async fn take<L: RateLimiter>(limiter: &UnderTest<L>, key: &str, now: Timestamp) -> Allowance {
    limiter.take(key, QUOTA, now).await.expect("the limiter answers")
}

const fn allowed(remaining: u32, reset_after: Duration) -> Allowance {
    Allowance { allowed: true, remaining, retry_after: Duration::ZERO, reset_after }
}

const fn refused(retry_after: Duration, reset_after: Duration) -> Allowance {
    Allowance { allowed: false, remaining: 0, retry_after, reset_after }
}
