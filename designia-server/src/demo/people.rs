//! The demo's people: one buyer, two sellers so that an order can have two parts, one admin. They are real accounts, with passwords
//! that follow from the installation's secret: the same after a restart, different on every installation, and nowhere stored.

use std::sync::Arc;

use argon2::Params;
use designia_core::account::{Account, Email, Hidden, Role, SellerType, Standing, Username};
use designia_core::id::AccountId;
use designia_core::ports::{AccountCommit, AccountCommitError, AccountKey, AccountStore, PasswordHasher, StoreError};
use designia_core::time::Timestamp;
use ring::digest;
use uuid::Uuid;

use crate::accounts::{PasswordPool, PoolLimits, derived};
use crate::config::Secret;

/// Half the bytes of a digest as text: 80 bits that nobody can guess.
const PASSWORD_LENGTH: usize = 20;

/// Somebody in the demo. The id follows from the name, so that it is the same on every installation.
#[derive(Clone, Copy, Debug)]
pub struct DemoPerson {
    /// Their public name.
    pub name: &'static str,
    /// First name.
    pub first_name: &'static str,
    /// Last name.
    pub last_name: &'static str,
    /// What they log in with.
    pub email: &'static str,
    /// What they may do.
    pub role: Role,
}

/// Everybody in the demo.
pub const PEOPLE: [DemoPerson; 4] = [
    person("buyer", "Bela", "Buyer", "buyer@example.com", Role::Customer),
    person("seller", "Aurora", "Ceramics", "aurora@example.com", Role::Seller),
    person("seller2", "Borealis", "Prints", "borealis@example.com", Role::Seller),
    person("admin", "Ada", "Admin", "admin@example.com", Role::Admin),
];

const fn person(
    name: &'static str,
    first_name: &'static str,
    last_name: &'static str,
    email: &'static str,
    role: Role,
) -> DemoPerson {
    DemoPerson { name, first_name, last_name, email, role }
}

impl DemoPerson {
    /// The person of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        PEOPLE.iter().find(|person| person.name == name)
    }

    /// The account's id: a UUID of version 8, made from a digest of the name.
    #[must_use]
    pub fn id(&self) -> Uuid {
        let hash = digest::digest(&digest::SHA256, format!("designia demo account {}", self.name).as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.as_ref()[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// Their password on the installation that has this secret.
    #[must_use]
    pub fn password(&self, secret: &Secret) -> Secret {
        let digest = hex::encode(derived(secret, &format!("demo-password:{}", self.name)));
        Secret::new(&digest[..PASSWORD_LENGTH])
    }

    fn account(&self, password: Hidden, now: Timestamp) -> Result<Account, StoreError> {
        let invalid = |error: &dyn std::fmt::Display| StoreError::invalid(error.to_string());
        let email = self.email.parse::<Email>().map_err(|error| invalid(&error))?;
        let username = self.name.parse::<Username>().map_err(|error| invalid(&error))?;
        Ok(Account {
            first_name: self.first_name.to_owned(),
            last_name: self.last_name.to_owned(),
            role: self.role,
            seller_type: (self.role == Role::Seller).then_some(SellerType::Artisan),
            standing: Standing::Active,
            password: Some(password),
            ..Account::new(AccountId::from_uuid(self.id()), email, username, now)
        })
    }
}

/// Makes the accounts that are not there yet.
///
/// The passwords are random, so the quickest hash protects them as well as a slow one, and a start doesn't wait for four of those;
/// the first log-in makes the usual one of it.
///
/// # Errors
///
/// When the store fails.
pub async fn settle(store: &Arc<dyn AccountStore>, secret: &Secret, now: Timestamp) -> Result<(), StoreError> {
    let quickest = Params::new(Params::MIN_M_COST, Params::MIN_T_COST, Params::MIN_P_COST, None);
    let quickest = quickest.map_err(|error| StoreError::invalid(error.to_string()))?;
    let pool = PasswordPool::with(quickest, PoolLimits::default());
    for person in &PEOPLE {
        if store.account(&AccountKey::Id(AccountId::from_uuid(person.id()))).await?.is_some() {
            continue;
        }
        let password = pool.hash(&Hidden::new(person.password(secret).expose())).await;
        let password = password.map_err(|error| StoreError::invalid(error.to_string()))?;
        match store.commit_account(AccountCommit::of(person.account(password, now)?, now)).await {
            // Another node was faster.
            Ok(()) | Err(AccountCommitError::Conflict) => {}
            Err(AccountCommitError::Store(error)) => return Err(error),
            Err(taken) => tracing::warn!(person = person.name, %taken, "somebody in the demo has no account"),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_an_id_and_a_password_of_their_own_on_each_installation() {
        let (ours, theirs) = (Secret::new("a secret"), Secret::new("another"));
        for person in &PEOPLE {
            assert_eq!(person.id().get_version_num(), 8);
            assert_eq!(person.password(&ours), person.password(&ours), "the same after a restart");
            assert_ne!(person.password(&ours), person.password(&theirs));
            assert_eq!(PEOPLE.iter().filter(|other| other.password(&ours) == person.password(&ours)).count(), 1);
        }
    }
}
