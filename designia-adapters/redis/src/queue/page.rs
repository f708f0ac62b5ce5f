//! Pages of tasks, the highest ids first.
//!
//! There is a sorted set of ids for each queue, and for each of the states that few tasks are in: RETRY, FAILURE, REVOKED. What
//! runs, and what waits if it is not too much, is listed by its own sets. What is left, such as tasks of one kind, or successes
//! among much else, is looked for among the ids from the highest on: such a page reads as many rows as it has to pass over.

use designia_core::id::TaskId;
use designia_core::ports::{StoreError, TaskFilter, TaskPage};
use designia_core::task::{TaskRecord, TaskState};

use super::asked::parsed;
use super::{AT_ONCE, RedisQueue};
use crate::script::{Script, script};

static IDS: Script = script!("common", "ids");
static LIVE: Script = script!("common", "live");

/// If more than so many wait, or run, they are looked for among all ids instead of being listed and sorted.
const LISTED: usize = 5_000;

/// Where the ids of a page come from.
enum Source {
    /// All of them, the highest first.
    Listed(Vec<TaskId>),
    /// An index, some at a time; of this state, if it has one for it.
    Index(Option<TaskState>),
}

impl RedisQueue {
    pub(super) async fn page(&self, filter: &TaskFilter, page: TaskPage) -> Result<Vec<TaskRecord>, StoreError> {
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let source = self.source(filter).await?;
        let (mut found, mut below) = (Vec::new(), page.below);
        while found.len() < limit {
            // Most rows that are read fit, unless the filter is finer than any index.
            let wanted = if found.is_empty() { limit.min(AT_ONCE) } else { AT_ONCE };
            let ids = match &source {
                Source::Listed(ids) => {
                    let rest = ids.iter().filter(|id| below.is_none_or(|below| **id < below));
                    rest.take(wanted).copied().collect()
                }
                Source::Index(state) => self.ids(filter, *state, below, wanted).await?,
            };
            let Some(last) = ids.last() else { break };
            below = Some(*last);
            let is_end = ids.len() < wanted || filter.from.is_some_and(|from| *last < from);
            found.extend(self.rows(&ids).await?.into_iter().filter(|row| fits(row, filter)));
            if is_end {
                break;
            }
        }
        found.truncate(limit);
        Ok(found)
    }

    async fn source(&self, filter: &TaskFilter) -> Result<Source, StoreError> {
        let Some(state) = filter.state else { return Ok(Source::Index(None)) };
        let which = match state {
            TaskState::Retry | TaskState::Failure | TaskState::Revoked => return Ok(Source::Index(Some(state))),
            TaskState::Success => return Ok(Source::Index(None)),
            TaskState::Pending => "wait",
            TaskState::Started | TaskState::Progress => "run",
        };
        let mut call = LIVE.on(&self.connection).arg(which).arg(LISTED);
        filter.queue.iter().for_each(|queue| call.add(queue.as_str()));
        let listed: Option<Vec<String>> = call.run().await?;
        Ok(match listed {
            Some(ids) => Source::Listed(highest_first(&ids)?),
            None => Source::Index(None),
        })
    }

    async fn ids(
        &self,
        filter: &TaskFilter,
        state: Option<TaskState>,
        below: Option<TaskId>,
        wanted: usize,
    ) -> Result<Vec<TaskId>, StoreError> {
        let below = below.map_or_else(String::new, |id| id.to_string());
        let mut call = IDS.on(&self.connection).arg(below).arg(wanted).arg(state.map_or("", TaskState::as_str));
        filter.queue.iter().for_each(|queue| call.add(queue.as_str()));
        let ids: Vec<String> = call.run().await?;
        let mut ids = highest_first(&ids)?;
        ids.truncate(wanted);
        Ok(ids)
    }
}

fn highest_first(ids: &[String]) -> Result<Vec<TaskId>, StoreError> {
    let mut ids = ids.iter().map(|id| parsed(id)).collect::<Result<Vec<TaskId>, _>>()?;
    ids.sort_unstable_by(|one, other| other.cmp(one));
    Ok(ids)
}

fn fits(row: &TaskRecord, filter: &TaskFilter) -> bool {
    filter.from.is_none_or(|from| row.task.id >= from)
        && filter.state.is_none_or(|state| row.state == state)
        && filter.queue.as_ref().is_none_or(|queue| row.task.queue == *queue)
        && filter.kind.as_ref().is_none_or(|kind| row.task.kind == *kind)
}
