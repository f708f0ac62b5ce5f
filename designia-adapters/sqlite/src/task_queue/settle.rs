//! Settling: successes as one statement, everything else through the rules of core.

use std::collections::{HashMap, HashSet};

use designia_core::id::TaskId;
use designia_core::ports::StoreError;
use designia_core::task::{Settled, TaskOutcome, TaskSettlement};
use designia_core::time::Timestamp;
use sqlx::SqliteConnection;

use crate::error::store_error;
use crate::row::{self, StoredId, json, micros};
use crate::sql::tasks as sql;
use crate::task_row::{self, Stored};

/// Records what became of claims, within a transaction that writes.
pub(super) async fn settle(
    connection: &mut SqliteConnection,
    settlements: Vec<TaskSettlement>,
    now: Timestamp,
) -> Result<Vec<Settled>, StoreError> {
    let mut answers = vec![Settled::Stale; settlements.len()];
    let mut reports: HashMap<TaskId, u32> = HashMap::new();
    for settlement in &settlements {
        *reports.entry(settlement.ticket.task).or_default() += 1;
    }
    // Of several reports about one task the first counts, so these are dealt with in their order.
    let is_usual = |it: &TaskSettlement| {
        matches!(it.outcome, TaskOutcome::Success { .. }) && reports.get(&it.ticket.task) == Some(&1)
    };
    let numbered = settlements.into_iter().enumerate();
    let (usual, others): (Vec<_>, Vec<_>) = numbered.partition(|(_, settlement)| is_usual(settlement));
    if !usual.is_empty() {
        let done = succeed(connection, &usual, now).await?;
        for (index, settlement) in &usual {
            if done.contains(&settlement.ticket.task) {
                answers[*index] = Settled::Recorded;
            }
        }
    }
    if !others.is_empty() {
        one_by_one(connection, others, now, &mut answers).await?;
    }
    Ok(answers)
}

/// Which of these were recorded.
async fn succeed(
    connection: &mut SqliteConnection,
    settlements: &[(usize, TaskSettlement)],
    now: Timestamp,
) -> Result<HashSet<TaskId>, StoreError> {
    let row = |(_, settlement): &(usize, TaskSettlement)| match &settlement.outcome {
        TaskOutcome::Success { result } => {
            Some((settlement.ticket.task.hex(), settlement.ticket.token, result.as_str().to_owned()))
        }
        TaskOutcome::Retry { .. }
        | TaskOutcome::Failure { .. }
        | TaskOutcome::Revoked
        | TaskOutcome::HandedBack { .. }
        | TaskOutcome::Moved => None,
    };
    let rows = json(&settlements.iter().filter_map(row).collect::<Vec<_>>())?;
    let query = sqlx::query_scalar(sql::SUCCEED).bind(micros(now)).bind(rows);
    let done: Vec<Vec<u8>> = query.fetch_all(connection).await.map_err(store_error)?;
    done.iter().map(|id| row::task_id(id)).collect()
}

async fn one_by_one(
    connection: &mut SqliteConnection,
    settlements: Vec<(usize, TaskSettlement)>,
    now: Timestamp,
    answers: &mut [Settled],
) -> Result<(), StoreError> {
    let mut rows = rows(connection, &settlements).await?;
    let mut changed = HashSet::new();
    let mut gone = Vec::new();
    for (index, TaskSettlement { ticket, outcome }) in settlements {
        let Some(row) = rows.get_mut(&ticket.task) else { continue };
        answers[index] = row.record.settle(ticket.token, outcome, now);
        match answers[index] {
            Settled::Recorded => drop(changed.insert(ticket.task)),
            Settled::Gone => gone.extend(rows.remove(&ticket.task).map(|row| row.seq)),
            Settled::Stale => {}
        }
    }
    for row in changed.iter().filter_map(|id| rows.get(id)) {
        row.write(connection).await?;
    }
    if !gone.is_empty() {
        let query = sqlx::query(sql::FORGET).bind(json(&gone)?);
        query.execute(connection).await.map_err(store_error)?;
    }
    Ok(())
}

/// The rows that are reported on. What became of one that can't be read can't be recorded: its lease runs out.
async fn rows(
    connection: &mut SqliteConnection,
    settlements: &[(usize, TaskSettlement)],
) -> Result<HashMap<TaskId, Stored>, StoreError> {
    let ids = json(&settlements.iter().map(|(_, it)| it.ticket.task.hex()).collect::<Vec<_>>())?;
    let rows = sqlx::query(sql::BY_IDS).bind(ids).fetch_all(connection).await.map_err(store_error)?;
    let mut stored = HashMap::with_capacity(rows.len());
    for row in &rows {
        match task_row::stored(row) {
            Ok(row) => drop(stored.insert(row.record.task.id, row)),
            Err(error) => tracing::error!(%error, "what became of a task is not recorded"),
        }
    }
    Ok(stored)
}
