//! Sending mail: noted first, handed over, and noted what became of it.

mod personal;

use std::sync::Arc;

use crate::id::{AccountId, MailId};
use crate::mail::{Mail, MailRecord, MailState};
use crate::ports::{
    Clock, MailError, MailErrorKind, MailFilter, MailOutcome, MailStore, Mailer, Page, PageRequest, StoreError,
};

/// The post office. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mails {
    ports: MailPorts,
    keeps: KeptBodies,
}

/// Who fills the roles that [`Mails`] needs.
#[derive(Clone, Debug)]
pub struct MailPorts {
    /// Where is kept what was sent.
    pub store: Arc<dyn MailStore>,
    /// Who delivers.
    pub mailer: Arc<dyn Mailer>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// Of which mails it is kept what they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum KeptBodies {
    /// Of those that open nothing: so they can be looked at and sent again.
    #[default]
    OfTheHarmless,
    /// Of all: the record itself is where they are read, because nobody delivers them.
    OfAll,
}

/// Why a mail was not handed over.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Nobody takes it.
    #[error(transparent)]
    Mailer(#[from] MailError),
    /// It can't be noted.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SendError {
    /// Whether it will never be accepted.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Mailer(error) => error.kind == MailErrorKind::Refused,
            Self::Store(_) => false,
        }
    }
}

impl Mails {
    /// A post office over these ports.
    #[must_use]
    pub const fn new(ports: MailPorts, keeps: KeptBodies) -> Self {
        Self { ports, keeps }
    }

    /// Who fills the roles.
    #[must_use]
    pub const fn ports(&self) -> &MailPorts {
        &self.ports
    }

    /// Hands a mail over, once per key as far as that can be known; `false` if it had been handed over before.
    ///
    /// # Errors
    /// Nobody takes it, now or ever; or it can't be noted.
    pub async fn send(&self, mail: &Mail) -> Result<bool, SendError> {
        let keeps_body = self.keeps == KeptBodies::OfAll || !mail.kind.is_secret();
        let record = MailRecord::of(mail, keeps_body, self.ports.clock.now());
        let stored = self.ports.store.begin_mail(&record).await?;
        match stored.state {
            MailState::Sent => Ok(false),
            MailState::Refused => Err(MailError::refused(stored.note.unwrap_or_default()).into()),
            MailState::Waiting => self.hand_over(mail).await.map(|()| true),
        }
    }

    /// Sends a mail again that waits since it was [reopened](Mails::reopen); `false` if it doesn't.
    ///
    /// # Errors
    /// Those of [`Mails::send`].
    pub async fn resend(&self, id: MailId) -> Result<bool, SendError> {
        let stored = self.ports.store.mail(id).await?.filter(|stored| stored.state == MailState::Waiting);
        match stored.and_then(|stored| stored.mail()) {
            Some(mail) => self.send(&mail).await,
            None => Ok(false),
        }
    }

    /// Lets a mail wait that has ended, so that it can be sent again; `false` if it can't be.
    ///
    /// # Errors
    /// The store's.
    pub async fn reopen(&self, id: MailId) -> Result<bool, StoreError> {
        self.ports.store.reopen_mail(id, self.ports.clock.now()).await
    }

    /// One mail, with what it says if that is kept.
    ///
    /// # Errors
    /// The store's.
    pub async fn mail(&self, id: MailId) -> Result<Option<MailRecord>, StoreError> {
        self.ports.store.mail(id).await
    }

    /// One page of mails, newest first, without what they say.
    ///
    /// # Errors
    /// The store's.
    pub async fn page(&self, filter: &MailFilter, page: PageRequest) -> Result<Page<MailRecord>, StoreError> {
        self.ports.store.mails(filter, page).await
    }

    /// Removes everything that was mailed to an account.
    ///
    /// # Errors
    /// The store's.
    pub async fn forget(&self, account: AccountId) -> Result<(), StoreError> {
        self.ports.store.forget_mails_of(account).await
    }

    async fn hand_over(&self, mail: &Mail) -> Result<(), SendError> {
        let (outcome, result) = match self.ports.mailer.send(mail).await {
            Ok(()) => (MailOutcome { state: MailState::Sent, note: None }, Ok(())),
            Err(error) => {
                let state = match error.kind {
                    MailErrorKind::Unavailable => MailState::Waiting,
                    MailErrorKind::Refused => MailState::Refused,
                };
                (MailOutcome { state, note: Some(error.message.clone()) }, Err(error.into()))
            }
        };
        let noted = self.ports.store.settle_mail(mail.id, &outcome, self.ports.clock.now()).await;
        // A mail that is out is out: sending it again because that could not be noted would be worse than a note that is missing.
        if let Err(error) = noted {
            tracing::warn!(mail = %mail.key, %error, "it can't be noted what became of a mail");
        }
        result
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests;
