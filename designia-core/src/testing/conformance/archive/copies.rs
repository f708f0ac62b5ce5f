//! A copy goes on exactly where the store was that it is a copy of.

use super::Archives;
use super::subject::{REQUESTED, contents};
use crate::account::{Account, AccountEventKind, Purpose};
use crate::effect::{EffectOutcome, EffectRecord, EffectSettlement, EffectState};
use crate::ports::{
    AccountCommit, AccountCommitError, AccountKey, CommitError, InboxMark, InboxOutcome, InboxState, PageRequest,
};
use crate::testing::conformance::account_stores::{challenge, event as event_of, person, session, stranger};
use crate::testing::conformance::steps::{LATER, assert_invalid, cancel, pay};
use crate::testing::fixtures::{NOW, claim, commit, day, event, order_id, placed, placement};
use crate::time::DAY;

/// Everything that can be seen through the other ports.
pub async fn a_copy_leaves_an_equal_trace(archives: &Archives) {
    archives.copied().await;
    let ids = Archives::ids();
    assert_eq!(archives.target.trace(&ids).await, archives.source.trace(&ids).await);
}

/// Everything that can't.
pub async fn a_copy_gives_away_what_it_was_given(archives: &Archives) {
    archives.copied().await;
    assert_eq!(contents(&archives.to, 1_000).await, contents(&archives.from, 1_000).await);
    let (from, to) = (archives.from.totals().await, archives.to.totals().await);
    assert_eq!(to.expect("the store answers"), from.expect("the store answers"));
}

/// No effect is planned anew: what is due in the copy is what was due.
pub async fn nothing_follows_from_an_import(archives: &Archives) {
    archives.copied().await;
    let soon = claim(LATER + DAY);
    let (from, to) = (archives.source.claim_effects(None, soon).await, archives.target.claim_effects(None, soon).await);
    assert!(!from.is_empty());
    let mut both = [from, to];
    both.iter_mut().for_each(|claimed| claimed.sort_unstable_by_key(|it| it.effect.id));
    assert_eq!(both[0], both[1]);
}

/// The orders have moved it before.
pub async fn stock_is_copied_as_it_is(archives: &Archives) {
    archives.copied().await;
    for number in [1, 2, 3] {
        assert_eq!(archives.target.stock(number).await, archives.source.stock(number).await);
    }
}

/// The worker that holds it may be on the way with the answer.
pub async fn a_claimed_effect_is_settled_by_the_claim_that_was_copied(archives: &Archives) {
    archives.copied().await;
    let is_sent = |row: &EffectRecord| row.state == EffectState::Sent;
    let mut sent = Vec::new();
    for id in Archives::ids() {
        sent.extend(archives.target.effects(id).await.into_iter().filter(is_sent));
    }
    assert!(sent.iter().any(|row| row.claims == 2), "one was claimed twice");
    for row in sent {
        let settle = |token| {
            let outcome = EffectOutcome::Refused("settled".to_owned());
            archives.target.orders.settle_effect(EffectSettlement { id: row.effect.id, token, outcome })
        };
        assert!(!settle(row.claims - 1).await.expect("the store answers"), "a stale token settles nothing");
        assert!(settle(row.claims).await.expect("the store answers"), "the present one does");
    }
}

/// The same for what is being folded.
pub async fn a_claimed_webhook_event_is_settled_by_the_claim_that_was_copied(archives: &Archives) {
    archives.copied().await;
    let settle = |token| {
        let mark = InboxMark { event: event(5).id, token, at: NOW };
        archives.target.inbox.settle_event(mark, InboxOutcome::Ignored("settled".to_owned()))
    };
    assert!(!settle(0).await.expect("the store answers"), "a stale token settles nothing");
    assert!(settle(1).await.expect("the store answers"), "the present one does");
}

/// The provider sends it again to whoever answers now.
pub async fn a_webhook_event_that_was_copied_is_not_accepted_again(archives: &Archives) {
    archives.copied().await;
    for number in 1..=6 {
        assert!(!archives.target.inbox.accept(event(number)).await.expect("the store answers"));
    }
    let states = [InboxState::Waiting, InboxState::Folded, InboxState::Dead];
    for (state, expected) in states.into_iter().zip([3, 2, 1]) {
        assert_eq!(archives.target.events(state).await.len(), expected, "{state:?}");
    }
}

/// The buyer's program asks again, and gets the same answer.
pub async fn a_request_is_recognised_after_the_copy(archives: &Archives) {
    archives.copied().await;
    let again = placed(placement(30));
    let again = crate::ports::Commit { answers: Some(Archives::request()), ..commit(again) };
    match archives.target.refused(again).await {
        CommitError::Repeated { order, fingerprint } => {
            assert_eq!((order, fingerprint), (order_id(REQUESTED), Archives::request().fingerprint));
        }
        error => panic!("expected a repetition, got {error:?}"),
    }
}

