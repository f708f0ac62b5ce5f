//! Enqueueing: any number of tasks with one call of `designia.enqueue_tasks_1`, by themselves or within a commit.

use std::collections::HashMap;

use designia_core::id::TaskId;
use designia_core::ports::{Enqueued, StoreError};
use designia_core::task::{Slot, Task};
use sqlx::FromRow as _;
use sqlx::PgConnection;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::error::store_error;
use crate::instant::Instant;
use crate::rows::arrays;
use crate::session::Session;
use crate::sql::tasks as sql;
use crate::statement::{Statement, statement};

/// At most so many tasks in one call, and so many bytes of arguments.
const MOST: usize = 1_000;
const LARGEST: usize = 4 << 20;

arrays! {
    Columns {
        id: Uuid, queue: String, priority: i16, kind: String, args: String, key: Option<String>, limit: i32,
        enqueued_at: Instant, run_at: Instant, start_by: Option<Instant>, schedule: Option<String>,
        slot_at: Option<Instant>,
    }
}

/// Tasks that are enqueued with one call.
pub(crate) struct Chunk {
    statement: Statement,
    /// The id of each, and which of the caller's tasks it is.
    sent: Vec<(Uuid, usize)>,
}

/// The calls that enqueue these tasks; they take effect as if made one after the other.
pub(crate) fn chunks(tasks: &[Task]) -> Result<Vec<Chunk>, StoreError> {
    tasks.iter().try_for_each(Task::check).map_err(StoreError::invalid)?;
    let mut chunks = Vec::new();
    let mut rest: Vec<(usize, &Task)> = tasks.iter().enumerate().collect();
    // Whoever stores the same tasks at the same time then waits in the same order, from the first chunk to the last. Of those with
    // one key the first stays the first. Where an id comes under several keys, which is hardly meant, each goes by itself.
    let most = if has_one_key_for_each(tasks) {
        rest.sort_by_key(|(_, task)| (&task.unique_key, task.unique_key.is_none().then_some(task.id)));
        MOST
    } else {
        1
    };
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = rest.iter().take(most).take_while(|(_, task)| {
            bytes += task.args.as_str().len();
            bytes <= LARGEST
        });
        let later = rest.split_off(fits.count().max(1));
        chunks.push(Chunk::of(rest)?);
        rest = later;
    }
    Ok(chunks)
}

impl Chunk {
    fn of(tasks: Vec<(usize, &Task)>) -> Result<Self, StoreError> {
        let mut columns = Columns::default();
        for (_, task) in &tasks {
            let slot = task.slot.as_ref();
            columns.push((
                task.id.as_uuid(),
                task.queue.as_str().to_owned(),
                i16::from(task.priority.rank()),
                task.kind.as_str().to_owned(),
                task.args.as_str().to_owned(),
                task.unique_key.clone(),
                i32::from(task.max_attempts),
                task.enqueued_at.into(),
                task.run_at.into(),
                task.start_by.map(Instant),
                slot.map(|Slot { schedule, .. }| schedule.as_str().to_owned()),
                slot.map(|Slot { at, .. }| Instant(*at)),
            ));
        }
        let statement = columns.bind(statement(sql::ENQUEUE)).done().map_err(store_error)?;
        let sent = tasks.into_iter().map(|(place, task)| (task.id.as_uuid(), place)).collect();
        Ok(Self { statement, sent })
    }

    pub(super) fn statement(&self) -> Statement {
        self.statement.clone()
    }

    /// The ids of its tasks, in the order in which they are stored.
    #[cfg(test)]
    pub(crate) fn ids(&self) -> impl Iterator<Item = Uuid> {
        self.sent.iter().map(|(id, _)| *id)
    }

    /// Enters what was answered where the caller's tasks are.
    pub(super) fn answer(&self, rows: &[PgRow], answers: &mut [Enqueued]) -> Result<(), sqlx::Error> {
        for row in rows {
            let (place, holder) = <(i32, Uuid)>::from_row(row)?;
            let sent = usize::try_from(place).ok().and_then(|place| self.sent.get(place.checked_sub(1)?));
            let (id, place) = sent.ok_or_else(|| sqlx::Error::Decode("a task that nobody sent is answered".into()))?;
            answers[*place] =
                if holder == *id { Enqueued::Known } else { Enqueued::Duplicate(TaskId::from_uuid(holder)) };
        }
        Ok(())
    }
}

/// Enqueues within a transaction. What is known already is left out.
pub(crate) async fn enqueue(session: &mut Session, chunks: &[Chunk]) -> Result<(), sqlx::Error> {
    for chunk in chunks {
        session.ask(chunk.statement()).await?;
    }
    Ok(())
}

/// The same, and says what became of each of them.
pub(crate) async fn enqueue_all(
    session: &mut Session,
    chunks: &[Chunk],
    count: usize,
) -> Result<Vec<Enqueued>, sqlx::Error> {
    let mut answers = vec![Enqueued::New; count];
    for chunk in chunks {
        let rows = session.ask(chunk.statement()).await?;
        chunk.answer(&rows, &mut answers)?;
    }
    Ok(answers)
}

/// Enqueues within a transaction of the host's own.
pub(crate) async fn enqueue_in(connection: &mut PgConnection, chunks: Vec<Chunk>) -> Result<(), sqlx::Error> {
    for chunk in chunks {
        chunk.statement.query(false).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Whether no id comes under two keys.
fn has_one_key_for_each(tasks: &[Task]) -> bool {
    let mut keys = HashMap::with_capacity(tasks.len());
    tasks.iter().all(|task| *keys.entry(task.id).or_insert(&task.unique_key) == &task.unique_key)
}
