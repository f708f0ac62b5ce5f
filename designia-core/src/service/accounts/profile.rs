//! What people tell about themselves: a list of fields that may be changed, and the rule of each. What is not in the list can't be
//! changed, whatever a request holds.

use std::collections::BTreeMap;

use super::{AccountError, Accounts, FieldRule, Origin, event};
use crate::account::{Account, AccountEventKind, Username};
use crate::id::AccountId;
use crate::money::Currency;
use crate::ports::AccountCommit;
use crate::time::{Date, Timestamp};

/// Most characters of a first or last name.
pub(super) const NAME_LENGTH: usize = 150;

/// The services whose pages can be named.
const SERVICES: [&str; 4] = ["instagram", "twitter", "linkedin", "facebook"];

/// What is to be changed: `None` leaves a field as it is, an empty text empties it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the fields are those of Account and Profile, and mean what they mean there")]
pub struct ProfileChange {
    pub username: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub bio: Option<String>,
    pub location: Option<String>,
    pub birth_date: Option<String>,
    pub gender: Option<String>,
    pub pronouns: Option<String>,
    pub phone_number: Option<String>,
    pub country_code: Option<String>,
    pub website: Option<String>,
    pub job_title: Option<String>,
    pub company: Option<String>,
    pub street_address: Option<String>,
    pub city: Option<String>,
    pub state_province: Option<String>,
    pub country: Option<String>,
    pub postal_code: Option<String>,
    pub social_urls: Option<BTreeMap<String, String>>,
    pub timezone: Option<String>,
    pub language: Option<String>,
    pub currency: Option<String>,
    pub is_public: Option<bool>,
    pub wants_news: Option<bool>,
}

impl Accounts {
    /// Changes what somebody tells about themselves. `check` sees the account as it is, for instance to compare its version.
    ///
    /// # Errors
    /// [`AccountError::Invalid`] with every field that breaks a rule, what `check` says, or a store error.
    pub async fn change_profile(
        &self,
        id: AccountId,
        change: &ProfileChange,
        origin: &Origin,
        check: impl Fn(&Account) -> Result<(), AccountError> + Send + Sync,
    ) -> Result<Account, AccountError> {
        let changed = self.change(id, |mut account, now| {
            if !account.is_active() {
                return Err(AccountError::SessionOver);
            }
            check(&account)?;
            change.apply(&mut account, now).map_err(AccountError::Invalid)?;
            let mut commit = AccountCommit::of(account, now);
            commit.events.push(event(id, AccountEventKind::ProfileChanged, origin, now));
            Ok((commit, ()))
        });
        changed.await.map(|(account, ())| account)
    }

    /// Sets the picture, or takes it away; the answer is the key of the one before.
    ///
    /// # Errors
    /// A store error.
    pub async fn change_picture(
        &self,
        id: AccountId,
        picture: Option<String>,
        origin: &Origin,
    ) -> Result<(Account, Option<String>), AccountError> {
        let changed = self.change(id, |mut account, now| {
            let before = std::mem::replace(&mut account.profile.picture, picture.clone());
            let mut commit = AccountCommit::of(account, now);
            commit.events.push(event(id, AccountEventKind::ProfileChanged, origin, now));
            Ok((commit, before))
        });
        changed.await
    }
}

