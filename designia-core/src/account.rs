//! Accounts: who a person is, what they may do, and how they prove that it is them.
//!
//! An account is one aggregate under one version; its sessions and challenges are rows beside it, because they are written
//! far more often and are allowed to race. Nothing here that can be stored opens anything by itself: passwords are hashes, and
//! one-time codes are not stored at all but derived from the installation's secret and the id of the [`Challenge`], so that
//! neither a copy of the database nor a task's arguments hold one.

mod application;
mod challenge;
mod email;
mod letter;
mod person;
mod profile;
mod secret;
mod session;
mod username;

#[cfg(test)]
mod tests;

pub use application::{ApplicationRefusal, ApplicationState, SellerApplication, SellerType};
pub use challenge::{Attempt, Challenge, ChallengeKey, Purpose};
pub use email::{Email, EmailError};
pub use letter::{AccountLetter, Letter, MAIL_KIND};
pub use person::{Account, AccountEvent, AccountEventKind, Identity, Role, SecondFactor, Standing, Totp};
pub use profile::Profile;
pub use secret::Hidden;
pub use session::{LONGEST_SESSION, REUSE_WINDOW, Refresh, Session};
pub use username::{Username, UsernameError};
