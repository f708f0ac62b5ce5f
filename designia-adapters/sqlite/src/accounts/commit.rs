//! The commit of one account: a transaction of a few statements, each of which says by how many rows it changed whether it may.

use designia_core::account::{Account, AccountEvent, SellerApplication, Session};
use designia_core::id::AccountId;
use designia_core::ports::{AccountCommit, AccountCommitError, EndSessions, StoreError};
use designia_core::time::Timestamp;
use sqlx::SqliteConnection;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};

use crate::error::{broken_constraint, store_error};
use crate::row::{StoredId, json, micros};
use crate::sql::accounts as sql;
use crate::task_queue::enqueue;

pub(super) async fn write(connection: &mut SqliteConnection, commit: &AccountCommit) -> Result<(), AccountCommitError> {
    let (account, now) = (&commit.account, micros(commit.now));
    put_account(connection, account, commit.expected_version).await?;
    if let Some(met) = commit.meets {
        let query = sqlx::query(sql::MEET_CHALLENGE).bind(met.bytes()).bind(account.id.bytes()).bind(now);
        if changed(connection, query).await? == 0 {
            return Err(AccountCommitError::ChallengeClosed);
        }
    }
    let spared = match commit.ends {
        EndSessions::None => None,
        EndSessions::All => Some(None),
        EndSessions::AllBut(session) => Some(Some(session)),
    };
    if let Some(spared) = spared {
        let query = sqlx::query(sql::END_SESSIONS).bind(account.id.bytes()).bind(now).bind(spared.map(StoredId::bytes));
        changed(connection, query).await?;
    }
    if let Some(session) = &commit.opens {
        changed(connection, opening(session)).await?;
    }
    if let Some(new) = &commit.challenges {
        let of = |text| sqlx::query(text).bind(new.account.bytes()).bind(new.purpose.as_str());
        changed(connection, of(sql::CLOSE_CHALLENGES).bind(now)).await?;
        let query = sqlx::query(sql::OPEN_CHALLENGE)
            .bind(new.id.bytes())
            .bind(new.account.bytes())
            .bind(new.purpose.as_str())
            .bind(micros(new.created_at))
            .bind(micros(new.expires_at))
            .bind(new.attempts)
            .bind(new.closed_at.map(micros));
        changed(connection, query).await?;
    }
    if let Some(application) = &commit.application {
        put_application(connection, application).await?;
    }
    for event in &commit.events {
        add_event(connection, event).await?;
    }
    enqueue(connection, &commit.tasks).await?;
    Ok(())
}

/// Removes those of these registrations that still nobody has verified.
pub(super) async fn forget_unverified(
    connection: &mut SqliteConnection,
    ids: &[AccountId],
    before: Timestamp,
) -> Result<u32, StoreError> {
    let mut gone = 0;
    for id in ids {
        let query = sqlx::query(sql::IS_UNVERIFIED).bind(id.bytes()).bind(micros(before));
        if query.fetch_optional(&mut *connection).await.map_err(store_error)?.is_none() {
            continue;
        }
        let theirs = [sql::DROP_IDENTITIES, sql::DROP_CHALLENGES, sql::DROP_APPLICATIONS, sql::DROP_EVENTS, sql::DROP];
        for statement in theirs {
            sqlx::query(statement).bind(id.bytes()).execute(&mut *connection).await.map_err(store_error)?;
        }
        gone += 1;
    }
    Ok(gone)
}

/// Stores an account over the version that it was read in: 0 for a new one.
pub(crate) async fn put_account(
    connection: &mut SqliteConnection,
    account: &Account,
    expected: u32,
) -> Result<(), AccountCommitError> {
    let text = if expected == 0 { sql::INSERT } else { sql::UPDATE };
    let mut query = sqlx::query(text)
        .bind(account.id.bytes())
        .bind(account.version)
        .bind(account.email.key())
        .bind(account.username.key())
        .bind(account.role.as_str())
        .bind(account.standing.as_str())
        .bind(micros(account.created_at))
        .bind(json(account)?);
    if expected > 0 {
        query = query.bind(expected);
    }
    if changed(connection, query).await? == 0 {
        return Err(AccountCommitError::Conflict);
    }
    changed(connection, sqlx::query(sql::DROP_IDENTITIES).bind(account.id.bytes())).await?;
    for identity in &account.identities {
        let query = sqlx::query(sql::ADD_IDENTITY)
            .bind(identity.provider.clone())
            .bind(identity.subject.clone())
            .bind(account.id.bytes());
        changed(connection, query).await?;
    }
    Ok(())
}

async fn put_application(
    connection: &mut SqliteConnection,
    application: &SellerApplication,
) -> Result<(), AccountCommitError> {
    if application.version == 1 {
        return insert_application(connection, application).await;
    }
    put_application_by(connection, sql::UPDATE_APPLICATION, application).await
}

/// Stores an application where there is none, in whatever version.
pub(crate) async fn insert_application(
    connection: &mut SqliteConnection,
    application: &SellerApplication,
) -> Result<(), AccountCommitError> {
    put_application_by(connection, sql::INSERT_APPLICATION, application).await
}

async fn put_application_by(
    connection: &mut SqliteConnection,
    text: &'static str,
    application: &SellerApplication,
) -> Result<(), AccountCommitError> {
    let query = sqlx::query(text)
        .bind(application.id.bytes())
        .bind(application.account.bytes())
        .bind(application.version)
        .bind(application.state.as_str())
        .bind(micros(application.submitted_at))
        .bind(json(application)?);
    if changed(connection, query).await? == 0 { Err(AccountCommitError::Conflict) } else { Ok(()) }
}

pub(crate) async fn add_event(
    connection: &mut SqliteConnection,
    event: &AccountEvent,
) -> Result<(), AccountCommitError> {
    let query = sqlx::query(sql::ADD_EVENT)
        .bind(event.account.bytes())
        .bind(micros(event.at))
        .bind(event.kind.as_str())
        .bind(event.by.map(StoredId::bytes))
        .bind(event.from.clone())
        .bind(event.note.clone());
    changed(connection, query).await?;
    Ok(())
}

fn opening(session: &Session) -> Query<'static, Sqlite, SqliteArguments> {
    sqlx::query(sql::OPEN_SESSION)
        .bind(session.id.bytes())
        .bind(session.account.bytes())
        .bind(session.generation)
        .bind(micros(session.refreshed_at))
        .bind(micros(session.created_at))
        .bind(micros(session.expires_at))
        .bind(session.ended_at.map(micros))
        .bind(session.client.clone())
        .bind(session.from.clone())
}

/// How many rows a statement has changed.
async fn changed(
    connection: &mut SqliteConnection,
    query: Query<'static, Sqlite, SqliteArguments>,
) -> Result<u64, AccountCommitError> {
    match query.execute(connection).await {
        Ok(done) => Ok(done.rows_affected()),
        Err(error) => Err(match broken_constraint(&error) {
            Some("UNIQUE constraint failed: accounts.email") => AccountCommitError::EmailTaken,
            Some("UNIQUE constraint failed: accounts.username") => AccountCommitError::UsernameTaken,
            Some("UNIQUE constraint failed: account_identities.provider, account_identities.subject") => {
                AccountCommitError::IdentityTaken
            }
            _ => AccountCommitError::Store(store_error(error)),
        }),
    }
}
