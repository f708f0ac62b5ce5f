//! Paying an order: a new attempt, or the one that is under way.

use super::orders::Attached;
use super::{Engine, Error};
use crate::id::{AttemptNo, OrderId};
use crate::order::{Actor, Cause, Command, Order, Refusal};
use crate::payment::{AttemptState, CloseReason, Fact, PaymentMethod, PaymentNews};
use crate::ports::{PaymentPage, PaymentSnapshot, PaymentStanding};

/// The order, and where to pay it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentAnswer {
    /// The order as it is now, perhaps already paid.
    pub order: Order,
    /// Where to pay; missing if there is nothing to pay, or the provider could not be reached just now.
    pub page: Option<PaymentPage>,
}

impl Engine {
    /// Begins a payment, or finds the page of the one under way. Repeating it is harmless.
    ///
    /// # Errors
    /// [`Error::Refused`] with the reason, [`Error::Contended`], or a store error.
    pub async fn pay(&self, id: OrderId, by: Actor, method: PaymentMethod) -> Result<PaymentAnswer, Error> {
        let command = Command::StartPayment { method };
        // The second round is for an attempt that turns out to be closed.
        for _ in 0..2 {
            match self.command(id, &command, by).await {
                Ok(_) => {
                    let page = self.run_effects_of(id).await;
                    return Ok(PaymentAnswer { order: self.order(id).await?, page });
                }
                Err(Error::Refused(Refusal::PaymentInProgress { attempt })) => {
                    if let Some(answer) = self.resume(id, attempt, by).await? {
                        return Ok(answer);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(PaymentAnswer { order: self.order(id).await?, page: None })
    }

    /// The page of the attempt under way; `None` if it turns out to be closed.
    async fn resume(&self, id: OrderId, attempt: AttemptNo, by: Actor) -> Result<Option<PaymentAnswer>, Error> {
        let order = self.order(id).await?;
        if order.attempt(attempt).is_some_and(|attempt| attempt.state() == AttemptState::Opening) {
            let page = self.run_effects_of(id).await;
            return Ok(Some(PaymentAnswer { order: self.order(id).await?, page }));
        }
        let Some(payment) = order.payment_ref(attempt) else { return Ok(None) };
        let Ok(found) = self.ports.gateway.look_up(&payment).await else {
            return Ok(Some(PaymentAnswer { order, page: None }));
        };
        let facts = found.as_ref().map_or_else(|| vec![gone(attempt)], |snapshot| facts_of(attempt, snapshot));
        let order = self.record(id, &facts, &Cause::Request(by), &Attached::default()).await?;
        if order.live_attempt().is_none() && order.expires_at().is_some() {
            return Ok(None);
        }
        Ok(Some(PaymentAnswer { order, page: found.and_then(|snapshot| snapshot.page) }))
    }
}

/// What a provider's view of an attempt says about it.
pub(super) fn facts_of(attempt: AttemptNo, snapshot: &PaymentSnapshot) -> Vec<Fact> {
    let fact = |news| Fact::Payment { attempt, refs: snapshot.refs.clone(), news };
    let captured = |total: crate::money::Money| total.is_positive().then_some(PaymentNews::Captured { total });
    match &snapshot.standing {
        PaymentStanding::Open { captured: total } => {
            std::iter::once(PaymentNews::Open).chain(captured(*total)).map(fact).collect()
        }
        PaymentStanding::Settling { by } => vec![fact(PaymentNews::Settling { by: *by })],
        PaymentStanding::Captured { total } => vec![fact(PaymentNews::Captured { total: *total })],
        PaymentStanding::Closed { reason, captured: total } => {
            captured(*total).into_iter().chain([PaymentNews::Closed(reason.clone())]).map(fact).collect()
        }
    }
}

/// What it means that the provider doesn't know an attempt: it can't be paid.
pub(super) fn gone(attempt: AttemptNo) -> Fact {
    Fact::Payment {
        attempt,
        refs: crate::payment::ProviderRefs::default(),
        news: PaymentNews::Closed(CloseReason::NeverOpened),
    }
}
