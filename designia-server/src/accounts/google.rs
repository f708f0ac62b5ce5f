//! Sign-in with Google: verifies the ID tokens that Google's button gives to a page.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use designia_core::ports::{IdentityError, IdentityProvider, Vouched};
use designia_core::time::{HOUR, MINUTE, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::http::auth::jwt;

/// Who has to have made a token.
const ISSUERS: [&str; 2] = ["https://accounts.google.com", "accounts.google.com"];

/// How far the clocks may be apart.
const LEEWAY: Duration = MINUTE;

/// For how long keys are used before they are looked for again. Google changes them every few days, and leaves the old ones in for
/// longer than this.
const KEYS_LIVE: Duration = HOUR;

/// Keys that are not there are looked for at most so often: a token with a made-up key must not make us ask each time.
const ASKED_EVERY: Duration = MINUTE;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Most bytes of an answer; it has some two thousand.
const MOST: usize = 64 * 1024;

/// Verifies Google's ID tokens for one client id.
#[derive(Clone)]
pub struct Google {
    client_id: String,
    keys_url: String,
    http: reqwest::Client,
    keys: Arc<Mutex<Keys>>,
}

#[derive(Default)]
struct Keys {
    by_id: HashMap<String, DecodingKey>,
    asked_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    kid: String,
    kty: String,
    n: String,
    e: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    exp: i64,
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
    given_name: Option<String>,
    family_name: Option<String>,
}

impl Google {
    /// Tokens for this client id, under the keys at this address.
    ///
    /// # Errors
    ///
    /// When no HTTP client can be made.
    pub fn new(client_id: &str, keys_url: &str) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder().timeout(PATIENCE).build()?;
        Ok(Self { client_id: client_id.to_owned(), keys_url: keys_url.to_owned(), http, keys: Arc::default() })
    }

    /// The key of this id. One lock: of those who come while the keys are fetched, nobody fetches them again.
    async fn key(&self, id: &str, now: Timestamp) -> Result<DecodingKey, IdentityError> {
        let mut keys = self.keys.lock().await;
        let age = keys.asked_at.map(|at| now.since(at));
        let known = keys.by_id.get(id).cloned();
        match (known, age) {
            (Some(key), Some(age)) if age < KEYS_LIVE => return Ok(key),
            (None, Some(age)) if age < ASKED_EVERY => return Err(IdentityError::Refused("its key is not Google's")),
            _ => {}
        }
        match self.fetch().await {
            Ok(fetched) => {
                keys.by_id = fetched;
                keys.asked_at = Some(now);
            }
            // Keys that were good an hour ago are better than none.
            Err(error) if keys.by_id.contains_key(id) => {
                tracing::warn!(%error, "Google's keys can't be fetched");
                keys.asked_at = Some(now - KEYS_LIVE + ASKED_EVERY);
            }
            Err(error) => return Err(IdentityError::Unavailable(error)),
        }
        keys.by_id.get(id).cloned().ok_or(IdentityError::Refused("its key is not Google's"))
    }

    async fn fetch(&self) -> Result<HashMap<String, DecodingKey>, String> {
        let told = |error: reqwest::Error| error.without_url().to_string();
        let mut answer =
            self.http.get(&self.keys_url).send().await.and_then(reqwest::Response::error_for_status).map_err(told)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(told)? {
            body.extend_from_slice(&chunk);
            if body.len() > MOST {
                return Err("the keys are longer than keys can be".to_owned());
            }
        }
        let set: KeySet = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
        let rsa = set.keys.into_iter().filter(|key| key.kty == "RSA");
        let keys = rsa.filter_map(|key| Some((key.kid, DecodingKey::from_rsa_components(&key.n, &key.e).ok()?)));
        Ok(keys.collect())
    }
}

#[async_trait]
impl IdentityProvider for Google {
    fn name(&self) -> &'static str {
        "google"
    }

    async fn verify(&self, token: &str, now: Timestamp) -> Result<Vouched, IdentityError> {
        let id = jwt::key_id(token).ok_or(IdentityError::Refused("it is not an ID token"))?;
        let key = self.key(&id, now).await?;
        let claims = jwt::read::<Claims>(token, &key, Algorithm::RS256);
        let claims = claims.map_err(|_| IdentityError::Refused("its signature is not Google's"))?;
        if !ISSUERS.contains(&claims.iss.as_str()) {
            return Err(IdentityError::Refused("it is not from Google"));
        }
        if claims.aud != self.client_id {
            return Err(IdentityError::Refused("it is meant for another site"));
        }
        if Timestamp::from_secs(claims.exp) + LEEWAY <= now {
            return Err(IdentityError::Refused("its time is over"));
        }
        if claims.sub.is_empty() || claims.sub.len() > 255 {
            return Err(IdentityError::Refused("it names nobody"));
        }
        Ok(Vouched {
            subject: claims.sub,
            email: claims.email.unwrap_or_default(),
            email_verified: claims.email_verified,
            first_name: claims.given_name.unwrap_or_default(),
            last_name: claims.family_name.unwrap_or_default(),
        })
    }
}

impl fmt::Debug for Google {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Google").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}
