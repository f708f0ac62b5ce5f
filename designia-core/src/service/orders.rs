//! Changing an order: load, decide, commit, and again from the start if somebody else was faster.

use super::{Engine, Error};
use crate::effect::EffectSettlement;
use crate::id::OrderId;
use crate::order::{Actor, Cause, Command, Decision, Order, Refusal, Surroundings};
use crate::payment::Fact;
use crate::ports::{Commit, CommitError, InboxMark};

/// How often a decision is made anew because the order had changed meanwhile.
const MAX_TRIES: u32 = 16;

/// What to do when stock that would be reserved again is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Restock {
    /// Decide without it: a fact must be recorded.
    IfThere,
    /// Refuse: somebody asked for it.
    OrFail,
}

/// What a commit carries besides the decision.
#[derive(Clone, Debug, Default)]
pub(super) struct Attached {
    pub(super) settles: Option<EffectSettlement>,
    pub(super) folds: Option<InboxMark>,
}

impl Attached {
    const fn is_empty(&self) -> bool {
        self.settles.is_none() && self.folds.is_none()
    }
}

impl Engine {
    /// One order.
    ///
    /// # Errors
    /// [`Error::NoSuchOrder`], or a store error.
    pub async fn order(&self, id: OrderId) -> Result<Order, Error> {
        self.ports.orders.load(id).await?.ok_or(Error::NoSuchOrder { order: id })
    }

    /// Carries a command out for somebody.
    ///
    /// # Errors
    /// [`Error::Refused`] with the reason, [`Error::OutOfStock`] for [`Command::AcceptHeld`], [`Error::Contended`], or a
    /// store error. Nothing has changed then.
    pub async fn command(&self, id: OrderId, command: &Command, by: Actor) -> Result<Order, Error> {
        let now = self.ports.clock.now();
        let decide = |order: &Order, _| order.decide(command, now);
        self.change(id, &Cause::Request(by), &Attached::default(), Restock::OrFail, decide).await
    }

    /// Lets an order do what is due by now, as the sweep would.
    pub(super) async fn tick(&self, id: OrderId) -> Result<Order, Error> {
        let now = self.ports.clock.now();
        let decide = |order: &Order, _| order.decide(&Command::Tick, now);
        self.change(id, &Cause::Timer, &Attached::default(), Restock::IfThere, decide).await
    }

    /// What a command would lead to, without carrying it out.
    ///
    /// # Errors
    /// As [`Engine::command`], without the commit's.
    pub async fn preview(&self, id: OrderId, command: &Command) -> Result<Decision, Error> {
        Ok(self.order(id).await?.decide(command, self.ports.clock.now())?)
    }

    /// Records facts, in order; the last commit carries what is attached.
    pub(super) async fn record(
        &self,
        id: OrderId,
        facts: &[Fact],
        cause: &Cause,
        attached: &Attached,
    ) -> Result<Order, Error> {
        let now = self.ports.clock.now();
        let decide = |order: &Order, restock| {
            let around = Surroundings { now, restock };
            let decision = facts.iter().fold(Decision::nothing(order, now), |decision, fact| {
                let next = decision.order.record(fact, &around);
                decision.then(next)
            });
            Ok(decision)
        };
        self.change(id, cause, attached, Restock::IfThere, decide).await
    }

    async fn change(
        &self,
        id: OrderId,
        cause: &Cause,
        attached: &Attached,
        restocking: Restock,
        decide: impl Fn(&Order, bool) -> Result<Decision, Refusal> + Send + Sync,
    ) -> Result<Order, Error> {
        let mut restock = true;
        for _ in 0..MAX_TRIES {
            let order = self.order(id).await?;
            let decision = decide(&order, restock)?;
            if decision.events.is_empty() && attached.is_empty() {
                return Ok(order);
            }
            let mut commit = Commit::of(decision, cause);
            commit.settles.clone_from(&attached.settles);
            commit.folds.clone_from(&attached.folds);
            let after = commit.order.clone();
            match self.ports.orders.commit(commit).await {
                Ok(()) => return Ok(after),
                Err(CommitError::Conflict) => {}
                // The stock that late money would have reserved again is gone; without it the fact still stands.
                Err(CommitError::OutOfStock { .. }) if restock && restocking == Restock::IfThere => restock = false,
                Err(error) => return Err(uncommitted(error)),
            }
        }
        Err(Error::Contended)
    }
}

pub(super) fn uncommitted(error: CommitError) -> Error {
    match error {
        CommitError::Conflict => Error::Contended,
        CommitError::OutOfStock { product, available } => Error::OutOfStock { product, available },
        CommitError::StaleClaim => Error::StaleClaim,
        CommitError::Repeated { .. } => Error::RequestKeyReused,
        CommitError::ForeignReference { reference } => Error::ForeignReference { reference },
        CommitError::Store(error) => Error::Store(error),
    }
}
