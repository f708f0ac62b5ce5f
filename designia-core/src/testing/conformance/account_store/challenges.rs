//! Challenges: met once, guessed at a few times.

use std::sync::Arc;
use std::time::Duration;

use crate::account::{Account, Attempt, Challenge, Purpose};
use crate::ports::{AccountCommit, AccountCommitError};
use crate::testing::conformance::AccountStores;
use crate::testing::conformance::account_stores::{
    account_id, assert_closed, assert_invalid, challenge, challenge_id, later, stranger,
};
use crate::testing::fixtures::NOW;
use crate::time::{DAY, Timestamp};

/// Opens a challenge for the account that it belongs to.
async fn open(stores: &AccountStores, account: &Account, challenge: Challenge) -> Account {
    stores.change(account, |commit| commit.challenges = Some(challenge)).await
}

fn meeting(account: &Account, number: u32, now: Timestamp) -> AccountCommit {
    AccountCommit { meets: Some(challenge_id(number)), ..AccountCommit::of(account.clone(), now) }
}

async fn attempt(stores: &AccountStores, number: u32, now: Timestamp) -> Attempt {
    stores.accounts.attempt(challenge_id(number), now).await.expect("the store answers")
}

/// Of every purpose, open or closed.
pub async fn a_challenge_comes_back_with_every_field(stores: &AccountStores) {
    let mut account = stores.register(1).await;
    for (purpose, number) in Purpose::ALL.into_iter().zip(1..) {
        let full = Challenge { attempts: number, closed_at: Some(later(number)), ..challenge(number, 1, purpose) };
        account = open(stores, &account, full.clone()).await;
        assert_eq!(stores.challenge(number).await, Some(full));
        let bare = challenge(number + 10, 1, purpose);
        account = open(stores, &account, bare.clone()).await;
        assert_eq!(stores.challenge(number + 10).await, Some(bare));
    }
}

/// And nobody else's.
pub async fn opening_a_challenge_closes_the_earlier_ones_of_its_purpose_alone(stores: &AccountStores) {
    let (account, other) = (stores.register(1).await, stores.keep(stranger(2)).await);
    open(stores, &other, challenge(3, 2, Purpose::LogIn)).await;
    let account = open(stores, &account, challenge(1, 1, Purpose::LogIn)).await;
    let account = open(stores, &account, challenge(2, 1, Purpose::ResetPassword)).await;
    let renewing =
        AccountCommit { challenges: Some(challenge(4, 1, Purpose::LogIn)), ..AccountCommit::of(account, later(1)) };
    let account = stores.commit(renewing).await;
    let closed = Challenge { closed_at: Some(later(1)), ..challenge(1, 1, Purpose::LogIn) };
    assert_eq!(stores.challenge(1).await.as_ref(), Some(&closed));
    for open in [2, 3, 4] {
        assert_eq!(stores.challenge(open).await.and_then(|it| it.closed_at), None, "challenge {open}");
    }
    assert_closed(&stores.refused(meeting(&account, 1, later(1))).await);
    open(stores, &account, challenge(5, 1, Purpose::LogIn)).await;
    assert_eq!(stores.challenge(1).await, Some(closed), "it was closed then, not now");
}

/// Open or not; the later id of two of one moment.
pub async fn the_latest_challenge_of_a_purpose_is_found(stores: &AccountStores) {
    let latest = async |purpose| {
        stores.accounts.latest_challenge(account_id(1), purpose).await.expect("the store answers").map(|it| it.id)
    };
    let (mut account, other) = (stores.register(1).await, stores.keep(stranger(2)).await);
    assert_eq!(latest(Purpose::LogIn).await, None);
    open(stores, &other, Challenge { created_at: later(9), ..challenge(9, 2, Purpose::LogIn) }).await;
    for (number, at) in [(2, 1), (4, 5), (3, 5), (1, 2)] {
        let mine = Challenge { created_at: later(at), ..challenge(number, 1, Purpose::LogIn) };
        account = open(stores, &account, mine).await;
    }
    open(stores, &account, Challenge { created_at: later(9), ..challenge(8, 1, Purpose::VerifyEmail) }).await;
    assert_eq!(latest(Purpose::LogIn).await, Some(challenge_id(4)), "though it is closed");
    assert_eq!(latest(Purpose::ResetPassword).await, None);
}

/// A link that is followed twice does nothing the second time.
pub async fn a_challenge_is_met_once(stores: &AccountStores) {
    let account = stores.register(1).await;
    let account = open(stores, &account, challenge(1, 1, Purpose::VerifyEmail)).await;
    let account = stores.commit(meeting(&account, 1, later(1))).await;
    assert_eq!(stores.challenge(1).await.and_then(|it| it.closed_at), Some(later(1)));
    assert_closed(&stores.refused(meeting(&account, 1, later(2))).await);
    assert_closed(&stores.refused(meeting(&account, 7, later(2))).await);
    assert_eq!(stores.load(1).await, account);
    assert_eq!(stores.challenge(1).await.and_then(|it| it.closed_at), Some(later(1)));
}

