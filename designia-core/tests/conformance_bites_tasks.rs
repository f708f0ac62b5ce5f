//! The suites of tasks bite: an adapter that breaks one sentence of a contract fails the case that is named for it.
#![cfg(feature = "testing")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use async_trait::async_trait;
use designia_core::effect::{ClaimedEffect, EffectSettlement};
use designia_core::id::{OrderId, TaskId};
use designia_core::memory::MemoryStore;
use designia_core::order::Order;
use designia_core::payment::ProviderRefs;
use designia_core::ports::{
    Claim, Commit, CommitError, Decide, DueOrder, Enqueued, Exchange, Exchanged, OrderStore, QueueStatus,
    ScheduleStore, StoreError, TaskConsole, TaskFilter, TaskPage, TaskQueue, WorkerStatus,
};
use designia_core::schedule::{Fire, Fired, Schedule, ScheduleRecord};
use designia_core::task::{
    Hold, Priority, QueueName, Renewal, Retrial, Revocation, ScheduleName, Settled, Task, TaskRecord,
};
use designia_core::testing::conformance::{
    CommitTasks, TaskStores, commit_tasks, schedule_store, task_console, task_queue,
};
use designia_core::testing::{Faulty, Lost, block_on};
use designia_core::time::Timestamp;

/// What an adapter does wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sabotage {
    IgnoresPriorities,
    IgnoresUniqueKeys,
    IgnoresStartBy,
    StoresThoseBeforeAnInvalidOne,
    ClaimsWithoutLease,
    ClaimsBeforeItSettles,
    IgnoresLimits,
    IgnoresMicroseconds,
    SettlesEverything,
    HidesWhatIsNext,
    RenewsNothing,
    DropsProgress,
    PausesNothing,
    IgnoresStates,
    IgnoresWhereToEnd,
    CountsEveryTaskAsPending,
    RetriesNothing,
    PurgesTooMuch,
    CleansUpNothing,
    FiresOutdatedTasks,
    FiresEveryTime,
    ForgetsWhatWasMissed,
    CommitsWithoutTasks,
    EnqueuesBeforeItCommits,
}

#[derive(Clone, Debug)]
struct Sabotaged {
    inner: MemoryStore,
    by: Sabotage,
}

impl Sabotaged {
    fn is(&self, sabotage: Sabotage) -> bool {
        self.by == sabotage
    }

    fn asked(&self, task: &Task) -> Task {
        let mut task = task.clone();
        match self.by {
            Sabotage::IgnoresPriorities => task.priority = Priority::Normal,
            Sabotage::IgnoresUniqueKeys => task.unique_key = None,
            Sabotage::IgnoresStartBy => task.start_by = None,
            _ => {}
        }
        task
    }
}

#[async_trait]
impl TaskQueue for Sabotaged {
    async fn enqueue(&self, tasks: &[Task]) -> Result<Vec<Enqueued>, StoreError> {
        if self.is(Sabotage::StoresThoseBeforeAnInvalidOne) {
            let mut answers = Vec::new();
            for task in tasks {
                answers.extend(self.inner.enqueue(std::slice::from_ref(task)).await?);
            }
            return Ok(answers);
        }
        let tasks: Vec<Task> = tasks.iter().map(|task| self.asked(task)).collect();
        self.inner.enqueue(&tasks).await
    }

    async fn exchange(&self, mut exchange: Exchange) -> Result<Exchanged, StoreError> {
        let now = exchange.now;
        if let Some(claim) = &mut exchange.claim {
            match self.by {
                Sabotage::ClaimsWithoutLease => claim.until = now,
                Sabotage::IgnoresLimits => claim.limit = u32::MAX,
                Sabotage::IgnoresMicroseconds => exchange.now = Timestamp::from_secs(now.as_secs() + 1),
                _ => {}
            }
        }
        if self.is(Sabotage::ClaimsBeforeItSettles) {
            let claiming = Exchange { settle: Vec::new(), ..exchange.clone() };
            let claimed = self.inner.exchange(claiming).await?;
            let settled = self.inner.exchange(Exchange { claim: None, ..exchange }).await?.settled;
            return Ok(Exchanged { settled, ..claimed });
        }
        let mut exchanged = self.inner.exchange(exchange).await?;
        match self.by {
            Sabotage::SettlesEverything => exchanged.settled.fill(Settled::Recorded),
            Sabotage::HidesWhatIsNext => exchanged.next_due = None,
            _ => {}
        }
        Ok(exchanged)
    }

