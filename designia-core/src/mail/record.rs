//! What is kept of a mail.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Line, Mail, MailKey, MailKind, Mailbox};
use crate::id::{AccountId, MailId, OrderId};
use crate::time::Timestamp;
use crate::words::words;

/// What is kept of a mail: to whom, what about, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailRecord {
    /// Its id.
    pub id: MailId,
    /// What makes it unique.
    pub key: MailKey,
    /// What it is about.
    pub kind: MailKind,
    /// To whom.
    pub to: Mailbox,
    /// What its list entry says.
    pub subject: Line,
    /// What it says, if that is kept.
    pub body: Option<MailBody>,
    /// Whose account it belongs to, if any.
    pub account: Option<AccountId>,
    /// Which order it is about, if any.
    pub order: Option<OrderId>,
    /// How far it has come.
    pub state: MailState,
    /// How often it was tried to hand it over.
    pub attempts: u32,
    /// When it was tried first.
    pub created_at: Timestamp,
    /// When it came to its state.
    pub changed_at: Timestamp,
    /// Why it is in this state, for people; never holds a secret.
    pub note: Option<String>,
}

/// What a mail says, in both forms. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailBody {
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub html: String,
}

words! {
    /// How far a mail has come.
    MailState {
        /// It is being handed over, or will be tried again.
        Waiting => "waiting",
        /// It was handed over to whoever delivers it.
        Sent => "sent",
        /// It will never be accepted.
        Refused => "refused",
    }
}

impl MailRecord {
    /// What is kept of a mail that is tried for the first time.
    #[must_use]
    pub fn of(mail: &Mail, keeps_body: bool, now: Timestamp) -> Self {
        Self {
            id: mail.id,
            key: mail.key.clone(),
            kind: mail.kind,
            to: mail.to.clone(),
            subject: mail.subject.clone(),
            body: keeps_body.then(|| mail.body.clone()),
            account: mail.account,
            order: mail.order,
            state: MailState::Waiting,
            attempts: 1,
            created_at: now,
            changed_at: now,
            note: None,
        }
    }

    /// The mail that can be sent again, if what it says was kept.
    #[must_use]
    pub fn mail(&self) -> Option<Mail> {
        Some(Mail {
            id: self.id,
            key: self.key.clone(),
            kind: self.kind,
            to: self.to.clone(),
            subject: self.subject.clone(),
            body: self.body.clone()?,
            account: self.account,
            order: self.order,
        })
    }
}

impl fmt::Debug for MailBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailBody(…)")
    }
}
