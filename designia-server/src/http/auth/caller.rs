//! The caller of a request, and extractors that let in only some.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use designia_core::account::Role;
use designia_core::id::{AccountId, SessionId};

use super::Tokens;
use crate::problem::{Code, Problem};

/// The authenticated caller of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// What it may do.
    pub role: Role,
    /// Whether its owner helps to run the marketplace.
    pub staff: bool,
    /// Its public name.
    pub name: String,
    /// The log-in that its token belongs to.
    pub session: Option<SessionId>,
}

/// A caller, or nobody: a request without a token. One with a token that is not good is refused all the same, because a client
/// that holds one has to learn that it is over.
#[derive(Clone, Debug)]
pub struct MaybeCaller(pub Option<Caller>);

/// A caller who may sell.
#[derive(Clone, Debug)]
pub struct Seller(pub Caller);

/// A caller who may look at what others do, and moderate.
#[derive(Clone, Debug)]
pub struct Staff(pub Caller);

/// A caller who runs the marketplace.
#[derive(Clone, Debug)]
pub struct Admin(pub Caller);

impl Caller {
    /// Whether this caller may sell.
    #[must_use]
    pub const fn is_seller(&self) -> bool {
        matches!(self.role, Role::Seller | Role::Admin)
    }

    /// Whether this caller may look at what others do, and moderate.
    #[must_use]
    pub const fn is_staff(&self) -> bool {
        self.staff || self.is_admin()
    }

    /// Whether this caller runs the marketplace.
    #[must_use]
    pub const fn is_admin(&self) -> bool {
        matches!(self.role, Role::Admin)
    }

    /// The caller whose token these headers carry.
    pub(crate) async fn of(tokens: &Tokens, headers: &HeaderMap) -> Result<Self, Problem> {
        let token = bearer(headers)?;
        let token = token.ok_or_else(|| refused("send a token: Authorization: Bearer …"))?;
        tokens.caller_of(token).await
    }

    fn only_if(self, may: bool, who: &str) -> Result<Self, Problem> {
        if may { Ok(self) } else { Err(Problem::new(Code::Forbidden, format!("only {who} may do this"))) }
    }
}

impl Seller {
    /// The caller whose token these headers carry, if they may sell.
    pub(crate) async fn of(tokens: &Tokens, headers: &HeaderMap) -> Result<Self, Problem> {
        let caller = Caller::of(tokens, headers).await?;
        let may = caller.is_seller();
        caller.only_if(may, "a seller").map(Self)
    }
}

impl Staff {
    /// The caller whose token these headers carry, if they help to run the marketplace.
    pub(crate) async fn of(tokens: &Tokens, headers: &HeaderMap) -> Result<Self, Problem> {
        let caller = Caller::of(tokens, headers).await?;
        let may = caller.is_staff();
        caller.only_if(may, "the staff").map(Self)
    }
}

impl Admin {
    /// The caller whose token these headers carry, if they run the marketplace.
    pub(crate) async fn of(tokens: &Tokens, headers: &HeaderMap) -> Result<Self, Problem> {
        let caller = Caller::of(tokens, headers).await?;
        let may = caller.is_admin();
        caller.only_if(may, "the admin").map(Self)
    }
}

/// The token in the headers, if there is one.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let (scheme, token) = value.to_str().ok().and_then(|value| value.split_once(' ')).unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(refused("the Authorization header must be: Bearer …"));
    }
    Ok(Some(token.trim()))
}

fn refused(detail: &str) -> Problem {
    Problem::new(Code::Unauthenticated, detail)
}

impl<S: Sync> FromRequestParts<S> for Caller
where
    Tokens: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Self::of(&Tokens::from_ref(state), &parts.headers).await
    }
}

impl<S: Sync> FromRequestParts<S> for MaybeCaller
where
    Tokens: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match bearer(&parts.headers)? {
            Some(token) => Tokens::from_ref(state).caller_of(token).await.map(|caller| Self(Some(caller))),
            None => Ok(Self(None)),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Seller
where
    Tokens: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Self::of(&Tokens::from_ref(state), &parts.headers).await
    }
}

impl<S: Sync> FromRequestParts<S> for Staff
where
    Tokens: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Self::of(&Tokens::from_ref(state), &parts.headers).await
    }
}

impl<S: Sync> FromRequestParts<S> for Admin
where
    Tokens: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Self::of(&Tokens::from_ref(state), &parts.headers).await
    }
}
