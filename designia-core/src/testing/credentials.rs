//! Passwords, keys and people who vouch, without cryptography: for tests of rules, and never for anything else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use async_trait::async_trait;

use crate::account::Hidden;
use crate::id::AccountId;
use crate::ports::{HashError, IdentityError, IdentityProvider, PasswordHasher, Vault, VaultError, Verdict, Vouched};
use crate::time::Timestamp;

/// A hasher that hides nothing, and counts what it is asked. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct PlainHasher {
    hashed: Arc<AtomicU32>,
    verified: Arc<AtomicU32>,
}

impl PlainHasher {
    /// How many passwords were hashed and how many verified so far.
    #[must_use]
    pub fn asked(&self) -> (u32, u32) {
        (self.hashed.load(Ordering::SeqCst), self.verified.load(Ordering::SeqCst))
    }

    /// What this hasher made of a password before its parameters changed.
    #[must_use]
    pub fn stale(password: &str) -> Hidden {
        Hidden::new(format!("stale:{password}"))
    }
}

#[async_trait]
impl PasswordHasher for PlainHasher {
    async fn hash(&self, password: &Hidden) -> Result<Hidden, HashError> {
        self.hashed.fetch_add(1, Ordering::SeqCst);
        Ok(Hidden::new(format!("plain:{}", password.expose())))
    }

    async fn verify(&self, password: &Hidden, hash: Option<&Hidden>) -> Result<Verdict, HashError> {
        self.verified.fetch_add(1, Ordering::SeqCst);
        let text = password.expose();
        Ok(match hash.map(Hidden::expose) {
            Some(hash) if hash == format!("plain:{text}") => Verdict::Right,
            Some(hash) if hash == format!("stale:{text}") => Verdict::RightButStale,
            Some(_) | None => Verdict::Wrong,
        })
    }
}

/// A vault whose chance counts and whose seals are glass. The code of a seed is the time step's last six digits.
#[derive(Clone, Debug, Default)]
pub struct GlassVault {
    last: Arc<AtomicU64>,
}

impl GlassVault {
    /// The code of every seed at this time.
    #[must_use]
    pub fn code_at(now: Timestamp) -> String {
        format!("{:06}", step(now) % 1_000_000)
    }
}

fn step(now: Timestamp) -> u64 {
    u64::try_from(now.as_secs() / 30).unwrap_or_default()
}

impl Vault for GlassVault {
    fn random(&self, bytes: &mut [u8]) -> Result<(), VaultError> {
        for chunk in bytes.chunks_mut(8) {
            let next = self.last.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            chunk.copy_from_slice(&next.to_be_bytes()[..chunk.len()]);
        }
        Ok(())
    }

    fn seal(&self, account: AccountId, clear: &[u8]) -> Result<Hidden, VaultError> {
        let clear: String = clear.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Hidden::new(format!("{account}/{clear}")))
    }

    fn open(&self, account: AccountId, sealed: &Hidden) -> Result<Vec<u8>, VaultError> {
        let clear = sealed.expose().strip_prefix(&format!("{account}/")).ok_or(VaultError::DoesNotOpen)?;
        let pairs = clear.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
        let bytes = pairs.map(|pair| u8::from_str_radix(pair?, 16).ok());
        bytes.collect::<Option<_>>().ok_or(VaultError::DoesNotOpen)
    }

    fn digest(&self, account: AccountId, text: &str) -> Hidden {
        Hidden::new(format!("{account}:{text}"))
    }

    fn totp_step(&self, _: &[u8], code: &str, now: Timestamp) -> Option<u64> {
        let now = step(now);
        (now.saturating_sub(1)..=now + 1).find(|step| format!("{:06}", step % 1_000_000) == code)
    }
}

/// Somebody who vouches for whoever a token names: `subject,address,verified` or `subject,address,unverified`.
#[derive(Clone, Copy, Debug, Default)]
pub struct TrustingProvider;

#[async_trait]
impl IdentityProvider for TrustingProvider {
    fn name(&self) -> &'static str {
        "google"
    }

    async fn verify(&self, token: &str, _: Timestamp) -> Result<Vouched, IdentityError> {
        let mut words = token.split(',');
        let (Some(subject), Some(email), Some(seen)) = (words.next(), words.next(), words.next()) else {
            return Err(IdentityError::Refused("it is not a token"));
        };
        Ok(Vouched {
            subject: subject.to_owned(),
            email: email.to_owned(),
            email_verified: seen == "verified",
            first_name: "Vera".to_owned(),
            last_name: "Vouched".to_owned(),
        })
    }
}
