//! Applications to become a seller: one of each account, under versions of their own.

use std::sync::Arc;

use crate::account::{Account, ApplicationState, SellerApplication, SellerType};
use crate::ports::{AccountCommit, AccountCommitError, ApplicationKey};
use crate::testing::conformance::AccountStores;
use crate::testing::conformance::account_stores::{
    account_id, application, application_id, assert_conflict, later, stranger,
};
use crate::testing::fixtures::NOW;

fn storing(account: &Account, application: SellerApplication) -> AccountCommit {
    AccountCommit { application: Some(application), ..AccountCommit::of(account.clone(), NOW) }
}

fn moved(application: SellerApplication, state: ApplicationState) -> SellerApplication {
    application.moved(state).expect("it can go there")
}

/// Of every type, and with what can be left out left out.
pub async fn an_application_comes_back_with_every_field(stores: &AccountStores) {
    for (seller_type, number) in SellerType::ALL.into_iter().zip(1..) {
        let account = stores.keep(stranger(number)).await;
        let mut stored = SellerApplication { seller_type, ..application(number, number) };
        if number % 2 == 0 {
            (stored.portfolio_url, stored.social_media_url) = (None, None);
            (stored.decided, stored.reason, stored.notes) = (None, None, None);
            stored.images.clear();
        }
        stores.commit(storing(&account, stored.clone())).await;
        for key in [ApplicationKey::Id(stored.id), ApplicationKey::Account(account.id)] {
            assert_eq!(stores.application(key).await.as_ref(), Some(&stored), "{key:?}");
        }
    }
}

/// Under any other id it is a conflict.
pub async fn an_account_has_one_application(stores: &AccountStores) {
    let account = stores.keep(stranger(1)).await;
    for key in [ApplicationKey::Id(application_id(1)), ApplicationKey::Account(account.id)] {
        assert_eq!(stores.application(key).await, None);
    }
    let account = stores.commit(storing(&account, application(1, 1))).await;
    for version in [1, 2] {
        let second = SellerApplication { version, ..application(2, 1) };
        assert_conflict(&stores.refused(storing(&account, second)).await);
    }
    assert_eq!(stores.application(ApplicationKey::Id(application_id(2))).await, None);
    assert_eq!(stores.application(ApplicationKey::Account(account_id(1))).await, Some(application(1, 1)));
}

/// No version is left out, and none comes twice.
pub async fn an_application_follows_its_version(stores: &AccountStores) {
    let account = stores.keep(stranger(1)).await;
    for version in [2, 7] {
        let early = SellerApplication { version, ..application(1, 1) };
        assert_conflict(&stores.refused(storing(&account, early)).await);
    }
    let first = application(1, 1);
    let account = stores.commit(storing(&account, first.clone())).await;
    let mut second = moved(first.clone(), ApplicationState::RevisionRequested);
    (second.reason, second.submitted_at) = (Some("more pictures".to_owned()), later(30));
    let account = stores.commit(storing(&account, second.clone())).await;
    let ahead = SellerApplication { version: 4, ..second.clone() };
    for wrong in [first.clone(), moved(first, ApplicationState::Approved), second.clone(), ahead] {
        assert_conflict(&stores.refused(storing(&account, wrong)).await);
    }
    assert_eq!(stores.application(ApplicationKey::Account(account.id)).await, Some(second));
}

/// Neither by its id nor under a version.
pub async fn an_application_of_another_account_is_not_overwritten(stores: &AccountStores) {
    let (owner, other) = (stores.keep(stranger(1)).await, stores.keep(stranger(2)).await);
    stores.commit(storing(&owner, application(1, 1))).await;
    for version in [1, 2] {
        let stolen = SellerApplication { version, ..application(1, 2) };
        assert_conflict(&stores.refused(storing(&other, stolen)).await);
    }
    assert_eq!(stores.application(ApplicationKey::Id(application_id(1))).await, Some(application(1, 1)));
    assert_eq!(stores.application(ApplicationKey::Account(account_id(2))).await, None);
}

/// Even if each has read the account as the one before left it.
pub async fn of_sixteen_who_decide_an_application_one_does(stores: &AccountStores) {
    let account = stores.keep(stranger(1)).await;
    stores.commit(storing(&account, application(1, 1))).await;
    let decided = stores
        .at_once(16, |number| {
            let accounts = Arc::clone(&stores.accounts);
            let mut mine = moved(application(1, 1), ApplicationState::Approved);
            mine.decided = Some((account_id(number), NOW));
            async move {
                loop {
                    let key = crate::ports::AccountKey::Id(account_id(1));
                    let account = accounts.account(&key).await.expect("the store answers").expect("it is there");
                    match accounts.commit_account(storing(&account, mine.clone())).await {
                        Ok(()) => return Some(number),
                        Err(AccountCommitError::Conflict) => {}
                        Err(error) => panic!("neither stored nor a conflict: {error:?}"),
                    }
                    let stored = accounts.application(ApplicationKey::Id(application_id(1))).await;
                    if stored.expect("the store answers").is_some_and(|it| it.version > 1) {
                        return None;
                    }
                }
            }
        })
        .await;
    let winners: Vec<u32> = decided.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1, "{winners:?}");
    let stored = stores.application(ApplicationKey::Account(account_id(1))).await.expect("it is there");
    assert_eq!((stored.version, stored.decided), (2, Some((account_id(winners[0]), NOW))));
}

/// One of a moment after the other by their ids; each on one page.
pub async fn applications_are_listed_oldest_first_and_by_state(stores: &AccountStores) {
    let moments = [5, 1, 3, 3, 3, 2, 4];
    for (moment, number) in moments.into_iter().zip(1..) {
        let state = ApplicationState::ALL[number as usize % 2];
        let submitted = SellerApplication { state, submitted_at: later(moment), ..application(number, number) };
        let account = stores.keep(stranger(number)).await;
        stores.commit(storing(&account, submitted)).await;
    }
    for limit in [1, 2, 3, 7, 8] {
        assert_eq!(stores.applied(None, limit).await, [2, 6, 3, 4, 5, 7, 1].map(application_id));
        let pending = stores.applied(Some(ApplicationState::Pending), limit).await;
        assert_eq!(pending, [2, 6, 4].map(application_id));
        let reviewed = stores.applied(Some(ApplicationState::UnderReview), limit).await;
        assert_eq!(reviewed, [3, 5, 7, 1].map(application_id));
        assert_eq!(stores.applied(Some(ApplicationState::Approved), limit).await, []);
    }
    // It moves from one list into the other.
    let account = stores.load(2).await;
    let seen = moved(SellerApplication { submitted_at: later(1), ..application(2, 2) }, ApplicationState::UnderReview);
    stores.commit(storing(&account, seen)).await;
    assert_eq!(stores.applied(Some(ApplicationState::Pending), 2).await, [6, 4].map(application_id));
    assert_eq!(stores.applied(Some(ApplicationState::UnderReview), 2).await, [2, 3, 5, 7, 1].map(application_id));
}
