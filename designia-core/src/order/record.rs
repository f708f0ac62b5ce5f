//! Takes facts. A fact is never refused: a repeat changes nothing, and money that nobody expected is recorded first and
//! dealt with at once.

use super::conclude::conclude;
use super::{Decision, Event, Order, Quarantine};
use crate::id::{AttemptNo, RefundNo};
use crate::payment::{Attempt, Fact, PaymentNews, ProviderRefs, RefundNews, RefundSubject};
use crate::time::Timestamp;

/// What a decision about a fact needs to know beside the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// The time.
    pub now: Timestamp,
    /// Whether to try to reserve the stock again for late money. If the commit then finds too little stock, the fact is
    /// recorded again with `false`.
    pub restock: bool,
}

impl Surroundings {
    /// The ordinary case: the stock may still be there.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self { now, restock: true }
    }

    pub(super) const fn held_money_goes_back(now: Timestamp) -> Self {
        Self { now, restock: false }
    }
}

impl Order {
    /// Decides what a fact leads to. Pure: the order itself is left as it is.
    #[must_use]
    pub fn record(&self, fact: &Fact, around: &Surroundings) -> Decision {
        let mut draft = Decision::nothing(self, around.now);
        match fact {
            Fact::Payment { attempt, refs, news } => payment(&mut draft, *attempt, refs, news),
            Fact::Refund { refund: RefundSubject::Ours(no), news } => our_refund(&mut draft, *no, news),
            Fact::Refund { refund: RefundSubject::Foreign { attempt }, news } => {
                foreign_refund(&mut draft, *attempt, news);
            }
        }
        if !draft.events.is_empty() {
            conclude(&mut draft, around);
        }
        draft
    }
}

fn payment(draft: &mut Decision, no: AttemptNo, refs: &ProviderRefs, news: &PaymentNews) {
    let Some(attempt) = draft.order.attempt(no) else {
        if let PaymentNews::Captured { total } = news
            && total.is_positive()
        {
            let currency = total.currency().code().to_owned();
            quarantine(draft, Quarantine::UnknownAttempt { attempt: no, minor: total.minor(), currency });
        }
        return;
    };
    if !attempt.refs().agrees_with(refs) {
        if matches!(news, PaymentNews::Captured { .. }) {
            quarantine(draft, Quarantine::OtherPayment { attempt: no, refs: refs.clone() });
        }
        return;
    }
    if attempt.refs().lacks(refs) || (*news == PaymentNews::Open && !attempt.is_opened()) {
        draft.push(Event::AttemptOpened { attempt: no, refs: refs.clone() });
    }
    let Some(attempt) = draft.order.attempt(no) else { return };
    if let Some(event) = payment_event(&draft.order, attempt, news) {
        draft.push(event);
    }
}

fn payment_event(order: &Order, attempt: &Attempt, news: &PaymentNews) -> Option<Event> {
    let no = attempt.no();
    match news {
        PaymentNews::Open => None,
        PaymentNews::Declined(decline) => (!attempt.declines().contains(decline))
            .then(|| Event::PaymentDeclined { attempt: no, decline: decline.clone() }),
        PaymentNews::Settling { by } => {
            let window = order.contents.terms.timeout.settlement_window(attempt.method());
            let by = by.unwrap_or(attempt.started_at() + window);
            (attempt.settles_by() < Some(by)).then_some(Event::PaymentPromised { attempt: no, by })
        }
        PaymentNews::Captured { total } if total.currency() != attempt.amount().currency() => {
            let currency = total.currency().code().to_owned();
            let report = Quarantine::OtherCurrency { attempt: no, minor: total.minor(), currency };
            (!order.quarantined.contains_key(&report)).then_some(Event::Quarantined { report })
        }
        PaymentNews::Captured { total } => {
            let received = total.checked_sub(attempt.captured()).ok().filter(|received| received.is_positive())?;
            Some(Event::PaymentCaptured { attempt: no, received, total: *total })
        }
        PaymentNews::Closed(reason) => attempt
            .close_reason()
            .is_none_or(|known| reason < known)
            .then(|| Event::AttemptClosed { attempt: no, reason: reason.clone() }),
    }
}

fn our_refund(draft: &mut Decision, no: RefundNo, news: &RefundNews) {
    let Some(refund) = draft.order.refund(no) else {
        quarantine(draft, Quarantine::OtherRefund { refund: no, provider_id: news.provider_id.clone() });
        return;
    };
    let is_other = refund.provider_id.as_ref().zip(news.provider_id.as_ref()).is_some_and(|(ours, its)| ours != its);
    if is_other || refund.amount != news.amount {
        quarantine(draft, Quarantine::OtherRefund { refund: no, provider_id: news.provider_id.clone() });
        return;
    }
    let learns = refund.provider_id.is_none() && news.provider_id.is_some();
    if news.state > refund.state || learns {
        let event = Event::RefundMoved {
            refund: no,
            from: refund.state,
            to: news.state.max(refund.state),
            provider_id: news.provider_id.clone(),
        };
        draft.push(event);
    }
}

fn foreign_refund(draft: &mut Decision, attempt: AttemptNo, news: &RefundNews) {
    let RefundNews { provider_id: Some(provider_id), amount, state } = news else { return };
    if !amount.is_positive() {
        return;
    }
    let known = draft.order.foreign_refunds.get(provider_id);
    let fits = draft.order.attempt(attempt).is_some() && amount.currency() == draft.order.currency();
    if !fits || known.is_some_and(|known| known.attempt != attempt || known.amount != *amount) {
        let (provider_id, minor) = (provider_id.clone(), amount.minor());
        let currency = amount.currency().code().to_owned();
        quarantine(draft, Quarantine::UnplacedRefund { attempt, provider_id, minor, currency });
        return;
    }
    let from = known.map(|known| known.state);
    if from < Some(*state) {
        let (provider_id, amount, to) = (provider_id.clone(), *amount, *state);
        draft.push(Event::ForeignRefundMoved { provider_id, attempt, amount, from, to });
    }
}

fn quarantine(draft: &mut Decision, report: Quarantine) {
    if !draft.order.quarantined.contains_key(&report) {
        draft.push(Event::Quarantined { report });
    }
}
