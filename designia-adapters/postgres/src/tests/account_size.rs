//! With a hundred thousand accounts, and sessions, challenges, applications and events to match, nothing that is asked for walks
//! through a table.

use std::time::Duration;

use designia_core::account::{
    Account, AccountEvent, AccountEventKind, ApplicationState, Challenge, Identity, Purpose, Role, SellerApplication,
    SellerType, Session, Standing,
};
use designia_core::id::{AccountId, ApplicationId, ChallengeId, SessionId};
use designia_core::ports::{
    AccountCommit, AccountFilter, AccountKey, AccountStore, ApplicationKey, EndSessions, PageRequest,
};
use designia_core::testing::fixtures::{NOW, task};
use designia_core::time::DAY;
use uuid::Uuid;

use super::{Subject, fresh};

/// Copies the one account that is there, with what it has.
const FILL: [&str; 6] = [
    "INSERT INTO designia.accounts (id, version, email, username, role, standing, created_at, state)
     SELECT gen_random_uuid(), 1, 'copy' || n || '@example.com', 'copy' || n,
        CASE WHEN n % 10 = 0 THEN 'seller' ELSE 'customer' END, CASE WHEN n % 20 = 0 THEN 'unverified' ELSE 'active' END,
        a.created_at - n * interval '1 s', a.state
     FROM designia.accounts AS a, generate_series(1, 100000) AS n WHERE a.username = 'template'",
    "INSERT INTO designia.account_identities (provider, subject, account)
     SELECT 'google', id::text, id FROM designia.accounts WHERE username LIKE 'copy%'",
    "INSERT INTO designia.sessions (id, account, generation, created_at, refreshed_at, expires_at, ended_at, client)
     SELECT gen_random_uuid(), id, 1, created_at, created_at, created_at + interval '7 days',
        CASE WHEN role = 'seller' THEN created_at END, '' FROM designia.accounts WHERE username LIKE 'copy%'",
    "INSERT INTO designia.challenges (id, account, purpose, created_at, expires_at)
     SELECT gen_random_uuid(), id, 'log_in', created_at, created_at FROM designia.accounts WHERE username LIKE 'copy%'",
    "INSERT INTO designia.seller_applications (id, account, version, state, submitted_at, body)
     SELECT gen_random_uuid(), o.id, 1, CASE WHEN o.role = 'seller' THEN 'approved' ELSE 'pending' END, o.created_at, a.body
     FROM designia.accounts AS o, designia.seller_applications AS a
     WHERE o.username LIKE 'copy%' AND a.account = (SELECT id FROM designia.accounts WHERE username = 'template')",
    "INSERT INTO designia.account_events (account, at, kind)
     SELECT id, created_at, 'logged_in' FROM designia.accounts WHERE username LIKE 'copy%'",
];

#[tokio::test]
async fn with_a_hundred_thousand_accounts_nobody_walks_through_a_table() {
    let Some(store) = fresh().await else { return };
    let template = Account { username: "template".parse().unwrap(), ..someone(0) };
    let application = Some(application(0, template.id));
    store.commit_account(AccountCommit { application, ..AccountCommit::of(template, NOW) }).await.unwrap();
    // Sessions that plan while there is nothing keep their plans.
    a_day_of_work(&store, 1).await;
    for statement in FILL {
        store.run(statement).await.unwrap();
    }
    let (before, read) = (walks(&store).await, read(&store).await);
    a_day_of_work(&store, 2).await;
    store.run("ANALYZE").await.unwrap();
    let fresh = crate::PostgresStore::open(store.config()).await.unwrap();
    a_day_of_work(&fresh, 3).await;
    fresh.close().await.unwrap();
    store.close().await.unwrap();
    assert_eq!(walks(&store).await, before, "how often each table was walked through");
    let read = self::read(&store).await - read;
    assert!(read < 20_000, "{read} entries were read, which is a walk along an index");
}

fn uuid(what: u32, number: u32) -> Uuid {
    Uuid::from_u64_pair(what.into(), number.into())
}

fn someone(number: u32) -> Account {
    Account {
        standing: Standing::Active,
        identities: vec![Identity { provider: "google".to_owned(), subject: number.to_string() }],
        ..Account::new(
            AccountId::from_uuid(uuid(1, number)),
            format!("someone{number}@example.com").parse().unwrap(),
            format!("someone{number}").parse().unwrap(),
            NOW,
        )
    }
}

fn application(number: u32, account: AccountId) -> SellerApplication {
    SellerApplication {
        id: ApplicationId::from_uuid(uuid(4, number)),
        version: 1,
        account,
        state: ApplicationState::Pending,
        business_name: String::new(),
        seller_type: SellerType::Artisan,
        motivation: String::new(),
        portfolio_url: None,
        social_media_url: None,
        images: Vec::new(),
        submitted_at: NOW,
        decided: None,
        reason: None,
        notes: None,
    }
}

