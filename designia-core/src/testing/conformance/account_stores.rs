//! A store of accounts under test, and the steps that cases are made of.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::threads::Threads;
use crate::account::{
    Account, AccountEvent, AccountEventKind, ApplicationState, Challenge, Hidden, Identity, Profile, Purpose, Role,
    SecondFactor, SellerApplication, SellerType, Session, Standing, Totp,
};
use crate::id::{AccountId, ApplicationId, ChallengeId, SessionId};
use crate::ports::{
    AccountCommit, AccountCommitError, AccountFilter, AccountKey, AccountStore, ApplicationKey, CatalogStore,
    OrderStore, PageRequest, StoreErrorKind, TaskConsole, TransactionalTaskQueue, account_cursor,
};
use crate::task::Task;
use crate::testing::block_on;
use crate::testing::fixtures::{NOW, currency, task_id};
use crate::time::{DAY, Date, Timestamp};

/// A store of accounts under test, the tasks that its commits ask for, and orders beside them.
#[non_exhaustive]
pub struct AccountStores {
    /// Accounts.
    pub accounts: Arc<dyn AccountStore>,
    /// The tasks that commits ask for.
    pub tasks: Arc<dyn TaskConsole>,
    /// What people have ordered.
    pub orders: Arc<dyn OrderStore>,
    /// What they order.
    pub catalog: Arc<dyn CatalogStore>,
    threads: Threads,
    _guard: Box<dyn Any>,
}

impl AccountStores {
    /// One adapter that is all of them.
    #[must_use]
    pub fn of(store: impl AccountStore + TransactionalTaskQueue + OrderStore + CatalogStore) -> Self {
        let store = Arc::new(store);
        Self {
            accounts: store.clone(),
            tasks: store.clone(),
            orders: store.clone(),
            catalog: store,
            threads: Threads::driven_by(block_on),
            _guard: Box::new(()),
        }
    }
}

super::under_test::stores_under_test!(AccountStores, accounts);

/// The id of the account of this number.
pub(super) fn account_id(number: u32) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(0xACC0_0000_0000 + u128::from(number)))
}

pub(super) fn session_id(number: u32) -> SessionId {
    SessionId::from_uuid(Uuid::from_u128(0x5E55_0000_0000 + u128::from(number)))
}

pub(super) fn challenge_id(number: u32) -> ChallengeId {
    ChallengeId::from_uuid(Uuid::from_u128(0xCA11_0000_0000 + u128::from(number)))
}

pub(super) fn application_id(number: u32) -> ApplicationId {
    ApplicationId::from_uuid(Uuid::from_u128(0xA441_0000_0000 + u128::from(number)))
}

/// So many seconds and a microsecond for each after [`NOW`].
pub(super) fn later(seconds: u32) -> Timestamp {
    NOW + Duration::from_micros(1_000_001) * seconds
}

/// The account of this number, as it is before it is stored, with something in every field.
pub(super) fn person(number: u32) -> Account {
    Account {
        id: account_id(number),
        version: 0,
        email: format!("Zoë.O+{number}@Example.com").parse().expect("an address"),
        username: format!("Zoë_{number}").parse().expect("a name"),
        first_name: "Zoë «;--»".to_owned(),
        last_name: "O'Neil \"\\\" \u{1f989}".to_owned(),
        role: Role::Seller,
        staff: true,
        seller_type: Some(SellerType::Restorer),
        standing: Standing::Disabled { at: later(3), why: "asked\nfor 'it'".to_owned() },
        password: Some(Hidden::new("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA")),
        identities: vec![identity(number), Identity { provider: "other".to_owned(), subject: format!("'{number}") }],
        second_factor: SecondFactor {
            email: true,
            totp: Some(Totp { sealed: Hidden::new("sealed=="), confirmed: true, last_step: u64::MAX / 2 }),
            recovery: vec![Hidden::new("first"), Hidden::new("second")],
        },
        profile: profile(),
        created_at: NOW,
        updated_at: NOW,
        last_login: Some(later(2)),
    }
}

/// An account of which nothing is known but what must be.
pub(super) fn stranger(number: u32) -> Account {
    Account {
        email: format!("stranger{number}@example.com").parse().expect("an address"),
        username: format!("stranger{number}").parse().expect("a name"),
        first_name: String::new(),
        last_name: String::new(),
        role: Role::Customer,
        staff: false,
        seller_type: None,
        standing: Standing::Unverified,
        password: None,
        identities: Vec::new(),
        second_factor: SecondFactor::default(),
        profile: Profile::default(),
        last_login: None,
        ..person(number)
    }
}

