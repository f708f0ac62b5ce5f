//! Sessions and challenges that are over are forgotten, a few at a time.

use std::time::Duration;

use crate::account::{Account, AccountEventKind, Challenge, Purpose, Role, Session, Standing};
use crate::id::AccountId;
use crate::order::Placement;
use crate::ports::{AccountKey, ApplicationKey};
use crate::testing::conformance::AccountStores;
use crate::testing::conformance::account_stores::{
    account_id, application, assert_conflict, challenge, event, identity, later, session, session_id, stranger,
};
use crate::testing::fixtures::{self, NOW};
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

async fn unverified(stores: &AccountStores, before: Timestamp, limit: u32) -> Vec<AccountId> {
    stores.accounts.unverified(before, limit).await.expect("the store answers")
}

async fn forget_unverified(stores: &AccountStores, ids: &[AccountId], before: Timestamp) -> u32 {
    stores.accounts.forget_unverified(ids, before).await.expect("the store answers")
}

/// Neither those whose address is verified, nor who has logged in, sells or ordered, nor those of that very moment; and who is not
/// named is not removed.
pub async fn registrations_that_nobody_verified_are_named_oldest_first_and_nobody_else(stores: &AccountStores) {
    let made = |number| Account { created_at: later(20 - number), ..stranger(number) };
    let before = later(15);
    for number in 1..=9 {
        stores.keep(made(number)).await;
    }
    let others = [Standing::Active, Standing::Disabled { at: NOW, why: String::new() }, Standing::Deleted { at: NOW }];
    for (number, standing) in (16..).zip(others) {
        stores.keep(Account { standing, created_at: NOW, ..stranger(number) }).await;
    }
    stores.keep(Account { last_login: Some(NOW), created_at: NOW, ..stranger(30) }).await;
    stores.keep(Account { role: Role::Seller, created_at: NOW, ..stranger(31) }).await;
    let someone = stores.keep(Account { created_at: NOW, ..stranger(32) }).await;
    stores.open(someone, [Session { ended_at: Some(NOW), ..session(1, 32) }]).await;
    stores.keep(Account { created_at: NOW, ..stranger(33) }).await;
    for number in [1, 2] {
        stores.catalog.put(&fixtures::product(number)).await.expect("a product is stored");
    }
    let placement = Placement { buyer: account_id(33).buyer(), ..fixtures::placement(1) };
    stores.orders.commit(fixtures::commit(fixtures::placed(placement))).await.expect("the order is stored");

    let expected = [9, 8, 7, 6].map(account_id);
    assert_eq!(unverified(stores, before, 99).await, expected);
    assert_eq!(unverified(stores, before, 2).await, expected[..2]);
    assert_eq!(unverified(stores, before, 0).await, []);
    let everybody: Vec<_> = (1..=33).map(account_id).collect();
    assert_eq!(forget_unverified(stores, &[], before).await, 0);
    assert_eq!(forget_unverified(stores, &everybody[..7], before).await, 2);
    assert_eq!(unverified(stores, before, 99).await, expected[..2]);
    assert_eq!(forget_unverified(stores, &everybody, before).await, 2);
    for number in [1, 5, 16, 18, 17, 30, 31, 32, 33] {
        assert!(stores.find(AccountKey::Id(account_id(number))).await.is_some(), "account {number}");
    }
}

/// Somebody else may have the address and the name at once, and what was kept is found by no call.
pub async fn a_registration_that_is_forgotten_frees_its_names_and_takes_all_of_its_own_along(stores: &AccountStores) {
    let account = stores.keep(Account { identities: vec![identity(1)], ..stranger(1) }).await;
    stores.keep(stranger(2)).await;
    stores
        .change(&account, |commit| {
            commit.challenges = Some(challenge(1, 1, Purpose::VerifyEmail));
            commit.application = Some(application(1, 1));
            commit.events = vec![event(1, AccountEventKind::LoggedIn, NOW)];
        })
        .await;
    assert_eq!(forget_unverified(stores, &[account.id], later(1)).await, 1);
    assert_eq!(forget_unverified(stores, &[account.id], later(1)).await, 0);
    for key in [AccountKey::Id(account.id), AccountKey::Email(account.email.clone()), AccountKey::Identity(identity(1))]
    {
        assert_eq!(stores.find(key.clone()).await, None, "{key:?}");
    }
    assert_eq!(stores.challenge(1).await, None);
    assert_eq!(stores.application(ApplicationKey::Account(account.id)).await, None);
    assert_eq!(stores.happened(1, 9).await, []);
    let (email, username, identities) = (account.email, account.username, account.identities);
    let another = stores.keep(Account { email, username, identities, ..stranger(3) }).await;
    assert_eq!(stores.find(AccountKey::Identity(identity(1))).await, Some(another));
    assert!(stores.find(AccountKey::Id(account_id(2))).await.is_some());
}

/// And who verifies one that is gone learns of a conflict.
pub async fn a_registration_that_was_verified_meanwhile_stays(stores: &AccountStores) {
    let first = stores.keep(stranger(1)).await;
    let second = stores.keep(stranger(2)).await;
    let named = unverified(stores, later(1), 9).await;
    assert_eq!(named, [first.id, second.id]);
    let verified = stores.keep(Account { standing: Standing::Active, ..first }).await;
    assert_eq!(forget_unverified(stores, &named, later(1)).await, 1);
    assert_eq!(stores.load(1).await, verified);
    let late = crate::ports::AccountCommit::of(Account { standing: Standing::Active, ..second }, NOW);
    assert_conflict(&stores.refused(late).await);
}
