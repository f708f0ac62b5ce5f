//! Complaints, and what staff makes of them.

use std::sync::Arc;

use uuid::Uuid;

use crate::chat::{Content, NewMessage, Reason, Report, ReportState, Resolution};
use crate::id::{MessageId, ReportId};
use crate::ports::StoreErrorKind;
use crate::testing::conformance::ChatStores;
use crate::testing::conformance::chat_stores::{account, complaint, conversation, said};
use crate::testing::fixtures::NOW;
use crate::time::{HOUR, MINUTE};

fn judged(upheld: bool) -> Resolution {
    Resolution { upheld, resolver: account(9), note: "warned".to_owned(), at: NOW + HOUR }
}

async fn load(stores: &ChatStores, id: ReportId) -> Report {
    stores.chats.report_of(id).await.expect("the store answers").expect("the report is there")
}

/// For every reason.
pub async fn a_report_comes_back_as_it_was_made(stores: &ChatStores) {
    let messages = stores.talk(5).await;
    for ((number, message), reason) in (1..).zip(&messages).zip(Reason::ALL) {
        let report = Report { reason, ..complaint(number, message, 2) };
        assert_eq!(stores.chats.report(&report).await.expect("the store answers"), report);
        assert_eq!(load(stores, report.id).await, report);
    }
    let nobodys = ReportId::from_uuid(Uuid::max());
    assert_eq!(stores.chats.report_of(nobodys).await.expect("the store answers"), None);
}

/// Reporting again answers with the first.
pub async fn a_message_is_reported_once_by_each(stores: &ChatStores) {
    let message = stores.talk(1).await.remove(0);
    let first = complaint(1, &message, 2);
    stores.chats.report(&first).await.expect("the store answers");
    let again = Report { reason: Reason::Spam, ..complaint(2, &message, 2) };
    assert_eq!(stores.chats.report(&again).await.expect("the store answers"), first);
    let others = complaint(3, &message, 1);
    assert_eq!(stores.chats.report(&others).await.expect("the store answers"), others);
    assert_eq!(stores.reports(None, 10).await.len(), 2);
}

/// Each is on one page.
pub async fn reports_are_listed_newest_first_and_by_state(stores: &ChatStores) {
    let messages = stores.talk(5).await;
    for (number, message) in (1..).zip(&messages) {
        let report = Report { created_at: NOW + MINUTE * (number / 2), ..complaint(number, message, 2) };
        stores.chats.report(&report).await.expect("the store answers");
    }
    let all = stores.reports(None, 10).await;
    assert!(all.is_sorted_by_key(|report| std::cmp::Reverse((report.created_at, report.id))));
    assert_eq!(all.len(), 5);
    for limit in 1..=5 {
        assert_eq!(stores.reports(None, limit).await, all);
        assert_eq!(stores.reports(Some(ReportState::Open), limit).await, all);
    }
    assert!(stores.chats.resolve(all[1].id, &judged(true)).await.expect("the store answers"));
    assert!(stores.chats.resolve(all[3].id, &judged(false)).await.expect("the store answers"));
    let ids = |reports: Vec<Report>| reports.into_iter().map(|report| report.id).collect::<Vec<_>>();
    assert_eq!(ids(stores.reports(Some(ReportState::Open), 1).await), [all[0].id, all[2].id, all[4].id]);
    assert_eq!(ids(stores.reports(Some(ReportState::Upheld), 1).await), [all[1].id]);
    assert_eq!(ids(stores.reports(Some(ReportState::Dismissed), 1).await), [all[3].id]);
}

/// In the same transaction; one that is hidden already stays hidden since then.
pub async fn an_upheld_report_hides_its_message(stores: &ChatStores) {
    let messages = stores.talk(2).await;
    stores.chats.hide(messages[1].id, Some(NOW)).await.expect("the store answers");
    for (number, message) in (1..).zip(&messages) {
        let report = complaint(number, message, 2);
        stores.chats.report(&report).await.expect("the store answers");
        assert!(stores.chats.resolve(report.id, &judged(true)).await.expect("the store answers"));
        let resolved = load(stores, report.id).await;
        assert_eq!((resolved.state, resolved.resolution), (ReportState::Upheld, Some(judged(true))));
    }
    let hidden: Vec<_> = stores.after(0, 2).await.iter().map(|message| message.hidden_at).collect();
    assert_eq!(hidden, [Some(NOW + HOUR), Some(NOW)]);
}

