//! Who leads, and since when.

use std::time::Duration;

use crate::ports::Lease;
use crate::testing::conformance::UnderTest;
use crate::testing::conformance::steps::MICROSECOND;
use crate::testing::fixtures::NOW;
use crate::time::{DAY, MINUTE, Timestamp};

/// By the clock of whoever asks, to the microsecond.
pub async fn one_holder_has_the_lease_until_it_runs_out<L: Lease>(lease: &UnderTest<L>) {
    assert!(hold(lease, "a", NOW).await.is_some());
    for later in [Duration::ZERO, MINUTE - MICROSECOND] {
        assert_eq!(hold(lease, "b", NOW + later).await, None);
    }
    assert!(hold(lease, "b", NOW + MINUTE).await.is_some());
    assert_eq!(hold(lease, "a", NOW + MINUTE).await, None);
}

/// However often.
pub async fn a_lease_that_is_prolonged_keeps_its_token<L: Lease>(lease: &UnderTest<L>) {
    let token = hold(lease, "a", NOW).await;
    for later in [Duration::ZERO, MINUTE / 2, MINUTE, MINUTE * 2 - MICROSECOND] {
        assert_eq!(hold(lease, "a", NOW + later).await, token);
    }
    assert_eq!(hold(lease, "b", NOW + MINUTE * 3 - MICROSECOND * 2).await, None, "it holds from the latest word on");
    assert!(hold(lease, "b", NOW + MINUTE * 3 - MICROSECOND).await.is_some());
}

/// So that what the one before still sends can be refused.
pub async fn whoever_takes_over_has_a_higher_token<L: Lease>(lease: &UnderTest<L>) {
    let mut last = 0;
    for (minute, holder) in (0..).zip(["a", "b", "a", "c", "b", "a"]) {
        let token = hold(lease, holder, NOW + MINUTE * minute).await.expect("the lease has run out");
        assert!(token > last, "{token} after {last}");
        last = token;
    }
    let token = hold(lease, "z", NOW + DAY * 365).await.expect("the lease has run out");
    assert!(token > last, "after a year as well");
}

/// It was away for too long.
pub async fn whoever_lost_it_does_not_get_it_back_by_prolonging<L: Lease>(lease: &UnderTest<L>) {
    let first = hold(lease, "a", NOW).await;
    let second = hold(lease, "b", NOW + MINUTE).await;
    assert_eq!(hold(lease, "a", NOW + MINUTE + MICROSECOND).await, None);
    assert_eq!(hold(lease, "b", NOW + MINUTE + MICROSECOND).await, second);
    assert!(hold(lease, "a", NOW + MINUTE * 5).await > second && second > first);
}

/// At once.
pub async fn a_lease_that_was_given_back_is_free_and_tokens_go_on<L: Lease>(lease: &UnderTest<L>) {
    let first = hold(lease, "a", NOW).await;
    assert!(release(lease, "a").await);
    assert!(!release(lease, "a").await, "once");
    let second = hold(lease, "b", NOW).await;
    assert!(second > first, "{second:?} after {first:?}");
    assert_eq!(hold(lease, "a", NOW).await, None);
    assert!(release(lease, "b").await);
    assert!(hold(lease, "a", NOW).await > second);
}

/// Nor what nobody holds.
pub async fn nobody_gives_back_what_another_holds<L: Lease>(lease: &UnderTest<L>) {
    assert!(!release(lease, "a").await);
    let token = hold(lease, "a", NOW).await;
    assert!(!release(lease, "b").await);
    assert_eq!(hold(lease, "b", NOW).await, None);
    assert_eq!(hold(lease, "a", NOW).await, token);
}

/// By every letter.
pub async fn names_have_leases_of_their_own<L: Lease>(lease: &UnderTest<L>) {
    let names = ["scheduler", "Scheduler", "scheduler ", "", "sch\u{e9}duler", "a\r\n\0 {}*"];
    for (name, holder) in names.iter().zip(["a", "b", "c", "«d»", "", "e f"]) {
        let token = lease.hold(name, holder, NOW, NOW + MINUTE).await.expect("the lease answers");
        assert!(token.is_some(), "{name:?}");
        assert_eq!(lease.hold(name, "z", NOW, NOW + MINUTE).await.expect("the lease answers"), None);
        assert!(lease.release(name, holder).await.expect("the lease answers"));
    }
}

/// However they are interleaved, and again when the leader is gone.
pub async fn of_eight_at_once_one_leads<L: Lease>(lease: &UnderTest<L>) {
    let mut last = 0;
    for round in 0..5 {
        let now = NOW + MINUTE * round;
        let tokens = lease
            .at_once(8, |number, lease| async move {
                let holder = format!("{round}-{number}");
                let token = lease.hold("scheduler", &holder, now, now + MINUTE).await.expect("the lease answers");
                token.map(|token| (token, holder))
            })
            .await;
        let winners: Vec<_> = tokens.into_iter().flatten().collect();
        assert!(winners.len() == 1 && winners[0].0 > last, "{winners:?} after {last}");
        last = winners[0].0;
    }
}

async fn hold<L: Lease>(lease: &UnderTest<L>, holder: &str, now: Timestamp) -> Option<u64> {
    lease.hold("scheduler", holder, now, now + MINUTE).await.expect("the lease answers")
}

async fn release<L: Lease>(lease: &UnderTest<L>, holder: &str) -> bool {
    lease.release("scheduler", holder).await.expect("the lease answers")
}
