//! Accounts as answers show them, under the field names that the first backend and its web client use.

use std::collections::BTreeMap;

use designia_core::account::{Account, Profile, Session};
use designia_core::id::SessionId;
use designia_core::service::accounts::{Accounts, Registered};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::view::when::When;
use crate::http::auth::Issued;

/// That something was done.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Message {
    /// In words.
    #[schema(example = "done")]
    message: String,
}

/// A session's tokens, and whose they are.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TokensView {
    message: &'static str,
    /// Opens the API: `Authorization: Bearer …`.
    access: String,
    /// Gets the next two.
    refresh: String,
    user: UserView,
}

/// An account, for its owner.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct UserView {
    id: Uuid,
    #[schema(example = "ada")]
    username: String,
    #[schema(example = "ada@example.com")]
    email: String,
    first_name: String,
    last_name: String,
    /// The picture's address.
    avatar: Option<String>,
    #[schema(example = "en")]
    language: String,
    /// `customer`, `seller` or `admin`.
    #[schema(example = "customer")]
    role: &'static str,
    /// Whether they help to run the marketplace.
    is_staff: bool,
    is_active: bool,
    is_email_verified: bool,
    two_factor_enabled: bool,
    /// How the second factor is shown: `email`, `totp`.
    two_factor_methods: Vec<&'static str>,
    recovery_codes_left: usize,
    /// Whether there is no password, because somebody else vouches for them.
    is_oauth_only_user: bool,
    date_joined: When,
    last_login: Option<When>,
    profile: ProfileView,
}

/// What a person tells about themselves.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ProfileView {
    bio: String,
    location: String,
    #[schema(example = "1990-12-31")]
    birth_date: Option<String>,
    gender: String,
    pronouns: String,
    phone_number: String,
    country_code: String,
    website: String,
    job_title: String,
    company: String,
    street_address: String,
    city: String,
    state_province: String,
    country: String,
    postal_code: String,
    instagram_url: String,
    twitter_url: String,
    linkedin_url: String,
    facebook_url: String,
    timezone: String,
    language_preference: String,
    currency_preference: Option<&'static str>,
    /// `public` or `private`.
    profile_visibility: &'static str,
    marketing_emails_enabled: bool,
    is_verified_seller: bool,
    seller_type: Option<&'static str>,
    /// The picture's address.
    profile_picture_url: Option<String>,
    /// The same under its other name.
    profile_picture_temp_url: Option<String>,
    /// How much of it is filled in, from 0 to 100.
    profile_completion_percentage: usize,
    created_at: When,
    updated_at: When,
}

/// An account, for anybody.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PublicUser {
    id: Uuid,
    username: String,
    first_name: String,
    last_name: String,
    avatar: Option<String>,
    date_joined: When,
    is_verified_seller: bool,
    seller_type: Option<&'static str>,
    bio: String,
    location: String,
    website: String,
    profile_picture_temp_url: Option<String>,
}

/// A log-in that lives.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SessionView {
    id: Uuid,
    /// Whether it is that of this request.
    is_current: bool,
    created_at: When,
    last_used_at: When,
    expires_at: When,
    /// What the client calls itself.
    client: String,
    /// From which address on the network it was opened.
    from: Option<String>,
}

