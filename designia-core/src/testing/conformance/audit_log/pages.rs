//! Pages of entries.

#![expect(missing_docs, reason = "the names of the cases are the rules")]

use super::{actor, append, entry, everything, listed};
use crate::audit::{AuditAction, AuditArea, AuditEntry, AuditSubject};
use crate::ports::{AuditFilter, AuditLog, Cursor, PageRequest, StoreErrorKind};
use crate::testing::conformance::UnderTest;
use crate::testing::fixtures::NOW;

pub async fn the_newest_entry_comes_first<L: AuditLog>(log: &UnderTest<L>) {
    for number in [3, 1, 5, 2, 4] {
        append(&**log, &entry(number)).await;
    }
    let expected: Vec<_> = (1..=5).rev().map(entry).collect();
    for limit in [1, 2, 5, 100] {
        assert_eq!(listed(&**log, &AuditFilter::default(), limit).await, expected, "in pages of {limit}");
    }
}

pub async fn each_entry_is_on_one_page_even_if_all_are_of_one_moment<L: AuditLog>(log: &UnderTest<L>) {
    for number in 1..=7 {
        append(&**log, &AuditEntry { at: NOW, ..entry(number) }).await;
    }
    let mut ids: Vec<_> = listed(&**log, &AuditFilter::default(), 3).await.into_iter().map(|it| it.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 7);
}

pub async fn entries_are_found_by_who_did_it_by_area_and_by_subject<L: AuditLog>(log: &UnderTest<L>) {
    let actions = ["order.cancel", "task.retry", "order.refund"].map(AuditAction::fixed);
    let subjects = [("order", "1"), ("order", "2"), ("task", "1"), ("", "")];
    let mut all = Vec::new();
    for number in 0..24 {
        let place = |count: usize| usize::try_from(number).expect("a small number") % count;
        let (kind, id) = subjects[place(4)];
        let subject = (!kind.is_empty()).then(|| AuditSubject::new(kind, id));
        let action = actions[place(3)].clone();
        all.push(AuditEntry { actor: actor(number / 12), action, subject, ..entry(number) });
    }
    for entry in &all {
        append(&**log, entry).await;
    }
    all.reverse();
    let whose = [None, Some(actor(0)), Some(actor(1)), Some(actor(9))];
    let areas = ["", "order", "task", "chat"].map(|word| word.parse::<AuditArea>().ok());
    let what = [None, Some(("order", "1")), Some(("task", "1")), Some(("task", "2"))];
    for actor in whose {
        for area in &areas {
            for subject in what {
                let subject = subject.map(|(kind, id)| AuditSubject::new(kind, id));
                let filter = AuditFilter { actor, area: area.clone(), subject };
                let expected: Vec<_> = all.iter().filter(|entry| filter.has(entry)).cloned().collect();
                for limit in [2, 100] {
                    assert_eq!(listed(&**log, &filter, limit).await, expected, "{filter:?} in pages of {limit}");
                }
            }
        }
    }
}

pub async fn an_area_is_a_whole_word<L: AuditLog>(log: &UnderTest<L>) {
    append(&**log, &AuditEntry { action: AuditAction::fixed("orders.tidy"), ..entry(1) }).await;
    append(&**log, &AuditEntry { action: AuditAction::fixed("order.note.add"), ..entry(2) }).await;
    let area = |word: &str| AuditFilter { area: word.parse().ok(), ..AuditFilter::default() };
    let found = listed(&**log, &area("order"), 10).await;
    assert_eq!(found.iter().map(|it| it.id).collect::<Vec<_>>(), [entry(2).id]);
    assert_eq!(listed(&**log, &area("ord"), 10).await, []);
    assert_eq!(everything(&**log).await.len(), 2);
}

pub async fn a_cursor_that_no_page_gave_out_is_refused<L: AuditLog>(log: &UnderTest<L>) {
    append(&**log, &entry(1)).await;
    let after = Some(Cursor { at: NOW, id: "?".to_owned() });
    let refused = log.audit_page(&AuditFilter::default(), PageRequest { after, limit: 1 }).await;
    assert_eq!(refused.expect_err("it is refused").kind, StoreErrorKind::Invalid);
}
