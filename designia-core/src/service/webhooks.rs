//! Webhooks: verify, store, answer; fold later, once, in any order.

use std::time::Duration;

use super::orders::Attached;
use super::{Engine, Error};
use crate::id::{AttemptNo, OrderId, RefundNo};
use crate::order::{Cause, Order};
use crate::payment::{Fact, RefundNews, RefundSubject};
use crate::ports::{Claim, ClaimedEvent, InboxEvent, InboxOutcome, PaymentLocator, WebhookRequest, WebhookSubject};
use crate::time::{HOUR, MINUTE, Timestamp};

/// How long a worker may hold an event. Folding calls nobody outside, so this is generous, and what a dead worker held is
/// taken over soon.
const LEASE: Duration = Duration::from_secs(24);

/// The header in which Stripe, and whoever speaks as it does, signs a request.
const SIGNATURE: &str = "stripe-signature";

/// The waits before an event that can't be placed yet is tried again; then it is dead.
const WAITS: [Duration; 6] =
    [Duration::from_secs(2), Duration::from_secs(15), MINUTE, Duration::from_secs(10 * MINUTE.as_secs()), HOUR, HOUR];

/// What is answered to the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The provider's id of the event.
    pub event: String,
    /// The provider's type of the event.
    pub kind: String,
    /// Whether it came in for the first time.
    pub is_new: bool,
}

/// What became of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Folded {
    /// It was recorded with this order; perhaps it was nothing new.
    Into(OrderId),
    /// It concerns no order.
    Ignored,
    /// It can't be placed yet.
    Later,
    /// It can't be folded.
    Dead(String),
    /// Another worker had taken over, or the store failed; it comes again.
    Lost,
}

/// Where an event belongs.
enum Placing {
    At(OrderId, Fact),
    Nowhere(String),
    NotYet(String),
}

impl Engine {
    /// Checks that a webhook request is authentic and stores its event. When this returns, the provider can be answered.
    ///
    /// # Errors
    /// [`Error::Webhook`] if it is not authentic, or a store error, after which the provider must send it again.
    pub async fn receive_webhook(&self, request: &WebhookRequest<'_>) -> Result<Receipt, Error> {
        let now = self.ports.clock.now();
        let event = self.ports.webhooks.verify(request, now)?;
        let stored = InboxEvent {
            id: event.id.clone(),
            kind: event.kind.clone(),
            received_at: now,
            body: request.body.to_vec(),
            signature: request.header(SIGNATURE).map(str::to_owned),
        };
        let is_new = self.ports.inbox.accept(stored).await?;
        Ok(Receipt { event: event.id, kind: event.kind, is_new })
    }

    /// Folds events that wait, the oldest first. An event that can't be folded holds up no other.
    ///
    /// # Errors
    /// A store error of the claim.
    pub async fn fold_webhooks(&self, limit: u32) -> Result<Vec<Folded>, Error> {
        let now = self.ports.clock.now();
        let claim = Claim { now, until: now + LEASE, limit };
        let mut folded = Vec::new();
        for event in self.ports.inbox.claim_events(claim).await? {
            folded.push(self.fold(&event, now).await);
        }
        Ok(folded)
    }

    async fn fold(&self, claimed: &ClaimedEvent, now: Timestamp) -> Folded {
        match self.try_fold(claimed, now).await {
            Ok(folded) => folded,
            Err(error) => {
                // The claim runs out, and the event comes again.
                tracing::warn!(event = claimed.event.id, %error, "a webhook event could not be folded now");
                Folded::Lost
            }
        }
    }

