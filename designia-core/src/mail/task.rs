//! Mail as background tasks: everything is sent by one, so that nobody waits for a mail server, and an outage is outlasted.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::account::MAIL_KIND;
use crate::effect::{IdempotencyKey, Message};
use crate::id::{AccountId, MailId, TaskId};
use crate::task::{Kind, KindName, Priority, QueueName, RetryPolicy, TimeLimits};
use crate::time::{HOUR, MINUTE};

/// The queue of everything about mail: a worker that takes from nothing else is the post office.
pub const MAIL_TASKS: &str = "mail_tasks";

/// `mail.order`: tells one person something about an order. Takes [`OrderLetter`].
pub const ORDER_MAIL: &str = "mail.order";

/// `mail.resend`: sends a mail again that somebody has looked at. Takes [`Resend`].
pub const RESEND_MAIL: &str = "mail.resend";

/// `mail.cleanup`: forgets old mails and notifications.
pub const CLEAN_UP_MAIL: &str = "mail.cleanup";

/// Something to tell one person about an order: the arguments of a task of kind [`ORDER_MAIL`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderLetter {
    /// Whom: who ordered, who sells, or who runs the marketplace.
    pub to: AccountId,
    /// What.
    pub message: Message,
    /// The key of the effect that asks for it.
    pub key: IdempotencyKey,
}

/// A mail to be sent again: the arguments of a task of kind [`RESEND_MAIL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resend {
    /// Which.
    pub mail: MailId,
}

impl OrderLetter {
    /// The id of the task that sends it: the same cause and the same person are the same task.
    #[must_use]
    pub fn task_id(&self) -> TaskId {
        let name = format!("designia:order-mail:{}:{}", self.key, self.to);
        TaskId::from_uuid(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
    }
}

/// Mails about accounts. People wait for codes, so they go first.
#[must_use]
pub fn account_mail() -> Kind {
    let about = "sends a mail about an account; one whose code was used or ran out is not sent";
    Kind { priority: Priority::High, ..kind(MAIL_KIND, about) }
}

/// Mails about orders.
#[must_use]
pub fn order_mail() -> Kind {
    kind(ORDER_MAIL, "tells one person something about an order by mail")
}

/// Mails that somebody wants sent again.
#[must_use]
pub fn resend_mail() -> Kind {
    kind(RESEND_MAIL, "sends a mail again")
}

/// Old mails and notifications.
#[must_use]
pub fn clean_up_mail() -> Kind {
    Kind {
        about: "forgets old mails and notifications",
        ..Kind::new(KindName::fixed(CLEAN_UP_MAIL), QueueName::fixed(MAIL_TASKS))
    }
}

/// Fifteen attempts within a day: soon at first, every four hours in the end. Each hands over one mail, which is quick or fails.
fn kind(name: &'static str, about: &'static str) -> Kind {
    Kind {
        about,
        retry: RetryPolicy { retries: 14, first: Duration::from_secs(30), factor: 2, longest: 4 * HOUR },
        limits: TimeLimits { soft: MINUTE, hard: 2 * MINUTE },
        ..Kind::new(KindName::fixed(name), QueueName::fixed(MAIL_TASKS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_tried_for_a_day_and_soon_at_first() {
        let retry = account_mail().retry;
        let waits: Vec<_> = (1..).map_while(|attempt| retry.wait_after(attempt)).collect();
        assert_eq!(waits[..2], [Duration::from_secs(30), MINUTE]);
        let day = waits.iter().sum::<Duration>();
        assert!((23 * HOUR..25 * HOUR).contains(&day), "{day:?}");
    }
}