fn profile() -> Profile {
    let text = |word: &str| format!("{word} ä '\"\n\u{1f381}");
    Profile {
        bio: text("bio"),
        location: text("location"),
        birth_date: Date::from_ymd(1904, 2, 29),
        gender: text("gender"),
        pronouns: text("pronouns"),
        phone_number: text("phone"),
        country_code: "+351".to_owned(),
        website: "https://example.com/?a=b&c".to_owned(),
        job_title: text("job"),
        company: text("company"),
        street_address: text("street"),
        city: text("city"),
        state_province: text("state"),
        country: text("country"),
        postal_code: text("code"),
        social_urls: [("b".to_owned(), text("b")), ("a".to_owned(), text("a"))].into(),
        timezone: "Europe/Lisbon".to_owned(),
        language: "pt".to_owned(),
        currency: Some(currency("EUR")),
        is_public: true,
        wants_news: true,
        picture: Some("avatars/1.png".to_owned()),
    }
}

/// What somebody else calls the account of this number.
pub(super) fn identity(number: u32) -> Identity {
    Identity { provider: "google".to_owned(), subject: format!("10{number}") }
}

/// A session of an account, good for a week.
pub(super) fn session(number: u32, account: u32) -> Session {
    Session {
        id: session_id(number),
        account: account_id(account),
        generation: 1,
        refreshed_at: NOW,
        created_at: NOW,
        expires_at: NOW + 7 * DAY,
        ended_at: None,
        client: "Mozilla/5.0 «ä» '; \u{1f98a}".to_owned(),
        from: Some("2001:db8::7".to_owned()),
    }
}

/// A challenge of an account, made now.
pub(super) fn challenge(number: u32, account: u32, purpose: Purpose) -> Challenge {
    Challenge::new(challenge_id(number), account_id(account), purpose, NOW)
}

/// An application of an account, as it is stored first, with something in every field.
pub(super) fn application(number: u32, account: u32) -> SellerApplication {
    SellerApplication {
        id: application_id(number),
        version: 1,
        account: account_id(account),
        state: ApplicationState::Pending,
        business_name: "Corujas & «Filhos» \u{1f989}".to_owned(),
        seller_type: SellerType::Artisan,
        motivation: "Two lines,\n\"and\" a\ttab".to_owned(),
        portfolio_url: Some("https://example.com/%20?'".to_owned()),
        social_media_url: Some("https://example.com/@zoë".to_owned()),
        images: vec!["applications/1.png".to_owned(), "applications/2.webp".to_owned()],
        submitted_at: later(number),
        decided: Some((account_id(99), later(5))),
        reason: Some("what's missing".to_owned()),
        notes: Some("between \"us\"".to_owned()),
    }
}

/// Something that happened to an account.
pub(super) fn event(account: u32, kind: AccountEventKind, at: Timestamp) -> AccountEvent {
    AccountEvent {
        account: account_id(account),
        at,
        kind,
        by: Some(account_id(99)),
        from: Some("192.0.2.1".to_owned()),
        note: Some("'note' \"ä\" \u{1f989}\n".to_owned()),
    }
}

/// Expects that the account or its application has changed meanwhile.
#[track_caller]
pub(super) fn assert_conflict(error: &AccountCommitError) {
    assert!(matches!(error, AccountCommitError::Conflict), "expected a conflict, got {error:?}");
}

/// Expects a challenge that can't be met.
#[track_caller]
pub(super) fn assert_closed(error: &AccountCommitError) {
    assert!(matches!(error, AccountCommitError::ChallengeClosed), "expected a closed challenge, got {error:?}");
}

/// Expects a commit that will never succeed.
#[track_caller]
pub(super) fn assert_invalid(error: &AccountCommitError) {
    let is_invalid = matches!(error, AccountCommitError::Store(error) if error.kind == StoreErrorKind::Invalid);
    assert!(is_invalid, "expected an invalid commit, got {error:?}");
}

/// The steps that cases are made of: each does one thing and expects it to work.
impl AccountStores {
    /// Stores a commit; the account as it is stored.
    pub(super) async fn commit(&self, commit: AccountCommit) -> Account {
        let account = commit.account.clone();
        self.accounts.commit_account(commit).await.expect("the commit is stored");
        account
    }