    async fn renew(&self, renewals: &[Renewal], until: Timestamp) -> Result<Vec<Hold>, StoreError> {
        match self.by {
            Sabotage::RenewsNothing => Ok(vec![Hold::Held; renewals.len()]),
            Sabotage::DropsProgress => {
                let silent: Vec<Renewal> = renewals.iter().map(|it| Renewal { progress: None, ..it.clone() }).collect();
                self.inner.renew(&silent, until).await
            }
            _ => self.inner.renew(renewals, until).await,
        }
    }

    async fn beat(&self, worker: &WorkerStatus) -> Result<(), StoreError> {
        self.inner.beat(worker).await
    }
}

#[async_trait]
impl TaskConsole for Sabotaged {
    async fn task(&self, id: TaskId) -> Result<Option<TaskRecord>, StoreError> {
        self.inner.task(id).await
    }

    async fn tasks(&self, filter: &TaskFilter, page: TaskPage) -> Result<Vec<TaskRecord>, StoreError> {
        let state = filter.state.filter(|_| !self.is(Sabotage::IgnoresStates));
        let from = filter.from.filter(|_| !self.is(Sabotage::IgnoresWhereToEnd));
        self.inner.tasks(&TaskFilter { state, from, ..filter.clone() }, page).await
    }

    async fn queues(&self, now: Timestamp) -> Result<Vec<QueueStatus>, StoreError> {
        let mut queues = self.inner.queues(now).await?;
        if self.is(Sabotage::CountsEveryTaskAsPending) {
            for queue in &mut queues {
                let all = queue.tasks.iter().map(|(_, count)| count).sum();
                queue.tasks = vec![(designia_core::task::TaskState::Pending, all)];
            }
        }
        Ok(queues)
    }

    async fn workers(&self, since: Timestamp) -> Result<Vec<WorkerStatus>, StoreError> {
        self.inner.workers(since).await
    }

    async fn revoke(&self, id: TaskId, now: Timestamp) -> Result<Option<Revocation>, StoreError> {
        self.inner.revoke(id, now).await
    }

    async fn retry(&self, id: TaskId, now: Timestamp) -> Result<Option<Retrial>, StoreError> {
        if self.is(Sabotage::RetriesNothing) {
            return Ok(Some(Retrial::Waiting));
        }
        self.inner.retry(id, now).await
    }

    async fn set_paused(&self, queue: &QueueName, paused: bool) -> Result<(), StoreError> {
        let paused = paused && !self.is(Sabotage::PausesNothing);
        self.inner.set_paused(queue, paused).await
    }

    async fn purge(&self, queue: &QueueName, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let limit = if self.is(Sabotage::PurgesTooMuch) { u32::MAX } else { limit };
        self.inner.purge(queue, now, limit).await
    }

    async fn cleanup(&self, ended_before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let limit = if self.is(Sabotage::CleansUpNothing) { 0 } else { limit };
        self.inner.cleanup(ended_before, limit).await
    }
}

#[async_trait]
impl ScheduleStore for Sabotaged {
    async fn define(&self, schedule: &Schedule, now: Timestamp) -> Result<(), StoreError> {
        self.inner.define(schedule, now).await
    }

    async fn schedules(&self) -> Result<Vec<ScheduleRecord>, StoreError> {
        self.inner.schedules().await
    }

    async fn set_enabled(&self, name: &ScheduleName, enabled: bool, now: Timestamp) -> Result<bool, StoreError> {
        self.inner.set_enabled(name, enabled, now).await
    }

