//! Claiming: queue by queue in the order asked for, priority by priority, the longest due first.

use designia_core::ports::{StoreError, TaskClaim};
use designia_core::task::{ClaimedTask, Claiming, QueueName};
use designia_core::time::Timestamp;
use sqlx::SqliteConnection;

use crate::error::store_error;
use crate::row::{json, micros};
use crate::sql::tasks as sql;
use crate::task_row::{self, column};

/// How many tasks may end in one exchange instead of being handed out, because they are too late or kill workers. The others
/// have to wait for the next one, so that nobody is held up.
const ENDED_AT_ONCE: usize = 1_000;

/// The tasks of one queue and priority.
pub(super) struct Lane {
    queue: String,
    priority: i64,
    /// When the first of them is due, or its lease runs out.
    first: Option<Timestamp>,
}

impl Lane {
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.first.is_some_and(|first| first <= now)
    }
}

/// The lanes of those of these queues that are not held, in the order in which they are to be emptied.
pub(super) async fn lanes(connection: &mut SqliteConnection, queues: &[QueueName]) -> Result<Vec<Lane>, StoreError> {
    let query = sqlx::query_as(sql::LANES).bind(json(&queues)?);
    let lanes: Vec<(String, i64, Option<i64>)> = query.fetch_all(connection).await.map_err(store_error)?;
    let lane = |(queue, priority, first): (String, i64, Option<i64>)| {
        let first = first.map(Timestamp::from_micros);
        Lane { queue, priority, first }
    };
    Ok(lanes.into_iter().map(lane).collect())
}

/// When something is next due.
pub(super) fn next_due(lanes: &[Lane]) -> Option<Timestamp> {
    lanes.iter().filter_map(|lane| lane.first).min()
}

/// Hands out what is due, within a transaction that writes; and if that is less than was wanted, when there is more.
pub(super) async fn claim(
    connection: &mut SqliteConnection,
    claim: &TaskClaim,
    now: Timestamp,
) -> Result<(Vec<ClaimedTask>, Option<Timestamp>), StoreError> {
    let limit = usize::try_from(claim.limit).unwrap_or(usize::MAX);
    let mut claimed = Vec::new();
    let mut ended = 0;
    for lane in lanes(connection, &claim.queues).await?.iter().filter(|lane| lane.is_due(now)) {
        let mut is_more = true;
        while is_more && claimed.len() < limit && ended < ENDED_AT_ONCE {
            let wanted = limit - claimed.len();
            let batch = take(connection, lane, claim, wanted, now).await?;
            is_more = batch.found == wanted;
            ended += batch.found - batch.claimed.len();
            claimed.extend(batch.claimed);
        }
    }
    let next_due = if claimed.len() < limit { next_due(&lanes(connection, &claim.queues).await?) } else { None };
    Ok((claimed, next_due))
}

/// What came of taking tasks from a lane.
struct Batch {
    /// How many were due.
    found: usize,
    claimed: Vec<ClaimedTask>,
}

async fn take(
    connection: &mut SqliteConnection,
    lane: &Lane,
    claim: &TaskClaim,
    wanted: usize,
    now: Timestamp,
) -> Result<Batch, StoreError> {
    let query = sqlx::query(sql::DUE).bind(lane.queue.clone()).bind(lane.priority).bind(micros(now));
    let query = query.bind(i64::try_from(wanted).unwrap_or(i64::MAX));
    let rows = query.fetch_all(&mut *connection).await.map_err(store_error)?;
    let mut claimed = Vec::with_capacity(rows.len());
    let (mut waited, mut unreadable) = (Vec::new(), Vec::new());
    for row in &rows {
        match task_row::stored(row) {
            Ok(mut row) => {
                let has_run_out = row.record.state.is_running();
                match row.record.claim(&claim.worker, now, claim.until) {
                    Claiming::Claimed(task) => {
                        claimed.push(task);
                        if has_run_out {
                            row.write(connection).await?;
                        } else {
                            waited.push(row.seq);
                        }
                    }
                    Claiming::Ended => row.write(connection).await?,
                    Claiming::NotDue => {}
                }
            }
            // It comes up again, and till then stands in nobody's way.
            Err(error) => {
                tracing::error!(%error, "a task that is due is passed over");
                unreadable.push(column::<i64>(row, "seq")?);
            }
        }
    }
    if !waited.is_empty() {
        let query = sqlx::query(sql::CLAIM).bind(micros(claim.until)).bind(claim.worker.as_str().to_owned());
        let query = query.bind(micros(now)).bind(json(&waited)?);
        query.execute(&mut *connection).await.map_err(store_error)?;
    }
    if !unreadable.is_empty() {
        let query = sqlx::query(sql::POSTPONE).bind(micros(claim.until)).bind(json(&unreadable)?);
        query.execute(connection).await.map_err(store_error)?;
    }
    Ok(Batch { found: rows.len(), claimed })
}
