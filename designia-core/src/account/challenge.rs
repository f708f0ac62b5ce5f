//! What a person proves by a code or a link that was sent to them.

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::fmt;
use std::time::Duration;

use crate::id::{AccountId, ChallengeId};
use crate::time::{DAY, MINUTE, Timestamp};

/// Something to be proved, once, within a time and a number of attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// Its id, from which its code follows.
    pub id: ChallengeId,
    /// Whose.
    pub account: AccountId,
    /// What for.
    pub purpose: Purpose,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it can be met.
    pub expires_at: Timestamp,
    /// How often somebody has tried.
    pub attempts: u32,
    /// When it was met, or put out of use by a later one.
    pub closed_at: Option<Timestamp>,
}

/// What a challenge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// That an address is its owner's: by a link.
    VerifyEmail,
    /// The second factor of a log-in: by a code.
    LogIn,
    /// Turning the second factor on: by a code.
    EnableSecondFactor,
    /// Turning it off: by a code.
    DisableSecondFactor,
    /// Setting a new password without the old one: by a code within a link.
    ResetPassword,
}

/// Whether a guess may be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It was counted, and may be compared.
    Counted(Challenge),
    /// There is nothing to be met any more: it was met, it is too late, or too many have tried.
    Closed,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::VerifyEmail, Self::LogIn, Self::EnableSecondFactor, Self::DisableSecondFactor, Self::ResetPassword];

    /// Its name in stores.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::LogIn => "log_in",
            Self::EnableSecondFactor => "enable_second_factor",
            Self::DisableSecondFactor => "disable_second_factor",
            Self::ResetPassword => "reset_password",
        }
    }

    /// For how long it can be met: a day for a link that only its reader can follow, ten minutes for what can be guessed.
    #[must_use]
    pub const fn lifetime(self) -> Duration {
        match self {
            Self::VerifyEmail => DAY,
            Self::LogIn | Self::EnableSecondFactor | Self::DisableSecondFactor | Self::ResetPassword => {
                Duration::from_secs(10 * MINUTE.as_secs())
            }
        }
    }
}

impl Challenge {
    /// So many guesses are looked at; with a million codes, somebody who doesn't know it gets in with one in 200,000.
    pub const MAX_ATTEMPTS: u32 = 5;

    /// A new one.
    #[must_use]
    pub fn new(id: ChallengeId, account: AccountId, purpose: Purpose, now: Timestamp) -> Self {
        let expires_at = now + purpose.lifetime();
        Self { id, account, purpose, created_at: now, expires_at, attempts: 0, closed_at: None }
    }

    /// Whether it can still be met.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.closed_at.is_none() && now < self.expires_at && self.attempts < Self::MAX_ATTEMPTS
    }

    /// Counts a guess before it is looked at, so that any number of them at once are not more than the limit. A store does this
    /// in one step.
    #[must_use]
    pub fn attempt(mut self, now: Timestamp) -> Attempt {
        if !self.is_open(now) {
            return Attempt::Closed;
        }
        self.attempts += 1;
        Attempt::Counted(self)
    }
}

/// The installation's secret, from which codes and links follow.
#[derive(Clone)]
pub struct ChallengeKey(Hmac<Sha256>);

impl fmt::Debug for ChallengeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChallengeKey(…)")
    }
}

impl ChallengeKey {
    /// The key that follows from the installation's secret. Another secret puts every open challenge out of use.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        // A block has 64 bytes, and whatever is longer or shorter is brought to that first: no length is refused.
        let key = Hmac::<Sha256>::new_from_slice(secret).unwrap_or_else(|_| Hmac::new(&[0; 64].into()));
        Self(key)
    }

    /// The six digits that meet this challenge.
    #[must_use]
    pub fn code(&self, purpose: Purpose, id: ChallengeId) -> String {
        let tag = self.tag("code", purpose, id).finalize().into_bytes();
        let mut first = [0; 8];
        first.copy_from_slice(&tag[..8]);
        format!("{:06}", u64::from_be_bytes(first) % 1_000_000)
    }

    /// The text that meets this challenge when it is followed as a link: the challenge's id and 128 bits that nobody can guess.
    #[must_use]
    pub fn token(&self, purpose: Purpose, id: ChallengeId) -> String {
        let tag = self.tag("link", purpose, id).finalize().into_bytes();
        let tail: String = tag[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}{tail}", id.as_uuid().simple())
    }

    /// Which challenge this link names. What it names is shown to be right by [`ChallengeKey::is_token`].
    #[must_use]
    pub fn challenge_of(token: &str) -> Option<ChallengeId> {
        let id = token.get(..32).filter(|_| token.len() == 64)?;
        uuid::Uuid::try_parse(id).ok().map(ChallengeId::from_uuid)
    }

    /// Whether these are the six digits. The time it takes tells nothing about how much of a guess was right.
    #[must_use]
    pub fn is_code(&self, purpose: Purpose, id: ChallengeId, guess: &str) -> bool {
        self.is_same(&self.code(purpose, id), guess.trim())
    }

    /// Whether this is the link. The time it takes tells nothing about how much of a guess was right.
    #[must_use]
    pub fn is_token(&self, purpose: Purpose, id: ChallengeId, guess: &str) -> bool {
        self.is_same(&self.token(purpose, id), guess)
    }

    /// Compares digests under the key, of which somebody who guesses controls nothing.
    fn is_same(&self, right: &str, guess: &str) -> bool {
        let digest = |text: &str| self.0.clone().chain_update(b"same").chain_update(text);
        digest(right).verify(&digest(guess).finalize().into_bytes()).is_ok()
    }

    fn tag(&self, form: &str, purpose: Purpose, id: ChallengeId) -> Hmac<Sha256> {
        let label = format!("designia:{form}:{}:", purpose.as_str());
        self.0.clone().chain_update(label).chain_update(id.as_uuid().as_bytes())
    }
}
