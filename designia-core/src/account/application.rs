//! How a customer becomes a seller: an application, which a person decides.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ApplicationId};
use crate::time::Timestamp;

/// A request to become a seller. An account has one, which may be sent in again after it was turned down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerApplication {
    /// Its id.
    pub id: ApplicationId,
    /// How many times it was stored: 1 for a new one.
    pub version: u32,
    /// Whose.
    pub account: AccountId,
    /// How far it has come.
    pub state: ApplicationState,
    /// The name of the business.
    pub business_name: String,
    /// What the business is.
    pub seller_type: SellerType,
    /// Why, in the applicant's words.
    pub motivation: String,
    /// Where their work can be seen.
    pub portfolio_url: Option<String>,
    /// Where they can be found.
    pub social_media_url: Option<String>,
    /// Keys of the pictures in the object storage.
    pub images: Vec<String>,
    /// When it was sent in, for the latest time.
    pub submitted_at: Timestamp,
    /// Who decided, and when.
    pub decided: Option<(AccountId, Timestamp)>,
    /// What the applicant is told: why it was turned down, or what is to be changed.
    pub reason: Option<String>,
    /// What those who decide tell each other.
    pub notes: Option<String>,
}

/// How far an application has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationState {
    /// Nobody has looked yet.
    Pending,
    /// Somebody is looking.
    UnderReview,
    /// The applicant is a seller now.
    Approved,
    /// Turned down; may be sent in again.
    Rejected,
    /// To be changed and sent in again.
    RevisionRequested,
}

/// What a seller is. The words of the first backend and of its client, both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SellerType {
    /// One person.
    Individual,
    /// A company.
    Business,
    /// Makes things.
    Manufacturer,
    /// Designs things.
    Designer,
    /// Restores things.
    Restorer,
    /// Trades.
    Retailer,
    /// Makes things by hand.
    Artisan,
}

/// The application is not where it would have to be for this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an application that is {state} can't be {wanted}")]
pub struct ApplicationRefusal {
    /// Where it is.
    pub state: ApplicationState,
    /// What was wanted of it.
    pub wanted: ApplicationState,
}

impl ApplicationState {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Pending, Self::UnderReview, Self::Approved, Self::Rejected, Self::RevisionRequested];

    /// Its name in stores and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::UnderReview => "under_review",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::RevisionRequested => "revision_requested",
        }
    }

    /// Where it may go from here.
    #[must_use]
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Pending => &[Self::UnderReview, Self::Approved, Self::Rejected, Self::RevisionRequested],
            Self::UnderReview => &[Self::Approved, Self::Rejected, Self::RevisionRequested],
            Self::Rejected | Self::RevisionRequested => &[Self::Pending],
            Self::Approved => &[],
        }
    }
}

impl SellerApplication {
    /// The application moved on.
    ///
    /// # Errors
    /// It can't go there from where it is.
    pub fn moved(mut self, wanted: ApplicationState) -> Result<Self, ApplicationRefusal> {
        if !self.state.next().contains(&wanted) {
            return Err(ApplicationRefusal { state: self.state, wanted });
        }
        self.state = wanted;
        self.version = self.version.saturating_add(1);
        Ok(self)
    }
}

impl fmt::Display for ApplicationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ApplicationState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::as_str).join(", ");
        Self::ALL.into_iter().find(|it| it.as_str() == text).ok_or_else(|| format!("`{text}` is not one of: {names}"))
    }
}

impl SellerType {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Individual,
        Self::Business,
        Self::Manufacturer,
        Self::Designer,
        Self::Restorer,
        Self::Retailer,
        Self::Artisan,
    ];

    /// Its name in stores and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Individual => "individual",
            Self::Business => "business",
            Self::Manufacturer => "manufacturer",
            Self::Designer => "designer",
            Self::Restorer => "restorer",
            Self::Retailer => "retailer",
            Self::Artisan => "artisan",
        }
    }
}

impl FromStr for SellerType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::as_str).join(", ");
        Self::ALL.into_iter().find(|it| it.as_str() == text).ok_or_else(|| format!("`{text}` is not one of: {names}"))
    }
}
