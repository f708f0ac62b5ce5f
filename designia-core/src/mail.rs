//! Mail: what is written to people, to whom, and what became of it.
//!
//! A mail is written when it is sent, out of what is true then, and handed over with a key from which its id follows; so whoever
//! is not sure whether it was sent may send it again. What is kept of it afterwards is a [`MailRecord`], and of mails that open
//! something (codes, links) no more than that they were sent, unless the record itself is where they are read.

mod kind;
mod line;
mod record;
mod task;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use kind::MailKind;
pub use line::Line;
pub use record::{MailBody, MailRecord, MailState};
pub use task::{
    CLEAN_UP_MAIL, MAIL_TASKS, ORDER_MAIL, OrderLetter, RESEND_MAIL, Resend, account_mail, clean_up_mail, order_mail,
    resend_mail,
};

use crate::account::Email;
use crate::id::{AccountId, MailId, OrderId};

/// A mail that is ready to be sent. `Debug` shows which it is, and nothing of what it says to whom.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its id, which follows from the key.
    pub id: MailId,
    /// What makes it unique: the same cause gives the same key.
    pub key: MailKey,
    /// What it is about.
    pub kind: MailKind,
    /// To whom.
    pub to: Mailbox,
    /// What its list entry says. Holds nothing that opens anything, because it is kept and logged.
    pub subject: Line,
    /// What it says.
    pub body: MailBody,
    /// Whose account it belongs to, if any.
    pub account: Option<AccountId>,
    /// Which order it is about, if any.
    pub order: Option<OrderId>,
}

/// What makes a mail unique, in letters that a `Message-ID` may have: a repeated mail is recognised by it on the other side.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MailKey(String);

/// An address and the name of whoever reads there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// The name, which may be empty.
    pub name: Line,
    /// The address.
    pub email: Email,
}

impl MailKey {
    /// The key of this text: what a `Message-ID` may not have becomes a hyphen, and 120 characters are kept.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let fits = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' };
        Self(text.chars().take(120).map(fits).collect())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the mail with this key.
    #[must_use]
    pub fn id(&self) -> MailId {
        let name = format!("designia:mail:{}", self.0);
        MailId::from_uuid(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
    }
}

impl fmt::Display for MailKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailbox(…)")
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("key", &self.key).field("kind", &self.kind).finish_non_exhaustive()
    }
}
