//! Making the outside calls that orders have planned, each once.

use std::time::Duration;

use futures_util::future::join_all;

use super::orders::Attached;
use super::payments::{facts_of, gone};
use super::{Engine, Error};
use crate::effect::{
    ClaimedEffect, EffectOutcome, EffectRequest, EffectSettlement, LEASE, OpenPayment, REPLY_GRACE, RefundPayment,
    retry_at,
};
use crate::id::OrderId;
use crate::order::{Cause, Order};
use crate::payment::{CloseReason, Fact, PaymentNews, ProviderRefs, RefundNews, RefundState, RefundSubject};
use crate::ports::{
    Claim, GatewayError, GatewayErrorKind, NotifyErrorKind, PaymentPage, PaymentSnapshot, PaymentStanding,
    RefundSnapshot,
};
use crate::time::Timestamp;

/// How many of one order's effects are made at once after a request.
const PER_ORDER: u32 = 16;

/// What became of one effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Performed {
    /// The outcome; `None` if another worker had taken over.
    pub outcome: Option<EffectOutcome>,
    /// Where to pay, if it opened or found a payment.
    pub page: Option<PaymentPage>,
}

/// What to record about an effect: its outcome, and the facts that the answer holds.
struct Verdict {
    outcome: EffectOutcome,
    facts: Vec<Fact>,
    page: Option<PaymentPage>,
}

impl Verdict {
    const fn just(outcome: EffectOutcome) -> Self {
        Self { outcome, facts: Vec::new(), page: None }
    }

    const fn done(facts: Vec<Fact>) -> Self {
        Self { outcome: EffectOutcome::Done, facts, page: None }
    }
}

impl Engine {
    /// Makes the effects that one order has due, right after the request that planned them, and returns the page to pay on,
    /// if one came of it. What fails is left to the worker.
    pub(super) async fn run_effects_of(&self, order: OrderId) -> Option<PaymentPage> {
        match self.run_effects(Some(order), PER_ORDER).await {
            Ok(performed) => performed.into_iter().find_map(|performed| performed.page),
            Err(error) => {
                tracing::warn!(%order, %error, "effects are left to the worker");
                None
            }
        }
    }

    /// Claims effects that are due, of one order or of all, makes them side by side, and records what became of each.
    ///
    /// # Errors
    /// A store error of the claim. What goes wrong with one effect is recorded with it and concerns no other.
    pub async fn run_effects(&self, of: Option<OrderId>, limit: u32) -> Result<Vec<Performed>, Error> {
        let now = self.ports.clock.now();
        let claim = Claim { now, until: now + LEASE, limit };
        let claimed = self.ports.orders.claim_effects(of, claim).await?;
        Ok(join_all(claimed.into_iter().map(|effect| self.perform(effect))).await)
    }

    async fn perform(&self, claimed: ClaimedEffect) -> Performed {
        let id = claimed.effect.id;
        let verdict = match self.order(id.order).await {
            Ok(order) => self.judge(&order, &claimed).await,
            Err(error) => Verdict::just(self.unknown(&claimed, None, error.to_string())),
        };
        let page = verdict.page.clone();
        match self.settle(&claimed, verdict).await {
            Ok(outcome) => Performed { page: outcome.is_some().then_some(page).flatten(), outcome },
            Err(error) => {
                // The row stays as sent: when the lease has run out, it is looked up.
                tracing::warn!(effect = %id, %error, "the outcome of an effect could not be recorded");
                Performed { outcome: None, page: None }
            }
        }
    }

    async fn settle(&self, claimed: &ClaimedEffect, verdict: Verdict) -> Result<Option<EffectOutcome>, Error> {
        let Verdict { outcome, facts, page: _ } = verdict;
        let id = claimed.effect.id;
        let settlement = EffectSettlement { id, token: claimed.token, outcome: outcome.clone() };
        let settled = if facts.is_empty() {
            self.ports.orders.settle_effect(settlement).await?
        } else {
            let attached = Attached { settles: Some(settlement), folds: None };
            match self.record(id.order, &facts, &Cause::Effect(id), &attached).await {
                Ok(_) => true,
                Err(Error::StaleClaim) => false,
                Err(error) => return Err(error),
            }
        };
        Ok(settled.then_some(outcome))
    }

