//! What was read, and how much was not.

#![expect(missing_docs, reason = "the names of the cases are the rules")]

use std::sync::Arc;

use crate::ports::UNREAD_LIMIT;
use crate::testing::conformance::MailStores;
use crate::testing::conformance::mail_stores::{account, later, notification};

pub async fn what_is_told_is_unread_until_it_is_read(stores: &MailStores) {
    stores.tell_all(3).await;
    assert_eq!(stores.unread(1).await, 3);
    let read = stores.notifications.read_notification(account(1), notification(2).id, later(9)).await;
    let read = read.expect("the store answers").expect("it was told");
    assert_eq!((read.id, read.read_at), (notification(2).id, Some(later(9))));
    assert_eq!(stores.unread(1).await, 2);
    let left: Vec<_> = stores.told(1, true, 1).await.into_iter().map(|it| it.id).collect();
    assert_eq!(left, [notification(3).id, notification(1).id]);
    assert_eq!(stores.told(1, false, 10).await.len(), 3, "what was read is still there");
}

pub async fn reading_twice_keeps_the_first_time(stores: &MailStores) {
    stores.tell_all(1).await;
    for at in [5, 7] {
        let read = stores.notifications.read_notification(account(1), notification(1).id, later(at)).await;
        assert_eq!(read.expect("the store answers").expect("it was told").read_at, Some(later(5)));
    }
}

pub async fn nobody_reads_what_another_was_told(stores: &MailStores) {
    stores.tell_all(1).await;
    let read = stores.notifications.read_notification(account(2), notification(1).id, later(5)).await;
    assert_eq!(read.expect("the store answers"), None);
    let read = stores.notifications.read_notification(account(1), notification(2).id, later(5)).await;
    assert_eq!(read.expect("the store answers"), None, "nobody was told that");
    assert_eq!(stores.notifications.read_notifications(account(2), later(5)).await.expect("the store answers"), 0);
    assert_eq!(stores.unread(1).await, 1);
}

pub async fn reading_all_leaves_what_is_told_later(stores: &MailStores) {
    stores.tell_all(5).await;
    stores.notifications.read_notification(account(1), notification(1).id, later(2)).await.expect("the store answers");
    assert_eq!(stores.notifications.read_notifications(account(1), later(3)).await.expect("the store answers"), 2);
    assert_eq!(stores.unread(1).await, 2);
    let all = stores.told(1, false, 10).await;
    let read: Vec<_> = all.into_iter().map(|it| it.read_at).collect();
    assert_eq!(read, [None, None, Some(later(3)), Some(later(3)), Some(later(2))]);
}

pub async fn unread_notifications_are_counted_so_far_and_no_further(stores: &MailStores) {
    stores.tell_all(UNREAD_LIMIT + 1).await;
    assert_eq!(stores.unread(1).await, UNREAD_LIMIT);
    assert_eq!(stores.unread(2).await, 0);
}

pub async fn sixteen_who_read_at_once_miscount_nothing(stores: &MailStores) {
    stores.tell_all(16).await;
    stores
        .at_once(16, |number| {
            let store = Arc::clone(&stores.notifications);
            let id = notification(1 + number / 2).id;
            async move { store.read_notification(account(1), id, later(20)).await.map(drop).expect("the store answers") }
        })
        .await;
    assert_eq!(stores.unread(1).await, 8);
}