    /// Expects a refusal.
    pub(super) async fn refused(&self, commit: AccountCommit) -> AccountCommitError {
        self.accounts.commit_account(commit).await.expect_err("the commit is refused")
    }

    /// Stores an account over the version it has, and nothing else.
    pub(super) async fn keep(&self, account: Account) -> Account {
        self.commit(AccountCommit::of(account, NOW)).await
    }

    /// Stores an account together with what `and` adds to the commit.
    pub(super) async fn change(&self, account: &Account, and: impl FnOnce(&mut AccountCommit)) -> Account {
        let mut commit = AccountCommit::of(account.clone(), NOW);
        and(&mut commit);
        self.commit(commit).await
    }

    /// Stores the account of this number.
    pub(super) async fn register(&self, number: u32) -> Account {
        self.keep(person(number)).await
    }

    /// Opens sessions for an account.
    pub(super) async fn open(&self, mut account: Account, sessions: impl IntoIterator<Item = Session>) -> Account {
        for session in sessions {
            account = self.change(&account, |commit| commit.opens = Some(session)).await;
        }
        account
    }

    pub(super) async fn find(&self, key: AccountKey) -> Option<Account> {
        self.accounts.account(&key).await.expect("the store answers")
    }

    pub(super) async fn load(&self, number: u32) -> Account {
        self.find(AccountKey::Id(account_id(number))).await.expect("the account is there")
    }

    pub(super) async fn session(&self, number: u32) -> Option<Session> {
        self.accounts.session(session_id(number)).await.expect("the store answers")
    }

    /// Which sessions of an account live.
    pub(super) async fn live(&self, account: u32, now: Timestamp) -> Vec<SessionId> {
        let live = self.accounts.live_sessions(account_id(account), now).await.expect("the store answers");
        live.into_iter().map(|session| session.id).collect()
    }

    pub(super) async fn challenge(&self, number: u32) -> Option<Challenge> {
        self.accounts.challenge(challenge_id(number)).await.expect("the store answers")
    }

    pub(super) async fn application(&self, key: ApplicationKey) -> Option<SellerApplication> {
        self.accounts.application(key).await.expect("the store answers")
    }

    pub(super) async fn is_known(&self, task: &Task) -> bool {
        self.tasks.task(task.id).await.expect("the console answers").is_some()
    }

    /// Every account of a filter, in pages of this length.
    pub(super) async fn listed(&self, filter: &AccountFilter, limit: u32) -> Vec<Account> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest { after, limit };
            let page = self.accounts.account_page(filter, page).await.expect("the store answers");
            assert!(page.next.is_none() || page.next == page.rows.last().map(account_cursor), "{page:?}");
            assert!(page.rows.len() <= limit as usize);
            all.extend(page.rows);
            let Some(next) = page.next else { return all };
            after = Some(next);
        }
    }

    /// Every application in a state, in pages of this length.
    pub(super) async fn applied(&self, state: Option<ApplicationState>, limit: u32) -> Vec<ApplicationId> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest { after, limit };
            let page = self.accounts.applications(state, page).await.expect("the store answers");
            assert!(page.rows.len() <= limit as usize);
            all.extend(page.rows.into_iter().map(|application| application.id));
            let Some(next) = page.next else { return all };
            after = Some(next);
        }
    }

    /// All that happened to an account, in pages of this length.
    pub(super) async fn happened(&self, account: u32, limit: u32) -> Vec<AccountEvent> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest { after, limit };
            let page = self.accounts.account_events(account_id(account), page).await.expect("the store answers");
            assert!(page.rows.len() <= limit as usize);
            all.extend(page.rows);
            let Some(next) = page.next else { return all };
            after = Some(next);
        }
    }

    /// All that a commit of account 1 could leave behind: see [`laden`].
    pub(super) async fn trace(&self) -> String {
        let account = self.find(AccountKey::Id(account_id(1))).await;
        let mut parts = vec![format!("{account:?} {:?}", self.happened(1, 9).await)];
        for number in [1, 2] {
            parts.push(format!("{:?} {:?}", self.session(number).await, self.challenge(number).await));
        }
        parts.push(format!("{:?}", self.application(ApplicationKey::Account(account_id(1))).await));
        parts.push(format!("{:?}", self.tasks.task(task_id(1)).await.expect("the console answers")));
        parts.join("\n")
    }
}
