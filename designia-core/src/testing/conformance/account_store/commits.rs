//! Commits: all of it or nothing, against the version that was read.

use std::sync::Arc;

use crate::account::{
    Account, AccountEventKind, ApplicationState, Hidden, Purpose, Role, SellerType, Session, Standing,
};
use crate::ports::{AccountCommit, AccountCommitError, AccountKey, ApplicationKey, EndSessions};
use crate::task::Task;
use crate::testing::conformance::AccountStores;
use crate::testing::conformance::account_stores::{
    account_id, application, assert_conflict, assert_invalid, challenge, challenge_id, event, later, person, session,
    stranger,
};
use crate::testing::fixtures::{NOW, task};

/// A commit with something of everything.
fn laden(account: Account) -> AccountCommit {
    AccountCommit {
        opens: Some(session(2, 1)),
        ends: EndSessions::All,
        challenges: Some(challenge(2, 1, Purpose::LogIn)),
        application: Some(application(1, 1)),
        events: vec![event(1, AccountEventKind::LoggedIn, NOW)],
        tasks: vec![task(1)],
        ..AccountCommit::of(account, NOW)
    }
}

/// Whatever its role, standing and kind.
pub async fn an_account_comes_back_with_every_field(stores: &AccountStores) {
    let account = stores.register(1).await;
    assert_eq!((account.version, stores.load(1).await), (1, account));
    let roles = [Role::Customer, Role::Seller, Role::Admin];
    let standings = [
        Standing::Unverified,
        Standing::Active,
        Standing::Disabled { at: later(7), why: String::new() },
        Standing::Deleted { at: later(8) },
    ];
    let mut number = 1;
    for role in roles {
        for standing in &standings {
            number += 1;
            let seller_type = SellerType::ALL.get(number as usize % 8).copied();
            let account = Account { role, standing: standing.clone(), seller_type, ..person(number) };
            let account = stores.keep(account).await;
            assert_eq!(stores.load(number).await, account);
        }
    }
}

/// An account of which nothing is known but what must be.
pub async fn what_was_left_out_stays_left_out(stores: &AccountStores) {
    let account = stores.keep(stranger(1)).await;
    assert_eq!(stores.load(1).await, account);
}

/// All of it changes.
pub async fn a_later_version_takes_the_place_of_the_one_it_was_decided_against(stores: &AccountStores) {
    let account = stores.register(1).await;
    let bare = Account { id: account.id, version: account.version, created_at: later(1), ..stranger(2) };
    let second = stores.keep(bare).await;
    assert_eq!((second.version, stores.load(1).await), (2, second));
}

/// A registration whose answer was lost and that comes again is a conflict, and not one with itself over its address.
pub async fn a_new_account_is_not_stored_over_one_that_is_there(stores: &AccountStores) {
    let account = stores.register(1).await;
    assert_conflict(&stores.refused(AccountCommit::of(person(1), NOW)).await);
    assert_conflict(&stores.refused(AccountCommit::of(Account { id: account_id(1), ..stranger(2) }, NOW)).await);
    assert_eq!(stores.load(1).await, account);
}

/// Nor made.
pub async fn an_account_that_never_was_is_not_changed(stores: &AccountStores) {
    assert_conflict(&stores.refused(AccountCommit::of(Account { version: 3, ..person(1) }, NOW)).await);
    assert_eq!(stores.find(AccountKey::Id(account_id(1))).await, None);
    let ahead = Account { version: 2, ..stores.register(1).await };
    assert_conflict(&stores.refused(AccountCommit::of(ahead, NOW)).await);
    assert_eq!(stores.load(1).await.version, 1);
}

/// The others conflict, and what is stored is what the one wanted.
pub async fn of_sixteen_commits_against_one_version_one_is_stored(stores: &AccountStores) {
    let account = stores.register(1).await;
    let stored = stores
        .at_once(16, |number| {
            let accounts = Arc::clone(&stores.accounts);
            let mine = Account { first_name: format!("racer {number}"), ..account.clone() };
            async move {
                match accounts.commit_account(AccountCommit::of(mine, NOW)).await {
                    Ok(()) => Some(number),
                    Err(AccountCommitError::Conflict) => None,
                    Err(error) => panic!("neither stored nor a conflict: {error:?}"),
                }
            }
        })
        .await;
    let winners: Vec<u32> = stored.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1, "{winners:?}");
    let account = stores.load(1).await;
    assert_eq!((account.version, account.first_name), (2, format!("racer {}", winners[0])));
}

