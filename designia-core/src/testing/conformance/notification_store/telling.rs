//! What was told is kept once, and listed.

#![expect(missing_docs, reason = "the names of the cases are the rules")]

use std::sync::Arc;

use crate::notification::{Notification, NotificationKind};
use crate::testing::conformance::MailStores;
use crate::testing::conformance::mail_stores::{account, notification};
use crate::testing::fixtures::NOW;

pub async fn a_notification_comes_back_as_it_was_told(stores: &MailStores) {
    for (number, kind) in (1..).zip(NotificationKind::ALL) {
        let told = Notification { kind: *kind, ..notification(number) };
        assert!(stores.tell(&told).await);
        assert_eq!(stores.told(1, false, 100).await.first(), Some(&told));
    }
}

pub async fn what_is_told_twice_is_kept_as_it_was_the_first_time(stores: &MailStores) {
    assert!(stores.tell(&notification(1)).await);
    let another = Notification { title: "another".to_owned(), account: account(2), ..notification(1) };
    assert!(!stores.tell(&another).await);
    assert_eq!(stores.told(1, false, 10).await, [notification(1)]);
    assert_eq!(stores.told(2, false, 10).await, []);
}

pub async fn of_sixteen_who_tell_the_same_at_once_one_does(stores: &MailStores) {
    let told = stores.at_once(16, |_| {
        let store = Arc::clone(&stores.notifications);
        async move { store.put_notification(&notification(1)).await.expect("the store answers") }
    });
    assert_eq!(told.await.into_iter().filter(|is_new| *is_new).count(), 1);
    assert_eq!(stores.told(1, false, 10).await.len(), 1);
}

pub async fn a_list_shows_the_newest_first_and_nobody_elses(stores: &MailStores) {
    stores.tell_all(5).await;
    assert!(stores.tell(&Notification { account: account(2), ..notification(6) }).await);
    let numbers =
        |limit| async move { stores.told(1, false, limit).await.into_iter().map(|it| it.title).collect::<Vec<_>>() };
    let expected: Vec<_> = [5, 4, 3, 2, 1].into_iter().map(|number| notification(number).title).collect();
    assert_eq!(numbers(10).await, expected);
    assert_eq!(numbers(2).await, expected, "in pages of two");
    assert_eq!(stores.told(2, false, 10).await.len(), 1);
    assert_eq!(stores.told(3, false, 10).await, []);
}

pub async fn each_notification_is_on_one_page_even_if_all_were_told_at_once(stores: &MailStores) {
    for number in 1..=7 {
        stores.tell(&Notification { created_at: NOW, ..notification(number) }).await;
    }
    let mut ids: Vec<_> = stores.told(1, false, 3).await.into_iter().map(|it| it.id).collect();
    assert_eq!(ids.len(), 7);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 7);
}
