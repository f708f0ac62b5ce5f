//! Replays events. Total and without rules: whatever was decided once is accepted for ever.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Contents, Event, Fulfilment, Hold, Order, Stage};
use crate::id::{AttemptNo, RefundNo, SellerId};
use crate::payment::{Attempt, ForeignRefund, Refund, RefundReason, RefundState};
use crate::time::Timestamp;

impl Order {
    /// The order as it is right after [`Event::Placed`].
    #[must_use]
    pub fn begin(contents: Arc<Contents>) -> Self {
        let placed_at = contents.placed_at;
        Self {
            fulfilments: vec![Fulfilment::default(); contents.consignments.len()],
            contents,
            version: 1,
            stage: Stage::Pending,
            attempts: Vec::new(),
            refunds: Vec::new(),
            foreign_refunds: BTreeMap::new(),
            quarantined: BTreeMap::new(),
            hold: None,
            reminders_sent: 0,
            stock_round: 0,
            updated_at: placed_at,
        }
    }

    /// Replays a history from its beginning; `None` if it doesn't begin with [`Event::Placed`].
    pub fn replay<'a>(history: impl IntoIterator<Item = (&'a Event, Timestamp)>) -> Option<Self> {
        let mut history = history.into_iter();
        let (Event::Placed { contents }, _) = history.next()? else { return None };
        Some(history.fold(Self::begin(Arc::clone(contents)), |order, (event, at)| order.evolve(event, at)))
    }

    /// The order after one more event.
    #[must_use]
    pub fn evolve(mut self, event: &Event, at: Timestamp) -> Self {
        self.apply(event, at);
        self
    }

    pub(super) fn apply(&mut self, event: &Event, at: Timestamp) {
        self.version += 1;
        self.updated_at = at;
        match event {
            Event::Placed { contents } => *self = Self::begin(Arc::clone(contents)),
            Event::Reminded { number } => self.reminders_sent = *number,
            Event::PaymentStarted { attempt, method, amount, expires_at } => {
                self.attempts.push(Attempt::start(*attempt, method.clone(), *amount, at, *expires_at));
            }
            Event::AttemptOpened { attempt, refs } => self.attempt_apply(*attempt, |it| it.opened(refs)),
            Event::PaymentDeclined { attempt, decline } => self.attempt_apply(*attempt, |it| it.declined(decline)),
            Event::PaymentPromised { attempt, by } => self.attempt_apply(*attempt, |it| it.settling(*by)),
            Event::PaymentCaptured { attempt, received: _, total } => {
                self.attempt_apply(*attempt, |it| it.captured_up_to(total.minor()));
            }
            Event::AttemptClosed { attempt, reason } => self.attempt_apply(*attempt, |it| it.close(reason)),
            Event::PaymentAsked { attempt } => self.attempt_apply(*attempt, |it| it.ask(at)),
            Event::VoidRequested { attempt } => self.attempt_apply(*attempt, |it| {
                it.request_void();
                it.ask(at);
            }),
            Event::ClosingBegan { cause } => self.stage = Stage::Closing { cause: cause.clone(), since: at },
            Event::Confirmed => self.stage = Stage::Confirmed { at },
            Event::Cancelled { cause } => self.stage = Stage::Cancelled { cause: cause.clone(), at },
            Event::Reinstated => {
                self.stage = Stage::Confirmed { at };
                self.hold = None;
                self.stock_round += 1;
            }
            Event::ConsignmentPrepared { seller, by: _ } => {
                self.fulfilment_apply(*seller, |it| it.prepared_at = it.prepared_at.or(Some(at)));
            }
            Event::ConsignmentShipped { seller, by: _, tracking } => self.fulfilment_apply(*seller, |it| {
                let shipped_at = it.shipped_at().unwrap_or(at);
                it.shipped = Some((tracking.clone(), shipped_at));
            }),
            Event::ConsignmentDelivered { seller, by: _ } => {
                self.fulfilment_apply(*seller, |it| it.delivered_at = Some(at));
            }
            Event::ConsignmentCancelled { seller, reason } => {
                self.fulfilment_apply(*seller, |it| it.cancelled = Some((reason.clone(), at)));
            }
            Event::RefundRequested { refund, attempt, amount, reason } => {
                if let RefundReason::Retry(earlier) = reason {
                    self.refund_apply(*earlier, |it| it.superseded = true);
                }
                self.refunds.push(Refund {
                    no: *refund,
                    attempt: *attempt,
                    amount: *amount,
                    reason: reason.clone(),
                    requested_at: at,
                    state: RefundState::Requested,
                    provider_id: None,
                    superseded: false,
                    asked_at: None,
                    succeeded_at: None,
                    failed_at: None,
                });
            }
            Event::RefundMoved { refund, from: _, to, provider_id } => self.refund_apply(*refund, |it| {
                it.state = it.state.max(*to);
                if it.provider_id.is_none() {
                    it.provider_id.clone_from(provider_id);
                }
                match to {
                    RefundState::Succeeded => it.succeeded_at = it.succeeded_at.or(Some(at)),
                    RefundState::Failed => it.failed_at = it.failed_at.or(Some(at)),
                    RefundState::Requested | RefundState::Pending => {}
                }
            }),
            Event::RefundAsked { refund } => self.refund_apply(*refund, |it| it.asked_at = Some(at)),
            Event::RefundDropped { refund } => self.refund_apply(*refund, |it| it.superseded = true),
            Event::ForeignRefundMoved { provider_id, attempt, amount, from: _, to } => {
                self.foreign_refunds
                    .entry(provider_id.clone())
                    .and_modify(|known| known.state = known.state.max(*to))
                    .or_insert_with(|| ForeignRefund { attempt: *attempt, amount: *amount, state: *to });
            }
            Event::MoneyHeld { amount, until } => self.hold = Some(Hold { amount: *amount, until: *until }),
            Event::HoldEnded => self.hold = None,
            Event::Quarantined { report } => {
                self.quarantined.entry(report.clone()).or_insert(at);
            }
        }
    }

    fn attempt_apply(&mut self, no: AttemptNo, change: impl FnOnce(&mut Attempt)) {
        let index = usize::from(no.get()).checked_sub(1);
        if let Some(attempt) = index.and_then(|index| self.attempts.get_mut(index)) {
            change(attempt);
        }
    }

    fn refund_apply(&mut self, no: RefundNo, change: impl FnOnce(&mut Refund)) {
        let index = usize::from(no.get()).checked_sub(1);
        if let Some(refund) = index.and_then(|index| self.refunds.get_mut(index)) {
            change(refund);
        }
    }

    fn fulfilment_apply(&mut self, seller: SellerId, change: impl FnOnce(&mut Fulfilment)) {
        let index = self.contents.consignments.iter().position(|consignment| consignment.seller == seller);
        if let Some(fulfilment) = index.and_then(|index| self.fulfilments.get_mut(index)) {
            change(fulfilment);
        }
    }
}
