//! The caller's own account, and what others may see of one.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use designia_core::account::{Account, Standing};
use designia_core::id::AccountId;
use designia_core::service::accounts::{Accounts, ProfileChange};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::origin::From;
use super::view::{PublicUser, UserView};
use crate::api::view::when::When;
use crate::http::auth::Caller;
use crate::http::extract::{Json as JsonBody, Path};
use crate::problem::{Problem, ProblemBody};

/// How the caller's account stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct StatusView {
    is_active: bool,
    is_email_verified: bool,
    email: String,
    can_login: bool,
    two_factor_enabled: bool,
    role: &'static str,
    account_created: When,
}

/// What is to be changed. A field that is left out stays, `null` empties it. A field that is not in the list is refused: what an
/// account may do is not changed here.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({"first_name": "Ada", "last_name": "Lovelace", "phone_number": null}))]
pub(crate) struct ProfileBody {
    #[serde(deserialize_with = "given")]
    username: Option<String>,
    #[serde(deserialize_with = "given")]
    first_name: Option<String>,
    #[serde(deserialize_with = "given")]
    last_name: Option<String>,
    #[serde(deserialize_with = "given")]
    bio: Option<String>,
    #[serde(deserialize_with = "given")]
    location: Option<String>,
    #[serde(deserialize_with = "given")]
    birth_date: Option<String>,
    #[serde(deserialize_with = "given")]
    gender: Option<String>,
    #[serde(deserialize_with = "given")]
    pronouns: Option<String>,
    #[serde(deserialize_with = "given")]
    phone_number: Option<String>,
    #[serde(deserialize_with = "given")]
    country_code: Option<String>,
    #[serde(deserialize_with = "given")]
    website: Option<String>,
    #[serde(deserialize_with = "given")]
    job_title: Option<String>,
    #[serde(deserialize_with = "given")]
    company: Option<String>,
    #[serde(deserialize_with = "given")]
    street_address: Option<String>,
    #[serde(deserialize_with = "given")]
    city: Option<String>,
    #[serde(deserialize_with = "given")]
    state_province: Option<String>,
    #[serde(deserialize_with = "given")]
    country: Option<String>,
    #[serde(deserialize_with = "given")]
    postal_code: Option<String>,
    #[serde(deserialize_with = "given")]
    instagram_url: Option<String>,
    #[serde(deserialize_with = "given")]
    twitter_url: Option<String>,
    #[serde(deserialize_with = "given")]
    linkedin_url: Option<String>,
    #[serde(deserialize_with = "given")]
    facebook_url: Option<String>,
    #[serde(deserialize_with = "given")]
    timezone: Option<String>,
    #[serde(deserialize_with = "given", alias = "language")]
    language_preference: Option<String>,
    #[serde(deserialize_with = "given")]
    currency_preference: Option<String>,
    /// `public` or `private`.
    profile_visibility: Option<String>,
    marketing_emails_enabled: Option<bool>,
}

/// A field that is there, `null` as an empty text.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Some(Option::<String>::deserialize(from)?.unwrap_or_default()))
}

/// How the caller's account stands.
#[utoipa::path(get, path = "/api/auth/account/status/", tag = "account", security(("token" = [])),
    responses((status = 200, body = StatusView), (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn status(State(accounts): State<Accounts>, caller: Caller) -> Result<Json<StatusView>, Problem> {
    let account = accounts.account(caller.account).await?;
    Ok(Json(StatusView {
        is_active: account.is_active(),
        is_email_verified: account.is_verified(),
        email: account.email.to_string(),
        can_login: account.is_active(),
        two_factor_enabled: account.second_factor.is_on(),
        role: account.role.as_str(),
        account_created: account.created_at.into(),
    }))
}

/// The caller's account.
#[utoipa::path(get, path = "/api/auth/profile/", tag = "account", security(("token" = [])),
    responses((status = 200, body = UserView), (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(State(accounts): State<Accounts>, caller: Caller) -> Result<Json<UserView>, Problem> {
    Ok(Json(UserView::of(&accounts, &accounts.account(caller.account).await?)))
}

/// Changes what the caller tells about themselves.
#[utoipa::path(patch, path = "/api/auth/profile/", tag = "account", security(("token" = [])), request_body = ProfileBody,
    responses((status = 200, body = UserView),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn change(
    State(accounts): State<Accounts>,
    From(origin): From,
    caller: Caller,
    JsonBody(body): JsonBody<ProfileBody>,
) -> Result<Json<UserView>, Problem> {
    let change = body.change()?;
    let account = accounts.change_profile(caller.account, &change, &origin, |_| Ok(())).await?;
    Ok(Json(UserView::of(&accounts, &account)))
}

/// What anybody may see of somebody who sells, or who has made their profile public.
#[utoipa::path(get, path = "/api/auth/users/{id}/", tag = "account",
    params(("id" = Uuid, Path, description = "The account")),
    responses((status = 200, body = PublicUser), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn public(
    State(accounts): State<Accounts>,
    Path(id): Path<Uuid>,
) -> Result<Json<PublicUser>, Problem> {
    let account = accounts.account(AccountId::from_uuid(id)).await?;
    if may_be_seen(&account) {
        Ok(Json(PublicUser::of(&accounts, &account)))
    } else {
        Err(Problem::not_found("account"))
    }
}

fn may_be_seen(account: &Account) -> bool {
    account.standing == Standing::Active && (account.is_seller() || account.profile.is_public)
}

impl ProfileBody {
    fn change(self) -> Result<ProfileChange, Problem> {
        let is_public = match self.profile_visibility.as_deref() {
            None => None,
            Some("public") => Some(true),
            Some("private") => Some(false),
            Some(_) => return Err(Problem::field("profile_visibility", "must be public or private")),
        };
        let urls = [
            ("instagram", self.instagram_url),
            ("twitter", self.twitter_url),
            ("linkedin", self.linkedin_url),
            ("facebook", self.facebook_url),
        ];
        let urls = urls.into_iter().filter_map(|(service, url)| Some((service.to_owned(), url?)));
        let social_urls: BTreeMap<String, String> = urls.collect();
        Ok(ProfileChange {
            username: self.username,
            first_name: self.first_name,
            last_name: self.last_name,
            bio: self.bio,
            location: self.location,
            birth_date: self.birth_date,
            gender: self.gender,
            pronouns: self.pronouns,
            phone_number: self.phone_number,
            country_code: self.country_code,
            website: self.website,
            job_title: self.job_title,
            company: self.company,
            street_address: self.street_address,
            city: self.city,
            state_province: self.state_province,
            country: self.country,
            postal_code: self.postal_code,
            social_urls: Some(social_urls).filter(|urls| !urls.is_empty()),
            timezone: self.timezone,
            language: self.language_preference,
            currency: self.currency_preference,
            is_public,
            wants_news: self.marketing_emails_enabled,
        })
    }
}
