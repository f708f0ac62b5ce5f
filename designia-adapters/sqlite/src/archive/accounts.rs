//! Accounts with what is kept about them, out of the database and into another. They are written as they are when they are made,
//! so that whoever refuses a name that is taken refuses it here, too.

use std::collections::HashMap;

use designia_core::account::{Account, AccountEvent, SellerApplication};
use designia_core::id::AccountId;
use designia_core::ports::{AccountArchive, AccountCommitError, StoreError, needs_import};
use sqlx::SqliteConnection;

use crate::accounts::{EventRow, account, add_event, application, event, insert_application, put_account};
use crate::error::store_error;
use crate::row::{self, StoredId, json};
use crate::sql::accounts as sql;

/// One page. Within a transaction it is of one moment.
pub(super) async fn page(
    connection: &mut SqliteConnection,
    after: Vec<u8>,
    limit: u32,
) -> Result<Vec<AccountArchive>, StoreError> {
    let query = sqlx::query_scalar(sql::EXPORT).bind(after).bind(limit);
    let states: Vec<String> = query.fetch_all(&mut *connection).await.map_err(store_error)?;
    whole(connection, &states).await
}

/// These accounts with all that belongs to them, in their order.
async fn whole(connection: &mut SqliteConnection, states: &[String]) -> Result<Vec<AccountArchive>, StoreError> {
    let accounts: Vec<Account> = states.iter().map(|state| account(state)).collect::<Result<_, _>>()?;
    let ids = json(&accounts.iter().map(|account| account.id.hex()).collect::<Vec<_>>())?;
    let query = sqlx::query_scalar(sql::APPLICATIONS_OF).bind(ids.clone());
    let bodies: Vec<String> = query.fetch_all(&mut *connection).await.map_err(store_error)?;
    let applications: Vec<SellerApplication> = bodies.iter().map(|body| application(body)).collect::<Result<_, _>>()?;
    let mut applications: HashMap<_, _> = applications.into_iter().map(|it| (it.account, it)).collect();
    let query = sqlx::query_as::<_, Happened>(sql::EVENTS_OF).bind(ids);
    let mut events: HashMap<AccountId, Vec<AccountEvent>> = HashMap::new();
    for (id, no, at, kind, by, from, note) in query.fetch_all(&mut *connection).await.map_err(store_error)? {
        let (id, row): (_, EventRow) = (AccountId::from_uuid(row::uuid(&id)?), (no, at, kind, by, from, note));
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
type Happened = (Vec<u8>, i64, i64, String, Option<Vec<u8>>, Option<String>, Option<String>);

pub(super) async fn write(connection: &mut SqliteConnection, archives: &[AccountArchive]) -> Result<(), StoreError> {
    let ids = json(&archives.iter().map(|it| it.account.id.hex()).collect::<Vec<_>>())?;
    let query = sqlx::query_scalar(sql::BY_IDS).bind(ids);
    let known: Vec<String> = query.fetch_all(&mut *connection).await.map_err(store_error)?;
    let known = whole(connection, &known).await?;
    let known: HashMap<AccountId, AccountArchive> = known.into_iter().map(|it| (it.account.id, it)).collect();
    for archive in archives {
        let id = archive.account.id;
        if needs_import(known.get(&id), archive, || format!("account {id}"))? {
            insert(connection, archive).await.map_err(|error| refused(id, error))?;
        }
    }
    Ok(())
}

async fn insert(connection: &mut SqliteConnection, archive: &AccountArchive) -> Result<(), AccountCommitError> {
    put_account(connection, &archive.account, 0).await?;
    if let Some(application) = &archive.application {
        insert_application(connection, application).await?;
    }
    for event in &archive.events {
        add_event(connection, event).await?;
    }
    Ok(())
}

fn refused(id: AccountId, error: AccountCommitError) -> StoreError {
    match error {
        AccountCommitError::Store(error) => error,
        refusal => StoreError::invalid(format!("account {id}: {refusal}")),
    }
}
