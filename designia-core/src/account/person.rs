//! The account itself.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Email, Hidden, Profile, SellerType, Username};
use crate::id::AccountId;
use crate::time::Timestamp;

/// One person's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// How many times it was stored: 1 for a new one.
    pub version: u32,
    /// What its owner logs in with; belongs to one account.
    pub email: Email,
    /// What others see; belongs to one account.
    pub username: Username,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// What it may do.
    pub role: Role,
    /// Whether its owner helps to run the marketplace: may look and moderate, and touches no money.
    pub staff: bool,
    /// What it sells as, if it is a seller's.
    pub seller_type: Option<SellerType>,
    /// Whether it can be used.
    pub standing: Standing,
    /// The hash of its password; none if its owner only ever comes through somebody else.
    pub password: Option<Hidden>,
    /// Who else vouches for its owner.
    pub identities: Vec<Identity>,
    /// What is asked for besides the password.
    pub second_factor: SecondFactor,
    /// What its owner tells about themselves.
    pub profile: Profile,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When somebody last logged in.
    pub last_login: Option<Timestamp>,
}

/// What an account may do. The one source of it: nothing else grants anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Buys.
    Customer,
    /// Sells, and may buy as well.
    Seller,
    /// Runs the marketplace.
    Admin,
}

/// Whether an account can be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Standing {
    /// Nobody has shown yet that the address is theirs: no log-in.
    Unverified,
    /// It can be used.
    Active,
    /// Somebody who runs the marketplace has closed it: no log-in, and no session lives.
    Disabled {
        /// Since when.
        at: Timestamp,
        /// Why, for those who run the marketplace.
        why: String,
    },
    /// Its owner has left. What could tell who it was is gone; what the books need is kept.
    Deleted {
        /// Since when.
        at: Timestamp,
    },
}

/// Somebody else who vouches for the owner of an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// Who vouches, for instance `google`.
    pub provider: String,
    /// What they call the person: never changes, unlike an address.
    pub subject: String,
}

/// What is asked for besides a password.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SecondFactor {
    /// A code by e-mail.
    pub email: bool,
    /// A code from a program that knows the seed.
    pub totp: Option<Totp>,
    /// Hashes of the recovery codes that are left, each good for one log-in.
    pub recovery: Vec<Hidden>,
}

/// A seed that a program of the owner's makes codes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totp {
    /// The seed, sealed under the installation's secret.
    pub sealed: Hidden,
    /// Whether its owner has shown that their program works.
    pub confirmed: bool,
    /// The time step of the code that was used last: no code is taken twice.
    pub last_step: u64,
}

/// Something that happened to an account, for its owner and for those who run the marketplace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountEvent {
    /// Whose.
    pub account: AccountId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: AccountEventKind,
    /// Who did it; none if it was the owner, or nobody yet.
    pub by: Option<AccountId>,
    /// From which address on the network, if that is known.
    pub from: Option<String>,
    /// What else there is to say, without anything secret.
    pub note: Option<String>,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident => $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name in stores and answers.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// What happened to an account.
    AccountEventKind {
        /// It was made.
        Registered => "registered",
        /// Its address was shown to be its owner's.
        Verified => "verified",
        /// Somebody logged in.
        LoggedIn => "logged_in",
        /// Somebody tried to log in and could not.
        LogInRefused => "log_in_refused",
        /// A session was ended by its owner.
        LoggedOut => "logged_out",
        /// A refresh token was used again long after it was replaced: all of its session is ended.
        TokenReused => "token_reused",
        /// The password was changed or set.
        PasswordChanged => "password_changed",
        /// The second factor was changed.
        SecondFactorChanged => "second_factor_changed",
        /// A recovery code was used.
        RecoveryCodeUsed => "recovery_code_used",
        /// Somebody else vouches for the owner from now on.
        IdentityLinked => "identity_linked",
        /// Name or profile were changed.
        ProfileChanged => "profile_changed",
        /// What it may do was changed.
        RoleChanged => "role_changed",
        /// It was closed by those who run the marketplace.
        Disabled => "disabled",
        /// It was opened again.
        Enabled => "enabled",
        /// Its data were asked for.
        Exported => "exported",
        /// Its owner has left.
        Deleted => "deleted",
    }
}

impl Role {
    /// Its name in stores and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Seller => "seller",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Customer, Self::Seller, Self::Admin]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not one of: customer, seller, admin"))
    }
}

impl Standing {
    /// Its name in stores and answers.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Unverified => "unverified",
            Self::Active => "active",
            Self::Disabled { .. } => "disabled",
            Self::Deleted { .. } => "deleted",
        }
    }
}

impl SecondFactor {
    /// Whether a log-in has to show more than a password.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.email || self.totp.as_ref().is_some_and(|totp| totp.confirmed)
    }
}

impl Account {
    /// A customer's account, about which nobody has proved anything yet.
    #[must_use]
    pub fn new(id: AccountId, email: Email, username: Username, now: Timestamp) -> Self {
        Self {
            id,
            version: 0,
            email,
            username,
            first_name: String::new(),
            last_name: String::new(),
            role: Role::Customer,
            staff: false,
            seller_type: None,
            standing: Standing::Unverified,
            password: None,
            identities: Vec::new(),
            second_factor: SecondFactor::default(),
            profile: Profile::default(),
            created_at: now,
            updated_at: now,
            last_login: None,
        }
    }

    /// Whether its owner can log in and its sessions live.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self.standing, Standing::Active)
    }

    /// Whether its address was shown to be its owner's.
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        matches!(self.standing, Standing::Active | Standing::Disabled { .. })
    }

    /// Whether its owner may sell.
    #[must_use]
    pub const fn is_seller(&self) -> bool {
        matches!(self.role, Role::Seller | Role::Admin)
    }

    /// Whether its owner may look at what others do, and moderate.
    #[must_use]
    pub const fn is_staff(&self) -> bool {
        self.staff || matches!(self.role, Role::Admin)
    }

    /// First and last name, or the public name if there is neither.
    #[must_use]
    pub fn display_name(&self) -> String {
        let name = format!("{} {}", self.first_name, self.last_name);
        let name = name.trim();
        if name.is_empty() { self.username.to_string() } else { name.to_owned() }
    }
}
