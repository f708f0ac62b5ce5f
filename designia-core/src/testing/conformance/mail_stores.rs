//! A store of mails and notifications under test, and the steps that cases are made of.

use std::any::Any;
use std::sync::Arc;

use uuid::Uuid;

use super::threads::Threads;
use crate::id::{AccountId, NotificationId, OrderId};
use crate::mail::{Line, Mail, MailBody, MailKey, MailKind, MailRecord, MailState, Mailbox};
use crate::notification::{Notification, NotificationKind};
use crate::ports::{
    MailFilter, MailOutcome, MailStore, NotificationStore, PageRequest, mail_cursor, notification_cursor,
};
use crate::task::Json;
use crate::testing::block_on;
use crate::testing::fixtures::NOW;
use crate::time::Timestamp;

/// The stores under test.
#[non_exhaustive]
pub struct MailStores {
    /// What was mailed.
    pub mails: Arc<dyn MailStore>,
    /// What accounts were told.
    pub notifications: Arc<dyn NotificationStore>,
    threads: Threads,
    _guard: Box<dyn Any>,
}

impl MailStores {
    /// One adapter that is both.
    #[must_use]
    pub fn of(store: impl MailStore + NotificationStore) -> Self {
        let store = Arc::new(store);
        let threads = Threads::driven_by(block_on);
        Self { mails: store.clone(), notifications: store, threads, _guard: Box::new(()) }
    }
}

super::under_test::stores_under_test!(MailStores, mails);

/// The account of this number.
pub(super) fn account(number: u32) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(0xACC0_0000 + u128::from(number)))
}

/// The order of this number.
pub(super) fn order(number: u32) -> OrderId {
    OrderId::from_uuid(Uuid::from_u128(0x04DE_0000 + u128::from(number)))
}

/// The notification of this number, which is also how many microseconds after [`NOW`] it was told, to account 1.
pub(super) fn notification(number: u32) -> Notification {
    Notification {
        id: NotificationId::from_uuid(Uuid::from_u128(0x4071_0000 + u128::from(number))),
        account: account(1),
        kind: NotificationKind::Shipped,
        title: format!("number {number}: \"'; {{}}"),
        message: "your parcel is on its way 📦".to_owned(),
        data: Json::parse(r#"{"order_id":"7","nested":{"list":[1,"2",null]}}"#).expect("JSON"),
        created_at: later(number),
        read_at: None,
    }
}

/// So many microseconds after [`NOW`].
pub(super) fn later(micros: u32) -> Timestamp {
    NOW + std::time::Duration::from_micros(u64::from(micros))
}

/// A mail of this number, to account 1 about order 1, begun so many microseconds after [`NOW`], with what it says.
pub(super) fn mail(number: u32) -> MailRecord {
    let key = MailKey::new(&format!("mail-{number}"));
    let mail = Mail {
        id: key.id(),
        key,
        kind: MailKind::Receipt,
        to: Mailbox { name: Line::new("Zoë \"'; {}"), email: "Zoe@Example.com".parse().expect("an address") },
        subject: Line::new("Your receipt ✉"),
        body: MailBody { text: "line\r\nline\0".replace('\0', " "), html: "<p>&amp; 📦</p>".to_owned() },
        account: Some(account(1)),
        order: Some(order(1)),
    };
    MailRecord::of(&mail, true, later(number))
}

/// What became of a mail.
pub(super) fn outcome(state: MailState, note: Option<&str>) -> MailOutcome {
    MailOutcome { state, note: note.map(str::to_owned) }
}

/// The steps that cases are made of: each does one thing and expects it to work.
impl MailStores {
    pub(super) async fn tell(&self, notification: &Notification) -> bool {
        self.notifications.put_notification(notification).await.expect("the store answers")
    }

    /// Tells account 1 of notifications 1 to `count`.
    pub(super) async fn tell_all(&self, count: u32) {
        for number in 1..=count {
            assert!(self.tell(&notification(number)).await);
        }
    }

    /// Everything that an account was told, in pages of this length.
    pub(super) async fn told(&self, owner: u32, only_unread: bool, limit: u32) -> Vec<Notification> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest { after, limit };
            let page = self.notifications.notifications(account(owner), only_unread, page).await;
            let page = page.expect("the store answers");
            assert!(page.next.is_none() || page.next == page.rows.last().map(notification_cursor), "{page:?}");
            all.extend(page.rows);
            let Some(next) = page.next else { return all };
            after = Some(next);
        }
    }

    pub(super) async fn unread(&self, owner: u32) -> u32 {
        self.notifications.unread_notifications(account(owner)).await.expect("the store answers")
    }

    pub(super) async fn begin(&self, mail: &MailRecord) -> MailRecord {
        self.mails.begin_mail(mail).await.expect("the store answers")
    }

    pub(super) async fn settle(&self, mail: &MailRecord, outcome: &MailOutcome, now: Timestamp) -> bool {
        self.mails.settle_mail(mail.id, outcome, now).await.expect("the store answers")
    }

    pub(super) async fn load(&self, mail: &MailRecord) -> Option<MailRecord> {
        self.mails.mail(mail.id).await.expect("the store answers")
    }

    /// Every mail of a filter, in pages of this length.
    pub(super) async fn mailed(&self, filter: MailFilter, limit: u32) -> Vec<MailRecord> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest { after, limit };
            let page = self.mails.mails(&filter, page).await.expect("the store answers");
            assert!(page.next.is_none() || page.next == page.rows.last().map(mail_cursor), "{page:?}");
            all.extend(page.rows);
            let Some(next) = page.next else { return all };
            after = Some(next);
        }
    }
}