/// Even if each has read the account as the one before left it.
pub async fn of_sixteen_who_meet_a_challenge_one_does(stores: &AccountStores) {
    let account = stores.register(1).await;
    open(stores, &account, challenge(1, 1, Purpose::LogIn)).await;
    let met = stores
        .at_once(16, |_| {
            let accounts = Arc::clone(&stores.accounts);
            async move {
                loop {
                    let key = crate::ports::AccountKey::Id(account_id(1));
                    let account = accounts.account(&key).await.expect("the store answers").expect("it is there");
                    match accounts.commit_account(meeting(&account, 1, NOW)).await {
                        Ok(()) => return true,
                        Err(AccountCommitError::Conflict) => {}
                        Err(AccountCommitError::ChallengeClosed) => return false,
                        Err(error) => panic!("neither met nor closed: {error:?}"),
                    }
                }
            }
        })
        .await;
    assert_eq!(met.into_iter().filter(|met| *met).count(), 1);
}

/// Not at the very moment when its time is over.
pub async fn a_challenge_is_met_by_its_own_account_and_in_time(stores: &AccountStores) {
    let (account, other) = (stores.register(1).await, stores.keep(stranger(2)).await);
    let account = open(stores, &account, challenge(1, 1, Purpose::LogIn)).await;
    assert_closed(&stores.refused(meeting(&other, 1, NOW)).await);
    let over = NOW + Purpose::LogIn.lifetime();
    assert_closed(&stores.refused(meeting(&account, 1, over)).await);
    assert_closed(&stores.refused(meeting(&account, 1, over + DAY)).await);
    stores.commit(meeting(&account, 1, over - Duration::from_micros(1))).await;
}

/// It has been counted when it is looked at.
pub async fn the_last_guess_may_be_the_right_one(stores: &AccountStores) {
    let account = stores.register(1).await;
    let account = open(stores, &account, challenge(1, 1, Purpose::LogIn)).await;
    for _ in 0..Challenge::MAX_ATTEMPTS {
        assert!(matches!(attempt(stores, 1, NOW).await, Attempt::Counted(_)));
    }
    stores.commit(meeting(&account, 1, NOW)).await;
}

/// As when a code is shown to be right and another purpose begins, or the same.
pub async fn a_challenge_may_follow_the_one_that_is_met(stores: &AccountStores) {
    let account = stores.register(1).await;
    let account = open(stores, &account, challenge(1, 1, Purpose::LogIn)).await;
    let next = Some(challenge(2, 1, Purpose::LogIn));
    stores.commit(AccountCommit { challenges: next, ..meeting(&account, 1, later(1)) }).await;
    assert_eq!(stores.challenge(1).await.and_then(|it| it.closed_at), Some(later(1)));
    assert_eq!(stores.challenge(2).await, Some(challenge(2, 1, Purpose::LogIn)));
}

/// Each with its own number.
pub async fn of_twenty_guesses_at_once_no_more_than_the_limit_are_counted(stores: &AccountStores) {
    let account = stores.register(1).await;
    open(stores, &account, challenge(1, 1, Purpose::LogIn)).await;
    let guesses = stores
        .at_once(20, |_| {
            let accounts = Arc::clone(&stores.accounts);
            async move { accounts.attempt(challenge_id(1), NOW).await.expect("the store answers") }
        })
        .await;
    let counted = guesses.into_iter().filter_map(|guess| match guess {
        Attempt::Counted(challenge) => Some(challenge.attempts),
        Attempt::Closed => None,
    });
    let mut counted: Vec<_> = counted.collect();
    counted.sort_unstable();
    assert_eq!(counted, (1..=Challenge::MAX_ATTEMPTS).collect::<Vec<_>>());
    let stored = stores.challenge(1).await.expect("it is there");
    assert_eq!(stored.attempts, Challenge::MAX_ATTEMPTS);
    assert_eq!(attempt(stores, 1, NOW).await, Attempt::Closed);
}

/// And changes nothing.
pub async fn a_guess_at_what_is_closed_late_or_unknown_is_not_counted(stores: &AccountStores) {
    let account = stores.register(1).await;
    let closed = Challenge { closed_at: Some(NOW), ..challenge(1, 1, Purpose::LogIn) };
    let account = open(stores, &account, closed.clone()).await;
    open(stores, &account, challenge(2, 1, Purpose::ResetPassword)).await;
    assert_eq!(attempt(stores, 1, NOW).await, Attempt::Closed);
    assert_eq!(stores.challenge(1).await, Some(closed));
    let over = NOW + Purpose::ResetPassword.lifetime();
    assert_eq!(attempt(stores, 2, over).await, Attempt::Closed);
    let counted = Challenge { attempts: 1, ..challenge(2, 1, Purpose::ResetPassword) };
    assert_eq!(attempt(stores, 2, over - Duration::from_micros(1)).await, Attempt::Counted(counted));
    assert_eq!(attempt(stores, 9, NOW).await, Attempt::Closed);
}

/// Whosever the first one is: a code that somebody has was made from it.
pub async fn an_id_names_one_challenge(stores: &AccountStores) {
    let (account, other) = (stores.register(1).await, stores.keep(stranger(2)).await);
    let account = open(stores, &account, challenge(1, 1, Purpose::LogIn)).await;
    for (account, number) in [(account, 1), (other, 2)] {
        let again = Some(challenge(1, number, Purpose::ResetPassword));
        assert_invalid(&stores.refused(AccountCommit { challenges: again, ..AccountCommit::of(account, NOW) }).await);
    }
    assert_eq!(stores.challenge(1).await, Some(challenge(1, 1, Purpose::LogIn)));
}
