//! The tokens of a session: one that opens the API for an hour, and one that gets the next two.
//!
//! Both are signed under the installation's secret; changing `JWT_SECRET` withdraws all of them. A token by itself is not enough:
//! its session has to live, which is looked up every few seconds. So logging out, a new password and a closed account count at
//! once, not when the hour is over.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use designia_core::account::Role;
use designia_core::id::{AccountId, SessionId};
use designia_core::service::accounts::{AccountError, Accounts, Grant};
use designia_core::time::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use ring::hmac;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Caller, jwt};
use crate::accounts::derived;
use crate::config::Secret;
use crate::problem::{Code, Problem};

/// Longer texts are no tokens of ours.
const LONGEST: usize = 4096;

/// Makes and checks tokens. Clones share what is known of sessions.
#[derive(Clone)]
pub struct Tokens {
    accounts: Accounts,
    keys: Arc<Keys>,
    access_lifetime: Duration,
}

struct Keys {
    signs: EncodingKey,
    reads: DecodingKey,
    /// Signs the console's forms.
    forms: hmac::Key,
}

/// The two tokens of a session.
#[derive(Clone, Debug)]
pub struct Issued {
    /// Opens the API.
    pub access: Secret,
    /// Gets the next two.
    pub refresh: Secret,
}

/// What a token says. The names are those of the first backend; its clients read `exp` and the five in the middle. Nothing is
/// decided by `role` and the like: they are for who reads the token.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    token_type: Kind,
    /// Seconds since 1970.
    exp: i64,
    iat: i64,
    /// Of a refresh token: its session and its number.
    jti: String,
    /// The session.
    sid: Uuid,
    user_id: Uuid,
    role: Role,
    is_seller: bool,
    is_admin: bool,
    first_name: String,
    last_name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Access,
    Refresh,
    /// What a browser keeps in the console's cookie: it opens the console and nothing else.
    Console,
}

impl Tokens {
    /// Tokens for these accounts under this secret; one opens the API for so long.
    #[must_use]
    pub fn new(secret: &Secret, accounts: Accounts, access_lifetime: Duration) -> Self {
        let forms = hmac::Key::new(hmac::HMAC_SHA256, derived(secret, "console-forms").as_ref());
        let secret = secret.expose().as_bytes();
        let keys = Keys { signs: EncodingKey::from_secret(secret), reads: DecodingKey::from_secret(secret), forms };
        Self { accounts, keys: Arc::new(keys), access_lifetime }
    }

    /// The tokens of a session that has begun or was refreshed. The refresh token follows from the session alone: whoever
    /// refreshes twice at once gets the same one twice.
    ///
    /// # Errors
    ///
    /// When they can't be written, which does not happen.
    pub fn issue(&self, grant: &Grant) -> Result<Issued, Problem> {
        let (session, now) = (&grant.session, self.accounts.ports().clock.now());
        let access = Claims {
            exp: (now + self.access_lifetime).min(session.expires_at).as_secs(),
            iat: now.as_secs(),
            jti: self.accounts.ports().ids.next().to_string(),
            ..claims(Kind::Access, grant)
        };
        let sign = |claims| jwt::sign(&claims, &self.keys.signs).map(Secret::new).map_err(Problem::internal);
        Ok(Issued { access: sign(access)?, refresh: sign(claims(Kind::Refresh, grant))? })
    }

    /// What the console's cookie holds: good for so long, or until the session ends.
    ///
    /// # Errors
    ///
    /// When it can't be written, which does not happen.
    pub(crate) fn issue_console(&self, grant: &Grant, lifetime: Duration) -> Result<Secret, Problem> {
        let now = self.accounts.ports().clock.now();
        let claims = Claims {
            exp: (now + lifetime).min(grant.session.expires_at).as_secs(),
            iat: now.as_secs(),
            jti: self.accounts.ports().ids.next().to_string(),
            ..claims(Kind::Console, grant)
        };
        jwt::sign(&claims, &self.keys.signs).map(Secret::new).map_err(Problem::internal)
    }

    /// The session and the number of a refresh token.
    ///
    /// # Errors
    ///
    /// 401 when it is none, or its time is over.
    pub(crate) fn refreshed(&self, token: &str) -> Result<(SessionId, u32), Problem> {
        let claims = self.read(token, Kind::Refresh)?;
        let number = claims.jti.rsplit_once('.').and_then(|(_, number)| number.parse().ok());
        number.map(|number| (SessionId::from_uuid(claims.sid), number)).ok_or_else(not_valid)
    }