    /// Looks up what may have happened, sends what certainly has not, withdraws what nobody wants any more.
    async fn judge(&self, order: &Order, claimed: &ClaimedEffect) -> Verdict {
        match &claimed.effect.request {
            EffectRequest::Open(open) => self.open(order, claimed, open).await,
            EffectRequest::Refund(refund) => self.refund(order, claimed, refund).await,
            EffectRequest::Void(payment) => match self.send(claimed) {
                Err(verdict) => verdict,
                Ok(()) => match self.ports.gateway.void(payment, &claimed.effect.key).await {
                    Ok(Some(PaymentSnapshot { standing: PaymentStanding::Open { .. }, .. })) => Verdict::just(
                        self.unknown(claimed, None, "it could not be closed and is still open".to_owned()),
                    ),
                    Ok(found) => asked(payment.attempt, found.as_ref()),
                    Err(error) => Verdict::just(self.read_failed(claimed, &error)),
                },
            },
            EffectRequest::Ask(payment) => match self.ports.gateway.look_up(payment).await {
                Ok(found) => asked(payment.attempt, found.as_ref()),
                Err(error) => Verdict::just(self.read_failed(claimed, &error)),
            },
            EffectRequest::AskRefund(refund) => match self.ports.gateway.look_up_refund(refund).await {
                Ok(Some(found)) => Verdict::done(vec![refund_fact(refund, &found)]),
                Ok(None) => Verdict::just(EffectOutcome::Refused("the provider does not know this refund".to_owned())),
                Err(error) => Verdict::just(self.read_failed(claimed, &error)),
            },
            EffectRequest::Notify(message) => match self.ports.notifier.notify(message, &claimed.effect.key).await {
                Ok(()) => Verdict::just(EffectOutcome::Done),
                Err(error) if error.kind == NotifyErrorKind::Refused => {
                    Verdict::just(EffectOutcome::Refused(error.message))
                }
                Err(error) => Verdict::just(self.not_sent(claimed, None, error.message)),
            },
        }
    }

    async fn open(&self, order: &Order, claimed: &ClaimedEffect, open: &OpenPayment) -> Verdict {
        let attempt = open.payment.attempt;
        if let Some(sent_at) = claimed.maybe_sent_at {
            let asked_at = self.ports.clock.now();
            return match self.ports.gateway.find_sent(&open.payment, sent_at).await {
                Ok(Some(found)) => opened(attempt, found),
                Ok(None) => Verdict::just(self.absent(claimed, sent_at, asked_at)),
                Err(error) => Verdict::just(self.read_failed(claimed, &error)),
            };
        }
        if !order.wants(&claimed.effect.request) {
            let outcome = EffectOutcome::Refused("the order no longer wants it".to_owned());
            return Verdict { outcome, facts: vec![gone(attempt)], page: None };
        }
        if let Err(verdict) = self.send(claimed) {
            return verdict;
        }
        match self.ports.gateway.open(open, &claimed.effect.key).await {
            Ok(found) => opened(attempt, found),
            Err(error) if error.kind == GatewayErrorKind::Refused => {
                let code = error.code.clone().unwrap_or_else(|| error.message.clone());
                let news = PaymentNews::Closed(CloseReason::Refused(code));
                let facts = vec![Fact::Payment { attempt, refs: ProviderRefs::default(), news }];
                Verdict { outcome: EffectOutcome::Refused(error.message), facts, page: None }
            }
            Err(error) => Verdict::just(self.send_failed(claimed, &error)),
        }
    }

