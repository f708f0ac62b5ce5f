//! Tokens as headers carry them.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::{HeaderMap, Request, header};
use designia_core::account::{ChallengeKey, Hidden, Role};
use designia_core::memory::{MemoryRateLimiter, MemoryStore};
use designia_core::ports::Clock;
use designia_core::service::accounts::{AccountPolicy, AccountPorts, Accounts, Grant, LoggedIn, Origin};
use designia_core::testing::{FixedClock, GlassVault, SequentialIds};
use designia_core::time::{HOUR, Timestamp};

use super::*;
use crate::accounts::{PasswordPool, PoolLimits};
use crate::config::Secret;
use crate::demo::people::{self, DemoPerson, PEOPLE};
use crate::problem::{Code, Problem};

/// Accounts of the demo's people, and their tokens.
#[derive(Clone)]
struct Site {
    accounts: Accounts,
    tokens: Tokens,
    clock: FixedClock,
    secret: Secret,
}

impl FromRef<Site> for Tokens {
    fn from_ref(site: &Site) -> Self {
        site.tokens.clone()
    }
}

impl Site {
    async fn new() -> Self {
        let (store, clock) = (Arc::new(MemoryStore::new()), FixedClock::at(Timestamp::from_secs(1_795_348_800)));
        let ports = AccountPorts {
            store: store.clone(),
            passwords: Arc::new(PasswordPool::new(PoolLimits::default())),
            vault: Arc::new(GlassVault::default()),
            challenges: ChallengeKey::new(b"challenges"),
            limiter: Arc::new(MemoryRateLimiter::new()),
            identities: Vec::new(),
            personal: Vec::new(),
            exports: None,
            tasks: store,
            clock: Arc::new(clock.clone()),
            ids: Arc::new(SequentialIds::new()),
        };
        let secret = Secret::new("0123456789abcdef0123456789abcdef");
        people::settle(&ports.store, &secret, clock.now()).await.unwrap();
        let accounts = Accounts::new(ports, AccountPolicy::default());
        let tokens = Tokens::new(&secret, accounts.clone(), HOUR);
        Self { accounts, tokens, clock, secret }
    }

    async fn grant(&self, name: &str) -> Grant {
        let person = DemoPerson::named(name).unwrap();
        let password = Hidden::new(person.password(&self.secret).expose());
        match self.accounts.log_in(person.email, &password, &Origin::default()).await.unwrap() {
            LoggedIn::Granted(grant) => *grant,
            LoggedIn::SecondFactor(step) => panic!("{step:?}"),
        }
    }

    async fn issued(&self, name: &str) -> Issued {
        self.tokens.issue(&self.grant(name).await).unwrap()
    }

    async fn caller(&self, value: &str) -> Result<Caller, Problem> {
        Caller::of(&self.tokens, &headers(value)).await
    }
}

fn headers(value: &str) -> HeaderMap {
    HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())])
}

fn bearer(token: &Secret) -> String {
    format!("Bearer {}", token.expose())
}

#[tokio::test]
async fn a_token_names_its_caller_until_its_time_is_over() {
    let site = Site::new().await;
    let grant = site.grant("seller").await;
    let access = bearer(&site.tokens.issue(&grant).unwrap().access);
    let caller = site.caller(&access).await.unwrap();
    assert_eq!((caller.account, caller.role, caller.name.as_str()), (grant.account.id, Role::Seller, "seller"));
    assert_eq!(caller.session, Some(grant.session.id));
    assert!(site.tokens.still_good(&caller).await);
    site.clock.advance(HOUR - Duration::from_secs(1));
    assert!(site.caller(&access).await.is_ok());
    site.clock.advance(Duration::from_secs(1));
    assert_eq!(site.caller(&access).await.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_token_is_worth_nothing_when_its_session_is_over() {
    let site = Site::new().await;
    let grant = site.grant("buyer").await;
    let access = bearer(&site.tokens.issue(&grant).unwrap().access);
    let caller = site.caller(&access).await.unwrap();
    site.accounts.log_out(grant.account.id, grant.session.id, &Origin::default()).await.unwrap();
    assert_eq!(site.caller(&access).await.unwrap_err().code(), Code::Unauthenticated);
    assert!(!site.tokens.still_good(&caller).await, "an open socket is told as well");
}

#[tokio::test]
async fn a_forged_or_malformed_token_is_refused() {
    let site = Site::new().await;
    let issued = site.issued("buyer").await;
    let good = issued.access.expose();
    let (head, tail) = good.rsplit_once('.').unwrap();
    let other = Tokens::new(&Secret::new("another secret of thirty-two bytes"), site.accounts.clone(), HOUR);
    let elsewhere = other.issue(&site.grant("buyer").await).unwrap();
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", head.split_once('.').unwrap().1);
    for value in [
        "",
        "Bearer",
        "Bearer ",
        "Basic abc",
        good,
        &format!("Bearer {head}."),
        &format!("Bearer {head}.{}", tail.chars().rev().collect::<String>()),
        &format!("Bearer {unsigned}"),
        &format!("Bearer {}", "a".repeat(5_000)),
        &bearer(&elsewhere.access),
        &bearer(&issued.refresh),
    ] {
        assert_eq!(site.caller(value).await.unwrap_err().code(), Code::Unauthenticated, "{value}");
    }
    assert!(site.tokens.refreshed(good).is_err(), "an access token gets no other");
    assert!(site.tokens.refreshed(issued.refresh.expose()).is_ok());
}

#[tokio::test]
async fn whoever_refreshes_twice_at_once_gets_the_same_refresh_token() {
    let site = Site::new().await;
    let first = site.issued("buyer").await;
    let (session, number) = site.tokens.refreshed(first.refresh.expose()).unwrap();
    let again = || async {
        let grant = site.accounts.refresh(session, number, &Origin::default()).await.unwrap();
        site.tokens.issue(&grant).unwrap()
    };
    let (one, other) = (again().await, again().await);
    assert_eq!(one.refresh, other.refresh);
    assert_ne!(one.refresh, first.refresh);
}

#[tokio::test]
async fn a_role_opens_its_own_doors_only() {
    let site = Site::new().await;
    for person in &PEOPLE {
        let headers = headers(&bearer(&site.issued(person.name).await.access));
        let seller = Seller::of(&site.tokens, &headers).await.is_ok();
        let staff = Staff::of(&site.tokens, &headers).await.is_ok();
        let admin = Admin::of(&site.tokens, &headers).await.is_ok();
        let is_admin = person.role == Role::Admin;
        assert_eq!([seller, staff, admin], [person.role != Role::Customer, is_admin, is_admin], "{}", person.name);
    }
}

#[tokio::test]
async fn nobody_is_somebody_without_a_token_but_not_with_a_bad_one() {
    let site = Site::new().await;
    let maybe = async |value: Option<String>| {
        let request = value.into_iter().fold(Request::builder(), |it, value| it.header(header::AUTHORIZATION, value));
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        MaybeCaller::from_request_parts(&mut parts, &site).await.map(|MaybeCaller(caller)| caller.is_some())
    };
    assert_eq!(maybe(None).await, Ok(false));
    assert_eq!(maybe(Some(bearer(&site.issued("buyer").await.access))).await, Ok(true));
    assert_eq!(maybe(Some("Bearer nonsense".to_owned())).await.unwrap_err().code(), Code::Unauthenticated);
}