    async fn try_fold(&self, claimed: &ClaimedEvent, now: Timestamp) -> Result<Folded, Error> {
        let subject = match self.ports.webhooks.interpret(&claimed.event.body) {
            Ok(subject) => subject,
            Err(error) => return self.bury(claimed, error.to_string(), now).await,
        };
        let is_marked = match &subject {
            WebhookSubject::Payment { locator, .. } | WebhookSubject::Refund { locator, .. } => locator.order.is_some(),
            WebhookSubject::Unrelated => false,
        };
        let placing = match subject {
            WebhookSubject::Payment { locator, news } => {
                let refs = locator.refs.clone();
                self.place(&locator, |_, attempt| Fact::Payment { attempt, refs, news }).await?
            }
            WebhookSubject::Refund { locator, refund, provider_id, amount, state } => {
                let news = RefundNews { provider_id: Some(provider_id), amount, state };
                self.place(&locator, |order, attempt| refund_fact(order, attempt, refund, news)).await?
            }
            WebhookSubject::Unrelated => Placing::Nowhere("it concerns no order".to_owned()),
        };
        match placing {
            Placing::At(order, fact) => {
                let cause = Cause::Webhook { event: claimed.event.id.clone() };
                let attached = Attached { settles: None, folds: Some(claimed.mark(now)) };
                match self.record(order, &[fact], &cause, &attached).await {
                    Ok(_) => Ok(Folded::Into(order)),
                    Err(error @ Error::ForeignReference { .. }) => self.bury(claimed, error.to_string(), now).await,
                    Err(error) => Err(error),
                }
            }
            Placing::Nowhere(why) => self.ignore(claimed, why, now).await,
            Placing::NotYet(why) => {
                let tries = usize::try_from(claimed.token).unwrap_or(usize::MAX);
                let Some(wait) = WAITS.get(tries.saturating_sub(1)) else {
                    // An account may serve other programs, too: only what carries our own marks is missed.
                    return if is_marked {
                        self.bury(claimed, why, now).await
                    } else {
                        self.ignore(claimed, why, now).await
                    };
                };
                let outcome = InboxOutcome::Later { at: now + *wait, why };
                self.ports.inbox.settle_event(claimed.mark(now), outcome).await?;
                Ok(Folded::Later)
            }
        }
    }

    async fn ignore(&self, claimed: &ClaimedEvent, why: String, now: Timestamp) -> Result<Folded, Error> {
        self.ports.inbox.settle_event(claimed.mark(now), InboxOutcome::Ignored(why)).await?;
        Ok(Folded::Ignored)
    }

    async fn bury(&self, claimed: &ClaimedEvent, why: String, now: Timestamp) -> Result<Folded, Error> {
        tracing::error!(event = claimed.event.id, kind = claimed.event.kind, why, "a webhook event is dead");
        self.ports.inbox.settle_event(claimed.mark(now), InboxOutcome::Dead(why.clone())).await?;
        Ok(Folded::Dead(why))
    }

    /// Finds the order and attempt: by what the object carries, or else by the provider's names.
    async fn place(
        &self,
        locator: &PaymentLocator,
        fact: impl FnOnce(&Order, AttemptNo) -> Fact,
    ) -> Result<Placing, Error> {
        let id = match locator.order {
            Some(order) => Some(order),
            None => self.ports.orders.locate(&locator.refs).await?,
        };
        let Some(id) = id else {
            // Somebody else's payment on the same account, or one that overtook its session.
            return Ok(Placing::NotYet("no order carries this payment's names".to_owned()));
        };
        let Some(order) = self.ports.orders.load(id).await? else {
            return Ok(Placing::NotYet(format!("there is no order {id}")));
        };
        let named = || order.attempts().iter().find(|it| !it.refs().is_empty() && it.refs().shares(&locator.refs));
        let Some(attempt) = locator.attempt.or_else(|| named().map(crate::payment::Attempt::no)) else {
            return Ok(Placing::NotYet(format!("no attempt of order {id} carries this payment's names")));
        };
        Ok(Placing::At(id, fact(&order, attempt)))
    }

    /// Lets an event that is dead or folded be folded again; `false` if it waits, or there is none of that id.
    ///
    /// # Errors
    /// A store error.
    pub async fn revive_webhook(&self, event: &str) -> Result<bool, Error> {
        Ok(self.ports.inbox.revive(event, self.ports.clock.now()).await?)
    }
}

/// A refund is ours if it says so and we did ask for it; otherwise somebody made it past us.
fn refund_fact(order: &Order, attempt: AttemptNo, refund: Option<RefundNo>, news: RefundNews) -> Fact {
    let ours = refund.filter(|no| order.refund(*no).is_some());
    let refund = ours.map_or(RefundSubject::Foreign { attempt }, RefundSubject::Ours);
    Fact::Refund { refund, news }
}
