//! The commit of one account: the parameters of one call, and what its refusals mean.

use designia_core::account::{AccountEvent, Challenge, SellerApplication, Session};
use designia_core::id::{AccountId, ChallengeId};
use designia_core::ports::{AccountCommit, AccountCommitError, EndSessions, StoreError};
use serde::Serialize;

use crate::error::{of_server, store_error};
use crate::instant::Instant;
use crate::row::json;
use crate::sql::accounts as sql;
use crate::statement::{Statement, statement};

/// The statement that does it all but for the tasks.
pub(crate) fn commit_statement(commit: &AccountCommit) -> Result<Statement, StoreError> {
    let AccountCommit { account, expected_version, opens, ends, challenges, meets, application, events, tasks: _, now } =
        commit;
    let spared = match ends {
        EndSessions::None | EndSessions::All => None,
        EndSessions::AllBut(session) => Some(session.as_uuid()),
    };
    statement(sql::COMMIT)
        .bind(account.id.as_uuid())
        .bind(i64::from(account.version))
        .bind(i64::from(*expected_version))
        .bind(account.email.key())
        .bind(account.username.key())
        .bind(account.role.as_str())
        .bind(account.standing.as_str())
        .bind(Instant(account.created_at))
        .bind(json(account)?)
        .bind(account.identities.iter().map(|it| it.provider.clone()).collect::<Vec<_>>())
        .bind(account.identities.iter().map(|it| it.subject.clone()).collect::<Vec<_>>())
        .bind(Instant(*now))
        .bind(meets.map(ChallengeId::as_uuid))
        .bind(*ends != EndSessions::None)
        .bind(spared)
        .bind(opens.as_ref().map(|it| json(&SessionRow::of(it))).transpose()?)
        .bind(challenges.as_ref().map(challenge_row).transpose()?)
        .bind(application.as_ref().map(|it| json(&ApplicationRow::of(it))).transpose()?)
        .bind(application.as_ref().map(json).transpose()?)
        .bind(json(&events.iter().map(EventRow::of).collect::<Vec<_>>())?)
        .done()
        .map_err(store_error)
}

/// What a failed commit means.
pub(crate) fn commit_error(error: sqlx::Error) -> AccountCommitError {
    let refusal = of_server(&error).and_then(|error| match (error.code(), error.constraint()) {
        ("DS002", _) => Some(AccountCommitError::Conflict),
        ("DS006", _) => Some(AccountCommitError::ChallengeClosed),
        ("23505", Some("accounts_email_key")) => Some(AccountCommitError::EmailTaken),
        ("23505", Some("accounts_username_key")) => Some(AccountCommitError::UsernameTaken),
        ("23505", Some("account_identities_key")) => Some(AccountCommitError::IdentityTaken),
        _ => None,
    });
    refusal.unwrap_or_else(|| store_error(error).into())
}

/// A challenge's columns have the names of its fields.
fn challenge_row(challenge: &Challenge) -> Result<String, StoreError> {
    json(challenge)
}

#[derive(Serialize)]
struct SessionRow<'a> {
    #[serde(flatten)]
    session: &'a Session,
    from_address: &'a Option<String>,
}

impl<'a> SessionRow<'a> {
    fn of(session: &'a Session) -> Self {
        Self { session, from_address: &session.from }
    }
}

#[derive(Serialize)]
struct ApplicationRow<'a> {
    id: uuid::Uuid,
    account: uuid::Uuid,
    version: u32,
    state: &'a str,
    submitted_at: designia_core::time::Timestamp,
}

impl ApplicationRow<'_> {
    fn of(application: &SellerApplication) -> Self {
        Self {
            id: application.id.as_uuid(),
            account: application.account.as_uuid(),
            version: application.version,
            state: application.state.as_str(),
            submitted_at: application.submitted_at,
        }
    }
}

#[derive(Serialize)]
struct EventRow<'a> {
    #[serde(flatten)]
    event: &'a AccountEvent,
    by_account: Option<uuid::Uuid>,
    from_address: &'a Option<String>,
}

impl<'a> EventRow<'a> {
    fn of(event: &'a AccountEvent) -> Self {
        Self { event, by_account: event.by.map(AccountId::as_uuid), from_address: &event.from }
    }
}
