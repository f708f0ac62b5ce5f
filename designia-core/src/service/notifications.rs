//! Telling accounts: kept first, then pushed to whoever is looking.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use crate::id::{AccountId, NotificationId};
use crate::notification::{Notification, NotificationKind, activity_channel};
use crate::ports::{Broadcast, Clock, NotificationStore, Page, PageRequest, StoreError};
use crate::task::Json;
use crate::time::Timestamp;

/// What accounts are told. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Notifications {
    ports: NotificationPorts,
}

/// Who fills the roles that [`Notifications`] needs.
#[derive(Clone, Debug)]
pub struct NotificationPorts {
    /// Where they are kept.
    pub store: Arc<dyn NotificationStore>,
    /// How they reach whoever is looking.
    pub broadcast: Arc<dyn Broadcast>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// Something to tell an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNotification {
    /// Its id, which follows from what causes it: the same cause tells once.
    pub id: NotificationId,
    /// Whom.
    pub account: AccountId,
    /// What about.
    pub kind: NotificationKind,
    /// A few words; shortened if they are too many.
    pub title: String,
    /// A sentence or two; shortened if they are too many.
    pub message: String,
    /// A JSON object with what a program needs to lead there.
    pub data: Json,
    /// When.
    pub at: Timestamp,
}

/// What goes over the channel of an account. The shape is the first backend's.
#[derive(Serialize)]
struct Frame<'n> {
    r#type: &'static str,
    id: NotificationId,
    notification_type: NotificationKind,
    title: &'n str,
    message: &'n str,
    data: &'n Json,
    created_at: Timestamp,
}

impl Notifications {
    /// Notifications over these ports.
    #[must_use]
    pub const fn new(ports: NotificationPorts) -> Self {
        Self { ports }
    }

    /// Who fills the roles.
    #[must_use]
    pub const fn ports(&self) -> &NotificationPorts {
        &self.ports
    }

    /// Tells an account once per id, and pushes it to its channel; `false` if it was told before.
    ///
    /// A push that fails is no failure: the notification is kept, and listed when somebody looks.
    ///
    /// # Errors
    /// The store's. Then nothing was told.
    pub async fn tell(&self, new: NewNotification) -> Result<bool, StoreError> {
        let notification = Notification {
            id: new.id,
            account: new.account,
            kind: new.kind,
            title: shortened(new.title, Notification::MAX_TITLE),
            message: shortened(new.message, Notification::MAX_MESSAGE),
            data: new.data,
            created_at: new.at,
            read_at: None,
        };
        let is_new = self.ports.store.put_notification(&notification).await?;
        if is_new {
            self.push(&notification).await;
        }
        Ok(is_new)
    }

    /// One page of what an account was told, newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn page(
        &self,
        account: AccountId,
        only_unread: bool,
        page: PageRequest,
    ) -> Result<Page<Notification>, StoreError> {
        self.ports.store.notifications(account, only_unread, page).await
    }

    /// How many an account has not read, counted as far as [`UNREAD_LIMIT`](crate::ports::UNREAD_LIMIT).
    ///
    /// # Errors
    /// The store's.
    pub async fn unread_count(&self, account: AccountId) -> Result<u32, StoreError> {
        self.ports.store.unread_notifications(account).await
    }

    /// Marks one as read; `None` if the account was told no such thing.
    ///
    /// # Errors
    /// The store's.
    pub async fn mark_read(&self, account: AccountId, id: NotificationId) -> Result<Option<Notification>, StoreError> {
        self.ports.store.read_notification(account, id, self.ports.clock.now()).await
    }

    /// Marks all as read that the account was told until now, and says how many they were.
    ///
    /// # Errors
    /// The store's.
    pub async fn mark_all_read(&self, account: AccountId) -> Result<u32, StoreError> {
        self.ports.store.read_notifications(account, self.ports.clock.now()).await
    }

    /// Which kinds an account does not want by e-mail.
    ///
    /// # Errors
    /// The store's.
    pub async fn muted(&self, account: AccountId) -> Result<BTreeSet<NotificationKind>, StoreError> {
        self.ports.store.muted_kinds(account).await
    }

    /// Sets which kinds an account does not want by e-mail.
    ///
    /// # Errors
    /// The store's.
    pub async fn set_muted(&self, account: AccountId, kinds: &BTreeSet<NotificationKind>) -> Result<(), StoreError> {
        self.ports.store.set_muted_kinds(account, kinds).await
    }

    async fn push(&self, notification: &Notification) {
        let frame = Frame {
            r#type: "activity_notification",
            id: notification.id,
            notification_type: notification.kind,
            title: &notification.title,
            message: &notification.message,
            data: &notification.data,
            created_at: notification.created_at,
        };
        let channel = activity_channel(notification.account);
        let pushed = match Json::of(&frame) {
            Ok(frame) => self.ports.broadcast.publish(&channel, frame.as_str().as_bytes()).await,
            Err(error) => Err(StoreError::invalid(error.to_string())),
        };
        if let Err(error) = pushed {
            tracing::warn!(notification = %notification.id, %error, "a notification was kept and not pushed");
        }
    }
}

/// At most so many characters, the last of them an ellipsis if some are left out.
fn shortened(text: String, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text;
    }
    text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}