/// Whatever is asked for, several times over.
async fn a_day_of_work(store: &crate::PostgresStore, day: u32) {
    for number in day * 100..day * 100 + 10 {
        let account = log_in(store, number).await;
        look(store, &account, number).await;
        store.forget_ended(NOW - DAY, 5).await.unwrap();
    }
}

/// Somebody registers, logs in with a code, refreshes, applies, and logs out.
async fn log_in(store: &crate::PostgresStore, number: u32) -> Account {
    let new = someone(number);
    let id = new.id;
    let event = |kind| AccountEvent { account: id, at: NOW, kind, by: None, from: None, note: None };
    let challenge = Challenge::new(ChallengeId::from_uuid(uuid(3, number)), id, Purpose::LogIn, NOW);
    let session = Session::open(SessionId::from_uuid(uuid(2, number)), id, NOW, DAY);
    let registering = AccountCommit {
        challenges: Some(challenge.clone()),
        events: vec![event(AccountEventKind::Registered)],
        tasks: vec![task(number)],
        ..AccountCommit::of(new, NOW)
    };
    let mut account = registering.account.clone();
    store.commit_account(registering).await.unwrap();
    store.attempt(challenge.id, NOW).await.unwrap();
    for commit in [
        AccountCommit { meets: Some(challenge.id), ..AccountCommit::of(account.clone(), NOW) },
        AccountCommit {
            opens: Some(session.clone()),
            ..AccountCommit::of(Account { version: 2, ..account.clone() }, NOW)
        },
        AccountCommit {
            application: Some(application(number, id)),
            ..AccountCommit::of(Account { version: 3, ..account.clone() }, NOW)
        },
    ] {
        account = commit.account.clone();
        store.commit_account(commit).await.unwrap();
    }
    assert!(store.put_session(&session, &Session { generation: 2, ..session.clone() }).await.unwrap());
    let ending = AccountCommit { ends: EndSessions::All, ..AccountCommit::of(account, NOW) };
    let account = ending.account.clone();
    store.commit_account(ending).await.unwrap();
    account
}

async fn look(store: &crate::PostgresStore, account: &Account, number: u32) {
    let identity = account.identities[0].clone();
    for key in [
        AccountKey::Id(account.id),
        AccountKey::Email(account.email.clone()),
        AccountKey::Username(account.username.clone()),
        AccountKey::Identity(identity),
    ] {
        assert_eq!(store.account(&key).await.unwrap().as_ref(), Some(account));
    }
    assert_eq!(store.accounts(&[account.id, AccountId::from_uuid(uuid(9, 9))]).await.unwrap().len(), 1);
    let page = || PageRequest { after: None, limit: 20 };
    let any = AccountFilter::default;
    for filter in [
        any(),
        AccountFilter { role: Some(Role::Seller), ..any() },
        AccountFilter { standing: Some("unverified".to_owned()), ..any() },
        AccountFilter { starts_with: Some("copy7777".to_owned()), ..any() },
    ] {
        store.account_page(&filter, page()).await.unwrap();
    }
    assert_eq!(store.account_events(account.id, page()).await.unwrap().rows.len(), 1);
    let session = AccountStore::session(store, SessionId::from_uuid(uuid(2, number))).await.unwrap();
    assert_eq!(session.map(|it| it.generation), Some(2));
    assert_eq!(store.live_sessions(account.id, NOW).await.unwrap(), []);
    assert!(store.challenge(ChallengeId::from_uuid(uuid(3, number))).await.unwrap().is_some());
    assert!(store.latest_challenge(account.id, Purpose::LogIn).await.unwrap().is_some());
    for key in [ApplicationKey::Account(account.id), ApplicationKey::Id(ApplicationId::from_uuid(uuid(4, number)))] {
        assert!(store.application(key).await.unwrap().is_some());
    }
    for state in [None, Some(ApplicationState::Pending), Some(ApplicationState::Rejected)] {
        store.applications(state, page()).await.unwrap();
    }
}

const OURS: &str = "relname IN ('accounts', 'account_identities', 'sessions', 'challenges', 'seller_applications',
    'account_events')";

/// How many entries of indexes have been read. Those of `walks` have told.
async fn read(store: &Subject) -> i64 {
    let mut connection = store.connection().await;
    let read = format!("SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes WHERE {OURS}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(read)).fetch_one(&mut connection).await.unwrap()
}

/// How often each table was walked through, once every session that counts has told.
async fn walks(store: &Subject) -> Vec<(String, i64)> {
    let mut connection = store.connection().await;
    loop {
        let others: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
                AND (state <> 'idle' OR state_change > clock_timestamp() - interval '2 s')",
        )
        .fetch_one(&mut connection)
        .await
        .unwrap();
        if others == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let walked = format!(
        "SELECT relname::text, seq_scan FROM pg_stat_user_tables WHERE schemaname = 'designia' AND {OURS} ORDER BY relname"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(walked)).fetch_all(&mut connection).await.unwrap()
}
