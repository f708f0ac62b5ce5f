//! Sessions: rotated by one at a time, ended for good.

use std::sync::Arc;
use std::time::Duration;

use crate::account::Session;
use crate::ports::{AccountCommit, EndSessions};
use crate::testing::conformance::AccountStores;
use crate::testing::conformance::account_stores::{assert_invalid, later, session, session_id, stranger};
use crate::testing::fixtures::NOW;
use crate::time::{DAY, Timestamp};

/// What is known of it, and what isn't.
pub async fn a_session_comes_back_with_every_field(stores: &AccountStores) {
    let full = Session { generation: u32::MAX - 1, refreshed_at: later(5), ended_at: Some(later(6)), ..session(1, 1) };
    let bare = Session { client: String::new(), from: None, ..session(2, 1) };
    let account = stores.register(1).await;
    stores.open(account, [full.clone(), bare.clone()]).await;
    assert_eq!(stores.session(1).await, Some(full));
    assert_eq!(stores.session(2).await, Some(bare));
}

/// And over no other, and not where there is none.
pub async fn a_session_is_stored_over_the_one_that_was_read(stores: &AccountStores) {
    let put = async |before: &Session, after: &Session| {
        stores.accounts.put_session(before, after).await.expect("the store answers")
    };
    let account = stores.register(1).await;
    let (first, bystander) = (session(1, 1), session(2, 1));
    stores.open(account, [first.clone(), bystander.clone()]).await;
    let second = Session {
        generation: 2,
        refreshed_at: later(1),
        expires_at: later(1) + DAY,
        client: "another".to_owned(),
        from: None,
        ..first.clone()
    };
    assert!(put(&first, &second).await);
    assert_eq!(stores.session(1).await.as_ref(), Some(&second));
    assert!(!put(&first, &Session { generation: 3, ..first.clone() }).await, "that one has been replaced");
    assert!(put(&second, &second.clone().ended(later(2))).await);
    assert!(!put(&second, &Session { generation: 3, ..second.clone() }).await, "that one has ended");
    assert_eq!(stores.session(1).await, Some(second.ended(later(2))));
    assert_eq!(stores.session(2).await, Some(bystander));
    assert!(!put(&session(9, 1), &session(9, 1)).await);
    assert_eq!(stores.session(9).await, None);
}

/// A client that sends several requests at once gets one token, not a family of them.
pub async fn of_twenty_that_rotate_one_token_one_succeeds(stores: &AccountStores) {
    let account = stores.register(1).await;
    let first = session(1, 1);
    stores.open(account, [first.clone()]).await;
    let put = stores
        .at_once(20, |number| {
            let (accounts, before) = (Arc::clone(&stores.accounts), first.clone());
            let after = Session { generation: 2, refreshed_at: later(number), ..first.clone() };
            async move { accounts.put_session(&before, &after).await.expect("the store answers").then_some(number) }
        })
        .await;
    let winners: Vec<u32> = put.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1, "{winners:?}");
    let stored = stores.session(1).await.expect("the session is there");
    assert_eq!((stored.generation, stored.refreshed_at), (2, later(winners[0])));
}

/// A refresh that was decided before the log-out changes nothing after it.
pub async fn a_session_that_has_ended_is_not_brought_back(stores: &AccountStores) {
    let account = stores.register(1).await;
    let read = session(1, 1);
    let account = stores.open(account, [read.clone()]).await;
    stores.change(&account, |it| it.ends = EndSessions::All).await;
    let refreshed = Session { generation: 2, ..read.clone() };
    assert!(!stores.accounts.put_session(&read, &refreshed).await.expect("the store answers"));
    assert_eq!(stores.session(1).await, Some(read.ended(NOW)));
    assert_eq!(stores.live(1, NOW).await, []);
}