    async fn fire(&self, fire: &Fire) -> Result<Fired, StoreError> {
        match self.by {
            Sabotage::FiresOutdatedTasks => {
                self.inner.enqueue(&fire.tasks).await?;
            }
            Sabotage::ForgetsWhatWasMissed => return self.inner.fire(&Fire { missed: 0, ..fire.clone() }).await,
            _ => {}
        }
        match self.inner.fire(fire).await? {
            Fired::Conflict if self.is(Sabotage::FiresEveryTime) => Ok(Fired::New(Vec::new())),
            fired => Ok(fired),
        }
    }

    async fn remove(&self, name: &ScheduleName) -> Result<bool, StoreError> {
        self.inner.remove(name).await
    }
}

#[async_trait]
impl OrderStore for Sabotaged {
    async fn load(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.inner.load(id).await
    }

    async fn commit(&self, mut commit: Commit) -> Result<(), CommitError> {
        match self.by {
            Sabotage::CommitsWithoutTasks => commit.tasks.clear(),
            Sabotage::EnqueuesBeforeItCommits => {
                self.inner.enqueue(&commit.tasks).await?;
            }
            _ => {}
        }
        self.inner.commit(commit).await
    }

    async fn locate(&self, refs: &ProviderRefs) -> Result<Option<OrderId>, StoreError> {
        self.inner.locate(refs).await
    }

    async fn change_due(&self, claim: Claim, decide: Decide<'_>) -> Result<Vec<DueOrder>, StoreError> {
        let decide = |order: &Order| {
            let mut commit = decide(order)?;
            commit.tasks.retain(|_| !self.is(Sabotage::CommitsWithoutTasks));
            Some(commit)
        };
        self.inner.change_due(claim, &decide).await
    }

    async fn claim_effects(&self, of: Option<OrderId>, claim: Claim) -> Result<Vec<ClaimedEffect>, StoreError> {
        self.inner.claim_effects(of, claim).await
    }

    async fn settle_effect(&self, settlement: EffectSettlement) -> Result<bool, StoreError> {
        self.inner.settle_effect(settlement).await
    }
}

fn stores(sabotage: Option<Sabotage>) -> TaskStores {
    let inner = MemoryStore::new();
    sabotage.map_or_else(|| TaskStores::of(inner.clone()), |by| TaskStores::of(Sabotaged { inner: inner.clone(), by }))
}

fn commits(sabotage: Option<Sabotage>) -> CommitTasks {
    let inner = MemoryStore::new();
    let mut subject = CommitTasks::of(inner.clone());
    if let Some(by) = sabotage {
        subject.stores.orders = Arc::new(Sabotaged { inner, by });
    }
    subject
}

fn fails(case: impl Future<Output = ()>) -> bool {
    catch_unwind(AssertUnwindSafe(|| block_on(case))).is_err()
}

macro_rules! bites {
    ($subject:ident: $($sabotage:ident: $suite:ident::$topic:ident::$case:ident,)+) => {
        $({
            let sabotaged = $subject(Some(Sabotage::$sabotage));
            let passes = !fails($suite::$topic::$case(&sabotaged));
            assert!(!passes, "{} lets {:?} pass", stringify!($case), Sabotage::$sabotage);
            let honest = $subject(None);
            assert!(!fails($suite::$topic::$case(&honest)), "{} fails an honest store", stringify!($case));
        })+
    };
}