impl ProfileChange {
    fn apply(&self, account: &mut Account, now: Timestamp) -> Result<(), Vec<FieldRule>> {
        let mut broken = Vec::new();
        let mut keep = |result: Result<(), FieldRule>| broken.extend(result.err());
        if let Some(wish) = self.username.as_deref().filter(|wish| *wish != account.username.as_str()) {
            let name = wish.parse::<Username>().map_err(|error| FieldRule::new("username", error.to_string()));
            keep(name.map(|name| account.username = name));
        }
        for (field, given, place) in [
            ("first_name", &self.first_name, &mut account.first_name),
            ("last_name", &self.last_name, &mut account.last_name),
        ] {
            if let Some(given) = given {
                keep(name(field, given).map(|text| *place = text));
            }
        }
        let profile = &mut account.profile;
        for (field, given, place, most) in [
            ("bio", &self.bio, &mut profile.bio, 2000),
            ("location", &self.location, &mut profile.location, 200),
            ("gender", &self.gender, &mut profile.gender, 50),
            ("pronouns", &self.pronouns, &mut profile.pronouns, 50),
            ("phone_number", &self.phone_number, &mut profile.phone_number, 30),
            ("country_code", &self.country_code, &mut profile.country_code, 5),
            ("job_title", &self.job_title, &mut profile.job_title, 200),
            ("company", &self.company, &mut profile.company, 200),
            ("street_address", &self.street_address, &mut profile.street_address, 200),
            ("city", &self.city, &mut profile.city, 200),
            ("state_province", &self.state_province, &mut profile.state_province, 200),
            ("country", &self.country, &mut profile.country, 100),
            ("postal_code", &self.postal_code, &mut profile.postal_code, 20),
            ("timezone", &self.timezone, &mut profile.timezone, 64),
            ("language_preference", &self.language, &mut profile.language, 10),
        ] {
            if let Some(given) = given {
                keep(text(field, given, most).map(|text| *place = text));
            }
        }
        if let Some(given) = &self.phone_number {
            keep(phone(given));
        }
        if let Some(given) = &self.website {
            keep(url("website", given).map(|url| profile.website = url));
        }
        if let Some(given) = &self.social_urls {
            for (service, address) in given {
                keep(social(service, address).map(|url| {
                    if url.is_empty() {
                        profile.social_urls.remove(service);
                    } else {
                        profile.social_urls.insert(service.clone(), url);
                    }
                }));
            }
        }
        if let Some(given) = &self.birth_date {
            keep(birth_date(given, now).map(|date| profile.birth_date = date));
        }
        if let Some(given) = &self.currency {
            keep(currency(given).map(|currency| profile.currency = currency));
        }
        if let Some(given) = &self.timezone {
            let is_zone = given.trim().is_empty() || given.trim().parse::<chrono_tz::Tz>().is_ok();
            keep(if is_zone {
                Ok(())
            } else {
                Err(FieldRule::new("timezone", "must be an IANA name like Europe/Berlin"))
            });
        }
        profile.is_public = self.is_public.unwrap_or(profile.is_public);
        profile.wants_news = self.wants_news.unwrap_or(profile.wants_news);
        if broken.is_empty() { Ok(()) } else { Err(broken) }
    }
}

/// A first or last name.
pub(super) fn name(field: &'static str, given: &str) -> Result<String, FieldRule> {
    text(field, given, NAME_LENGTH)
}

/// Trimmed, not too long, and without control characters but the end of a line.
pub(super) fn text(field: &'static str, given: &str, most: usize) -> Result<String, FieldRule> {
    let given = given.trim();
    if given.chars().count() > most {
        return Err(FieldRule::new(field, format!("must have at most {most} characters")));
    }
    if given.chars().any(|c| c.is_control() && c != '\n') {
        return Err(FieldRule::new(field, "must not contain control characters"));
    }
    Ok(given.to_owned())
}

/// An address on the web, or nothing. No other scheme: a browser would run what follows `javascript:`.
pub(super) fn url(field: &'static str, given: &str) -> Result<String, FieldRule> {
    let given = text(field, given, 500)?;
    let lower = given.to_lowercase();
    let host = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    let is_url = host.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        host.contains('.')
            && !host.contains('@')
            && !rest.contains(|c: char| c.is_whitespace() || "<>\"'`\\".contains(c))
    });
    if given.is_empty() || is_url {
        Ok(given)
    } else {
        Err(FieldRule::new(field, "must begin with https:// or http://"))
    }
}

fn social(service: &str, given: &str) -> Result<String, FieldRule> {
    if SERVICES.contains(&service) {
        url("social_urls", given)
    } else {
        Err(FieldRule::new("social_urls", format!("may hold {} only", SERVICES.join(", "))))
    }
}

fn phone(given: &str) -> Result<(), FieldRule> {
    let is_phone = given.chars().all(|c| c.is_ascii_digit() || " +-()./".contains(c));
    if is_phone { Ok(()) } else { Err(FieldRule::new("phone_number", "must be of digits, spaces and + - ( ) . /")) }
}

fn birth_date(given: &str, now: Timestamp) -> Result<Option<Date>, FieldRule> {
    if given.trim().is_empty() {
        return Ok(None);
    }
    let date = given.trim().parse::<Date>().map_err(|error| FieldRule::new("birth_date", error.to_string()))?;
    let is_past = date < now.date() && Date::from_ymd(1900, 1, 1).is_some_and(|first| date >= first);
    if is_past { Ok(Some(date)) } else { Err(FieldRule::new("birth_date", "must be a day in the past")) }
}

fn currency(given: &str) -> Result<Option<Currency>, FieldRule> {
    if given.trim().is_empty() {
        return Ok(None);
    }
    let currency = given.trim().parse::<Currency>();
    currency.map(Some).map_err(|error| FieldRule::new("currency_preference", error.to_string()))
}
