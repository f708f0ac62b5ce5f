//! The exchange of a worker with the queue.
//!
//! In the ordinary course of things it is one call of `designia.exchange_tasks_1`, a transaction by itself: what succeeded goes
//! to the history, and what is due is handed out. Everything else is decided here by the methods of `TaskRecord`, under the rows'
//! locks: reports that something failed before that call and in its transaction; rows that are due and must not just be handed
//! out, such as those that a dead worker left, after it.
//!
//! If one report can't be stored, the whole is taken back and each is stored by itself.

mod odd;
mod settle;

use async_trait::async_trait;
use designia_core::ports::{Exchange, Exchanged, StoreError, StoreErrorKind, TaskClaim};
use designia_core::task::{ClaimedTask, Settled, TaskSettlement};
use designia_core::time::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::changing::broken;
use super::record;
use crate::error::{kind_of, store_error};
use crate::instant::Instant;
use crate::rows::array;
use crate::session::Session;
use crate::sql::tasks as sql;
use crate::statement::{Statement, statement};
use crate::store::{PostgresStore, Work};
use settle::Reports;

/// How many rows are looked at if some that are due are not to be handed out.
const LOOK: u32 = 200;

/// How often, before the worker is told to ask again.
const ROUNDS: u32 = 10;

/// A task that has been handed out, and what it is sorted by.
struct HandedOut {
    was_due_at: Timestamp,
    task: ClaimedTask,
}

/// What one call has answered.
#[derive(Default)]
struct Answer {
    settled: Vec<Settled>,
    claimed: Vec<HandedOut>,
    /// What is due, but isn't to be handed out just like that.
    odd: Vec<Uuid>,
    next_due: Option<Timestamp>,
}

/// One call, with whatever must come before it in its transaction.
struct Call<'a> {
    now: Timestamp,
    settle: &'a [TaskSettlement],
    claim: Option<&'a TaskClaim>,
    reports: Reports,
    looked_at: u32,
}

impl PostgresStore {
    pub(super) async fn exchange_tasks(&self, exchange: Exchange) -> Result<Exchanged, StoreError> {
        let Exchange { now, settle, claim } = exchange;
        self.keep_day(now).await;
        let claim = claim.filter(|claim| claim.limit > 0 && !claim.queues.is_empty()).map(each_queue_once);
        if settle.is_empty() && claim.is_none() {
            return Ok(Exchanged::default());
        }
        let limit = claim.as_ref().map_or(0, |claim| claim.limit);
        let first = match self.call(now, &settle, claim.as_ref(), limit).await? {
            Ok(answer) => answer,
            Err(error) if settle.is_empty() || is_everybodys(&error) => return Err(store_error(error)),
            Err(error) => {
                tracing::debug!(%error, "the reports on tasks are stored one by one");
                let settled = self.settle_each(now, &settle).await?;
                let answer = self.call(now, &[], claim.as_ref(), limit).await?.map_err(store_error)?;
                Answer { settled, ..answer }
            }
        };
        match claim {
            Some(claim) => self.hand_out(now, &claim, first).await,
            None => Ok(Exchanged { settled: first.settled, ..Exchanged::default() }),
        }
    }

    async fn call(
        &self,
        now: Timestamp,
        settle: &[TaskSettlement],
        claim: Option<&TaskClaim>,
        looked_at: u32,
    ) -> Result<Result<Answer, sqlx::Error>, StoreError> {
        let call = Call { now, settle, claim, reports: Reports::of(settle), looked_at };
        if call.reports.others.is_empty() {
            let statement = call.statement().map_err(store_error)?;
            let rows = self.insist(statement).await?;
            return Ok(rows.and_then(|rows| call.answer(&rows, Vec::new())));
        }
        self.transact(call).await
    }

    /// One report that can't be stored doesn't keep the others from it. Its task is taken over when its lease runs out.
    async fn settle_each(&self, now: Timestamp, settle: &[TaskSettlement]) -> Result<Vec<Settled>, StoreError> {
        let mut settled = Vec::with_capacity(settle.len());
        for report in settle {
            match self.call(now, std::slice::from_ref(report), None, 0).await? {
                Ok(answer) => settled.extend(answer.settled),
                Err(error) if is_everybodys(&error) => return Err(store_error(error)),
                Err(error) => {
                    let error = store_error(error);
                    tracing::error!(%error, task = %report.ticket.task, "what became of a task can't be stored");
                    settled.push(Settled::Stale);
                }
            }
        }
        Ok(settled)
    }

