//! What people tell about themselves.

use serde::{Deserialize, Serialize};

use crate::money::Currency;
use crate::time::Date;

/// What a person tells about themselves, all of it optional and in their own words. Nothing in here grants anything: what an
/// account may do stands in [`Account`](super::Account), and is changed elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// About the person or shop.
    pub bio: String,
    /// Where they are, in words.
    pub location: String,
    /// Born on.
    pub birth_date: Option<Date>,
    /// Gender, in their own words.
    pub gender: String,
    /// Pronouns, in their own words.
    pub pronouns: String,
    /// Telephone number, as they write it.
    pub phone_number: String,
    /// The country of the telephone number.
    pub country_code: String,
    /// A site of theirs.
    pub website: String,
    /// What they work as.
    pub job_title: String,
    /// Where they work.
    pub company: String,
    /// Street and number.
    pub street_address: String,
    /// City.
    pub city: String,
    /// State or province.
    pub state_province: String,
    /// Country.
    pub country: String,
    /// Postal code.
    pub postal_code: String,
    /// Pages of theirs elsewhere, by the service's name.
    pub social_urls: std::collections::BTreeMap<String, String>,
    /// The IANA name of their time zone.
    pub timezone: String,
    /// The language they want to be addressed in, as ISO 639-1.
    pub language: String,
    /// The currency they want to see prices in.
    pub currency: Option<Currency>,
    /// Whether others may see the profile.
    pub is_public: bool,
    /// Whether they agreed to news by e-mail.
    pub wants_news: bool,
    /// The picture's key in the object storage.
    pub picture: Option<String>,
}