/// As it was.
pub async fn a_dismissed_report_leaves_its_message(stores: &ChatStores) {
    let messages = stores.talk(1).await;
    let report = complaint(1, &messages[0], 2);
    stores.chats.report(&report).await.expect("the store answers");
    assert!(stores.chats.resolve(report.id, &judged(false)).await.expect("the store answers"));
    assert_eq!(load(stores, report.id).await.state, ReportState::Dismissed);
    assert_eq!(stores.after(0, 2).await, messages);
}

/// Their judgements may differ.
pub async fn of_sixteen_who_resolve_a_report_one_does(stores: &ChatStores) {
    let message = stores.talk(1).await.remove(0);
    let report = complaint(1, &message, 2);
    stores.chats.report(&report).await.expect("the store answers");
    let done = stores
        .at_once(16, |number| {
            let (chats, id) = (Arc::clone(&stores.chats), report.id);
            async move { chats.resolve(id, &judged(number % 2 == 0)).await.expect("the store answers") }
        })
        .await;
    assert_eq!(done.iter().filter(|it| **it).count(), 1);
    let is_upheld = load(stores, report.id).await.state == ReportState::Upheld;
    assert_eq!(stores.after(0, 1).await[0].hidden_at.is_some(), is_upheld);
    let nobodys = stores.chats.resolve(ReportId::from_uuid(Uuid::max()), &judged(true)).await;
    assert!(!nobodys.expect("the store answers"));
}

/// And it can be shown again.
pub async fn a_hidden_message_keeps_its_number_and_content(stores: &ChatStores) {
    let messages = stores.talk(3).await;
    let hidden = stores.chats.hide(messages[1].id, Some(NOW + MINUTE)).await.expect("the store answers");
    let mut expected = messages.clone();
    expected[1].hidden_at = Some(NOW + MINUTE);
    assert_eq!(hidden.as_ref(), Some(&expected[1]));
    assert_eq!(stores.after(0, 10).await, expected);
    assert_eq!(stores.unread().await, [(1, 1), (2, 2)]);
    stores.chats.hide(messages[1].id, None).await.expect("the store answers");
    assert_eq!(stores.after(0, 10).await, messages);
    let nothing = stores.chats.hide(MessageId::from_uuid(Uuid::max()), None).await.expect("the store answers");
    assert_eq!(nothing, None);
}

/// And what the other one said stays.
pub async fn what_somebody_said_who_has_left_is_erased_and_keeps_its_number(stores: &ChatStores) {
    let mut expected = stores.talk(3).await;
    let named = NewMessage {
        client_id: Some("temp-1".parse().expect("a name")),
        content: Content::new("", Some("chat/1.png".parse().expect("a key"))).expect("an image"),
        ..said(4, 1)
    };
    expected.push(stores.append(&named).await);
    let erase = async |now| stores.chats.erase(conversation(1), account(1), now).await.expect("the store answers");
    assert_eq!(erase(NOW + MINUTE).await, 3);
    assert_eq!(erase(NOW + HOUR).await, 0, "once");
    for message in expected.iter_mut().filter(|message| message.sender == account(1)) {
        (message.content, message.client_id) = (Content::erased(), None);
        message.hidden_at = Some(NOW + MINUTE);
    }
    assert_eq!(stores.after(0, 10).await, expected);
    assert_eq!(stores.unread().await, [(1, 1), (3, 3)]);
}

/// Nor can one report's id be another's.
pub async fn a_report_about_no_message_is_refused(stores: &ChatStores) {
    let messages = stores.talk(2).await;
    let mut nothing = messages[0].clone();
    nothing.id = MessageId::from_uuid(Uuid::max());
    let error = stores.chats.report(&complaint(1, &nothing, 2)).await.expect_err("there is no such message");
    assert_eq!(error.kind, StoreErrorKind::Invalid);
    stores.chats.report(&complaint(1, &messages[0], 2)).await.expect("the store answers");
    let error = stores.chats.report(&complaint(1, &messages[1], 2)).await.expect_err("the id is taken");
    assert_eq!(error.kind, StoreErrorKind::Invalid);
    assert_eq!(stores.reports(None, 10).await[0].conversation, conversation(1));
}
