//! Changing the orders that are due, all in one transaction: one wait for the disk for the whole batch.
//!
//! A commit is one statement, so one that is refused takes back itself alone and not its neighbours.

use designia_core::order::Order;
use designia_core::ports::{Claim, CommitError, Decide, DueOrder, StoreError};
use sqlx::SqliteConnection;

use crate::commit;
use crate::error::{broken_constraint, store_error};
use crate::row::{self, json, micros};
use crate::sql::orders as sql;

/// Row number, id and state of a due order.
type Due = (i64, Vec<u8>, String);

/// Within a transaction. Whoever is postponed and then changed is due when the change says.
pub(crate) async fn change_due(
    connection: &mut SqliteConnection,
    claim: Claim,
    decide: Decide<'_>,
) -> Result<Vec<Result<DueOrder, StoreError>>, StoreError> {
    let query = sqlx::query_as(sql::DUE).bind(micros(claim.now)).bind(claim.limit);
    let due: Vec<Due> = query.fetch_all(&mut *connection).await.map_err(store_error)?;
    let rows = json(&due.iter().map(|(row, ..)| row).collect::<Vec<_>>())?;
    let postpone = sqlx::query(sql::POSTPONE).bind(micros(claim.until)).bind(rows);
    postpone.execute(&mut *connection).await.map_err(store_error)?;
    let mut changed = Vec::with_capacity(due.len());
    for (_, id, state) in due {
        changed.push(match row::order(&id, &state) {
            Ok(order) => Ok(DueOrder { order: order.id(), outcome: change(connection, &order, decide).await? }),
            Err(error) => Err(error),
        });
    }
    Ok(changed)
}

/// Only a broken rule is the order's own error. Anything else may have taken the whole transaction back, and is the outer one.
async fn change(
    connection: &mut SqliteConnection,
    order: &Order,
    decide: Decide<'_>,
) -> Result<Result<bool, CommitError>, StoreError> {
    let Some(change) = decide(order) else { return Ok(Ok(false)) };
    let statement = match commit::statement(&change) {
        Ok(statement) => statement,
        Err(error) => return Ok(Err(error.into())),
    };
    match statement.execute(connection).await {
        Ok(_) => Ok(Ok(true)),
        Err(error) if broken_constraint(&error).is_some() => Ok(Err(commit::commit_error(error))),
        Err(error) => Err(store_error(error)),
    }
}
