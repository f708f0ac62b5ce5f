//! A program of the owner's that makes codes (RFC 6238).

use super::{AccountError, Accounts, Origin};
use crate::account::{Hidden, Totp};
use crate::id::{AccountId, SessionId};
use crate::ports::AccountCommit;

/// Bytes of a seed, as RFC 4226 recommends.
const SEED: usize = 20;

/// A seed that waits for its owner to show that their program has it.
#[derive(Clone, PartialEq, Eq)]
pub struct NewTotp {
    /// The seed, to be shown this once.
    pub seed: Vec<u8>,
    /// What the program is to call the account.
    pub label: String,
}

impl std::fmt::Debug for NewTotp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewTotp").field("label", &self.label).finish_non_exhaustive()
    }
}

impl Accounts {
    /// A new seed. Nothing is asked for until its owner has shown a code of it.
    ///
    /// # Errors
    /// [`AccountError::State`] if there is a program already, [`AccountError::WrongPassword`], [`AccountError::LogInAgain`] if there
    /// is no password and the log-in is too long ago, [`AccountError::TooMany`], or a store error.
    pub async fn begin_totp(
        &self,
        id: AccountId,
        session: Option<SessionId>,
        password: Option<&Hidden>,
    ) -> Result<NewTotp, AccountError> {
        self.show_presence(&self.active(id).await?, session, password).await?;
        let mut seed = vec![0; SEED];
        self.ports.vault.random(&mut seed)?;
        let sealed = self.ports.vault.seal(id, &seed)?;
        let changed = self.change(id, |mut account, now| {
            if account.second_factor.totp.as_ref().is_some_and(|totp| totp.confirmed) {
                return Err(AccountError::State("a program makes the codes already; turn it off first"));
            }
            account.second_factor.totp = Some(Totp { sealed: sealed.clone(), confirmed: false, last_step: 0 });
            Ok((AccountCommit::of(account, now), ()))
        });
        let (account, ()) = changed.await?;
        Ok(NewTotp { seed, label: account.email.to_string() })
    }

    /// A code of the new seed: from now on one is asked for at each log-in. Codes by mail end with it, because a mailbox must not be
    /// enough any more; recovery codes are made, and shown this once.
    ///
    /// # Errors
    /// [`AccountError::WrongCode`], [`AccountError::State`] if there is no seed, [`AccountError::TooMany`], or a store error.
    pub async fn confirm_totp(&self, id: AccountId, code: &str, origin: &Origin) -> Result<Vec<String>, AccountError> {
        self.may_guess(id).await?;
        let (codes, digests) = self.recovery_codes(id)?;
        let changed = self.change(id, |mut account, now| {
            let factor = &mut account.second_factor;
            let Some(totp) = factor.totp.as_mut().filter(|totp| !totp.confirmed) else {
                return Err(AccountError::State("there is no new program to confirm"));
            };
            let seed = self.ports.vault.open(id, &totp.sealed)?;
            let step = self.ports.vault.totp_step(&seed, code.trim(), now).ok_or(AccountError::WrongCode)?;
            totp.confirmed = true;
            totp.last_step = step;
            factor.email = false;
            factor.recovery.clone_from(&digests);
            let mut commit = AccountCommit::of(account, now);
            self.tell_of_factor(&mut commit, origin)?;
            Ok((commit, ()))
        });
        changed.await.map(|_| codes)
    }
}
