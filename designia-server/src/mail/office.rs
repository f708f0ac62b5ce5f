//! The post office: writes the mails that tasks ask for, and sends them.

use std::sync::Arc;
use std::time::Duration;

use designia_core::account::{Account, AccountLetter, ChallengeKey, Email, Letter, Standing};
use designia_core::id::NotificationId;
use designia_core::mail::{
    CLEAN_UP_MAIL, Line, Mail, MailKey, MailKind, Mailbox, OrderLetter, Resend, account_mail, clean_up_mail,
    order_mail, resend_mail,
};
use designia_core::ports::{AccountKey, AccountStore, OrderStore};
use designia_core::schedule::{MissedRuns, Overlap, Recurrence, Schedule};
use designia_core::service::mails::{Mails, SendError};
use designia_core::service::notifications::{NewNotification, Notifications};
use designia_core::task::{Json, ScheduleName};
use designia_core::time::{DAY, HOUR};
use designia_core::worker::{TaskContext, TaskError, TaskRegistry};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::letter::{self, Content};
use super::told::{Audience, audience};
use super::{Links, about_accounts, about_orders, told};

/// So long it is known what was mailed, and what people were told.
const KEPT_FOR: Duration = Duration::from_secs(90 * DAY.as_secs());

/// So many are forgotten in one call, and so many calls are made by one run.
const AT_ONCE: u32 = 500;
const TURNS: u32 = 200;

/// What a post office works with. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct PostOffice {
    /// Where mails are handed over.
    pub(crate) mails: Mails,
    /// What people are told on the site.
    pub(crate) notifications: Notifications,
    /// To whom.
    pub(crate) accounts: Arc<dyn AccountStore>,
    /// About what.
    pub(crate) orders: Arc<dyn OrderStore>,
    /// What codes and links follow from.
    pub(crate) challenges: ChallengeKey,
    /// Where mails lead to.
    pub(crate) links: Links,
    /// What the shop is called.
    pub(crate) brand: String,
}

/// What became of a mail that a task asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Posted {
    /// It was handed over.
    Sent,
    /// It had been handed over before.
    SentBefore,
    /// It would not be true any more, or of no use.
    Pointless,
    /// There is nobody, or no address.
    NoAddress,
    /// Its reader does not want such mail.
    Unwanted,
}

/// What [`CLEAN_UP_MAIL`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Forgotten {
    mails: u64,
    notifications: u64,
}

