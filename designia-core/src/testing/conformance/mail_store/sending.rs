//! The life of a mail's record.

#![expect(missing_docs, reason = "the names of the cases are the rules")]

use std::sync::Arc;

use crate::mail::{MailKind, MailRecord, MailState};
use crate::testing::conformance::MailStores;
use crate::testing::conformance::mail_stores::{later, mail, outcome};

pub async fn a_mail_comes_back_as_it_was_begun(stores: &MailStores) {
    assert_eq!(stores.load(&mail(1)).await, None);
    for (number, kind) in (1..).zip(MailKind::ALL) {
        let begun = MailRecord { kind: *kind, ..mail(number) };
        assert_eq!(stores.begin(&begun).await, begun);
        assert_eq!(stores.load(&begun).await, Some(begun));
    }
    let bare = MailRecord { body: None, account: None, order: None, note: Some("note".to_owned()), ..mail(1_000) };
    assert_eq!(stores.begin(&bare).await, bare);
    assert_eq!(stores.load(&bare).await, Some(bare));
}

pub async fn a_mail_that_waits_counts_its_attempts_and_stays_as_it_was(stores: &MailStores) {
    stores.begin(&mail(1)).await;
    let another = MailRecord { kind: MailKind::Shipped, created_at: later(9), ..mail(1) };
    assert_eq!(stores.begin(&another).await, MailRecord { attempts: 2, ..mail(1) });
    assert!(stores.settle(&mail(1), &outcome(MailState::Waiting, Some("421 busy")), later(5)).await);
    let noted = MailRecord { attempts: 2, note: Some("421 busy".to_owned()), changed_at: later(5), ..mail(1) };
    assert_eq!(stores.load(&mail(1)).await, Some(noted.clone()));
    assert_eq!(stores.begin(&mail(1)).await, MailRecord { attempts: 3, ..noted });
}

pub async fn a_mail_that_has_ended_is_not_begun_again(stores: &MailStores) {
    for (number, state) in [(1, MailState::Sent), (2, MailState::Refused)] {
        stores.begin(&mail(number)).await;
        assert!(stores.settle(&mail(number), &outcome(state, None), later(5)).await);
        let ended = MailRecord { state, changed_at: later(5), ..mail(number) };
        assert_eq!(stores.begin(&mail(number)).await, ended);
        assert_eq!(stores.load(&mail(number)).await, Some(ended));
    }
}

pub async fn only_what_waits_ends(stores: &MailStores) {
    assert!(!stores.settle(&mail(1), &outcome(MailState::Sent, None), later(5)).await, "there is no such mail");
    stores.begin(&mail(1)).await;
    assert!(stores.settle(&mail(1), &outcome(MailState::Sent, None), later(5)).await);
    assert!(!stores.settle(&mail(1), &outcome(MailState::Refused, Some("late")), later(6)).await);
    assert_eq!(stores.load(&mail(1)).await.map(|it| it.state), Some(MailState::Sent));
}

pub async fn what_has_ended_waits_again_if_it_was_kept_what_it_says(stores: &MailStores) {
    let reopen =
        |mail: MailRecord, at| async move { stores.mails.reopen_mail(mail.id, at).await.expect("the store answers") };
    assert!(!reopen(mail(1), later(6)).await, "there is no such mail");
    stores.begin(&mail(1)).await;
    assert!(!reopen(mail(1), later(6)).await, "it waits");
    assert!(stores.settle(&mail(1), &outcome(MailState::Refused, Some("550 unknown")), later(5)).await);
    assert!(reopen(mail(1), later(6)).await);
    assert_eq!(stores.load(&mail(1)).await, Some(MailRecord { changed_at: later(6), ..mail(1) }));

    let bare = MailRecord { body: None, ..mail(2) };
    stores.begin(&bare).await;
    assert!(stores.settle(&bare, &outcome(MailState::Sent, None), later(5)).await);
    assert!(!reopen(bare, later(6)).await, "nobody knows what it says");
}

pub async fn sixteen_attempts_at_once_are_all_counted(stores: &MailStores) {
    stores
        .at_once(16, |_| {
            let store = Arc::clone(&stores.mails);
            async move { store.begin_mail(&mail(1)).await.map(drop).expect("the store answers") }
        })
        .await;
    assert_eq!(stores.load(&mail(1)).await.map(|it| it.attempts), Some(16));
}
