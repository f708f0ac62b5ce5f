//! What accounts were told, in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;

use super::records::MuteRow;
use super::{MemoryStore, page};
use crate::id::{AccountId, NotificationId};
use crate::notification::{Notification, NotificationKind};
use crate::ports::{NotificationStore, Page, PageRequest, StoreError, UNREAD_LIMIT, notification_cursor};
use crate::time::Timestamp;

#[derive(Clone, Default)]
pub(super) struct Notifications {
    rows: HashMap<NotificationId, Notification>,
    newest: BTreeMap<AccountId, BTreeSet<(Timestamp, NotificationId)>>,
    muted: BTreeMap<AccountId, BTreeSet<NotificationKind>>,
}

impl Notifications {
    pub(super) fn all(&self) -> impl ExactSizeIterator<Item = &Notification> {
        self.rows.values()
    }

    pub(super) fn mute_rows(&self) -> impl Iterator<Item = MuteRow> {
        let of = |(account, kinds): (&AccountId, &BTreeSet<NotificationKind>)| {
            let account = *account;
            kinds.iter().map(|kind| MuteRow { account, kind: *kind }).collect::<Vec<_>>()
        };
        self.muted.iter().flat_map(of)
    }

    pub(super) fn mute(&mut self, row: &MuteRow) {
        self.muted.entry(row.account).or_default().insert(row.kind);
    }

    pub(super) fn put(&mut self, notification: &Notification) -> bool {
        if self.rows.contains_key(&notification.id) {
            return false;
        }
        let key = (notification.created_at, notification.id);
        self.newest.entry(notification.account).or_default().insert(key);
        self.rows.insert(notification.id, notification.clone());
        true
    }

    fn of(&self, account: AccountId) -> impl DoubleEndedIterator<Item = &Notification> {
        let keys = self.newest.get(&account).into_iter().flatten();
        keys.filter_map(|(_, id)| self.rows.get(id))
    }

    fn page(&self, account: AccountId, only_unread: bool, request: &PageRequest) -> Page<Notification> {
        let is_after = |row: &&Notification| {
            request
                .after
                .as_ref()
                .is_none_or(|after| (row.created_at, row.id.to_string()) < (after.at, after.id.clone()))
        };
        let rows = self.of(account).rev().filter(|row| !only_unread || row.read_at.is_none()).filter(is_after);
        page::take(rows, request.limit, |row| Some(row.clone()), notification_cursor)
    }

    fn unread(&self, account: AccountId) -> u32 {
        let limit = usize::try_from(UNREAD_LIMIT).unwrap_or(usize::MAX);
        let count = self.of(account).filter(|row| row.read_at.is_none()).take(limit).count();
        u32::try_from(count).unwrap_or(UNREAD_LIMIT)
    }

    fn mark(&mut self, account: AccountId, id: NotificationId, now: Timestamp) -> Option<Notification> {
        let row = self.rows.get_mut(&id).filter(|row| row.account == account)?;
        row.read_at = row.read_at.or(Some(now));
        Some(row.clone())
    }

    fn mark_all(&mut self, account: AccountId, now: Timestamp) -> u32 {
        let mut marked = 0;
        for row in self.rows.values_mut() {
            if row.account == account && row.created_at <= now && row.read_at.is_none() {
                row.read_at = Some(now);
                marked += 1;
            }
        }
        marked
    }

    fn forget(&mut self, account: AccountId) {
        self.rows.retain(|_, row| row.account != account);
        self.newest.remove(&account);
        self.muted.remove(&account);
    }

    fn forget_before(&mut self, before: Timestamp, limit: u32) -> u32 {
        let old = self.rows.values().filter(|row| row.created_at < before);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let old: Vec<_> = old.map(|row| (row.account, row.created_at, row.id)).take(limit).collect();
        for (account, at, id) in &old {
            self.rows.remove(id);
            self.newest.entry(*account).or_default().remove(&(*at, *id));
        }
        self.newest.retain(|_, keys| !keys.is_empty());
        u32::try_from(old.len()).unwrap_or(u32::MAX)
    }
}

#[async_trait]
impl NotificationStore for MemoryStore {
    async fn put_notification(&self, notification: &Notification) -> Result<bool, StoreError> {
        Ok(self.tables().notifications.put(notification))
    }

    async fn notifications(
        &self,
        account: AccountId,
        only_unread: bool,
        page: PageRequest,
    ) -> Result<Page<Notification>, StoreError> {
        Ok(self.tables().notifications.page(account, only_unread, &page))
    }

    async fn unread_notifications(&self, account: AccountId) -> Result<u32, StoreError> {
        Ok(self.tables().notifications.unread(account))
    }

    async fn read_notification(
        &self,
        account: AccountId,
        id: NotificationId,
        now: Timestamp,
    ) -> Result<Option<Notification>, StoreError> {
        Ok(self.tables().notifications.mark(account, id, now))
    }

    async fn read_notifications(&self, account: AccountId, now: Timestamp) -> Result<u32, StoreError> {
        Ok(self.tables().notifications.mark_all(account, now))
    }

    async fn muted_kinds(&self, account: AccountId) -> Result<BTreeSet<NotificationKind>, StoreError> {
        Ok(self.tables().notifications.muted.get(&account).cloned().unwrap_or_default())
    }

    async fn set_muted_kinds(&self, account: AccountId, kinds: &BTreeSet<NotificationKind>) -> Result<(), StoreError> {
        self.tables().notifications.muted.insert(account, kinds.clone());
        Ok(())
    }

    async fn forget_notifications_of(&self, account: AccountId) -> Result<(), StoreError> {
        self.tables().notifications.forget(account);
        Ok(())
    }

    async fn forget_notifications(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        Ok(self.tables().notifications.forget_before(before, limit))
    }
}
