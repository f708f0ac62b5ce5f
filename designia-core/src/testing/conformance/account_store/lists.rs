//! Pages of accounts and of what happened to them.

use crate::account::{Account, AccountEvent, AccountEventKind, Role, Standing};
use crate::id::AccountId;
use crate::ports::{AccountFilter, Cursor, PageRequest, StoreErrorKind};
use crate::testing::conformance::AccountStores;
use crate::testing::conformance::account_stores::{account_id, event, later, stranger};
use crate::testing::fixtures::NOW;

/// The numbers of the accounts of a filter, in pages of every length.
async fn found(stores: &AccountStores, filter: &AccountFilter) -> Vec<AccountId> {
    let ids = |accounts: Vec<Account>| accounts.into_iter().map(|account| account.id).collect::<Vec<_>>();
    let all = ids(stores.listed(filter, 99).await);
    for limit in [1, 2, 3] {
        assert_eq!(ids(stores.listed(filter, limit).await), all, "in pages of {limit} of {filter:?}");
    }
    all
}

async fn starting(stores: &AccountStores, start: &str) -> Vec<AccountId> {
    found(stores, &AccountFilter { starts_with: Some(start.to_owned()), ..AccountFilter::default() }).await
}

/// Keeps an account of this address and name, made at this moment.
async fn named(stores: &AccountStores, number: u32, email: &str, username: &str) {
    let (email, username) = (email.parse().expect("an address"), username.parse().expect("a name"));
    stores.keep(Account { email, username, created_at: later(number), ..stranger(number) }).await;
}

/// Whatever was changed last.
pub async fn accounts_are_listed_newest_first(stores: &AccountStores) {
    for (number, moment) in [(1, 3), (2, 1), (3, 4), (4, 2)] {
        stores.keep(Account { created_at: later(moment), ..stranger(number) }).await;
    }
    let oldest = stores.load(2).await;
    stores.keep(oldest).await;
    assert_eq!(found(stores, &AccountFilter::default()).await, [3, 1, 4, 2].map(account_id));
    assert_eq!(stores.listed(&AccountFilter::default(), 9).await[3], stores.load(2).await, "all of it is listed");
}

/// By their ids.
pub async fn accounts_of_one_moment_are_each_on_one_page(stores: &AccountStores) {
    for number in [3, 1, 5, 2, 4] {
        stores.keep(stranger(number)).await;
    }
    let filters = [
        AccountFilter::default(),
        AccountFilter { role: Some(Role::Customer), ..AccountFilter::default() },
        AccountFilter { standing: Some("unverified".to_owned()), ..AccountFilter::default() },
        AccountFilter { starts_with: Some("stranger".to_owned()), ..AccountFilter::default() },
    ];
    for filter in filters {
        assert_eq!(found(stores, &filter).await, [5, 4, 3, 2, 1].map(account_id), "{filter:?}");
    }
}

/// As they are now.
pub async fn accounts_are_listed_by_role_and_standing(stores: &AccountStores) {
    let roles = [Role::Customer, Role::Seller, Role::Admin];
    let standings = [Standing::Active, Standing::Disabled { at: later(1), why: "why".to_owned() }];
    for number in 0..6 {
        let (role, standing) = (roles[number as usize % 3], standings[number as usize % 2].clone());
        stores.keep(Account { role, standing, created_at: later(number), ..stranger(number) }).await;
    }
    let of = async |role, standing: Option<&str>| {
        found(stores, &AccountFilter { role, standing: standing.map(str::to_owned), starts_with: None }).await
    };
    assert_eq!(of(Some(Role::Seller), None).await, [4, 1].map(account_id));
    assert_eq!(of(None, Some("active")).await, [4, 2, 0].map(account_id));
    assert_eq!(of(Some(Role::Seller), Some("active")).await, [account_id(4)]);
    assert_eq!(of(None, Some("nonsense")).await, []);
    let account = stores.load(4).await;
    let gone = Standing::Deleted { at: later(9) };
    stores.keep(Account { role: Role::Customer, standing: gone, ..account }).await;
    assert_eq!(of(Some(Role::Seller), None).await, [account_id(1)]);
    assert_eq!(of(None, Some("deleted")).await, [account_id(4)]);
    assert_eq!(of(Some(Role::Customer), None).await, [4, 3, 0].map(account_id));
}

/// An account that begins so twice is listed once.
pub async fn a_beginning_is_looked_for_in_addresses_and_names_whatever_its_case(stores: &AccountStores) {
    named(stores, 1, "Ann@example.com", "Zed").await;
    named(stores, 2, "bob@example.com", "ANNika").await;
    named(stores, 3, "anna@example.com", "anna").await;
    named(stores, 4, "joanne@example.com", "joanne").await;
    named(stores, 5, "Ärger@example.com", "ÉMILE").await;
    for start in ["ann", "ANN", "Ann"] {
        assert_eq!(starting(stores, start).await, [3, 2, 1].map(account_id), "{start}");
    }
    assert_eq!(starting(stores, "anna@example.com").await, [account_id(3)]);
    assert_eq!(starting(stores, "ä").await, [account_id(5)]);
    assert_eq!(starting(stores, "Ä").await, [account_id(5)]);
    assert_eq!(starting(stores, "émi").await, [account_id(5)]);
    assert_eq!(starting(stores, "a").await, [3, 2, 1].map(account_id), "no letter stands for another");
    assert_eq!(starting(stores, "").await.len(), 5);
    assert_eq!(starting(stores, "annz").await, []);
}