/// Whatever it is refused for: no session opens or ends, no challenge, application, event or task is there.
pub async fn a_refused_commit_leaves_nothing(stores: &AccountStores) {
    let other = stores.keep(stranger(2)).await;
    let theirs = crate::testing::conformance::account_stores::identity(7);
    stores.keep(Account { identities: vec![theirs.clone()], ..other.clone() }).await;
    let account = stores.register(1).await;
    let account = stores.open(account, [session(1, 1)]).await;
    let account = stores.change(&account, |it| it.challenges = Some(challenge(1, 1, Purpose::LogIn))).await;
    let before = stores.trace().await;

    let stale = Account { version: account.version - 1, ..account.clone() };
    assert_conflict(&stores.refused(laden(stale)).await);
    let taken = Account { email: other.email.clone(), ..account.clone() };
    let error = stores.refused(laden(taken)).await;
    assert!(matches!(error, AccountCommitError::EmailTaken), "{error:?}");
    let taken = Account { username: other.username.clone(), ..account.clone() };
    let error = stores.refused(laden(taken)).await;
    assert!(matches!(error, AccountCommitError::UsernameTaken), "{error:?}");
    let mut taken = account.clone();
    taken.identities.push(theirs);
    let error = stores.refused(laden(taken)).await;
    assert!(matches!(error, AccountCommitError::IdentityTaken), "{error:?}");
    let unheard_of = AccountCommit { meets: Some(challenge_id(9)), ..laden(account.clone()) };
    let error = stores.refused(unheard_of).await;
    assert!(matches!(error, AccountCommitError::ChallengeClosed), "{error:?}");
    let mut late = laden(account.clone());
    late.application.as_mut().expect("one is laden").version = 2;
    assert_conflict(&stores.refused(late).await);
    assert_eq!(stores.trace().await, before);

    stores.commit(laden(account)).await;
    assert_ne!(stores.trace().await, before, "nothing was wrong with the rest of it");
    assert!(stores.is_known(&task(1)).await);
}

/// A commit is of one account, and its version is the next one.
pub async fn what_belongs_to_another_account_is_refused(stores: &AccountStores) {
    let account = stores.register(1).await;
    stores.keep(stranger(2)).await;
    let of = || AccountCommit::of(account.clone(), NOW);
    let skipping = Account { version: account.version + 2, ..account.clone() };
    for wrong in [
        AccountCommit { opens: Some(session(1, 2)), ..of() },
        AccountCommit { challenges: Some(challenge(1, 2, Purpose::LogIn)), ..of() },
        AccountCommit { application: Some(application(1, 2)), ..of() },
        AccountCommit { events: vec![event(2, AccountEventKind::LoggedIn, NOW)], ..of() },
        AccountCommit { account: skipping, ..of() },
        AccountCommit { account: account.clone(), ..of() },
    ] {
        assert_invalid(&stores.refused(wrong).await);
    }
    assert_eq!(stores.load(1).await, account);
    assert_eq!(stores.session(1).await, None);
    assert_eq!(stores.application(ApplicationKey::Account(account_id(2))).await, None);
}

/// Nothing of it is stored.
pub async fn an_invalid_task_refuses_the_commit(stores: &AccountStores) {
    let bad = Task { max_attempts: 0, ..task(2) };
    let error = stores.refused(AccountCommit { tasks: vec![task(1), bad], ..AccountCommit::of(person(1), NOW) }).await;
    assert_invalid(&error);
    assert_eq!(stores.find(AccountKey::Id(account_id(1))).await, None);
    assert!(!stores.is_known(&task(1)).await);
}

/// Whether by its id or by its unique key.
pub async fn a_known_task_is_left_out_and_the_commit_stands(stores: &AccountStores) {
    let keyed = |number| Task { unique_key: Some("mail".to_owned()), ..task(number) };
    let account = stores.change(&person(1), |it| it.tasks = vec![task(1), keyed(2)]).await;
    let account = stores.change(&account, |it| it.tasks = vec![task(1), keyed(3), task(4)]).await;
    assert_eq!(stores.load(1).await, account);
    for (number, is_there) in [(1, true), (2, true), (3, false), (4, true)] {
        assert_eq!(stores.is_known(&task(number)).await, is_there, "task {number}");
    }
}

/// And nobody else's.
pub async fn of_sixteen_commits_at_once_the_winners_tasks_and_events_are_there(stores: &AccountStores) {
    let account = stores.register(1).await;
    let won = stores
        .at_once(16, |number| {
            let accounts = Arc::clone(&stores.accounts);
            let mine = Session { client: number.to_string(), ..session(number, 1) };
            let commit = AccountCommit {
                opens: Some(mine),
                application: Some(application(number, 1)),
                events: vec![event(1, AccountEventKind::LoggedIn, later(number))],
                tasks: vec![task(number)],
                ..AccountCommit::of(Account { password: Some(Hidden::new("new")), ..account.clone() }, NOW)
            };
            async move { accounts.commit_account(commit).await.is_ok().then_some(number) }
        })
        .await;
    let winners: Vec<u32> = won.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1, "{winners:?}");
    let happened: Vec<_> = stores.happened(1, 99).await.into_iter().map(|event| event.at).collect();
    assert_eq!(happened, [later(winners[0])]);
    assert_eq!(stores.applied(Some(ApplicationState::Pending), 9).await, [application(winners[0], 1).id]);
    for number in 0..16 {
        assert_eq!(stores.is_known(&task(number)).await, number == winners[0]);
        assert_eq!(stores.session(number).await.is_some(), number == winners[0]);
    }
}
