//! Reports: successes in numbers, and everything else by the rules of the record.

use std::collections::{HashMap, HashSet};

use designia_core::task::{Settled, TaskOutcome, TaskSettlement};
use designia_core::time::Timestamp;
use uuid::Uuid;

use crate::session::Session;
use crate::tasks::changing::{broken, lock_all, put};
use crate::tasks::record::Changes;

/// The reports of an exchange, taken apart.
#[derive(Default)]
pub(super) struct Reports {
    /// Which of the reports the successes are, and what they say.
    pub(super) places: Vec<usize>,
    pub(super) ids: Vec<Uuid>,
    pub(super) tokens: Vec<i64>,
    pub(super) results: Vec<String>,
    /// Which of the reports the others are.
    pub(super) others: Vec<usize>,
}

impl Reports {
    /// The successes in the order of their tasks, so that nobody waits in a circle. If a task is named twice, the order in which it
    /// is matters, and nothing is taken apart.
    pub(super) fn of(settle: &[TaskSettlement]) -> Self {
        let mut tasks = HashSet::with_capacity(settle.len());
        if !settle.iter().all(|it| tasks.insert(it.ticket.task)) {
            return Self { others: (0..settle.len()).collect(), ..Self::default() };
        }
        let (mut good, mut others) = (Vec::with_capacity(settle.len()), Vec::new());
        for (place, TaskSettlement { ticket, outcome }) in settle.iter().enumerate() {
            match outcome {
                TaskOutcome::Success { result } => good.push((ticket.task, ticket.token, result, place)),
                TaskOutcome::Retry { .. }
                | TaskOutcome::Failure { .. }
                | TaskOutcome::Revoked
                | TaskOutcome::HandedBack { .. }
                | TaskOutcome::Moved => others.push(place),
            }
        }
        good.sort_unstable_by_key(|(task, ..)| *task);
        let mut reports = Self { others, ..Self::default() };
        for (task, token, result, place) in good {
            reports.places.push(place);
            reports.ids.push(task.as_uuid());
            reports.tokens.push(i64::from(token));
            reports.results.push(result.as_str().to_owned());
        }
        reports
    }
}

/// Records these reports, one after the other. The rows of the rest are locked along with them: whoever locked those later would
/// go back in the order of ids, and meet somebody who renews all of them on the way.
pub(super) async fn settle(
    session: &mut Session,
    now: Timestamp,
    reports: &[TaskSettlement],
    places: &[usize],
) -> Result<Vec<(usize, Settled)>, sqlx::Error> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let ids = reports.iter().map(|report| report.ticket.task.as_uuid()).collect();
    let mut records = lock_all(session, ids).await?.records;
    let (mut settled, mut recorded) = (Vec::with_capacity(places.len()), HashMap::new());
    for place in places {
        let TaskSettlement { ticket, outcome } = &reports[*place];
        let became = records.get_mut(&ticket.task).map(|row| row.settle(ticket.token, outcome.clone(), now));
        let became = became.unwrap_or(Settled::Stale);
        match became {
            Settled::Recorded => drop(recorded.insert(ticket.task, true)),
            Settled::Gone => {
                records.remove(&ticket.task);
                recorded.insert(ticket.task, false);
            }
            Settled::Stale => {}
        }
        settled.push((*place, became));
    }
    let mut changes = Changes::default();
    for task in recorded.keys() {
        match records.get(task) {
            Some(record) => changes.put(record).map_err(broken)?,
            None => changes.forget(*task),
        }
    }
    put(session, changes).await?;
    Ok(settled)
}
