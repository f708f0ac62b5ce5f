//! Changing what is due: a batch of orders in one transaction, from looking at them to having them changed.
//!
//! The rows are locked while they are decided about, which takes no call to anybody, and whoever else looks for work
//! meanwhile passes them over. So any number of nodes may do this at once, and one that dies leaves everything as it was.
//!
//! The batch is written with one call for all. If that fails, the whole of it is taken back, and its orders are changed one
//! by one, each in a transaction of its own: then only the one that can't be changed is put off. The few commits that carry
//! more than an order's own change go that way from the start.

use designia_core::id::OrderId;
use designia_core::order::{Order, StockReason};
use designia_core::ports::{Claim, Commit, Decide, DueOrder, StoreError, StoreErrorKind};
use sqlx::FromRow as _;
use uuid::Uuid;

use crate::commit::{commit_statement, is_worth_another_try, pause};
use crate::error::{kind_of, store_error};
use crate::instant::{Instant, JsonText};
use crate::refusal::commit_error;
use crate::row;
use crate::rows::Rows;
use crate::session::Session;
use crate::sql::orders as sql;
use crate::statement::{Binding, statement};
use crate::store::PostgresStore;
use crate::tasks::{chunks, enqueue};

/// What became of a batch.
#[derive(Default)]
struct Batch {
    done: Vec<DueOrder>,
    /// What is to be changed one by one, after the batch.
    apart: Vec<OrderId>,
    unreadable: Vec<StoreError>,
}

impl PostgresStore {
    pub(crate) async fn change_all_due(&self, claim: Claim, decide: Decide<'_>) -> Result<Vec<DueOrder>, StoreError> {
        let is_any = statement(sql::IS_ANY_DUE).bind(Instant(claim.now));
        if claim.limit == 0 || self.ask(is_any).await?.is_empty() {
            return Ok(Vec::new());
        }
        let Batch { mut done, apart, unreadable } = self.change_batch(claim, decide).await?;
        for order in apart {
            match self.change_alone(order, claim, decide).await {
                Ok(changed) => done.extend(changed),
                Err(error) if done.is_empty() => return Err(error),
                // The rest is due still, and what has been changed has to be told.
                Err(error) => {
                    tracing::warn!(%error, "changing what is due breaks off");
                    break;
                }
            }
        }
        for error in &unreadable {
            tracing::error!(%error, "an order that is due is passed over");
        }
        match unreadable.into_iter().next() {
            Some(error) if done.is_empty() => Err(error),
            Some(_) | None => Ok(done),
        }
    }

    async fn change_batch(&self, claim: Claim, decide: Decide<'_>) -> Result<Batch, StoreError> {
        let mut tries = 1;
        loop {
            let mut session = self.session().await?;
            session.begin().await.map_err(store_error)?;
            let mut batch = Batch::default();
            let changed = batch.change(&mut session, claim, decide).await;
            match session.end(changed).await {
                Ok(()) => return Ok(batch),
                Err(error) if is_worth_another_try(&error, tries) => {}
                Err(error) => {
                    if batch.done.is_empty() || is_everybodys(&error) {
                        return Err(store_error(error));
                    }
                    tracing::debug!(%error, "a batch of due orders is changed one by one");
                    return Ok(batch.one_by_one());
                }
            }
            drop(session);
            pause(&mut tries).await;
        }
    }

    /// Changes one order in a transaction of its own; none if it is no longer due, or somebody else is at it.
    async fn change_alone(
        &self,
        id: OrderId,
        claim: Claim,
        decide: Decide<'_>,
    ) -> Result<Option<DueOrder>, StoreError> {
        let mut tries = 1;
        let refusal = loop {
            let mut session = self.session().await?;
            session.begin().await.map_err(store_error)?;
            let mut decided = None;
            let changed = change_one(&mut session, id, claim, decide, &mut decided).await;
            match (session.end(changed).await, decided) {
                (Ok(outcome), _) => return Ok(outcome.map(|it| DueOrder { order: id, outcome: Ok(it) })),
                (Err(error), _) if is_worth_another_try(&error, tries) => {}
                (Err(error), Some(commit)) if !is_everybodys(&error) => break commit_error(error, &commit.order),
                (Err(error), _) => return Err(store_error(error)),
            }
            drop(session);
            pause(&mut tries).await;
        };
        self.ask(postpone(vec![id.as_uuid()], claim)).await?;
        Ok(Some(DueOrder { order: id, outcome: Err(refusal) }))
    }
}

