//! Settling and claiming, in one call of one script.

use designia_core::ports::{Exchange, Exchanged, StoreError, TaskClaim};
use designia_core::task::{ClaimedTask, Settled, TaskOutcome, TaskSettlement, Ticket};
use designia_core::time::Timestamp;

use super::asked::{instant, parsed, read};
use super::{AT_ONCE, RedisQueue};
use crate::error::corrupt;
use crate::script::{Script, script};

static EXCHANGE: Script = script!("common", "settle", "claim", "exchange");

/// How often a call goes on looking for tasks when all that it found were to be ended instead of handed out.
const ROUNDS: usize = 20;

/// What the script answers: what settlements did, claimed rows, when the next one is due, whether to call again.
type Answer = (String, Vec<Row>, Option<String>, bool);

/// Id, what was asked, token, attempt, by when it had to start.
type Row = (String, String, u32, u16, String);

impl RedisQueue {
    pub(super) async fn exchanged(&self, exchange: Exchange) -> Result<Exchanged, StoreError> {
        let Exchange { now, settle, claim } = exchange;
        let mut exchanged = Exchanged::default();
        let mut chunks = settle.chunks(AT_ONCE);
        let mut chunk = chunks.next().unwrap_or_default();
        // All but the last settlements go ahead by themselves.
        for next in chunks {
            let (settled, ..) = self.round(now, chunk, None, 0).await?;
            exchanged.settled.extend(read_settled(&settled)?);
            chunk = next;
        }
        let mut wanted = claim.as_ref().map_or(0, |claim| usize::try_from(claim.limit).unwrap_or(usize::MAX));
        for _ in 0..ROUNDS {
            let limit = wanted.min(AT_ONCE);
            let (settled, rows, next, again) = match self.round(now, chunk, claim.as_ref(), limit).await {
                Ok(answer) => answer,
                // What was claimed before must not be lost with the rest.
                Err(error) if exchanged.claimed.is_empty() => return Err(error),
                Err(_) => break,
            };
            chunk = &[];
            exchanged.settled.extend(read_settled(&settled)?);
            wanted -= rows.len().min(wanted);
            let is_enough = rows.len() >= limit && wanted == 0 || rows.len() < limit && !again;
            for row in &rows {
                exchanged.claimed.extend(claimed(row));
            }
            exchanged.next_due = next.as_deref().map(instant).transpose().map_err(|it| corrupt("a due time", it))?;
            if again {
                exchanged.next_due = Some(now);
            }
            if is_enough {
                break;
            }
        }
        Ok(exchanged)
    }

    async fn round(
        &self,
        now: Timestamp,
        settle: &[TaskSettlement],
        claim: Option<&TaskClaim>,
        limit: usize,
    ) -> Result<Answer, StoreError> {
        let mut call = EXCHANGE.on(&self.connection).arg(now.as_micros());
        match claim {
            Some(claim) => {
                call.add(claim.worker.as_str());
                call.add(claim.until.as_micros());
                call.add(limit);
                call.add(claim.queues.len());
                claim.queues.iter().for_each(|queue| call.add(queue.as_str()));
            }
            None => call = call.arg("").arg(0).arg(0).arg(0),
        }
        for TaskSettlement { ticket, outcome } in settle {
            let (code, at, text) = match outcome {
                TaskOutcome::Success { result } => ("S", 0, result.as_str()),
                TaskOutcome::Retry { at, error } => ("R", at.as_micros(), error.as_str()),
                TaskOutcome::Failure { error } => ("F", 0, error.as_str()),
                TaskOutcome::Revoked => ("V", 0, ""),
                TaskOutcome::HandedBack { at, why } => ("H", at.as_micros(), why.as_str()),
                TaskOutcome::Moved => ("M", 0, ""),
            };
            call = call.arg(ticket.task.to_string()).arg(ticket.token).arg(code).arg(at).arg(text);
        }
        call.run().await
    }
}

fn read_settled(codes: &str) -> Result<Vec<Settled>, StoreError> {
    let read = |code| match code {
        'R' => Ok(Settled::Recorded),
        'G' => Ok(Settled::Gone),
        'S' => Ok(Settled::Stale),
        other => Err(corrupt("what a settlement did", format!("`{other}` is not known"))),
    };
    codes.chars().map(read).collect()
}

/// One that can't be read stays with this worker until its lease runs out: so its attempts are used up, and it stands in nobody's
/// way.
fn claimed((id, asked, token, attempt, start_by): &Row) -> Option<ClaimedTask> {
    let read = parsed(id).and_then(|id| read(id, asked, Some(start_by.as_str())));
    match read {
        Ok(task) => {
            let ticket = Ticket { task: task.id, token: *token };
            Some(ClaimedTask { task, ticket, attempt: *attempt })
        }
        Err(error) => {
            tracing::error!(task = %id, %error, "a task can't be read back");
            None
        }
    }
}
