//! The second factor: codes by mail, codes of a program, recovery codes; turning it on and off.

use super::{AccountError, Accounts, Origin, event};
use crate::account::{Account, AccountEventKind, Attempt, Hidden, Letter, Purpose};
use crate::id::{AccountId, ChallengeId, SessionId};
use crate::ports::AccountCommit;
use crate::time::Timestamp;

/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;

/// Letters of a recovery code: none that looks like another.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// What a code is asked for while somebody is logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorPurpose {
    /// To turn codes by mail on.
    Enable,
    /// To turn the second factor off.
    Disable,
}

/// How somebody has shown a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// By the code of a mail.
    Mail,
    /// By the code of a program, of this time step.
    Totp(u64),
    /// By a recovery code, the one in this place.
    Recovery(usize),
}

impl FactorPurpose {
    const fn challenge(self) -> Purpose {
        match self {
            Self::Enable => Purpose::EnableSecondFactor,
            Self::Disable => Purpose::DisableSecondFactor,
        }
    }
}

impl Proof {
    /// Nothing that has been shown can be shown again.
    pub(super) fn spend(self, account: &mut Account) {
        match self {
            Self::Mail => {}
            Self::Totp(step) => {
                if let Some(totp) = &mut account.second_factor.totp {
                    totp.last_step = step;
                }
            }
            Self::Recovery(place) => drop(account.second_factor.recovery.remove(place)),
        }
    }
}

impl Accounts {
    /// Mails a code. Within a minute of the last one nothing is sent, and the last one serves. Whoever has a program only gets no
    /// mail for turning it off: the mailbox alone must not be enough.
    ///
    /// # Errors
    /// [`AccountError::State`] if it is on or off already, [`AccountError::TooMany`], or a store error.
    pub async fn send_factor_code(&self, account: AccountId, purpose: FactorPurpose) -> Result<(), AccountError> {
        let account = self.active(account).await?;
        let factor = &account.second_factor;
        match purpose {
            FactorPurpose::Enable if factor.email => Err(AccountError::State("codes by mail are on already")),
            FactorPurpose::Disable if !factor.is_on() => Err(AccountError::State("two-factor authentication is off")),
            FactorPurpose::Disable if !factor.email => Ok(()),
            FactorPurpose::Enable | FactorPurpose::Disable => {
                self.send_challenge(account.id, purpose.challenge()).await
            }
        }
    }

    /// Turns codes by mail on, by one that came by mail.
    ///
    /// # Errors
    /// [`AccountError::WrongCode`], [`AccountError::TooMany`], or a store error.
    pub async fn enable_factor(&self, id: AccountId, code: &str, origin: &Origin) -> Result<Account, AccountError> {
        self.may_guess(id).await?;
        let purpose = Purpose::EnableSecondFactor;
        let latest = self.ports.store.latest_challenge(id, purpose).await?.ok_or(AccountError::WrongCode)?;
        let attempt = self.ports.store.attempt(latest.id, self.now()).await?;
        if attempt == Attempt::Closed || !self.ports.challenges.is_code(purpose, latest.id, code) {
            return Err(AccountError::WrongCode);
        }
        let changed = self.change(id, |mut account, now| {
            account.second_factor.email = true;
            let mut commit = AccountCommit::of(account, now);
            commit.meets = Some(latest.id);
            self.tell_of_factor(&mut commit, origin)?;
            Ok((commit, ()))
        });
        changed.await.map(|(account, ())| account)
    }

