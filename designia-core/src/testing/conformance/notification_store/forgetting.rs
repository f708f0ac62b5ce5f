//! What is forgotten, and what nobody wants by mail.

#![expect(missing_docs, reason = "the names of the cases are the rules")]

use std::collections::BTreeSet;

use crate::notification::{Notification, NotificationKind};
use crate::testing::conformance::MailStores;
use crate::testing::conformance::mail_stores::{account, later, notification};

pub async fn the_oldest_are_forgotten_first_and_not_more_than_wanted(stores: &MailStores) {
    stores.tell_all(5).await;
    let forget = |limit| async move {
        stores.notifications.forget_notifications(later(4), limit).await.expect("the store answers")
    };
    assert_eq!((forget(2).await, forget(2).await, forget(2).await), (2, 1, 0));
    let left: Vec<_> = stores.told(1, false, 10).await.into_iter().map(|it| it.id).collect();
    assert_eq!(left, [notification(5).id, notification(4).id]);
    assert_eq!(stores.unread(1).await, 2);
}

pub async fn an_account_that_leaves_takes_everything_along(stores: &MailStores) {
    stores.tell_all(2).await;
    stores.tell(&Notification { account: account(2), ..notification(3) }).await;
    let kinds = BTreeSet::from([NotificationKind::Shipped]);
    stores.notifications.set_muted_kinds(account(1), &kinds).await.expect("the store answers");
    for _ in 0..2 {
        stores.notifications.forget_notifications_of(account(1)).await.expect("the store answers");
        assert_eq!(stores.told(1, false, 10).await, []);
        let muted = stores.notifications.muted_kinds(account(1)).await.expect("the store answers");
        assert_eq!(muted, BTreeSet::new());
    }
    assert_eq!(stores.told(2, false, 10).await.len(), 1, "the other one's are there");
}

pub async fn an_account_says_which_kinds_it_does_not_want_by_mail(stores: &MailStores) {
    let store = &stores.notifications;
    for kinds in
        [vec![NotificationKind::Shipped, NotificationKind::SellerOrder], vec![NotificationKind::Review], vec![]]
    {
        let kinds: BTreeSet<_> = kinds.into_iter().collect();
        store.set_muted_kinds(account(1), &kinds).await.expect("the store answers");
        assert_eq!(store.muted_kinds(account(1)).await.expect("the store answers"), kinds);
    }
    assert_eq!(store.muted_kinds(account(2)).await.expect("the store answers"), BTreeSet::new());
}