    async fn refund(&self, order: &Order, claimed: &ClaimedEffect, refund: &RefundPayment) -> Verdict {
        if let Some(sent_at) = claimed.maybe_sent_at {
            let asked_at = self.ports.clock.now();
            return match self.ports.gateway.look_up_refund(refund).await {
                Ok(Some(found)) => Verdict::done(vec![refund_fact(refund, &found)]),
                Ok(None) => Verdict::just(self.absent(claimed, sent_at, asked_at)),
                Err(error) => Verdict::just(self.read_failed(claimed, &error)),
            };
        }
        if !order.wants(&claimed.effect.request) {
            // A webhook has told us of it already.
            return Verdict::just(EffectOutcome::Done);
        }
        if let Err(verdict) = self.send(claimed) {
            return verdict;
        }
        match self.ports.gateway.refund(refund, &claimed.effect.key).await {
            Ok(made) => Verdict::done(vec![refund_fact(refund, &made)]),
            Err(error) if error.kind == GatewayErrorKind::Refused => {
                let news = RefundNews { provider_id: None, amount: refund.amount, state: RefundState::Failed };
                let facts = vec![Fact::Refund { refund: RefundSubject::Ours(refund.refund), news }];
                Verdict { outcome: EffectOutcome::Refused(error.message), facts, page: None }
            }
            Err(error) => Verdict::just(self.send_failed(claimed, &error)),
        }
    }

    /// Nothing is sent once the lease has run out: another worker may be at it.
    fn send(&self, claimed: &ClaimedEffect) -> Result<(), Verdict> {
        let now = self.ports.clock.now();
        if now < claimed.lease_until {
            return Ok(());
        }
        let why = "the claim ran out before anything was sent".to_owned();
        Err(Verdict::just(EffectOutcome::NotSent { at: now, why }))
    }

    /// A look-up found nothing. Soon after a lost reply that proves nothing: the request may still be executing. Later it is
    /// proof of absence, and the effect is as good as never sent. What counts is when the question began: a long search reads
    /// the newest page first, and something may have appeared there since.
    fn absent(&self, claimed: &ClaimedEffect, sent_at: Timestamp, asked_at: Timestamp) -> EffectOutcome {
        let now = self.ports.clock.now();
        let certain_at = sent_at + REPLY_GRACE;
        if asked_at < certain_at {
            let why = "the provider does not know it yet".to_owned();
            return EffectOutcome::Unknown { at: certain_at.max(retry_at(claimed.token, now, None)), why };
        }
        EffectOutcome::NotSent { at: now, why: "the provider does not know it".to_owned() }
    }

    fn send_failed(&self, claimed: &ClaimedEffect, error: &GatewayError) -> EffectOutcome {
        match error.kind {
            GatewayErrorKind::NotSent | GatewayErrorKind::Misconfigured => {
                self.not_sent(claimed, error.retry_after, error.message.clone())
            }
            GatewayErrorKind::Unknown | GatewayErrorKind::Refused => {
                self.unknown(claimed, error.retry_after, error.message.clone())
            }
        }
    }

    /// A question that got no answer leaves the effect as uncertain as it was before the question.
    fn read_failed(&self, claimed: &ClaimedEffect, error: &GatewayError) -> EffectOutcome {
        match claimed.effect.request {
            EffectRequest::Ask(_) | EffectRequest::AskRefund(_) => {
                self.not_sent(claimed, error.retry_after, error.message.clone())
            }
            EffectRequest::Open(_) | EffectRequest::Void(_) | EffectRequest::Refund(_) | EffectRequest::Notify(_) => {
                self.unknown(claimed, error.retry_after, error.message.clone())
            }
        }
    }

    fn not_sent(&self, claimed: &ClaimedEffect, hint: Option<Duration>, why: String) -> EffectOutcome {
        EffectOutcome::NotSent { at: retry_at(claimed.token, self.ports.clock.now(), hint), why }
    }

    fn unknown(&self, claimed: &ClaimedEffect, hint: Option<Duration>, why: String) -> EffectOutcome {
        EffectOutcome::Unknown { at: retry_at(claimed.token, self.ports.clock.now(), hint), why }
    }
}

fn opened(attempt: crate::id::AttemptNo, found: PaymentSnapshot) -> Verdict {
    Verdict { outcome: EffectOutcome::Done, facts: facts_of(attempt, &found), page: found.page }
}

fn asked(attempt: crate::id::AttemptNo, found: Option<&PaymentSnapshot>) -> Verdict {
    Verdict::done(found.map_or_else(|| vec![gone(attempt)], |found| facts_of(attempt, found)))
}

fn refund_fact(refund: &RefundPayment, found: &RefundSnapshot) -> Fact {
    let news = RefundNews { provider_id: Some(found.provider_id.clone()), amount: found.amount, state: found.state };
    Fact::Refund { refund: RefundSubject::Ours(refund.refund), news }
}
