//! What of accounts is done in the background.

use serde::{Deserialize, Serialize};

use super::{AccountError, Accounts, Export, Origin};
use crate::account::{Email, Purpose};
use crate::id::AccountId;
use crate::ports::AccountKey;
use crate::schedule::{MissedRuns, Overlap, Recurrence, Schedule};
use crate::task::{Json, Kind, KindName, QueueName, ScheduleName};
use crate::time::HOUR;
use crate::worker::kinds::MARKETPLACE_TASKS;
use crate::worker::{TaskError, TaskRegistry};

/// `accounts.ask`: sends a mail that somebody asked for who may not learn whether the address has an account. Takes
/// [`AskByMail`].
pub const ASK: &str = "accounts.ask";

/// `accounts.export`: puts an export together. Takes [`Export`].
pub const EXPORT: &str = "accounts.export";

/// `accounts.drop_export`: takes one away when its time is over. Takes [`Export`].
const DROP_EXPORT: &str = "accounts.drop_export";

/// `accounts.erase`: takes away what is kept about somebody who has left.
pub const ERASE: &str = "accounts.erase";

/// `accounts.forget`: forgets sessions and challenges that ended long ago, and registrations that nobody verified.
pub const FORGET: &str = "accounts.forget";

/// So many are forgotten at once.
const AT_ONCE: u32 = 500;

/// So many turns one run takes at most.
const TURNS: u32 = 200;

/// A mail that somebody asked for.
///
/// The request itself looks nothing up: it takes as long for an address that has no account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum AskByMail {
    /// The link that verifies the address.
    Verification {
        /// Which.
        email: Email,
    },
    /// The link that sets a new password.
    Reset {
        /// Of which address.
        email: Email,
    },
}

/// Arguments of [`ERASE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Erase {
    /// Whose.
    pub(super) account: AccountId,
}

/// What [`FORGET`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgotten {
    /// How many sessions and challenges that ended long ago.
    pub ended: u64,
    /// How many registrations that nobody had verified.
    pub unverified: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl Accounts {
    /// Asks for a mail. Whether one goes out depends on the address; the answer doesn't.
    ///
    /// # Errors
    /// [`AccountError::TooMany`], or a store error.
    pub async fn ask_by_mail(&self, ask: &AskByMail, origin: &Origin) -> Result<(), AccountError> {
        self.may_ask(origin).await?;
        let task = self.task(ASK, ask, self.now())?;
        self.ports.tasks.enqueue(&[task]).await?;
        Ok(())
    }

    /// Adds the kinds of task that accounts need.
    #[must_use]
    pub fn add_kinds(&self, registry: TaskRegistry) -> TaskRegistry {
        let [asking, exporting, dropping, erasing, forgetting] = std::array::from_fn(|_| self.clone());
        registry
            .add(kind(ASK, "sends a mail that somebody asked for"), move |ask: AskByMail, _| {
                let accounts = asking.clone();
                async move { accounts.answer_by_mail(&ask).await.map_err(told) }
            })
            .add(kind(EXPORT, "puts everything together that is kept about a person"), move |export: Export, _| {
                let accounts = exporting.clone();
                async move { accounts.export_and_drop(export).await.map_err(told) }
            })
            .add(kind(DROP_EXPORT, "takes an export away when its time is over"), move |export: Export, _| {
                let accounts = dropping.clone();
                async move { accounts.drop_export(export).await.map_err(told) }
            })
            .add(kind(ERASE, "takes away what is kept about somebody who has left"), move |erase: Erase, _| {
                let accounts = erasing.clone();
                async move { accounts.erase(erase.account).await.map_err(told) }
            })
            .add(kind(FORGET, "forgets what ended long ago, and who never verified"), move |_: Option<Nothing>, _| {
                let accounts = forgetting.clone();
                async move { accounts.forget().await.map_err(told) }
            })
            .on_schedule(Schedule {
                name: ScheduleName::fixed(FORGET),
                kind: KindName::fixed(FORGET),
                args: Json::null(),
                recurrence: Recurrence::cron("45 * * * *").unwrap_or_else(|_| Recurrence::every(HOUR)),
                missed: MissedRuns::Coalesce,
                overlap: Overlap::Skip,
                start_within: None,
            })
    }

    pub(super) async fn answer_by_mail(&self, ask: &AskByMail) -> Result<(), AccountError> {
        let sent = match ask {
            AskByMail::Verification { email } => self.send_verification(email).await,
            AskByMail::Reset { email } => {
                let account = self.ports.store.account(&AccountKey::Email(email.clone())).await?;
                match account.filter(crate::account::Account::is_active) {
                    Some(account) => self.send_challenge(account.id, Purpose::ResetPassword).await,
                    None => Ok(()),
                }
            }
        };
        match sent {
            // A limit on mails is kept by not sending.
            Err(AccountError::TooMany { .. }) => Ok(()),
            sent => sent,
        }
    }

    pub(super) async fn export_and_drop(&self, export: Export) -> Result<(), AccountError> {
        let now = self.now();
        let mut later = self.task(DROP_EXPORT, &export, now)?;
        later.run_at = export.asked_at + self.policy.export_kept;
        // Asked for first: a file must not stay because the process ended in between.
        self.ports.tasks.enqueue(&[later]).await?;
        self.export(export).await
    }

    async fn forget(&self) -> Result<Forgotten, AccountError> {
        Ok(Forgotten { ended: self.forget_ended().await?, unverified: self.forget_unverified().await? })
    }

    /// Removes registrations that nobody has verified in time: whose they were was never shown, and somebody else may want the
    /// address and the name.
    pub(super) async fn forget_unverified(&self) -> Result<u64, AccountError> {
        let before = self.now() - self.policy.unverified_kept;
        let mut forgotten = 0;
        for _ in 0..TURNS {
            let ids = self.ports.store.unverified(before, AT_ONCE).await?;
            for id in &ids {
                // Before the account, so that nothing is left behind if the process ends in between.
                for subject in &self.ports.personal {
                    subject.erase(*id, self.now()).await?;
                }
            }
            forgotten += u64::from(self.ports.store.forget_unverified(&ids, before).await?);
            if ids.len() < AT_ONCE as usize {
                break;
            }
        }
        Ok(forgotten)
    }

    pub(super) async fn forget_ended(&self) -> Result<u64, AccountError> {
        let before = self.now() - self.policy.ended_kept;
        let mut forgotten = 0;
        for _ in 0..TURNS {
            let turn = self.ports.store.forget_ended(before, AT_ONCE).await?;
            forgotten += u64::from(turn);
            if turn < AT_ONCE {
                break;
            }
        }
        Ok(forgotten)
    }
}

fn kind(name: &'static str, about: &'static str) -> Kind {
    Kind { about, ..Kind::new(KindName::fixed(name), QueueName::fixed(MARKETPLACE_TASKS)) }
}

/// What won't come right by itself is not tried again.
#[expect(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
fn told(error: AccountError) -> TaskError {
    if error.is_retryable() { TaskError::new(error.to_string()) } else { TaskError::fatal(error.to_string()) }
}

impl Origin {
    /// Nobody in particular: the program itself.
    #[must_use]
    pub fn program() -> Self {
        Self { address: None, client: "program".to_owned() }
    }
}
