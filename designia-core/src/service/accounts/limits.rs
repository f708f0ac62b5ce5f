//! How often somebody may guess, and how often a mail goes out.
//!
//! Guesses are limited where they are made from and at what they are made at. The limit on an account alone is the widest one:
//! it is what somebody could use up to lock the owner out, from one address with the narrow one before it.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::{AccountError, Accounts, Origin};
use crate::id::AccountId;
use crate::ports::Quota;
use crate::time::{DAY, HOUR};

/// So long lies between two mails with a code or a link for the same purpose.
pub const MAIL_PAUSE: Duration = Duration::from_secs(60);

const QUARTER: Duration = Duration::from_secs(15 * 60);

/// Log-ins with one address from one place.
const LOG_INS_FROM: Quota = Quota { burst: 10, per: QUARTER };

/// Log-ins with one address from wherever.
const LOG_INS_OF: Quota = Quota { burst: 30, per: QUARTER };

/// Log-ins from one place with whichever addresses: offices and cafés share one.
const LOG_INS_AT: Quota = Quota { burst: 100, per: QUARTER };

/// Guesses at codes from one place.
const GUESSES_AT: Quota = Quota { burst: 50, per: QUARTER };

/// Guesses at an account's codes and passwords by whoever is half inside already.
const GUESSES_OF: Quota = Quota { burst: 20, per: HOUR };

/// New accounts from one place.
const REGISTRATIONS_AT: Quota = Quota { burst: 30, per: HOUR };

/// Requests for a mail from one place.
const ASKED_AT: Quota = Quota { burst: 30, per: HOUR };

/// Mails with a code or a link to one account.
const MAILS_TO: Quota = Quota { burst: 10, per: HOUR };

/// Hints to the owner of an address that somebody tried to register with it.
const HINTS_TO: Quota = Quota { burst: 1, per: HOUR };

/// Exports of one account.
const EXPORTS_OF: Quota = Quota { burst: 3, per: DAY };

impl Accounts {
    pub(super) async fn may_log_in(&self, email: &str, origin: &Origin) -> Result<(), AccountError> {
        let (email, place) = (shortened(&email.to_lowercase()), place(origin));
        self.take(&format!("log-in:at:{place}"), LOG_INS_AT).await?;
        self.take(&format!("log-in:from:{place}:{email}"), LOG_INS_FROM).await?;
        self.take(&format!("log-in:of:{email}"), LOG_INS_OF).await
    }

    /// A guess at a code, before anything is known about whose it is.
    pub(super) async fn may_guess_at(&self, origin: &Origin) -> Result<(), AccountError> {
        self.take(&format!("guess:at:{}", place(origin)), GUESSES_AT).await
    }

    /// A guess at a code or the password of an account.
    pub(super) async fn may_guess(&self, account: AccountId) -> Result<(), AccountError> {
        self.take(&format!("guess:of:{account}"), GUESSES_OF).await
    }

    /// A guess at the code that resets the password of an address.
    pub(super) async fn may_reset(&self, email: &str) -> Result<(), AccountError> {
        self.take(&format!("reset:of:{}", shortened(&email.to_lowercase())), GUESSES_OF).await
    }

    pub(super) async fn may_register(&self, origin: &Origin) -> Result<(), AccountError> {
        self.take(&format!("register:at:{}", place(origin)), REGISTRATIONS_AT).await
    }

    pub(super) async fn may_ask(&self, origin: &Origin) -> Result<(), AccountError> {
        self.take(&format!("ask:at:{}", place(origin)), ASKED_AT).await
    }

    pub(super) async fn may_mail(&self, account: AccountId) -> Result<(), AccountError> {
        self.take(&format!("mail:to:{account}"), MAILS_TO).await
    }

    pub(super) async fn may_hint(&self, account: AccountId) -> Result<bool, AccountError> {
        match self.take(&format!("hint:to:{account}"), HINTS_TO).await {
            Ok(()) => Ok(true),
            Err(AccountError::TooMany { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn may_export(&self, account: AccountId) -> Result<(), AccountError> {
        self.take(&format!("export:of:{account}"), EXPORTS_OF).await
    }

    async fn take(&self, key: &str, quota: Quota) -> Result<(), AccountError> {
        let allowance = self.ports.limiter.take(&format!("account:{key}"), quota, self.now()).await?;
        if allowance.allowed { Ok(()) } else { Err(AccountError::TooMany { retry_after: allowance.retry_after }) }
    }
}

fn place(origin: &Origin) -> String {
    origin.address.as_deref().map_or_else(|| "unknown".to_owned(), shortened)
}

/// What somebody sent, as part of a key: of a fixed length, and unreadable.
fn shortened(text: &str) -> String {
    Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
