//! Accounts with what is kept about them, out of the database and into another. They are written by the function that makes them,
//! so that whoever refuses a name that is taken refuses it here, too.

use std::collections::HashMap;

use designia_core::account::{Account, AccountEvent, SellerApplication};
use designia_core::id::AccountId;
use designia_core::ports::{AccountArchive, AccountCommit, AccountCommitError, StoreError, needs_import};
use uuid::Uuid;

use super::{Failure, rows};
use crate::accounts::{EventRow, account, application, commit_error, commit_statement, event};
use crate::instant::Instant;
use crate::row::json;
use crate::session::Session;
use crate::sql::accounts as sql;
use crate::statement::statement;

/// One page. Within a transaction that sees one state of the database, it is of one moment.
pub(super) async fn page(
    session: &mut Session,
    after: Option<AccountId>,
    limit: u32,
) -> Result<Vec<AccountArchive>, Failure> {
    let query = match after {
        Some(id) => statement(sql::NEXT_EXPORTED).bind(i64::from(limit)).bind(id.as_uuid()),
        None => statement(sql::FIRST_EXPORTED).bind(i64::from(limit)),
    };
    let states = rows(session, query).await?;
    whole(session, states).await
}

/// These accounts with all that belongs to them, in their order.
async fn whole(session: &mut Session, states: Vec<(String,)>) -> Result<Vec<AccountArchive>, Failure> {
    let accounts: Vec<Account> = states.iter().map(|(state,)| account(state)).collect::<Result<_, _>>()?;
    let ids: Vec<_> = accounts.iter().map(|account| account.id.as_uuid()).collect();
    let bodies: Vec<(String,)> = rows(session, statement(sql::APPLICATIONS_OF).bind(ids.clone())).await?;
    let applications: Vec<SellerApplication> =
        bodies.iter().map(|(body,)| application(body)).collect::<Result<_, _>>()?;
    let mut applications: HashMap<_, _> = applications.into_iter().map(|it| (it.account, it)).collect();
    let mut events: HashMap<AccountId, Vec<AccountEvent>> = HashMap::new();
    for (id, no, at, kind, by, from, note) in rows::<Happened>(session, statement(sql::EVENTS_OF).bind(ids)).await? {
        let (id, row): (_, EventRow) = (AccountId::from_uuid(id), (no, at, kind, by, from, note));
        events.entry(id).or_default().push(event(id, row)?.1);
    }
    let archive = |account: Account| AccountArchive {
        application: applications.remove(&account.id),
        events: events.remove(&account.id).unwrap_or_default(),
        account,
    };
    Ok(accounts.into_iter().map(archive).collect())
}

/// Account, number, instant, kind, by whom, address, note.
type Happened = (Uuid, i64, Instant, String, Option<Uuid>, Option<String>, Option<String>);

pub(super) async fn write(session: &mut Session, archives: &[AccountArchive]) -> Result<(), Failure> {
    let ids: Vec<_> = archives.iter().map(|it| it.account.id.as_uuid()).collect();
    let known = rows(session, statement(sql::BY_IDS).bind(ids)).await?;
    let known = whole(session, known).await?;
    let known: HashMap<AccountId, AccountArchive> = known.into_iter().map(|it| (it.account.id, it)).collect();
    for archive in archives {
        let id = archive.account.id;
        if needs_import(known.get(&id), archive, || format!("account {id}"))? {
            insert(session, archive).await?;
        }
    }
    Ok(())
}

async fn insert(session: &mut Session, archive: &AccountArchive) -> Result<(), Failure> {
    let AccountArchive { account, application, events } = archive;
    let new = AccountCommit::of(account.clone(), account.updated_at);
    let new = AccountCommit { account: account.clone(), expected_version: 0, events: events.clone(), ..new };
    session.ask(commit_statement(&new)?).await.map_err(|error| refused(account.id, commit_error(error)))?;
    let Some(application) = application else { return Ok(()) };
    let query = statement(sql::INSERT_APPLICATION)
        .bind(application.id.as_uuid())
        .bind(application.account.as_uuid())
        .bind(i64::from(application.version))
        .bind(application.state.as_str())
        .bind(Instant(application.submitted_at))
        .bind(json(application)?);
    session.ask(query.done()?).await?;
    Ok(())
}

fn refused(id: AccountId, error: AccountCommitError) -> Failure {
    Failure(match error {
        AccountCommitError::Store(error) => error,
        refusal => StoreError::invalid(format!("account {id}: {refusal}")),
    })
}