/// As does everything else that means something to a database.
pub async fn wildcards_stand_for_themselves(stores: &AccountStores) {
    named(stores, 1, "100%.off@example.com", "a_b").await;
    named(stores, 2, "100x.off@example.com", "axb").await;
    named(stores, 3, "_x@example.com", "a-b").await;
    assert_eq!(starting(stores, "100%").await, [account_id(1)]);
    assert_eq!(starting(stores, "a_").await, [account_id(1)]);
    assert_eq!(starting(stores, "_").await, [account_id(3)]);
    for nobody in ["%", "%off", "a*", "a?", "[a-z]", "a\\", "' OR 1=1 --", "\"", "^a", ".*", " a"] {
        assert_eq!(starting(stores, nobody).await, [], "{nobody}");
    }
}

/// Each of them holds.
pub async fn filters_add_up(stores: &AccountStores) {
    for number in 0..16 {
        let (role, standing) = if number % 2 == 0 {
            (Role::Seller, Standing::Unverified)
        } else {
            (Role::Customer, if number % 3 == 0 { Standing::Active } else { Standing::Unverified })
        };
        stores.keep(Account { role, standing, created_at: later(number), ..stranger(number) }).await;
    }
    let filter = AccountFilter {
        role: Some(Role::Customer),
        standing: Some("unverified".to_owned()),
        starts_with: Some("Stranger1".to_owned()),
    };
    assert_eq!(found(stores, &filter).await, [13, 11, 1].map(account_id));
    let filter = AccountFilter { role: None, ..filter };
    assert_eq!(found(stores, &filter).await, [14, 13, 12, 11, 10, 1].map(account_id));
    let filter = AccountFilter { role: Some(Role::Seller), standing: None, ..filter };
    assert_eq!(found(stores, &filter).await, [14, 12, 10].map(account_id));
}

/// Those that there are, each once.
pub async fn several_accounts_come_at_once(stores: &AccountStores) {
    for number in [1, 2, 3] {
        stores.keep(stranger(number)).await;
    }
    let ask = async |numbers: &[u32]| {
        let ids: Vec<_> = numbers.iter().map(|number| account_id(*number)).collect();
        let mut accounts = stores.accounts.accounts(&ids).await.expect("the store answers");
        accounts.sort_by_key(|account| account.id);
        accounts
    };
    assert_eq!(ask(&[3, 9, 1, 3]).await, [stores.load(1).await, stores.load(3).await]);
    assert_eq!(ask(&[]).await, []);
    assert_eq!(ask(&(0..2_000).collect::<Vec<_>>()).await.len(), 3);
}

/// With all that is known about it, and with nothing.
pub async fn every_kind_of_event_comes_back_newest_first(stores: &AccountStores) {
    let mut account = stores.keep(stranger(1)).await;
    let other = stores.keep(stranger(2)).await;
    let mut all = Vec::new();
    for (kind, number) in AccountEventKind::ALL.iter().zip(1..) {
        let full = event(1, *kind, later(number));
        let bare = AccountEvent { by: None, from: None, note: None, ..full.clone() };
        all.extend([full.clone(), bare.clone()]);
        account = stores.change(&account, |commit| commit.events = vec![full, bare]).await;
    }
    stores.change(&other, |commit| commit.events = vec![event(2, AccountEventKind::Registered, later(99))]).await;
    all.reverse();
    for limit in [1, 3, 32, 99] {
        assert_eq!(stores.happened(1, limit).await, all, "in pages of {limit}");
    }
    assert_eq!(stores.happened(2, 9).await.len(), 1);
}

/// In the order in which they were stored, backwards.
pub async fn events_of_one_moment_are_each_on_one_page(stores: &AccountStores) {
    let account = stores.keep(stranger(1)).await;
    let noted = |number: u32| AccountEvent {
        note: Some(number.to_string()),
        ..event(1, AccountEventKind::LogInRefused, later(1))
    };
    stores.change(&account, |commit| commit.events = (0..7).map(noted).collect()).await;
    let all: Vec<_> = (0..7).rev().map(noted).collect();
    for limit in [1, 2, 7] {
        assert_eq!(stores.happened(1, limit).await, all, "in pages of {limit}");
    }
}

/// Rather than the first page again.
pub async fn a_cursor_of_something_else_is_refused(stores: &AccountStores) {
    stores.keep(stranger(1)).await;
    let page = || PageRequest { after: Some(Cursor { at: NOW, id: "'?\0".to_owned() }), limit: 9 };
    let kinds = [
        stores.accounts.account_page(&AccountFilter::default(), page()).await.map(|_| ()),
        stores.accounts.account_events(account_id(1), page()).await.map(|_| ()),
        stores.accounts.applications(None, page()).await.map(|_| ()),
    ];
    for result in kinds {
        assert_eq!(result.expect_err("it is refused").kind, StoreErrorKind::Invalid);
    }
}
