//! What is kept of mails and notifications about a person: theirs to have, and gone when they leave.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::Mails;
use crate::id::AccountId;
use crate::ports::{MailFilter, PageRequest, PersonalData, StoreError};
use crate::service::notifications::Notifications;
use crate::time::Timestamp;

/// Rows that are read at once.
const AT_ONCE: u32 = 200;

#[async_trait]
impl PersonalData for Mails {
    fn name(&self) -> &'static str {
        "mails"
    }

    async fn export(&self, account: AccountId) -> Result<Value, StoreError> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.page(&MailFilter::Account(account), PageRequest { after, limit: AT_ONCE }).await?;
            all.extend(page.rows.iter().map(|mail| {
                json!({
                    "sent_to": mail.to.email,
                    "subject": mail.subject,
                    "about": mail.kind,
                    "state": mail.state,
                    "created_at": mail.created_at,
                })
            }));
            let Some(next) = page.next else { return Ok(all.into()) };
            after = Some(next);
        }
    }

    async fn erase(&self, account: AccountId, _: Timestamp) -> Result<(), StoreError> {
        self.forget(account).await
    }
}

#[async_trait]
impl PersonalData for Notifications {
    fn name(&self) -> &'static str {
        "notifications"
    }

    async fn export(&self, account: AccountId) -> Result<Value, StoreError> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.page(account, false, PageRequest { after, limit: AT_ONCE }).await?;
            all.extend(page.rows.iter().map(|told| {
                json!({
                    "about": told.kind,
                    "title": told.title,
                    "message": told.message,
                    "created_at": told.created_at,
                    "read_at": told.read_at,
                })
            }));
            let Some(next) = page.next else { return Ok(all.into()) };
            after = Some(next);
        }
    }

    async fn erase(&self, account: AccountId, _: Timestamp) -> Result<(), StoreError> {
        self.ports().store.forget_notifications_of(account).await
    }
}