    /// Deals with what is odd, and goes on looking as long as there is room, but not for ever.
    async fn hand_out(&self, now: Timestamp, claim: &TaskClaim, first: Answer) -> Result<Exchanged, StoreError> {
        let Answer { settled, mut claimed, mut odd, mut next_due } = first;
        let room = |claimed: &[HandedOut]| claim.limit.saturating_sub(u32::try_from(claimed.len()).unwrap_or(u32::MAX));
        for round in 1.. {
            if odd.is_empty() || room(&claimed) == 0 {
                break;
            }
            let dealt = self.deal_with(now, claim, odd, room(&claimed)).await?;
            claimed.extend(dealt.claimed);
            let left = room(&claimed);
            if left == 0 || !dealt.is_progress {
                break;
            }
            if round == ROUNDS {
                next_due = Some(now);
                break;
            }
            let wanted = TaskClaim { limit: left, ..claim.clone() };
            let more = self.call(now, &[], Some(&wanted), left.max(LOOK)).await?.map_err(store_error)?;
            claimed.extend(more.claimed);
            (odd, next_due) = (more.odd, more.next_due);
        }
        let place = |task: &ClaimedTask| claim.queues.iter().position(|queue| *queue == task.task.queue);
        claimed.sort_by_cached_key(|it| (place(&it.task), it.task.task.priority, it.was_due_at, it.task.task.id));
        let next_due = next_due.filter(|_| room(&claimed) > 0);
        Ok(Exchanged { settled, claimed: claimed.into_iter().map(|it| it.task).collect(), next_due })
    }
}

impl Call<'_> {
    fn statement(&self) -> Result<Statement, sqlx::Error> {
        let Reports { ids, tokens, results, .. } = &self.reports;
        let claim = self.claim;
        statement(sql::EXCHANGE)
            .bind(Instant(self.now))
            .bind(array(ids.clone()))
            .bind(array(tokens.clone()))
            .bind(array(results.clone()))
            .bind(claim.map(|claim| claim.worker.as_str().to_owned()))
            .bind(claim.map(|claim| claim.queues.iter().map(|it| it.as_str().to_owned()).collect::<Vec<_>>()))
            .bind(claim.map(|claim| i64::from(claim.limit)))
            .bind(i64::from(self.looked_at))
            .bind(claim.map(|claim| Instant(claim.until)))
            .done()
    }

    fn answer(&self, rows: &[PgRow], others: Vec<(usize, Settled)>) -> Result<Answer, sqlx::Error> {
        let mut answer = Answer { settled: vec![Settled::Stale; self.settle.len()], ..Answer::default() };
        for (place, settled) in others {
            answer.settled[place] = settled;
        }
        for row in rows {
            match row.try_get::<&str, _>(0)? {
                "claimed" => match record::claimed(row) {
                    Ok(task) => {
                        let was_due_at = row.try_get::<Instant, _>(2)?.0;
                        answer.claimed.push(HandedOut { was_due_at, task });
                    }
                    // It stands in nobody's way until its lease runs out, and is buried then.
                    Err(error) => tracing::error!(%error, "a claimed task is passed over"),
                },
                "settled" => {
                    for place in row.try_get::<Option<Vec<i32>>, _>(1)?.unwrap_or_default() {
                        let place = usize::try_from(place - 1).ok().and_then(|it| self.reports.places.get(it));
                        let place = place.ok_or_else(|| broken(StoreError::invalid("a report that nobody sent")))?;
                        answer.settled[*place] = Settled::Recorded;
                    }
                }
                "odd" => answer.odd.push(record::id(row)?),
                "next" => answer.next_due = row.try_get::<Option<Instant>, _>(2)?.map(|at| at.0),
                other => return Err(sqlx::Error::Decode(format!("`{other}` is no answer").into())),
            }
        }
        Ok(answer)
    }
}

#[async_trait]
impl Work<Answer> for Call<'_> {
    async fn run(&self, session: &mut Session) -> Result<Answer, sqlx::Error> {
        let others = settle::settle(session, self.now, self.settle, &self.reports.others).await?;
        let rows = session.ask(self.statement()?).await?;
        self.answer(&rows, others)
    }
}

/// A queue that is named twice would hand out the same row twice.
fn each_queue_once(claim: TaskClaim) -> TaskClaim {
    let mut queues = Vec::with_capacity(claim.queues.len());
    for queue in claim.queues {
        if !queues.contains(&queue) {
            queues.push(queue);
        }
    }
    TaskClaim { queues, ..claim }
}

/// Whether a failure is not the fault of some row, but of the server, the network or a neighbour.
fn is_everybodys(error: &sqlx::Error) -> bool {
    kind_of(error) == StoreErrorKind::Unavailable
}
