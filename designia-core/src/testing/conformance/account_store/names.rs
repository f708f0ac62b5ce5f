//! Addresses, public names and identities: one account's each.

use std::sync::Arc;

use crate::account::{Account, Identity};
use crate::ports::{AccountCommit, AccountCommitError, AccountKey};
use crate::testing::conformance::AccountStores;
use crate::testing::conformance::account_stores::{account_id, identity, person, stranger};
use crate::testing::fixtures::NOW;

/// Beyond the letters of English, too.
pub async fn an_address_belongs_to_one_account_whatever_its_case(stores: &AccountStores) {
    stores.register(1).await;
    for same in ["zoë.o+1@example.com", "ZOË.O+1@EXAMPLE.COM"] {
        let second = Account { email: same.parse().expect("an address"), ..stranger(2) };
        let error = stores.refused(AccountCommit::of(second, NOW)).await;
        assert!(matches!(error, AccountCommitError::EmailTaken), "{error:?}");
    }
    assert_eq!(stores.find(AccountKey::Id(account_id(2))).await, None);
}

/// Beyond the letters of English, too.
pub async fn a_public_name_belongs_to_one_account_whatever_its_case(stores: &AccountStores) {
    stores.register(1).await;
    for same in ["zoë_1", "ZOË_1"] {
        let second = Account { username: same.parse().expect("a name"), ..stranger(2) };
        let error = stores.refused(AccountCommit::of(second, NOW)).await;
        assert!(matches!(error, AccountCommitError::UsernameTaken), "{error:?}");
    }
    assert_eq!(stores.find(AccountKey::Id(account_id(2))).await, None);
}

/// When an account is made, and when it is changed.
pub async fn an_identity_belongs_to_one_account(stores: &AccountStores) {
    stores.register(1).await;
    let new = Account { identities: vec![identity(2), identity(1)], ..stranger(2) };
    let error = stores.refused(AccountCommit::of(new, NOW)).await;
    assert!(matches!(error, AccountCommitError::IdentityTaken), "{error:?}");
    assert_eq!(stores.find(AccountKey::Identity(identity(2))).await, None, "nothing of it is stored");
    let second = stores.keep(stranger(2)).await;
    let error = stores.refused(AccountCommit::of(Account { identities: vec![identity(1)], ..second }, NOW)).await;
    assert!(matches!(error, AccountCommitError::IdentityTaken), "{error:?}");
}

/// A provider's name for a person is opaque, and another provider's is another.
pub async fn identities_are_told_apart_to_the_letter(stores: &AccountStores) {
    let named = |provider: &str, subject: &str| Identity { provider: provider.to_owned(), subject: subject.to_owned() };
    let all = [named("google", "abc"), named("google", "ABC"), named("apple", "abc"), named("google", "abc ")];
    for (identity, number) in all.iter().zip(1..) {
        stores.keep(Account { identities: vec![identity.clone()], ..stranger(number) }).await;
    }
    for (identity, number) in all.iter().zip(1..) {
        let found = stores.find(AccountKey::Identity(identity.clone())).await.expect("it is somebody's");
        assert_eq!(found.id, account_id(number), "{identity:?}");
    }
}

/// At once, by anybody; and what is kept is kept.
pub async fn what_is_given_up_can_be_taken(stores: &AccountStores) {
    let first = stores.register(1).await;
    let (email, username) = (first.email.clone(), first.username.clone());
    let others = |number, identities| Account { version: 1, id: account_id(1), identities, ..stranger(number) };
    let first = stores.keep(others(7, vec![identity(3), first.identities[1].clone()])).await;
    for gone in
        [AccountKey::Email(email.clone()), AccountKey::Username(username.clone()), AccountKey::Identity(identity(1))]
    {
        assert_eq!(stores.find(gone.clone()).await, None, "{gone:?}");
    }
    for kept in [AccountKey::Identity(identity(3)), AccountKey::Identity(first.identities[1].clone())] {
        assert_eq!(stores.find(kept).await.as_ref(), Some(&first));
    }
    let second = stores.keep(Account { email, username, identities: vec![identity(1)], ..stranger(2) }).await;
    assert_eq!(stores.find(AccountKey::Identity(identity(1))).await, Some(second));
}

/// As it writes itself, and as somebody else does.
pub async fn an_account_finds_itself_under_any_case(stores: &AccountStores) {
    let account = stores.register(1).await;
    stores.register(2).await;
    for email in ["Zoë.O+1@Example.com", "zoë.o+1@example.com", "ZOË.O+1@EXAMPLE.COM"] {
        let found = stores.find(AccountKey::Email(email.parse().expect("an address"))).await;
        assert_eq!(found.as_ref(), Some(&account), "{email}");
    }
    for name in ["Zoë_1", "zoë_1", "ZOË_1"] {
        let found = stores.find(AccountKey::Username(name.parse().expect("a name"))).await;
        assert_eq!(found.as_ref(), Some(&account), "{name}");
    }
    let shouting = "ZOË.O+1@EXAMPLE.COM".parse().expect("an address");
    let louder = stores.keep(Account { email: shouting, ..account }).await;
    assert_eq!(stores.load(1).await, louder, "its owner may write it otherwise");
}

/// In any case; the others are told so.
pub async fn of_sixteen_who_want_one_address_one_gets_it(stores: &AccountStores) {
    let got = stores
        .at_once(16, |number| {
            let accounts = Arc::clone(&stores.accounts);
            let email = if number % 2 == 0 { "one@example.com" } else { "ONE@example.com" };
            let mine = Account { email: email.parse().expect("an address"), ..person(number) };
            async move {
                match accounts.commit_account(AccountCommit::of(mine, NOW)).await {
                    Ok(()) => Some(number),
                    Err(AccountCommitError::EmailTaken) => None,
                    Err(error) => panic!("neither stored nor taken: {error:?}"),
                }
            }
        })
        .await;
    let winners: Vec<u32> = got.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1, "{winners:?}");
    let found = stores.find(AccountKey::Email("one@example.com".parse().expect("an address"))).await;
    assert_eq!(found.map(|account| account.id), Some(account_id(winners[0])));
}

/// The others are told so.
pub async fn of_sixteen_who_come_with_one_identity_one_gets_it(stores: &AccountStores) {
    let got = stores
        .at_once(16, |number| {
            let accounts = Arc::clone(&stores.accounts);
            let mine = Account { identities: vec![identity(77)], ..person(number) };
            async move {
                match accounts.commit_account(AccountCommit::of(mine, NOW)).await {
                    Ok(()) => Some(number),
                    Err(AccountCommitError::IdentityTaken) => None,
                    Err(error) => panic!("neither stored nor taken: {error:?}"),
                }
            }
        })
        .await;
    let winners: Vec<u32> = got.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1, "{winners:?}");
    let found = stores.find(AccountKey::Identity(identity(77))).await;
    assert_eq!(found.map(|account| account.id), Some(account_id(winners[0])));
}

/// None, and no failure.
pub async fn nobody_is_found_under_what_nobody_has(stores: &AccountStores) {
    let keys = [
        AccountKey::Id(account_id(1)),
        AccountKey::Email(person(1).email),
        AccountKey::Username(person(1).username),
        AccountKey::Identity(identity(1)),
    ];
    for key in keys {
        assert_eq!(stores.find(key.clone()).await, None, "{key:?}");
    }
    assert_eq!(stores.session(1).await, None);
    assert_eq!(stores.challenge(1).await, None);
    assert_eq!(stores.live(1, NOW).await, []);
    assert_eq!(stores.happened(1, 9).await, []);
}
