//! Who calls: the demo's fixed bearer tokens, until accounts exist.
//!
//! A token is an HMAC of the account's name under the installation's secret. So it is the same after a restart, different
//! on every installation, and nowhere stored; changing `JWT_SECRET` withdraws all of them.

mod demo;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use ring::hmac;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub use demo::{ACCOUNTS, Account};

use crate::config::Secret;
use crate::problem::{Code, Problem};

/// What every demo token starts with, so that a leaked one is recognised for what it is.
const PREFIX: &str = "designia_demo_";

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Buys.
    Buyer,
    /// Sells, and may buy as well.
    Seller,
    /// Runs the marketplace.
    Admin,
}

/// The authenticated caller of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub account: Uuid,
    /// Its name.
    pub name: &'static str,
    /// What it may do.
    pub role: Role,
}

/// A caller who is a seller.
#[derive(Clone, Copy, Debug)]
pub struct Seller(pub Caller);

/// A caller who is an admin.
#[derive(Clone, Copy, Debug)]
pub struct Admin(pub Caller);

/// Makes and checks tokens.
#[derive(Clone)]
pub struct Tokens {
    /// Absent when the demo is off, and then no token is valid.
    key: Option<hmac::Key>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("valid", &self.key.is_some()).finish_non_exhaustive()
    }
}

impl Tokens {
    /// The demo's tokens under this secret.
    #[must_use]
    pub fn demo(secret: &Secret) -> Self {
        Self { key: Some(hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes())) }
    }

    /// No token is valid.
    #[must_use]
    pub fn none() -> Self {
        Self { key: None }
    }

    /// The token of a demo account, if there is a demo.
    #[must_use]
    pub fn of(&self, account: &Account) -> Option<Secret> {
        let tag = hmac::sign(self.key.as_ref()?, message(account).as_bytes());
        Some(Secret::new(format!("{PREFIX}{}_{}", account.name, hex::encode(tag))))
    }

    /// The caller who holds this token. The time it takes tells nothing about how much of a guess was right.
    fn caller(&self, token: &str) -> Option<Caller> {
        let (name, tag) = token.strip_prefix(PREFIX)?.rsplit_once('_')?;
        let account = ACCOUNTS.iter().find(|account| account.name == name)?;
        let tag = hex::decode(tag).ok()?;
        hmac::verify(self.key.as_ref()?, message(account).as_bytes(), &tag).ok()?;
        Some(Caller { account: account.id(), name: account.name, role: account.role })
    }

    fn authenticate(&self, headers: &HeaderMap) -> Result<Caller, Problem> {
        let refused = |detail| Problem::new(Code::Unauthenticated, detail);
        let value =
            headers.get(header::AUTHORIZATION).ok_or_else(|| refused("send a token: Authorization: Bearer …"))?;
        let (scheme, token) = value.to_str().ok().and_then(|value| value.split_once(' ')).unwrap_or_default();
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(refused("the Authorization header must be: Bearer …"));
        }
        self.caller(token.trim()).ok_or_else(|| refused("the token is not valid"))
    }
}

fn message(account: &Account) -> String {
    format!("demo-{}", account.name)
}

impl Caller {
    fn require(self, role: Role, who: &str) -> Result<Self, Problem> {
        if self.role == role { Ok(self) } else { Err(Problem::new(Code::Forbidden, format!("only {who} may do this"))) }
    }
}

impl Seller {
    fn of(tokens: &Tokens, headers: &HeaderMap) -> Result<Self, Problem> {
        tokens.authenticate(headers)?.require(Role::Seller, "a seller").map(Self)
    }
}

impl Admin {
    pub(super) fn of(tokens: &Tokens, headers: &HeaderMap) -> Result<Self, Problem> {
        tokens.authenticate(headers)?.require(Role::Admin, "the admin").map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for Caller
where
    Tokens: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Tokens::from_ref(state).authenticate(&parts.headers)
    }
}

impl<S: Sync> FromRequestParts<S> for Seller
where
    Tokens: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Self::of(&Tokens::from_ref(state), &parts.headers)
    }
}

impl<S: Sync> FromRequestParts<S> for Admin
where
    Tokens: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Self::of(&Tokens::from_ref(state), &parts.headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> Tokens {
        Tokens::demo(&Secret::new("0123456789abcdef0123456789abcdef"))
    }

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())])
    }

    #[test]
    fn every_demo_account_is_recognised_by_its_token_and_by_no_other() {
        let (ours, theirs) = (tokens(), Tokens::demo(&Secret::new("another secret of thirty-two bytes")));
        for account in &ACCOUNTS {
            let token = ours.of(account).unwrap();
            let caller = ours.authenticate(&headers(&format!("Bearer {}", token.expose()))).unwrap();
            assert_eq!((caller.account, caller.role), (account.id(), account.role));
            assert_eq!(
                theirs.authenticate(&headers(&format!("Bearer {}", token.expose()))).unwrap_err().code(),
                Code::Unauthenticated
            );
            assert_eq!(tokens().of(account).unwrap(), token, "the same after a restart");
        }
    }

    #[test]
    fn a_forged_or_malformed_token_is_refused() {
        let good = tokens().of(&ACCOUNTS[0]).unwrap().expose().to_owned();
        let other_account = good.replace(ACCOUNTS[0].name, "admin");
        let mut flipped = good.clone();
        flipped.replace_range(good.len() - 1.., if good.ends_with('0') { "1" } else { "0" });
        for value in [
            "",
            "Bearer",
            "Bearer ",
            "Basic abc",
            &good,
            &format!("Bearer {other_account}"),
            &format!("Bearer {flipped}"),
            &format!("Bearer {}", &good[..good.len() - 2]),
        ] {
            assert_eq!(tokens().authenticate(&headers(value)).unwrap_err().code(), Code::Unauthenticated, "{value}");
        }
        assert!(Tokens::none().authenticate(&headers(&format!("Bearer {good}"))).is_err());
        assert!(Tokens::none().of(&ACCOUNTS[0]).is_none());
    }

    #[test]
    fn a_role_opens_its_own_doors_only() {
        for account in &ACCOUNTS {
            let bearer = headers(&format!("Bearer {}", tokens().of(account).unwrap().expose()));
            let answers = [Seller::of(&tokens(), &bearer).is_ok(), Admin::of(&tokens(), &bearer).is_ok()];
            assert_eq!(answers, [account.role == Role::Seller, account.role == Role::Admin], "{}", account.name);
        }
    }
}