impl Batch {
    async fn change(&mut self, session: &mut Session, claim: Claim, decide: Decide<'_>) -> Result<(), sqlx::Error> {
        let due = statement(sql::DUE).bind(Instant(claim.now)).bind(i64::from(claim.limit));
        let due = session.ask(due.done()?).await?;
        let (mut rows, mut postponed, mut tasks) = (Rows::default(), Vec::new(), Vec::new());
        for row in &due {
            let (id, state) = <(Uuid, JsonText)>::from_row(row)?;
            let order = match row::order(id, &state) {
                Ok(order) => order,
                Err(error) => {
                    self.unreadable.push(error);
                    postponed.push(id);
                    continue;
                }
            };
            let order_id = order.id();
            let outcome = match decide(&order) {
                None => Ok(false),
                Some(commit) if is_simple(&commit, &order) => {
                    let written = rows.add(&commit, Some(&order));
                    if written.is_ok() {
                        tasks.extend(commit.tasks);
                        if !commit.events.is_empty() {
                            self.done.push(DueOrder { order: order_id, outcome: Ok(true) });
                            continue;
                        }
                    }
                    written.map(|()| true)
                }
                Some(_) => {
                    self.apart.push(order_id);
                    continue;
                }
            };
            postponed.push(id);
            self.done.push(DueOrder { order: order_id, outcome: outcome.map_err(Into::into) });
        }
        if !rows.is_empty() {
            session.ask(rows.bind(statement(sql::WRITE)).done()?).await?;
        }
        enqueue(session, &chunks(&tasks).map_err(encode)?).await?;
        if !postponed.is_empty() {
            session.ask(postpone(postponed, claim).done()?).await?;
        }
        Ok(())
    }

    /// The same orders, none of which has been changed.
    fn one_by_one(self) -> Self {
        let apart = self.done.into_iter().map(|it| it.order).chain(self.apart).collect();
        Self { done: Vec::new(), apart, unreadable: self.unreadable }
    }
}

/// Whether a failure is not the fault of some order, but of the server, the network or a neighbour.
fn is_everybodys(error: &sqlx::Error) -> bool {
    kind_of(error) == StoreErrorKind::Unavailable
}

/// Whether a commit is the order's own change and nothing else, and takes no stock that may not be there.
fn is_simple(commit: &Commit, order: &Order) -> bool {
    let Commit { order: changed, expected_version, events: _, changes, settles, folds, answers, tasks: _ } = commit;
    changed.id() == order.id()
        && *expected_version == order.version()
        && (settles.is_none() && folds.is_none() && answers.is_none())
        && changes.stock.iter().all(|it| match it.reason {
            StockReason::Release => true,
            StockReason::Reserve => false,
        })
}

/// Whether the order was changed; none if it is no longer due. What was decided is handed out in any case.
async fn change_one(
    session: &mut Session,
    id: OrderId,
    claim: Claim,
    decide: Decide<'_>,
    decided: &mut Option<Commit>,
) -> Result<Option<bool>, sqlx::Error> {
    let due = statement(sql::DUE_ALONE).bind(Instant(claim.now)).bind(id.as_uuid());
    let due = session.ask(due.done()?).await?;
    let Some(row) = due.first() else { return Ok(None) };
    let (uuid, state) = <(Uuid, JsonText)>::from_row(row)?;
    let order = row::order(uuid, &state).map_err(|error| sqlx::Error::Decode(error.into()))?;
    *decided = decide(&order);
    if let Some(commit) = decided {
        session.ask(commit_statement(commit, Some(&order)).map_err(encode)?).await?;
        enqueue(session, &chunks(&commit.tasks).map_err(encode)?).await?;
    }
    if decided.as_ref().is_none_or(|commit| commit.events.is_empty()) {
        session.ask(postpone(vec![uuid], claim).done()?).await?;
    }
    Ok(Some(decided.is_some()))
}

fn encode(error: StoreError) -> sqlx::Error {
    sqlx::Error::Encode(error.into())
}

fn postpone(orders: Vec<Uuid>, claim: Claim) -> Binding {
    statement(sql::POSTPONE).bind(Instant(claim.until)).bind(orders).bind(Instant(claim.now))
}