impl Message {
    pub(crate) fn of(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl TokensView {
    pub(crate) fn of(message: &'static str, tokens: &Issued, accounts: &Accounts, account: &Account) -> Self {
        let (access, refresh) = (tokens.access.expose().to_owned(), tokens.refresh.expose().to_owned());
        Self { message, access, refresh, user: UserView::of(accounts, account) }
    }
}

impl UserView {
    pub(crate) fn of(accounts: &Accounts, account: &Account) -> Self {
        let factor = &account.second_factor;
        let by_totp = factor.totp.as_ref().is_some_and(|totp| totp.confirmed);
        let methods = [("email", factor.email), ("totp", by_totp)];
        Self {
            id: account.id.as_uuid(),
            username: account.username.to_string(),
            email: account.email.to_string(),
            first_name: account.first_name.clone(),
            last_name: account.last_name.clone(),
            avatar: accounts.picture_of(account),
            language: language(&account.profile),
            role: account.role.as_str(),
            is_staff: account.is_staff(),
            is_active: account.is_active(),
            is_email_verified: account.is_verified(),
            two_factor_enabled: factor.is_on(),
            two_factor_methods: methods.into_iter().filter(|(_, on)| *on).map(|(name, _)| name).collect(),
            recovery_codes_left: factor.recovery.len(),
            is_oauth_only_user: account.password.is_none() && !account.identities.is_empty(),
            date_joined: account.created_at.into(),
            last_login: account.last_login.map(When),
            profile: ProfileView::of(accounts, account),
        }
    }

    /// What somebody who has registered is shown, whether that made an account or not.
    pub(crate) fn registered(registered: &Registered) -> Self {
        Self {
            id: registered.id.as_uuid(),
            username: registered.username.to_string(),
            email: registered.email.to_string(),
            first_name: registered.first_name.clone(),
            last_name: registered.last_name.clone(),
            avatar: None,
            language: language(&Profile::default()),
            role: designia_core::account::Role::Customer.as_str(),
            is_staff: false,
            is_active: false,
            is_email_verified: false,
            two_factor_enabled: false,
            two_factor_methods: Vec::new(),
            recovery_codes_left: 0,
            is_oauth_only_user: false,
            date_joined: registered.at.into(),
            last_login: None,
            profile: ProfileView::new(
                &Profile::default(),
                None,
                None,
                false,
                registered.at.into(),
                registered.at.into(),
            ),
        }
    }
}

fn language(profile: &Profile) -> String {
    if profile.language.is_empty() { "en".to_owned() } else { profile.language.clone() }
}

impl ProfileView {
    fn of(accounts: &Accounts, account: &Account) -> Self {
        let seller_type = account.seller_type.map(designia_core::account::SellerType::as_str);
        let (created_at, updated_at) = (account.created_at.into(), account.updated_at.into());
        let picture = accounts.picture_of(account);
        Self::new(&account.profile, picture, seller_type, account.is_seller(), created_at, updated_at)
    }

    fn new(
        profile: &Profile,
        picture: Option<String>,
        seller_type: Option<&'static str>,
        is_seller: bool,
        created_at: When,
        updated_at: When,
    ) -> Self {
        Self {
            bio: profile.bio.clone(),
            location: profile.location.clone(),
            birth_date: profile.birth_date.map(|date| date.to_string()),
            gender: profile.gender.clone(),
            pronouns: profile.pronouns.clone(),
            phone_number: profile.phone_number.clone(),
            country_code: profile.country_code.clone(),
            website: profile.website.clone(),
            job_title: profile.job_title.clone(),
            company: profile.company.clone(),
            street_address: profile.street_address.clone(),
            city: profile.city.clone(),
            state_province: profile.state_province.clone(),
            country: profile.country.clone(),
            postal_code: profile.postal_code.clone(),
            instagram_url: social(&profile.social_urls, "instagram"),
            twitter_url: social(&profile.social_urls, "twitter"),
            linkedin_url: social(&profile.social_urls, "linkedin"),
            facebook_url: social(&profile.social_urls, "facebook"),
            timezone: profile.timezone.clone(),
            language_preference: profile.language.clone(),
            currency_preference: profile.currency.map(designia_core::money::Currency::code),
            profile_visibility: if profile.is_public { "public" } else { "private" },
            marketing_emails_enabled: profile.wants_news,
            is_verified_seller: is_seller,
            seller_type,
            profile_picture_url: picture.clone(),
            profile_picture_temp_url: picture,
            profile_completion_percentage: completion(profile),
            created_at,
            updated_at,
        }
    }
}

fn social(urls: &BTreeMap<String, String>, service: &str) -> String {
    urls.get(service).cloned().unwrap_or_default()
}

/// The share of nine fields that say something.
fn completion(profile: &Profile) -> usize {
    let texts = [
        &profile.bio,
        &profile.location,
        &profile.phone_number,
        &profile.street_address,
        &profile.city,
        &profile.country,
        &profile.postal_code,
    ];
    let said = texts.iter().filter(|text| !text.is_empty()).count();
    let said = said + usize::from(profile.birth_date.is_some()) + usize::from(profile.picture.is_some());
    said * 100 / (texts.len() + 2)
}

impl PublicUser {
    pub(crate) fn of(accounts: &Accounts, account: &Account) -> Self {
        let picture = accounts.picture_of(account);
        Self {
            id: account.id.as_uuid(),
            username: account.username.to_string(),
            first_name: account.first_name.clone(),
            last_name: account.last_name.clone(),
            avatar: picture.clone(),
            date_joined: account.created_at.into(),
            is_verified_seller: account.is_seller(),
            seller_type: account.seller_type.map(designia_core::account::SellerType::as_str),
            bio: account.profile.bio.clone(),
            location: account.profile.location.clone(),
            website: account.profile.website.clone(),
            profile_picture_temp_url: picture,
        }
    }
}

impl SessionView {
    pub(crate) fn of(session: &Session, current: Option<SessionId>) -> Self {
        Self {
            id: session.id.as_uuid(),
            is_current: current == Some(session.id),
            created_at: session.created_at.into(),
            last_used_at: session.refreshed_at.into(),
            expires_at: session.expires_at.into(),
            client: session.client.clone(),
            from: session.from.clone(),
        }
    }
}
