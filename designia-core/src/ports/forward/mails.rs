//! What was mailed, and what accounts were told.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;

use crate::id::{AccountId, MailId, NotificationId};
use crate::mail::MailRecord;
use crate::notification::{Notification, NotificationKind};
use crate::ports::{MailFilter, MailOutcome, MailStore, NotificationStore, Page, PageRequest, StoreError};
use crate::time::Timestamp;

#[async_trait]
impl<T: MailStore + ?Sized> MailStore for Arc<T> {
    async fn begin_mail(&self, mail: &MailRecord) -> Result<MailRecord, StoreError> {
        (**self).begin_mail(mail).await
    }

    async fn settle_mail(&self, id: MailId, outcome: &MailOutcome, now: Timestamp) -> Result<bool, StoreError> {
        (**self).settle_mail(id, outcome, now).await
    }

    async fn reopen_mail(&self, id: MailId, now: Timestamp) -> Result<bool, StoreError> {
        (**self).reopen_mail(id, now).await
    }

    async fn mail(&self, id: MailId) -> Result<Option<MailRecord>, StoreError> {
        (**self).mail(id).await
    }

    async fn mails(&self, filter: &MailFilter, page: PageRequest) -> Result<Page<MailRecord>, StoreError> {
        (**self).mails(filter, page).await
    }

    async fn forget_mails_of(&self, account: AccountId) -> Result<(), StoreError> {
        (**self).forget_mails_of(account).await
    }

    async fn forget_mails(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        (**self).forget_mails(before, limit).await
    }
}

#[async_trait]
impl<T: NotificationStore + ?Sized> NotificationStore for Arc<T> {
    async fn put_notification(&self, notification: &Notification) -> Result<bool, StoreError> {
        (**self).put_notification(notification).await
    }

    async fn notifications(
        &self,
        account: AccountId,
        only_unread: bool,
        page: PageRequest,
    ) -> Result<Page<Notification>, StoreError> {
        (**self).notifications(account, only_unread, page).await
    }

    async fn unread_notifications(&self, account: AccountId) -> Result<u32, StoreError> {
        (**self).unread_notifications(account).await
    }

    async fn read_notification(
        &self,
        account: AccountId,
        id: NotificationId,
        now: Timestamp,
    ) -> Result<Option<Notification>, StoreError> {
        (**self).read_notification(account, id, now).await
    }

    async fn read_notifications(&self, account: AccountId, now: Timestamp) -> Result<u32, StoreError> {
        (**self).read_notifications(account, now).await
    }

    async fn muted_kinds(&self, account: AccountId) -> Result<BTreeSet<NotificationKind>, StoreError> {
        (**self).muted_kinds(account).await
    }

    async fn set_muted_kinds(&self, account: AccountId, kinds: &BTreeSet<NotificationKind>) -> Result<(), StoreError> {
        (**self).set_muted_kinds(account, kinds).await
    }

    async fn forget_notifications_of(&self, account: AccountId) -> Result<(), StoreError> {
        (**self).forget_notifications_of(account).await
    }

    async fn forget_notifications(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        (**self).forget_notifications(before, limit).await
    }
}