/// And nobody else's.
pub async fn a_commit_ends_all_sessions_or_all_but_one(stores: &AccountStores) {
    let (account, other) = (stores.register(1).await, stores.keep(stranger(2)).await);
    let account = stores.open(account, [session(1, 1), session(2, 1), session(3, 1)]).await;
    stores.open(other, [session(4, 2)]).await;
    let account = stores.keep(account).await;
    assert_eq!(stores.live(1, NOW).await.len(), 3, "none, unless it is asked for");
    let account = stores.change(&account, |it| it.ends = EndSessions::AllBut(session_id(2))).await;
    assert_eq!(stores.live(1, NOW).await, [session_id(2)]);
    let account = stores.change(&account, |it| it.ends = EndSessions::AllBut(session_id(4))).await;
    assert_eq!(stores.live(1, NOW).await, [], "another account's session spares none");
    stores.open(account.clone(), [session(5, 1)]).await;
    let account = stores.load(1).await;
    stores.change(&account, |it| it.ends = EndSessions::All).await;
    assert_eq!(stores.live(1, NOW).await, []);
    assert_eq!(stores.live(2, NOW).await, [session_id(4)]);
}

/// As when a password is changed and its owner stays logged in under a new session.
pub async fn a_session_that_opens_as_the_others_end_lives(stores: &AccountStores) {
    let account = stores.register(1).await;
    let account = stores.open(account, [session(1, 1)]).await;
    let both = AccountCommit { ends: EndSessions::All, opens: Some(session(2, 1)), ..AccountCommit::of(account, NOW) };
    stores.commit(both).await;
    assert_eq!(stores.live(1, NOW).await, [session_id(2)]);
}

/// However often the others are ended.
pub async fn an_ended_session_keeps_when_it_ended(stores: &AccountStores) {
    let account = stores.register(1).await;
    let account = stores.open(account, [session(1, 1)]).await;
    let end = |account, now| AccountCommit { ends: EndSessions::All, ..AccountCommit::of(account, now) };
    let account = stores.commit(end(account, later(1))).await;
    stores.commit(end(account, later(2))).await;
    assert_eq!(stores.session(1).await, Some(session(1, 1).ended(later(1))));
}

/// Without those that have ended, or expire at this very moment.
pub async fn live_sessions_are_listed_newest_first(stores: &AccountStores) {
    let at = |number, created_at: Timestamp| Session { created_at, ..session(number, 1) };
    let all = [
        at(1, later(2)),
        at(4, later(1)),
        at(3, later(1)),
        at(2, later(3)),
        Session { ended_at: Some(NOW), ..at(5, later(4)) },
        Session { expires_at: later(9), ..at(6, later(5)) },
    ];
    let account = stores.register(1).await;
    stores.open(account, all).await;
    let other = stores.keep(stranger(2)).await;
    stores.open(other, [session(7, 2)]).await;
    let [one, two, three, four, six] = [1, 2, 3, 4, 6].map(session_id);
    let moment = Duration::from_micros(1);
    assert_eq!(stores.live(1, later(9) - moment).await, [six, two, one, four, three]);
    assert_eq!(stores.live(1, later(9)).await, [two, one, four, three]);
    assert_eq!(stores.live(1, NOW + 7 * DAY).await, []);
}

/// A commit that would open another under it is no good, whosever the first one is.
pub async fn an_id_names_one_session(stores: &AccountStores) {
    let (account, other) = (stores.register(1).await, stores.keep(stranger(2)).await);
    let account = stores.open(account, [session(1, 1)]).await;
    for (account, number) in [(account, 1), (other, 2)] {
        let again = Session { generation: 7, ..session(1, number) };
        assert_invalid(&stores.refused(AccountCommit { opens: Some(again), ..AccountCommit::of(account, NOW) }).await);
    }
    assert_eq!(stores.session(1).await, Some(session(1, 1)));
    assert_eq!(stores.load(1).await.version, 2);
}

/// Whichever comes first.
pub async fn an_end_and_a_rotation_at_once_leave_the_session_ended(stores: &AccountStores) {
    let account = stores.register(1).await;
    let mut account = stores.open(account, (1..=8).map(|number| session(number, 1))).await;
    for number in 1..=8 {
        stores
            .at_once(2, |side| {
                let (accounts, before) = (Arc::clone(&stores.accounts), session(number, 1));
                let ending = AccountCommit { ends: EndSessions::All, ..AccountCommit::of(account.clone(), NOW) };
                async move {
                    if side == 0 {
                        accounts.commit_account(ending).await.expect("the commit is stored");
                    } else {
                        let after = Session { generation: 2, ..before.clone() };
                        accounts.put_session(&before, &after).await.expect("the store answers");
                    }
                }
            })
            .await;
        assert_eq!(stores.live(1, NOW).await, []);
        account = stores.load(1).await;
    }
}
