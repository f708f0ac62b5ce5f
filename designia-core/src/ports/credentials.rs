//! What the proof of who somebody is needs from outside: slow hashes, chance and sealing, and others who vouch for people.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::account::Hidden;
use crate::id::AccountId;
use crate::time::Timestamp;

/// Hashes passwords, slowly on purpose.
///
/// # Contract
/// - A hash differs from one call to the next, and holds all that is needed to verify it later, under other parameters as well.
/// - `verify` without a hash does the work of one that fails, so that the time it takes doesn't tell whether there was one.
/// - More at once than it is made for are refused at once instead of waiting without an end.
#[async_trait]
pub trait PasswordHasher: fmt::Debug + Send + Sync + 'static {
    /// The password's hash.
    async fn hash(&self, password: &Hidden) -> Result<Hidden, HashError>;

    /// Whether this is the password that was hashed.
    async fn verify(&self, password: &Hidden, hash: Option<&Hidden>) -> Result<Verdict, HashError>;
}

/// Whether a password is the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is not.
    Wrong,
    /// It is.
    Right,
    /// It is, and is to be hashed anew: the parameters have changed.
    RightButStale,
}

/// Why there is no hash and no verdict.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Too many others wait.
    #[error("too many passwords wait to be hashed")]
    Overloaded {
        /// When to try again.
        retry_after: Duration,
    },
    /// It can't be done.
    #[error("a password could not be hashed: {0}")]
    Failed(String),
}

/// Chance, and the keys of an installation.
///
/// # Contract
/// - What is sealed for one account opens for that one only, and not if a bit of it has changed.
/// - A digest is always the same for the same account and text, and tells nothing about the text without the key.
pub trait Vault: fmt::Debug + Send + Sync + 'static {
    /// Fills the bytes with what nobody can guess.
    fn random(&self, bytes: &mut [u8]) -> Result<(), VaultError>;

    /// Seals something for an account.
    fn seal(&self, account: AccountId, clear: &[u8]) -> Result<Hidden, VaultError>;

    /// Opens what was sealed for this account.
    fn open(&self, account: AccountId, sealed: &Hidden) -> Result<Vec<u8>, VaultError>;

    /// A keyed digest of a text that was random to begin with, and needs no slow hash.
    fn digest(&self, account: AccountId, text: &str) -> Hidden;

    /// The time step of RFC 6238 that this code of six digits belongs to, at most one step of 30 seconds from now; `None` if it is
    /// not a code of this seed.
    fn totp_step(&self, seed: &[u8], code: &str, now: Timestamp) -> Option<u64>;
}

/// The vault can't do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The machine gives no random bytes.
    #[error("the machine gave no random bytes")]
    NoRandomness,
    /// It was sealed under another secret, or has been changed.
    #[error("what is sealed doesn't open: it was sealed under another secret, or has been changed")]
    DoesNotOpen,
}

/// Somebody else who vouches for people, such as Google.
#[async_trait]
pub trait IdentityProvider: fmt::Debug + Send + Sync + 'static {
    /// What they are called in an [`Identity`](crate::account::Identity), for instance `google`.
    fn name(&self) -> &str;

    /// Whom this token of theirs stands for.
    ///
    /// # Errors
    /// [`IdentityError::Refused`] if it is not theirs, not meant for us, or over.
    async fn verify(&self, token: &str, now: Timestamp) -> Result<Vouched, IdentityError>;
}

/// Whom somebody else vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// What they call the person; never changes.
    pub subject: String,
    /// The person's address.
    pub email: String,
    /// Whether they have seen that the address is the person's.
    pub email_verified: bool,
    /// First name, if they know it.
    pub first_name: String,
    /// Last name, if they know it.
    pub last_name: String,
}

/// Why nobody is vouched for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The token is not good.
    #[error("the token is refused: {0}")]
    Refused(&'static str),
    /// They can't be asked now.
    #[error("who vouches for people can't be asked: {0}")]
    Unavailable(String),
}

/// What another subject keeps about a person: taken out for them, and taken away when they leave.
///
/// # Contract
/// - `export` leaves nothing out that is about the person, and holds nothing that is secret or about somebody else.
/// - `erase` may be repeated. What the books need is kept without what tells who it was.
#[async_trait]
pub trait PersonalData: fmt::Debug + Send + Sync + 'static {
    /// Under which name it stands in an export.
    fn name(&self) -> &'static str;

    /// Everything that is kept about the person.
    async fn export(&self, account: AccountId) -> Result<serde_json::Value, super::StoreError>;

    /// Takes away what is not needed any more.
    async fn erase(&self, account: AccountId, now: Timestamp) -> Result<(), super::StoreError>;
}
