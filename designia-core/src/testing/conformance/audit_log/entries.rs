//! What is kept of an action, and that it stays.

#![expect(missing_docs, reason = "the names of the cases are the rules")]

use super::{actor, append, entry, everything};
use crate::audit::{AuditEntry, AuditOutcome, AuditSubject};
use crate::ports::{AuditLog, StoreErrorKind};
use crate::task::Json;
use crate::testing::conformance::UnderTest;

pub async fn an_entry_comes_back_as_it_was_appended<L: AuditLog>(log: &UnderTest<L>) {
    let bare = AuditEntry {
        actor_name: String::new(),
        subject: None,
        reason: None,
        detail: Json::null(),
        request_id: None,
        from: None,
        ..entry(2)
    };
    append(&**log, &entry(1)).await;
    append(&**log, &bare).await;
    assert_eq!(everything(&**log).await, [bare, entry(1)]);
}

pub async fn every_outcome_comes_back_with_its_reason<L: AuditLog>(log: &UnderTest<L>) {
    let why = || "it was «shipped» already".to_owned();
    let outcomes = [AuditOutcome::Done, AuditOutcome::Refused(why()), AuditOutcome::Failed(String::new())];
    for (number, outcome) in (1..).zip(outcomes.clone()) {
        append(&**log, &AuditEntry { outcome, ..entry(number) }).await;
    }
    let kept: Vec<_> = everything(&**log).await.into_iter().rev().map(|entry| entry.outcome).collect();
    assert_eq!(kept, outcomes);
}

pub async fn texts_as_long_as_they_may_be_come_back<L: AuditLog>(log: &UnderTest<L>) {
    let longest = longest();
    append(&**log, &longest).await;
    assert_eq!(everything(&**log).await, [longest]);
}

pub async fn what_is_too_long_is_not_stored<L: AuditLog>(log: &UnderTest<L>) {
    let longest = longest();
    let detail = format!("\"{}\"", "d".repeat(AuditEntry::MAX_DETAIL - 1));
    let reason = longest.reason.clone().map(|reason| reason + "r");
    for wrong in [
        AuditEntry { actor_name: longest.actor_name.clone() + "n", ..entry(1) },
        AuditEntry { reason, ..entry(1) },
        AuditEntry { detail: Json::parse(&detail).expect("JSON"), ..entry(1) },
        AuditEntry { subject: Some(AuditSubject::new("order", "")), ..entry(1) },
        AuditEntry { from: Some("a\0b".to_owned()), ..entry(1) },
    ] {
        let refused = log.append(&wrong).await.expect_err("it is refused");
        assert_eq!(refused.kind, StoreErrorKind::Invalid, "{refused:?}");
    }
    assert_eq!(everything(&**log).await, []);
}

pub async fn an_entry_that_is_appended_again_is_stored_once_and_stays_as_it_was<L: AuditLog>(log: &UnderTest<L>) {
    append(&**log, &entry(1)).await;
    append(&**log, &entry(1)).await;
    let other = AuditEntry { id: entry(1).id, actor: actor(9), reason: None, ..entry(5) };
    append(&**log, &other).await;
    assert_eq!(everything(&**log).await, [entry(1)]);
}

pub async fn of_eight_at_once_each_is_there<L: AuditLog>(log: &UnderTest<L>) {
    // Each is appended by two at once.
    log.at_once(16, |number, log| async move { append(&*log, &entry(number / 2)).await }).await;
    assert_eq!(everything(&**log).await, (0..8).rev().map(entry).collect::<Vec<_>>());
}

fn longest() -> AuditEntry {
    let name = "ñ".repeat(AuditEntry::MAX_NAME);
    let reason = "🏺".repeat(AuditEntry::MAX_REASON);
    let detail = format!("\"{}\"", "d".repeat(AuditEntry::MAX_DETAIL - 2));
    AuditEntry {
        actor_name: name.clone(),
        subject: Some(AuditSubject::new(&name, &name)),
        reason: Some(reason.clone()),
        detail: Json::parse(&detail).expect("JSON"),
        outcome: AuditOutcome::Refused(reason),
        request_id: Some(name.clone()),
        from: Some(name),
        ..entry(1)
    }
}
