//! Sessions and challenges that are over are forgotten, a few at a time.

use std::time::Duration;

use crate::account::{Challenge, Purpose, Session};
use crate::testing::conformance::AccountStores;
use crate::testing::conformance::account_stores::{challenge, later, session, session_id, stranger};
use crate::testing::fixtures::NOW;
use crate::time::Timestamp;

async fn forget(stores: &AccountStores, before: Timestamp, limit: u32) -> u32 {
    stores.accounts.forget_ended(before, limit).await.expect("the store answers")
}

/// Keeps ten sessions and ten challenges, the first `over` of each over in the order of their numbers.
async fn keep(stores: &AccountStores, over: u32) {
    let mut account = stores.keep(stranger(1)).await;
    for number in 1..=10 {
        let expires_at = if number <= over { later(number) } else { later(1_000) };
        let one = Session { expires_at, ..session(number, 1) };
        let purpose = Purpose::ALL[number as usize % 2];
        let other = Challenge { expires_at, closed_at: Some(expires_at), ..challenge(number, 1, purpose) };
        account = stores.open(account, [one]).await;
        account = stores.change(&account, |commit| commit.challenges = Some(other)).await;
    }
}

/// Whether it was ended or its time is over, whichever was first; not what ends at that very moment.
pub async fn what_is_over_is_forgotten_and_nothing_else(stores: &AccountStores) {
    let before = later(10);
    let moment = Duration::from_micros(1);
    let at = |number, ended_at, expires_at| Session { ended_at, expires_at, ..session(number, 1) };
    let sessions = [
        at(1, None, before),
        at(2, None, before - moment),
        at(3, Some(before - moment), later(99)),
        at(4, Some(before), later(99)),
        at(5, Some(later(50)), before - moment),
        at(6, None, later(99)),
    ];
    let account = stores.keep(stranger(1)).await;
    let mut account = stores.open(account, sessions).await;
    let ended = [(1, None, before), (2, None, before - moment), (3, Some(before - moment), later(99))];
    for ((number, closed_at, expires_at), purpose) in ended.into_iter().zip(Purpose::ALL) {
        let mine = Challenge { closed_at, expires_at, ..challenge(number, 1, purpose) };
        account = stores.change(&account, |commit| commit.challenges = Some(mine)).await;
    }
    assert_eq!(forget(stores, before, 99).await, 5);
    for (number, is_kept) in [(1, true), (2, false), (3, false), (4, true), (5, false), (6, true)] {
        assert_eq!(stores.session(number).await.is_some(), is_kept, "session {number}");
    }
    for (number, is_kept) in [(1, true), (2, false), (3, false)] {
        assert_eq!(stores.challenge(number).await.is_some(), is_kept, "challenge {number}");
    }
    assert_eq!(stores.load(1).await, account);
    assert_eq!(forget(stores, before, 99).await, 0);
}

/// Whether of one sort or of both, until nothing is left to be forgotten.
pub async fn no_more_is_forgotten_than_was_asked_for(stores: &AccountStores) {
    keep(stores, 8).await;
    assert_eq!(forget(stores, later(500), 0).await, 0);
    for expected in [5, 5, 5, 1, 0] {
        assert_eq!(forget(stores, later(500), 5).await, expected);
    }
    for number in 1..=10 {
        assert_eq!(stores.session(number).await.is_some(), number > 8, "session {number}");
        assert_eq!(stores.challenge(number).await.is_some(), number > 8, "challenge {number}");
    }
}

/// None of them finds it, and its id may be used again.
pub async fn what_was_forgotten_is_gone_for_every_call(stores: &AccountStores) {
    keep(stores, 10).await;
    assert_eq!(forget(stores, later(500), 99).await, 20);
    assert_eq!(stores.live(1, NOW).await, []);
    let latest = stores.accounts.latest_challenge(stranger(1).id, Purpose::VerifyEmail).await;
    assert_eq!(latest.expect("the store answers"), None);
    let rotated = stores.accounts.put_session(&session(1, 1), &session(1, 1)).await;
    assert!(!rotated.expect("the store answers"));
    let account = stores.load(1).await;
    stores.open(account, [session(1, 1)]).await;
    assert_eq!(stores.live(1, NOW).await, [session_id(1)]);
}