#[test]
fn each_broken_sentence_fails_the_case_that_is_named_for_it() {
    bites! { stores:
        IgnoresPriorities: task_queue::claiming::higher_priorities_go_first_then_the_longest_due,
        IgnoresPriorities: task_queue::enqueueing::a_task_comes_back_as_it_was_asked,
        IgnoresUniqueKeys: task_queue::unique_keys::a_key_is_taken_while_its_task_waits_runs_or_is_to_be_retried,
        IgnoresUniqueKeys: task_queue::unique_keys::of_sixteen_with_one_key_at_once_one_is_new,
        IgnoresStartBy: task_queue::claiming::a_task_not_started_in_time_is_called_off,
        StoresThoseBeforeAnInvalidOne: task_queue::enqueueing::an_invalid_task_refuses_the_whole_call,
        ClaimsWithoutLease: task_queue::claiming::eight_claimers_share_the_tasks_without_overlap,
        ClaimsWithoutLease: task_queue::leases::a_lease_that_ran_out_hands_the_task_out_again_at_once,
        ClaimsWithoutLease: task_queue::attempts::a_row_lives_as_its_record_says,
        ClaimsBeforeItSettles: task_queue::settling::an_exchange_settles_before_it_claims,
        IgnoresLimits: task_queue::claiming::no_more_is_handed_out_than_was_asked_for,
        IgnoresMicroseconds: task_queue::claiming::a_task_is_due_at_its_time_and_not_before,
        IgnoresMicroseconds: task_queue::settling::a_retry_is_due_at_the_time_that_was_given,
        SettlesEverything: task_queue::leases::a_stale_token_settles_nothing,
        SettlesEverything: task_queue::settling::one_stale_settlement_does_not_hinder_the_others,
        HidesWhatIsNext: task_queue::claiming::the_next_due_task_is_named,
        RenewsNothing: task_queue::leases::a_renewed_lease_holds_longer,
        RenewsNothing: task_queue::leases::a_clock_fifteen_seconds_ahead_takes_nothing_that_is_renewed,
        RenewsNothing: task_queue::revoking::a_running_task_is_told_that_it_was_called_off,
        DropsProgress: task_queue::leases::progress_is_stored_and_forgotten_with_its_attempt,
        PausesNothing: task_queue::claiming::a_paused_queue_hands_out_nothing_and_goes_on_afterwards,
        IgnoresStates: task_console::pages::tasks_are_found_by_state_queue_and_kind,
        CountsEveryTaskAsPending: task_console::statuses::counts_are_exact_after_whatever_happened,
        RetriesNothing: task_console::hands::what_failed_or_was_called_off_waits_again_with_all_its_attempts,
        PurgesTooMuch: task_console::tidying::purging_does_no_more_than_it_is_told,
        CleansUpNothing: task_console::tidying::cleaning_up_forgets_what_ended_before_then_and_nothing_else,
        FiresOutdatedTasks: schedule_store::firing::an_outdated_fire_leaves_no_trace,
        FiresEveryTime: schedule_store::firing::of_sixteen_schedulers_one_fires,
        ForgetsWhatWasMissed: schedule_store::days::missed_moments_are_skipped,
        IgnoresUniqueKeys: task_queue::unique_keys::a_key_is_free_when_its_task_was_poison,
    }
    bites! { commits:
        CommitsWithoutTasks: commit_tasks::commits::the_tasks_of_a_commit_wait_as_soon_as_it_has_succeeded,
        CommitsWithoutTasks: commit_tasks::due::what_is_due_may_ask_for_tasks,
        EnqueuesBeforeItCommits: commit_tasks::commits::a_conflict_leaves_no_task,
        CommitsWithoutTasks: commit_tasks::commits::of_sixteen_commits_at_once_the_winners_tasks_wait,
    }
}

#[test]
fn a_restart_is_survived_by_a_store_that_keeps_its_data_and_by_no_other() {
    let restarted = |survives: bool| {
        let kept = MemoryStore::new();
        // A store that loses a reply now and then, as one does that is restarted under load.
        let rough = Faulty::new(kept.clone());
        (1..200).for_each(|call| rough.fail_call(call * 11, if call % 2 == 0 { Lost::Request } else { Lost::Reply }));
        let stores = TaskStores::of(rough).reopened_by(move || {
            let reopened = if survives { kept.clone() } else { MemoryStore::new() };
            async move { TaskStores::of(reopened) }
        });
        fails(task_queue::restarts::a_restart_under_load_loses_nothing_and_completes_nothing_twice(&stores))
    };
    assert!(!restarted(true), "a store that keeps its data passes");
    assert!(restarted(false), "a store that comes back empty doesn't");
}
