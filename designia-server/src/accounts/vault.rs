//! The keys that follow from the installation's secret, each for one purpose.

use std::fmt;

use designia_core::account::Hidden;
use designia_core::id::AccountId;
use designia_core::ports::{Vault, VaultError};
use designia_core::time::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};
use ring::{aead, hmac};
use totp_rs::Builder;

use crate::config::Secret;

/// How many steps of 30 seconds a program's clock may be off.
const SKEW: u16 = 1;

/// Chance from the operating system, and keys from the installation's secret. Another secret opens nothing that was sealed under
/// this one.
#[derive(Clone)]
pub struct InstallationVault {
    sealing: aead::LessSafeKey,
    digesting: hmac::Key,
}

impl InstallationVault {
    /// The keys that follow from this secret.
    ///
    /// # Errors
    ///
    /// Never with this algorithm and its length of keys; told anyway rather than assumed.
    pub fn new(secret: &Secret) -> Result<Self, VaultError> {
        let sealing = aead::UnboundKey::new(&aead::AES_256_GCM, derived(secret, "sealing").as_ref());
        let sealing = aead::LessSafeKey::new(sealing.map_err(|_| VaultError::DoesNotOpen)?);
        let digesting = hmac::Key::new(hmac::HMAC_SHA256, derived(secret, "digesting").as_ref());
        Ok(Self { sealing, digesting })
    }
}

/// A key of its own for each purpose, so that what is made for one is of no use for another.
pub(crate) fn derived(secret: &Secret, purpose: &str) -> hmac::Tag {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    hmac::sign(&key, format!("designia:{purpose}").as_bytes())
}

impl Vault for InstallationVault {
    fn random(&self, bytes: &mut [u8]) -> Result<(), VaultError> {
        SystemRandom::new().fill(bytes).map_err(|_| VaultError::NoRandomness)
    }

    fn seal(&self, account: AccountId, clear: &[u8]) -> Result<Hidden, VaultError> {
        let mut nonce = [0; aead::NONCE_LEN];
        self.random(&mut nonce)?;
        let mut text = clear.to_vec();
        let sealed = self.sealing.seal_in_place_append_tag(
            aead::Nonce::assume_unique_for_key(nonce),
            aead::Aad::from(account.as_uuid().as_bytes()),
            &mut text,
        );
        sealed.map_err(|_| VaultError::DoesNotOpen)?;
        Ok(Hidden::new(hex::encode([&nonce[..], &text].concat())))
    }

    fn open(&self, account: AccountId, sealed: &Hidden) -> Result<Vec<u8>, VaultError> {
        let bytes = hex::decode(sealed.expose()).map_err(|_| VaultError::DoesNotOpen)?;
        let (nonce, text) = bytes.split_at_checked(aead::NONCE_LEN).ok_or(VaultError::DoesNotOpen)?;
        let nonce = aead::Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::DoesNotOpen)?;
        let mut text = text.to_vec();
        let account = account.as_uuid();
        let about = aead::Aad::from(account.as_bytes());
        let clear = self.sealing.open_in_place(nonce, about, &mut text).map_err(|_| VaultError::DoesNotOpen)?;
        Ok(clear.to_vec())
    }

    fn digest(&self, account: AccountId, text: &str) -> Hidden {
        let mut context = hmac::Context::with_key(&self.digesting);
        context.update(account.as_uuid().as_bytes());
        context.update(text.as_bytes());
        Hidden::new(hex::encode(context.sign()))
    }

    fn totp_step(&self, seed: &[u8], code: &str, now: Timestamp) -> Option<u64> {
        let totp = Builder::new().with_secret(seed.to_vec()).with_skew(SKEW).build().ok()?;
        totp.check(code, u64::try_from(now.as_secs()).ok()?)
    }
}

impl fmt::Debug for InstallationVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InstallationVault")
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn vault(secret: &str) -> InstallationVault {
        InstallationVault::new(&Secret::new(secret)).unwrap()
    }

    fn account(no: u128) -> AccountId {
        AccountId::from_uuid(Uuid::from_u128(no))
    }

    #[test]
    fn what_is_sealed_opens_for_its_account_under_its_secret_and_unchanged() {
        let ours = vault("a secret");
        let sealed = ours.seal(account(1), b"a seed").unwrap();
        assert_eq!(ours.open(account(1), &sealed).unwrap(), b"a seed");
        assert_ne!(ours.seal(account(1), b"a seed").unwrap(), sealed);
        assert_eq!(ours.open(account(2), &sealed), Err(VaultError::DoesNotOpen));
        assert_eq!(vault("another").open(account(1), &sealed), Err(VaultError::DoesNotOpen));
        for bad in ["", "zz", "00", &sealed.expose()[..sealed.expose().len() - 2], &format!("{}00", sealed.expose())] {
            assert_eq!(ours.open(account(1), &Hidden::new(bad)), Err(VaultError::DoesNotOpen), "{bad}");
        }
    }

    #[test]
    fn a_digest_is_of_its_account_and_its_secret() {
        let digest = vault("a").digest(account(1), "code");
        assert_eq!(vault("a").digest(account(1), "code"), digest);
        for other in [
            vault("b").digest(account(1), "code"),
            vault("a").digest(account(2), "code"),
            vault("a").digest(account(1), "Code"),
        ] {
            assert_ne!(other, digest);
        }
    }

    /// The reference values of RFC 6238, appendix B, for SHA-1, with the last six digits.
    #[test]
    fn codes_are_those_of_the_rfc_and_belong_to_one_step() {
        let seed = b"12345678901234567890";
        let vault = vault("a secret");
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            let step = u64::try_from(seconds / 30).unwrap();
            for off in [-30, 0, 30] {
                assert_eq!(vault.totp_step(seed, code, Timestamp::from_secs(seconds + off)), Some(step), "{code}");
            }
            for off in [-90, 90] {
                assert_eq!(vault.totp_step(seed, code, Timestamp::from_secs(seconds + off)), None, "{code}");
            }
            for wrong in ["", "000000", "28708", "2870822", "28708x", "２８７０８２"] {
                assert_eq!(vault.totp_step(seed, wrong, Timestamp::from_secs(seconds)), None, "{wrong}");
            }
        }
    }
}
