//! The kinds of task that every engine brings, and when they are asked for.
//!
//! None of them is what keeps a promise by itself: orders expire, effects are made and webhooks are folded by the loops. These
//! are the daily round, the safety nets, and the handles for people.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{TaskContext, TaskError, TaskRegistry};
use crate::id::OrderId;
use crate::schedule::{MissedRuns, Overlap, Recurrence, Schedule};
use crate::service::{Engine, Error, Expiry, Reconciliation};
use crate::task::{Json, Kind, KindName, QueueName, ScheduleName};
use crate::time::{DAY, Date, HOUR, MINUTE, Timestamp};

/// `orders.expire_due`: expires whatever is due.
pub const EXPIRE_DUE: &str = "orders.expire_due";

/// `orders.cancel_expired`: lets one order expire. Takes [`CancelExpired`].
pub const CANCEL_EXPIRED: &str = "orders.cancel_expired";

/// `rates.update`: fetches the exchange rates of the day.
pub const UPDATE_RATES: &str = "rates.update";

/// `payments.reconcile`: compares the provider's record with ours. Takes [`Reconcile`], or nothing.
pub const RECONCILE: &str = "payments.reconcile";

/// `tasks.cleanup`: forgets tasks that ended long ago.
pub const CLEAN_UP: &str = "tasks.cleanup";

/// The queue of what has to do with orders and money.
pub const PAYMENT_TASKS: &str = "payment_tasks";

/// The queue of everything else.
pub const MARKETPLACE_TASKS: &str = "marketplace_tasks";

/// How many orders are looked at in one turn, and tasks forgotten in one call.
const AT_ONCE: u32 = 500;

/// How many turns one run takes at most: a run that is always behind must not hold its slot for ever.
const TURNS: u32 = 200;

/// An hourly check that could not begin in a quarter of an hour is left to the next one.
const START_WITHIN: Duration = Duration::from_secs(15 * MINUTE.as_secs());

/// How long money whose webhook was lost may stay unknown. A comparison is one request to the provider where nothing was
/// missed, so 288 of them a day are no burden: Stripe allows 25 reads a second even in its sandbox.
const RECONCILED_EVERY: Duration = Duration::from_secs(5 * MINUTE.as_secs());

/// Arguments of a kind that takes none: `null` or `{}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Arguments of [`CANCEL_EXPIRED`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelExpired {
    /// Which order.
    pub order: OrderId,
}

/// Arguments of [`RECONCILE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reconcile {
    /// Compare again from here on, if that is earlier than where the last comparison ended.
    pub since: Option<Timestamp>,
}

/// What [`EXPIRE_DUE`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiredDue {
    /// How many orders were due.
    pub looked_at: u64,
    /// How many of them it changed; the others were changed by somebody else, or could not be changed now.
    pub changed: u64,
    /// Whether nothing was left that was due.
    pub is_complete: bool,
}

/// What [`UPDATE_RATES`] brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdatedRates {
    /// Who published them.
    pub source: String,
    /// Of which day they are.
    pub as_of: Date,
    /// How many there are.
    pub rates: usize,
}

/// What [`CLEAN_UP`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanedUp {
    /// How many tasks were forgotten.
    pub forgotten: u64,
    /// Whether no task was left that had ended so long ago.
    pub is_complete: bool,
}