    /// The caller who holds this token.
    ///
    /// # Errors
    ///
    /// 401 when the token is not good, or not any more.
    pub async fn caller_of(&self, token: &str) -> Result<Caller, Problem> {
        self.holder_of(token, Kind::Access).await
    }

    /// The caller whose browser holds this in the console's cookie.
    ///
    /// # Errors
    ///
    /// 401 when the token is not good, or not any more.
    pub(crate) async fn console_caller_of(&self, token: &str) -> Result<Caller, Problem> {
        self.holder_of(token, Kind::Console).await
    }

    async fn holder_of(&self, token: &str, kind: Kind) -> Result<Caller, Problem> {
        let claims = self.read(token, kind)?;
        let (account, session) = (AccountId::from_uuid(claims.user_id), SessionId::from_uuid(claims.sid));
        let known = self.accounts.session_of(account, session).await.map_err(|error| match error {
            AccountError::Store(error) => Problem::from(error),
            error => Problem::internal(error),
        })?;
        let known = known.ok_or_else(|| refused("the session of this token is over; log in again"))?;
        Ok(Caller { account, role: known.role, staff: known.staff, name: known.name, session: Some(session) })
    }

    /// Whose token these headers carry, by its signature and its time alone: for counting, never for letting anybody in.
    pub(crate) fn signed_for(&self, headers: &HeaderMap) -> Option<AccountId> {
        let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (_, token) = value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))?;
        self.read(token.trim(), Kind::Access).ok().map(|claims| AccountId::from_uuid(claims.user_id))
    }

    /// Whether this caller's session still lives, and they may still do the same. Where that can't be looked up now, it is taken
    /// to be so: a database that is away must not throw everybody out.
    pub async fn still_good(&self, caller: &Caller) -> bool {
        let Some(session) = caller.session else { return false };
        match self.accounts.session_of(caller.account, session).await {
            Ok(known) => known.is_some_and(|it| (it.role, it.staff) == (caller.role, caller.staff)),
            Err(error) => {
                tracing::debug!(%error, "a session can't be looked up");
                true
            }
        }
    }

    /// What a form of the console carries to show that a page of this session made it.
    pub(crate) fn form_token(&self, session: SessionId) -> Secret {
        Secret::new(URL_SAFE_NO_PAD.encode(hmac::sign(&self.keys.forms, session.as_uuid().as_bytes())))
    }

    /// Whether a form carries what [`Tokens::form_token`] gave its page.
    pub(crate) fn is_form_token(&self, session: SessionId, token: &str) -> bool {
        let sent = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
        hmac::verify(&self.keys.forms, session.as_uuid().as_bytes(), &sent).is_ok()
    }

    fn read(&self, token: &str, kind: Kind) -> Result<Claims, Problem> {
        if token.len() > LONGEST {
            return Err(not_valid());
        }
        let claims = jwt::read::<Claims>(token, &self.keys.reads, Algorithm::HS256).map_err(|_| not_valid())?;
        if claims.token_type != kind {
            return Err(not_valid());
        }
        let is_over = Timestamp::from_secs(claims.exp) <= self.accounts.ports().clock.now();
        if is_over { Err(refused("the token's time is over")) } else { Ok(claims) }
    }
}

fn claims(token_type: Kind, grant: &Grant) -> Claims {
    let Grant { account, session } = grant;
    Claims {
        token_type,
        exp: session.expires_at.as_secs(),
        iat: session.refreshed_at.as_secs(),
        jti: format!("{}.{}", session.id, session.generation),
        sid: session.id.as_uuid(),
        user_id: account.id.as_uuid(),
        role: account.role,
        is_seller: account.is_seller(),
        is_admin: account.role == Role::Admin,
        first_name: account.first_name.clone(),
        last_name: account.last_name.clone(),
    }
}

fn not_valid() -> Problem {
    refused("the token is not valid")
}

fn refused(detail: &str) -> Problem {
    Problem::new(Code::Unauthenticated, detail)
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("access_lifetime", &self.access_lifetime).finish_non_exhaustive()
    }
}
