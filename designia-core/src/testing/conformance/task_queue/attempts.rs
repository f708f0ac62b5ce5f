//! The whole life of rows, step by step beside the record that says what may happen.

use std::time::Duration;

use crate::ports::{Exchange, TaskClaim};
use crate::task::{
    Claiming, LEASE, Renewal, Settled, Task, TaskOutcome, TaskProgress, TaskRecord, TaskSettlement, Ticket,
};
use crate::testing::conformance::TaskStores;
use crate::testing::conformance::steps::minutes;
use crate::testing::conformance::task_stores::{failure, handed_back, retry_at, success, wanted_from, worker};
use crate::testing::fixtures::{task, task_id};
use crate::time::Timestamp;

/// How many lives.
const LIVES: u32 = 60;

/// How many steps each.
const STEPS: u32 = 14;

/// Whatever happens, in whichever order, the store answers as the record does, and holds what the record holds.
pub async fn a_row_lives_as_its_record_says(stores: &TaskStores) {
    for number in 1..=LIVES {
        let mut life = Life::new(number);
        stores.put([life.record.task.clone()]).await;
        for step in 0..STEPS {
            if !life.step(stores).await {
                break;
            }
            let stored = stores.record(task_id(number)).await;
            assert_eq!(shown(stored), shown(life.record.clone()), "life {number} after step {step}: {:?}", life.steps);
        }
    }
}

/// One row, in a queue of its own, and what has happened to it.
struct Life {
    record: TaskRecord,
    now: Timestamp,
    chance: u32,
    steps: Vec<&'static str>,
}

impl Life {
    fn new(number: u32) -> Self {
        let start_by = number.is_multiple_of(3).then_some(minutes(0) + LEASE);
        let queue = format!("life-{number}").parse().expect("a name");
        let task = Task { queue, max_attempts: 3, start_by, ..task(number) };
        Self { record: TaskRecord::pending(task), now: minutes(0), chance: number, steps: Vec::new() }
    }

    /// A number below so many: always the same ones in the same life.
    fn pick(&mut self, below: u32) -> u32 {
        self.chance = self.chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.chance >> 16) % below
    }

    /// Lets something happen; `false` if the row is gone.
    async fn step(&mut self, stores: &TaskStores) -> bool {
        self.now = self.now + Duration::from_secs([0, 1, 10, 31][self.pick(4) as usize]);
        // Claims are what brings a life forward; a token is the present one more often than not.
        let token = self.record.claims.saturating_sub(u32::from(self.pick(5) == 0));
        match self.pick(12) {
            0..=3 => self.claim(stores).await,
            4 => self.settle(stores, token, "success", success()).await,
            5 | 6 => self.settle(stores, token, "retry", retry_at(self.now)).await,
            7 => self.settle(stores, token, "handed back", handed_back(self.now)).await,
            8 if self.pick(2) == 0 => self.settle(stores, token, "failure", failure()).await,
            8 => self.settle(stores, token, "revoked", TaskOutcome::Revoked).await,
            9 => self.renew(stores, token).await,
            10 => self.revoke(stores).await,
            _ if self.pick(8) == 0 => return self.move_on(stores, token).await,
            _ => self.retry(stores).await,
        }
        true
    }

    async fn claim(&mut self, stores: &TaskStores) {
        self.steps.push("claim");
        let number = self.pick(3);
        let claim = TaskClaim {
            worker: worker(number),
            ..wanted_from(std::slice::from_ref(&self.record.task.queue), 1, self.now)
        };
        let expected = match self.record.claim(&worker(number), self.now, claim.until) {
            Claiming::Claimed(claimed) => vec![claimed],
            Claiming::NotDue | Claiming::Ended => Vec::new(),
        };
        let exchange = Exchange { now: self.now, settle: Vec::new(), claim: Some(claim) };
        assert_eq!(stores.exchange(exchange).await.claimed, expected, "{:?}", self.steps);
    }

    async fn settle(&mut self, stores: &TaskStores, token: u32, what: &'static str, outcome: TaskOutcome) {
        self.steps.push(what);
        let settled = stores.settle(self.ticket(token), outcome.clone(), self.now).await;
        assert_eq!(settled, self.record.settle(token, outcome, self.now), "{:?}", self.steps);
    }

    async fn renew(&mut self, stores: &TaskStores, token: u32) {
        self.steps.push("renew");
        let done = u64::from(self.pick(3));
        let progress = (done > 0).then_some(TaskProgress { done, total: Some(9), note: None });
        let (ticket, until) = (self.ticket(token), self.now + LEASE);
        let renewal = Renewal { ticket, progress: progress.clone() };
        let holds = stores.queue.renew(&[renewal], until).await.expect("the queue answers");
        assert_eq!(holds, [self.record.renew(token, progress, until)], "{:?}", self.steps);
    }

    async fn revoke(&mut self, stores: &TaskStores) {
        self.steps.push("revoke");
        let revocation = stores.console.revoke(self.record.task.id, self.now).await.expect("the console answers");
        assert_eq!(revocation, Some(self.record.revoke(self.now)), "{:?}", self.steps);
    }

    async fn retry(&mut self, stores: &TaskStores) {
        self.steps.push("retry by hand");
        let retrial = stores.console.retry(self.record.task.id, self.now).await.expect("the console answers");
        assert_eq!(retrial, Some(self.record.retry(self.now)), "{:?}", self.steps);
    }

    async fn move_on(&mut self, stores: &TaskStores, token: u32) -> bool {
        self.steps.push("moved");
        let ticket = self.ticket(token);
        let settle = vec![TaskSettlement { ticket, outcome: TaskOutcome::Moved }];
        let settled = stores.exchange(Exchange { now: self.now, settle, claim: None }).await.settled;
        assert_eq!(settled, [self.record.settle(token, TaskOutcome::Moved, self.now)], "{:?}", self.steps);
        let is_gone = settled == [Settled::Gone];
        assert_eq!(stores.find(ticket.task).await.is_none(), is_gone, "{:?}", self.steps);
        !is_gone
    }

    const fn ticket(&self, token: u32) -> Ticket {
        Ticket { task: self.record.task.id, token }
    }
}

/// What can be seen of a row: when it is due means nothing once it has ended.
fn shown(record: TaskRecord) -> TaskRecord {
    let due_at = if record.state.is_final() { Timestamp::EPOCH } else { record.due_at };
    TaskRecord { due_at, ..record }
}
