//! Where what accounts were told is kept.

use std::collections::BTreeSet;
use std::fmt;

use async_trait::async_trait;

use super::{Cursor, Page, PageRequest, StoreError};
use crate::id::{AccountId, NotificationId};
use crate::notification::{Notification, NotificationKind};
use crate::time::Timestamp;

/// Keeps notifications.
///
/// # Contract
/// - There is one notification of an id: whatever is put under a known id afterwards leaves it as it was.
/// - Pages are keyset pages of one account, newest first. Neither a page nor a count costs more because more is stored.
/// - Only the account that was told can mark a notification as read; the first time is the one that is kept.
/// - Times come from the arguments, never from the store's own clock.
#[async_trait]
pub trait NotificationStore: fmt::Debug + Send + Sync + 'static {
    /// Keeps a notification; `false` if its id is known.
    async fn put_notification(&self, notification: &Notification) -> Result<bool, StoreError>;

    /// One page of what an account was told, newest first; only what it has not read, if that is wanted.
    async fn notifications(
        &self,
        account: AccountId,
        only_unread: bool,
        page: PageRequest,
    ) -> Result<Page<Notification>, StoreError>;

    /// How many an account has not read, counted as far as [`UNREAD_LIMIT`].
    async fn unread_notifications(&self, account: AccountId) -> Result<u32, StoreError>;

    /// Marks one as read: what is stored then, or `None` if the account was told no such thing.
    async fn read_notification(
        &self,
        account: AccountId,
        id: NotificationId,
        now: Timestamp,
    ) -> Result<Option<Notification>, StoreError>;

    /// Marks all as read that the account was told until `now`, and says how many they were.
    async fn read_notifications(&self, account: AccountId, now: Timestamp) -> Result<u32, StoreError>;

    /// Which kinds an account does not want by e-mail.
    async fn muted_kinds(&self, account: AccountId) -> Result<BTreeSet<NotificationKind>, StoreError>;

    /// Sets which kinds an account does not want by e-mail.
    async fn set_muted_kinds(&self, account: AccountId, kinds: &BTreeSet<NotificationKind>) -> Result<(), StoreError>;

    /// Removes everything that an account was told, and what it wants.
    async fn forget_notifications_of(&self, account: AccountId) -> Result<(), StoreError>;

    /// Removes notifications that were told before this, at most so many, and says how many they were.
    async fn forget_notifications(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError>;
}

/// So far unread notifications are counted: beyond it nobody cares how many there are.
pub const UNREAD_LIMIT: u32 = 1_000;

/// Where a page of notifications ended.
#[must_use]
pub fn notification_cursor(notification: &Notification) -> Cursor {
    Cursor { at: notification.created_at, id: notification.id.to_string() }
}