impl Engine {
    /// The kinds of task that every engine brings, with their handlers and schedules; ended tasks are forgotten after
    /// `tasks_kept_for`. A host adds its own with [`TaskRegistry::add`].
    #[must_use]
    pub fn task_registry(&self, tasks_kept_for: Duration) -> TaskRegistry {
        let [expiring, cancelling, updating, reconciling, cleaning] = std::array::from_fn(|_| self.clone());
        let about_due = "expires unpaid orders whose deadline has come: the safety net above the sweep";
        let about_one = "lets one order expire, if its deadline has come";
        let about_reconcile = "compares the provider's own record of events with the webhooks that came in";
        TaskRegistry::new()
            .add(kind(EXPIRE_DUE, PAYMENT_TASKS, about_due), move |_: Option<Nothing>, context| {
                expire_due(expiring.clone(), context)
            })
            .add(kind(CANCEL_EXPIRED, PAYMENT_TASKS, about_one), move |args, _| {
                cancel_expired(cancelling.clone(), args)
            })
            .add(kind(RECONCILE, PAYMENT_TASKS, about_reconcile), move |args, context| {
                reconcile(reconciling.clone(), args, context)
            })
            .add(kind(UPDATE_RATES, MARKETPLACE_TASKS, "fetches the exchange rates of the day"), move |args, _| {
                update_rates(updating.clone(), args)
            })
            .add(
                kind(CLEAN_UP, MARKETPLACE_TASKS, "forgets tasks that ended long ago"),
                move |_: Option<Nothing>, context| clean_up(cleaning.clone(), tasks_kept_for, context),
            )
            .on_schedule(Schedule {
                missed: MissedRuns::Skip,
                start_within: Some(START_WITHIN),
                ..schedule(EXPIRE_DUE, cron("0 * * * *", HOUR))
            })
            .on_schedule(schedule(UPDATE_RATES, cron("0 0 * * *", DAY)))
            .on_schedule(schedule(RECONCILE, cron("*/5 * * * *", RECONCILED_EVERY)))
            .on_schedule(schedule(CLEAN_UP, cron("30 * * * *", HOUR)))
    }
}

fn kind(name: &'static str, queue: &'static str, about: &'static str) -> Kind {
    Kind { about, ..Kind::new(KindName::fixed(name), QueueName::fixed(queue)) }
}

/// Under the kind's name, and without arguments.
fn schedule(kind: &'static str, recurrence: Recurrence) -> Schedule {
    Schedule {
        name: ScheduleName::fixed(kind),
        kind: KindName::fixed(kind),
        args: Json::null(),
        recurrence,
        missed: MissedRuns::Coalesce,
        overlap: Overlap::Skip,
        start_within: None,
    }
}

/// What people know how to read; `step` is the same moments in a form that needs no reading.
fn cron(expression: &str, step: Duration) -> Recurrence {
    Recurrence::cron(expression).unwrap_or_else(|_| Recurrence::every(step))
}

async fn expire_due(engine: Engine, context: TaskContext) -> Result<ExpiredDue, TaskError> {
    let mut done = ExpiredDue::default();
    for _ in 0..TURNS {
        let turn = engine.sweep_turn(AT_ONCE).await?;
        done.looked_at += turn.done.len() as u64;
        done.changed += turn.done.iter().filter(|swept| swept.changed).count() as u64;
        done.is_complete = !turn.is_full;
        context.progress(done.looked_at, None, None);
        if done.is_complete || context.stop_asked().is_some() {
            break;
        }
    }
    Ok(done)
}

async fn cancel_expired(engine: Engine, args: CancelExpired) -> Result<Expiry, TaskError> {
    match engine.expire_order(args.order).await {
        Ok(expiry) => Ok(expiry),
        Err(error @ Error::NoSuchOrder { .. }) => Err(TaskError::fatal(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

async fn update_rates(engine: Engine, _: Option<Nothing>) -> Result<UpdatedRates, TaskError> {
    let batch = engine.update_rates().await?.batch;
    Ok(UpdatedRates { source: batch.source().name().to_owned(), as_of: batch.as_of(), rates: batch.rates().count() })
}

async fn reconcile(engine: Engine, args: Option<Reconcile>, context: TaskContext) -> Result<Reconciliation, TaskError> {
    let go_on = |so_far: &Reconciliation| {
        let note = format!("complete until {}, {} had not come by webhook", so_far.until, so_far.missed);
        context.progress(so_far.listed, None, Some(&note));
        context.stop_asked().is_none()
    };
    Ok(engine.reconcile(args.and_then(|args| args.since), go_on).await?)
}

async fn clean_up(engine: Engine, kept_for: Duration, context: TaskContext) -> Result<CleanedUp, TaskError> {
    let ended_before = engine.ports().clock.now() - kept_for;
    let console = &engine.ports().tasks.console;
    let mut done = CleanedUp { forgotten: 0, is_complete: true };
    let mut forgotten = AT_ONCE;
    while forgotten >= AT_ONCE && context.stop_asked().is_none() {
        forgotten = console.cleanup(ended_before, AT_ONCE).await?;
        done.forgotten += u64::from(forgotten);
        context.progress(done.forgotten, None, None);
    }
    done.is_complete = forgotten < AT_ONCE;
    Ok(done)
}

#[cfg(all(test, feature = "testing"))]
mod tests;