/// Arguments of a kind that takes none: `null` or `{}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl PostOffice {
    /// Adds the kinds of task that are about mail, and the schedule that forgets.
    pub(crate) fn add_kinds(&self, registry: TaskRegistry) -> TaskRegistry {
        let [of_accounts, of_orders, again, cleaning] = std::array::from_fn(|_| self.clone());
        registry
            .add(account_mail(), move |letter: AccountLetter, context: TaskContext| {
                let office = of_accounts.clone();
                async move { office.post_letter(&letter, &context).await }
            })
            .add(order_mail(), move |letter: OrderLetter, _| {
                let office = of_orders.clone();
                async move { office.post_message(&letter).await }
            })
            .add(resend_mail(), move |resend: Resend, _| {
                let office = again.clone();
                async move {
                    let sent = office.mails.resend(resend.mail).await.map_err(failed)?;
                    Ok::<_, TaskError>(if sent { Posted::Sent } else { Posted::Pointless })
                }
            })
            .add(clean_up_mail(), move |_: Option<Nothing>, context: TaskContext| {
                let office = cleaning.clone();
                async move { office.clean_up(&context).await }
            })
            .on_schedule(Schedule {
                name: ScheduleName::fixed(CLEAN_UP_MAIL),
                kind: clean_up_mail().name,
                args: Json::null(),
                recurrence: Recurrence::cron("45 * * * *").unwrap_or_else(|_| Recurrence::every(HOUR)),
                missed: MissedRuns::Coalesce,
                overlap: Overlap::Skip,
                start_within: None,
            })
    }

    /// A mail about an account. What it is about is looked up now: a code that was used, or has run out, is not sent.
    async fn post_letter(&self, letter: &AccountLetter, context: &TaskContext) -> Result<Posted, TaskError> {
        let task = context.task();
        let account = self.accounts.account(&AccountKey::Id(letter.account)).await?;
        if let (Some(words), Some(account)) = (told::of_letter(&letter.letter), &account)
            && !is_gone(account)
        {
            let name = format!("designia:notification:letter:{}", task.id);
            let notification = NewNotification {
                id: NotificationId::from_uuid(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())),
                account: account.id,
                kind: words.kind,
                title: words.title,
                message: words.message,
                data: Json::parse("{}")?,
                at: task.enqueued_at,
            };
            self.notifications.tell(notification).await?;
        }
        let (to, kind, content) = match (&letter.letter, account) {
            (Letter::Deleted { email }, _) => {
                let to = Mailbox { name: Line::default(), email: email.clone() };
                (to, MailKind::AccountDeleted, about_accounts::of_letter(&letter.letter, &self.links))
            }
            (_, None) => return Ok(Posted::NoAddress),
            (_, Some(account)) if is_gone(&account) => return Ok(Posted::Pointless),
            (Letter::Challenge { challenge }, Some(account)) => {
                let now = self.mails.ports().clock.now();
                let challenge = self.accounts.challenge(*challenge).await?;
                let Some(challenge) = challenge.filter(|it| it.is_open(now) && it.account == account.id) else {
                    return Ok(Posted::Pointless);
                };
                let content = about_accounts::of_challenge(&challenge, &self.challenges, &account.email, &self.links);
                (mailbox(&account), MailKind::of_challenge(challenge.purpose), Some(content))
            }
            (letter, Some(account)) => {
                let Some(kind) = MailKind::of_letter(letter) else { return Ok(Posted::Pointless) };
                (mailbox(&account), kind, about_accounts::of_letter(letter, &self.links))
            }
        };
        let Some(content) = content else { return Ok(Posted::Pointless) };
        let key = MailKey::new(&format!("letter-{}", task.id));
        let owner = (kind != MailKind::AccountDeleted).then_some(letter.account);
        let mail = Mail { account: owner, ..self.written(key, kind, to, &content)? };
        self.hand_over(&mail).await
    }

    /// A mail about an order. What the order says is looked up now: nobody is asked to pay what was paid meanwhile.
    async fn post_message(&self, letter: &OrderLetter) -> Result<Posted, TaskError> {
        let OrderLetter { to, message, key } = letter;
        let kind = MailKind::of_message(&message.kind);
        let account = self.accounts.account(&AccountKey::Id(*to)).await?.filter(|account| !is_gone(account));
        let given = message.email.as_deref().filter(|_| audience(&message.kind) == Audience::Buyer);
        let Some(order) = self.orders.load(message.order).await? else { return Ok(Posted::Pointless) };
        // Who has shown that an address is theirs gets it there. What was typed at checkout is for whoever has no account.
        let mailbox = match (account, given.map(str::parse::<Email>)) {
            (Some(account), _) => mailbox(&account),
            (None, Some(Ok(email))) => {
                let name = order.contents().ship_to.as_ref().map_or("", |address| address.name.as_str());
                Mailbox { name: Line::new(name), email }
            }
            (None, Some(Err(_)) | None) => return Ok(Posted::NoAddress),
        };
        if let Some(subject) = kind.mutable()
            && self.notifications.muted(*to).await?.contains(&subject)
        {
            return Ok(Posted::Unwanted);
        }
        let Some(content) = about_orders::of_message(&message.kind, &order, &self.links)? else {
            return Ok(Posted::Pointless);
        };
        let key = match audience(&message.kind) {
            Audience::Buyer | Audience::Seller(_) => MailKey::new(key.as_str()),
            Audience::Operators => MailKey::new(&format!("{key}-{to}")),
        };
        let mail = self.written(key, kind, mailbox, &content)?;
        self.hand_over(&Mail { account: Some(*to), order: Some(message.order), ..mail }).await
    }

    async fn clean_up(&self, context: &TaskContext) -> Result<Forgotten, TaskError> {
        let before = self.mails.ports().clock.now() - KEPT_FOR;
        let mut done = Forgotten::default();
        for _ in 0..TURNS {
            let mails = self.mails.ports().store.forget_mails(before, AT_ONCE).await?;
            let notifications = self.notifications.ports().store.forget_notifications(before, AT_ONCE).await?;
            done.mails += u64::from(mails);
            done.notifications += u64::from(notifications);
            context.progress(done.mails + done.notifications, None, None);
            if (mails < AT_ONCE && notifications < AT_ONCE) || context.stop_asked().is_some() {
                break;
            }
        }
        Ok(done)
    }

    fn written(&self, key: MailKey, kind: MailKind, to: Mailbox, content: &Content) -> Result<Mail, TaskError> {
        let body = letter::body(content, &self.brand, &to.name)?;
        let subject = Line::new(&content.subject);
        Ok(Mail { id: key.id(), key, kind, to, subject, body, account: None, order: None })
    }

    async fn hand_over(&self, mail: &Mail) -> Result<Posted, TaskError> {
        let sent = self.mails.send(mail).await.map_err(failed)?;
        Ok(if sent { Posted::Sent } else { Posted::SentBefore })
    }
}

fn mailbox(account: &Account) -> Mailbox {
    Mailbox { name: Line::new(&account.display_name()), email: account.email.clone() }
}

const fn is_gone(account: &Account) -> bool {
    matches!(account.standing, Standing::Deleted { .. })
}

/// What nobody will ever accept is not tried again.
fn failed(error: SendError) -> TaskError {
    if error.is_final() { TaskError::fatal(error.to_string()) } else { error.into() }
}

#[cfg(test)]
mod tests;
