//! Telling people about orders: on the site at once, by mail through a background task.

use std::sync::Arc;

use async_trait::async_trait;
use designia_core::account::{Account, Role};
use designia_core::effect::{IdempotencyKey, Message};
use designia_core::id::{AccountId, NotificationId};
use designia_core::mail::{OrderLetter, order_mail};
use designia_core::ports::{
    AccountFilter, AccountStore, Notifier, NotifyError, NotifyErrorKind, OrderStore, PageRequest, StoreError,
    StoreErrorKind, TaskQueue,
};
use designia_core::service::notifications::{NewNotification, Notifications};
use designia_core::task::{Json, Task};
use designia_core::time::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::told::{Audience, audience, of_message};

/// So many of those who run the marketplace are told that money needs one of them.
const OPERATORS: u32 = 50;

/// Keeps a notification for whoever a message is for, and asks for the mail. Both once per key: their ids follow from it.
#[derive(Clone, Debug)]
pub(crate) struct Teller {
    /// What people are told on the site.
    pub(crate) notifications: Notifications,
    /// Who runs the marketplace.
    pub(crate) accounts: Arc<dyn AccountStore>,
    /// Who ordered.
    pub(crate) orders: Arc<dyn OrderStore>,
    /// Where mails are asked for.
    pub(crate) tasks: Arc<dyn TaskQueue>,
}

impl Teller {
    /// Whom to tell, the same each time as far as it depends on the order.
    async fn addressees(&self, message: &Message) -> Result<Vec<AccountId>, StoreError> {
        match audience(&message.kind) {
            Audience::Buyer => {
                let order = self.orders.load(message.order).await?;
                Ok(order.map(|order| AccountId::from(order.buyer())).into_iter().collect())
            }
            Audience::Seller(seller) => Ok(vec![AccountId::from(seller)]),
            Audience::Operators => {
                let filter = AccountFilter { role: Some(Role::Admin), ..AccountFilter::default() };
                let page = PageRequest { after: None, limit: OPERATORS };
                let admins = self.accounts.account_page(&filter, page).await?.rows;
                Ok(admins.into_iter().filter(Account::is_active).map(|admin| admin.id).collect())
            }
        }
    }

    async fn tell(&self, message: &Message, key: &IdempotencyKey) -> Result<(), StoreError> {
        let now = self.notifications.ports().clock.now();
        let addressees = self.addressees(message).await?;
        let mails = addressees.iter().map(|to| mail(*to, message, key, now)).collect::<Result<Vec<_>, _>>()?;
        for to in addressees {
            self.notifications.tell(notification(to, message, key, now)?).await?;
        }
        self.tasks.enqueue(&mails).await?;
        Ok(())
    }
}

#[async_trait]
impl Notifier for Teller {
    async fn notify(&self, message: &Message, key: &IdempotencyKey) -> Result<(), NotifyError> {
        self.tell(message, key).await.map_err(|error| NotifyError {
            kind: match error.kind {
                StoreErrorKind::Invalid => NotifyErrorKind::Refused,
                _ => NotifyErrorKind::Unavailable,
            },
            message: error.to_string(),
        })
    }
}

fn notification(
    to: AccountId,
    message: &Message,
    key: &IdempotencyKey,
    at: Timestamp,
) -> Result<NewNotification, StoreError> {
    let name = format!("designia:notification:{key}:{to}");
    let data = json!({ "order_id": message.order, "url": format!("/orders/{}", message.order) });
    let words = of_message(&message.kind);
    Ok(NewNotification {
        id: NotificationId::from_uuid(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())),
        account: to,
        kind: words.kind,
        title: words.title,
        message: words.message,
        data: Json::of(&data).map_err(|error| StoreError::invalid(error.to_string()))?,
        at,
    })
}

fn mail(to: AccountId, message: &Message, key: &IdempotencyKey, now: Timestamp) -> Result<Task, StoreError> {
    let letter = OrderLetter { to, message: message.clone(), key: key.clone() };
    let args = Json::of(&letter).map_err(|error| StoreError::invalid(error.to_string()))?;
    Ok(order_mail().task(letter.task_id(), args, now))
}