/// Claims on ticks included: those who hold them may still be at it.
pub async fn what_was_due_is_due_after_the_copy(archives: &Archives) {
    archives.copied().await;
    let ever = claim(LATER + DAY * 60);
    let due = archives.target.postpone_due(ever).await;
    assert_eq!(due, archives.source.postpone_due(ever).await);
    assert!(!due.is_empty());
    assert_eq!(archives.target.postpone_due(claim(ever.until)).await.len(), due.len() + 2, "two claims have run out");
}

/// One more commit, with everything that follows from it.
pub async fn an_order_goes_on_where_it_was(archives: &Archives) {
    archives.copied().await;
    for stores in [&archives.source, &archives.target] {
        let order = stores.load(order_id(REQUESTED)).await;
        stores.keep(cancel(&order)).await;
        let fresh = stores.place_as(placement(31)).await;
        stores.keep(pay(&fresh)).await;
    }
    let ids: Vec<_> = Archives::ids().into_iter().chain([order_id(31)]).collect();
    assert_eq!(archives.target.trace(&ids).await, archives.source.trace(&ids).await);
}

/// Stock comes back once.
pub async fn a_movement_that_was_copied_is_not_applied_again(archives: &Archives) {
    archives.copied().await;
    let stored = contents(&archives.to, 1_000).await.orders;
    let order = archives.target.load(order_id(REQUESTED)).await;
    let mut cancelled = commit(cancel(&order));
    let moved = stored.iter().find(|it| it.order.id() == order.id()).expect("the order is there").movements[0];
    cancelled.changes.stock = vec![moved];
    assert_invalid(&archives.target.refused(cancelled).await);
}

/// Webhooks name attempts by the provider's names.
pub async fn an_order_is_located_by_its_names_after_the_copy(archives: &Archives) {
    archives.copied().await;
    let order = archives.target.load(order_id(1)).await;
    let refs = order.attempts()[0].refs().clone();
    assert!(refs.session.is_some() && refs.payment.is_some());
    for refs in [
        crate::payment::ProviderRefs { payment: None, ..refs.clone() },
        crate::payment::ProviderRefs { session: None, ..refs },
    ] {
        let located = archives.target.orders.locate(&refs).await.expect("the store answers");
        assert_eq!(located, Some(order_id(1)));
    }
}

/// The latest, and those of a past day.
pub async fn rates_are_used_after_the_copy(archives: &Archives) {
    archives.copied().await;
    for (from, to) in [
        (archives.source.rates.latest().await, archives.target.rates.latest().await),
        (archives.source.rates.on(day(2)).await, archives.target.rates.on(day(2)).await),
    ] {
        let from = from.expect("the store answers");
        assert!(from.is_some());
        assert_eq!(to.expect("the store answers"), from);
    }
}

/// Its names are taken, its versions follow, and what was given out to log in with is good for the old place only.
pub async fn an_account_goes_on_where_it_was_after_its_owner_has_logged_in_again(archives: &Archives) {
    archives.copied().await;
    let accounts = &archives.accounts[1];
    let id = person(1).id;
    for key in [
        AccountKey::Email(person(1).email),
        AccountKey::Username(person(1).username),
        AccountKey::Identity(person(1).identities[0].clone()),
    ] {
        let found = accounts.account(&key).await.expect("the store answers").map(|account| account.id);
        assert_eq!(found, Some(id), "{key:?}");
    }
    assert_eq!(accounts.session(session(1, 1).id).await.expect("the store answers"), None);
    assert_eq!(accounts.challenge(challenge(1, 1, Purpose::LogIn).id).await.expect("the store answers"), None);
    let account = accounts.account(&AccountKey::Id(id)).await.expect("the store answers").expect("it is there");
    let page = || PageRequest { after: None, limit: 9 };
    let before = accounts.account_events(id, page()).await.expect("the store answers").rows;
    let again = AccountCommit {
        opens: Some(session(2, 1)),
        events: vec![event_of(1, AccountEventKind::LoggedIn, LATER)],
        ..AccountCommit::of(account, LATER)
    };
    let latest = again.events.clone();
    accounts.commit_account(again).await.expect("the version follows");
    let after = accounts.account_events(id, page()).await.expect("the store answers").rows;
    assert_eq!(after, [latest, before].concat());
    let taken = AccountCommit::of(Account { email: person(1).email, ..stranger(9) }, LATER);
    let error = accounts.commit_account(taken).await.expect_err("the address is taken");
    assert!(matches!(error, AccountCommitError::EmailTaken), "{error:?}");
}