    /// Turns the second factor off altogether, by any proof of it.
    ///
    /// # Errors
    /// [`AccountError::WrongCode`], [`AccountError::TooMany`], or a store error.
    pub async fn disable_factor(&self, id: AccountId, code: &str, origin: &Origin) -> Result<Account, AccountError> {
        self.may_guess(id).await?;
        let purpose = Purpose::DisableSecondFactor;
        let latest = self.ports.store.latest_challenge(id, purpose).await?;
        let mut mailed = None;
        if let Some(latest) = latest
            && self.ports.store.attempt(latest.id, self.now()).await? != Attempt::Closed
        {
            mailed = Some((purpose, latest.id));
        }
        let changed = self.change(id, |mut account, now| {
            let proof = self.proof(&account, mailed, code, now)?;
            account.second_factor = crate::account::SecondFactor::default();
            let mut commit = AccountCommit::of(account, now);
            commit.meets = mailed.filter(|_| proof == Proof::Mail).map(|(_, id)| id);
            self.tell_of_factor(&mut commit, origin)?;
            Ok((commit, ()))
        });
        changed.await.map(|(account, ())| account)
    }

    /// New recovery codes in the place of the old ones, shown this once.
    ///
    /// # Errors
    /// [`AccountError::SecondFactorNeeded`], [`AccountError::WrongPassword`], [`AccountError::LogInAgain`] if there is no password
    /// and the log-in is too long ago, [`AccountError::TooMany`], or a store error.
    pub async fn renew_recovery_codes(
        &self,
        id: AccountId,
        session: Option<SessionId>,
        password: Option<&Hidden>,
        origin: &Origin,
    ) -> Result<Vec<String>, AccountError> {
        self.show_presence(&self.active(id).await?, session, password).await?;
        let (codes, digests) = self.recovery_codes(id)?;
        let changed = self.change(id, |mut account, now| {
            if !account.second_factor.is_on() {
                return Err(AccountError::SecondFactorNeeded);
            }
            account.second_factor.recovery.clone_from(&digests);
            let mut commit = AccountCommit::of(account, now);
            self.tell_of_factor(&mut commit, origin)?;
            Ok((commit, ()))
        });
        changed.await.map(|_| codes)
    }

    /// How a code proves the second factor. `mailed` names the challenge whose code is in a mail.
    pub(super) fn proof(
        &self,
        account: &Account,
        mailed: Option<(Purpose, ChallengeId)>,
        code: &str,
        now: Timestamp,
    ) -> Result<Proof, AccountError> {
        let code: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').take(64).collect();
        let factor = &account.second_factor;
        if let Some(totp) = factor.totp.as_ref().filter(|totp| totp.confirmed) {
            let seed = self.ports.vault.open(account.id, &totp.sealed)?;
            let step = self.ports.vault.totp_step(&seed, &code, now);
            if let Some(step) = step.filter(|step| *step > totp.last_step) {
                return Ok(Proof::Totp(step));
            }
        }
        if let Some((purpose, challenge)) = mailed.filter(|_| factor.email)
            && self.ports.challenges.is_code(purpose, challenge, &code)
        {
            return Ok(Proof::Mail);
        }
        let digest = self.ports.vault.digest(account.id, &code.to_lowercase());
        let place = factor.recovery.iter().position(|known| *known == digest);
        place.map(Proof::Recovery).ok_or(AccountError::WrongCode)
    }

    /// Recovery codes to be shown, and their digests to be kept.
    pub(super) fn recovery_codes(&self, account: AccountId) -> Result<(Vec<String>, Vec<Hidden>), AccountError> {
        let codes = (0..RECOVERY_CODES).map(|_| self.recovery_code()).collect::<Result<Vec<_>, _>>()?;
        let digests = codes.iter().map(|code| self.ports.vault.digest(account, &code.replace('-', ""))).collect();
        Ok((codes, digests))
    }

    /// Eighty bits that nobody can guess, in four groups.
    fn recovery_code(&self) -> Result<String, AccountError> {
        let mut chance = [0; 16];
        self.ports.vault.random(&mut chance)?;
        let letters: Vec<char> = chance.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
        Ok(letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-"))
    }

    pub(super) fn tell_of_factor(&self, commit: &mut AccountCommit, origin: &Origin) -> Result<(), AccountError> {
        let (id, now) = (commit.account.id, commit.now);
        commit.events.push(event(id, AccountEventKind::SecondFactorChanged, origin, now));
        commit.tasks.push(self.mail(id, Letter::SecondFactorChanged, now)?);
        Ok(())
    }
}
