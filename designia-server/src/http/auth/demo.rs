//! The demo's accounts: one buyer, two sellers so that an order can have two parts, one admin.

use ring::digest;
use uuid::Uuid;

use super::Role;

/// A demo account. Its id follows from its name, so that it is the same on every installation.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    /// Its name, part of its token.
    pub name: &'static str,
    /// What people see.
    pub display_name: &'static str,
    /// Where mail for it would go.
    pub email: &'static str,
    /// What it may do.
    pub role: Role,
}

/// All demo accounts.
pub const ACCOUNTS: [Account; 4] = [
    Account { name: "buyer", display_name: "Bela Buyer", email: "buyer@example.com", role: Role::Buyer },
    Account { name: "seller", display_name: "Aurora Ceramics", email: "aurora@example.com", role: Role::Seller },
    Account { name: "seller2", display_name: "Borealis Prints", email: "borealis@example.com", role: Role::Seller },
    Account { name: "admin", display_name: "Ada Admin", email: "admin@example.com", role: Role::Admin },
];

impl Account {
    /// The account of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        ACCOUNTS.iter().find(|account| account.name == name)
    }

    /// The account with this id.
    #[must_use]
    pub fn with_id(id: Uuid) -> Option<&'static Self> {
        ACCOUNTS.iter().find(|account| account.id() == id)
    }

    /// The account's id: a UUID of version 8, made from a digest of its name.
    #[must_use]
    pub fn id(&self) -> Uuid {
        let hash = digest::digest(&digest::SHA256, format!("designia demo account {}", self.name).as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.as_ref()[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_id() {
        for account in &ACCOUNTS {
            assert_eq!(Account::with_id(account.id()).map(|found| found.name), Some(account.name));
            assert_eq!(account.id().get_version_num(), 8);
        }
    }
}
