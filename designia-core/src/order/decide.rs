//! The rules for requests: what may be asked of an order, by whom, and when.

use std::sync::Arc;

use super::conclude::conclude;
use super::{
    Actor, CancelReason, Command, Contents, Decision, Event, FulfilmentStatus, Order, Placement, Refusal, Stage,
    Surroundings, Tracking, tick,
};
use crate::id::{AttemptNo, RefundNo, SellerId};
use crate::money::Money;
use crate::payment::{PaymentMethod, RefundReason};
use crate::time::Timestamp;

/// At most so many payment attempts for one order, so that a hostile buyer can't grow it without end.
const MAX_ATTEMPTS: u16 = 50;

impl Order {
    /// Places an order.
    ///
    /// # Errors
    /// [`Refusal::InvalidPlacement`] naming the field and the rule.
    pub fn place(placement: Placement, now: Timestamp) -> Result<Decision, Refusal> {
        let contents = Arc::new(Contents::freeze(placement, now)?);
        let order = Self::begin(Arc::clone(&contents));
        Ok(Decision { order, events: vec![Event::Placed { contents }], at: now })
    }

    /// Decides what a command leads to. Pure: the order itself is left as it is.
    ///
    /// # Errors
    /// A [`Refusal`] that says why not.
    pub fn decide(&self, command: &Command, now: Timestamp) -> Result<Decision, Refusal> {
        let mut draft = Decision::nothing(self, now);
        match command {
            Command::StartPayment { method } => start_payment(&mut draft, method, now)?,
            Command::Cancel { by, reason } => cancel(&mut draft, *by, reason)?,
            Command::CancelConsignment { seller, by, reason } => cancel_consignment(&mut draft, *seller, *by, reason)?,
            Command::Prepare { seller, by } => prepare(&mut draft, *seller, *by)?,
            Command::Ship { seller, by, tracking } => ship(&mut draft, *seller, *by, tracking)?,
            Command::Deliver { seller, by } => deliver(&mut draft, *seller, *by)?,
            Command::RetryRefund { refund } => retry_refund(&mut draft, *refund)?,
            Command::ReturnHeld => {
                draft.order.hold.ok_or_else(|| draft.order.not_now("returning held money"))?;
                draft.push(Event::HoldEnded);
            }
            Command::AcceptHeld => accept_held(&mut draft)?,
            Command::Tick => tick::tick(&mut draft, now),
        }
        conclude(&mut draft, &Surroundings::held_money_goes_back(now));
        Ok(draft)
    }

    pub(super) fn not_now(&self, action: &'static str) -> Refusal {
        Refusal::NotNow { action, status: self.status() }
    }
}

fn start_payment(draft: &mut Decision, method: &PaymentMethod, now: Timestamp) -> Result<(), Refusal> {
    let order = &draft.order;
    if order.stage != Stage::Pending {
        return Err(order.not_now("paying"));
    }
    if let Some(attempt) = order.live_attempt() {
        return Err(Refusal::PaymentInProgress { attempt: attempt.no() });
    }
    let amount = order.due();
    if !amount.is_positive() {
        return Err(Refusal::NothingDue);
    }
    let begun = u16::try_from(order.attempts.len()).unwrap_or(u16::MAX);
    if begun >= MAX_ATTEMPTS {
        return Err(Refusal::TooManyAttempts { limit: MAX_ATTEMPTS });
    }
    if let Some(deadline) = order.expires_at().filter(|deadline| *deadline <= now) {
        return Err(Refusal::TooLate { deadline });
    }
    let policy = &order.contents.terms.timeout;
    let deadline = policy.enforced_at(order.contents.placed_at, Some(method));
    let expires_at = deadline.min(now + policy.page_ttl);
    if expires_at.since(now) < policy.shortest_page {
        return Err(Refusal::TooLate { deadline });
    }
    draft.push(Event::PaymentStarted {
        attempt: AttemptNo::new(begun + 1),
        method: method.clone(),
        amount,
        expires_at,
    });
    Ok(())
}

fn cancel(draft: &mut Decision, by: Actor, reason: &str) -> Result<(), Refusal> {
    const ACTION: &str = "cancelling the order";
    draft.order.authorise(by, None, ACTION)?;
    let cause = CancelReason::Requested { by, reason: reason.to_owned() };
    match &draft.order.stage {
        Stage::Pending => begin_closing(draft, cause),
        Stage::Confirmed { .. } => {
            let live: Vec<_> = draft
                .order
                .consignments()
                .filter(|(_, fulfilment)| !fulfilment.is_cancelled())
                .map(|(consignment, fulfilment)| (consignment.seller, fulfilment.status()))
                .collect();
            if live.is_empty() {
                return Err(draft.order.not_now(ACTION));
            }
            if let Some((seller, _)) = live.iter().find(|(_, status)| !status.is_before_shipping()) {
                return Err(Refusal::AlreadyShipped { seller: *seller });
            }
            for (seller, _) in live {
                draft.push(Event::ConsignmentCancelled { seller, reason: cause.clone() });
            }
        }
        Stage::Closing { .. } | Stage::Cancelled { .. } => return Err(draft.order.not_now(ACTION)),
    }
    Ok(())
}

/// Money may still arrive through a live attempt, so the provider is asked before anything is final.
pub(super) fn begin_closing(draft: &mut Decision, cause: CancelReason) {
    if draft.order.live_attempt().is_some() {
        draft.push(Event::ClosingBegan { cause });
    } else {
        draft.push(Event::Cancelled { cause });
    }
}

fn cancel_consignment(draft: &mut Decision, seller: SellerId, by: Actor, reason: &str) -> Result<(), Refusal> {
    const ACTION: &str = "cancelling a seller's part";
    draft.order.authorise(by, Some(seller), ACTION)?;
    let status = draft.order.fulfilment_of(seller)?;
    let cause = CancelReason::Requested { by, reason: reason.to_owned() };
    match draft.order.stage {
        Stage::Pending => {
            if let Some(attempt) = draft.order.live_attempt() {
                return Err(Refusal::PaymentInProgress { attempt: attempt.no() });
            }
        }
        Stage::Confirmed { .. } => {}
        Stage::Closing { .. } | Stage::Cancelled { .. } => return Err(draft.order.not_now(ACTION)),
    }
    match status {
        FulfilmentStatus::Waiting | FulfilmentStatus::Preparing => {}
        FulfilmentStatus::Shipped | FulfilmentStatus::Delivered => return Err(Refusal::AlreadyShipped { seller }),
        FulfilmentStatus::Cancelled => {
            return Err(Refusal::ConsignmentNotReady { action: ACTION, seller, status: status.as_str() });
        }
    }
    let is_last = draft.order.fulfilments.iter().filter(|fulfilment| !fulfilment.is_cancelled()).count() == 1;
    if is_last && draft.order.stage == Stage::Pending {
        draft.push(Event::Cancelled { cause });
    } else {
        draft.push(Event::ConsignmentCancelled { seller, reason: cause });
    }
    Ok(())
}

fn prepare(draft: &mut Decision, seller: SellerId, by: Actor) -> Result<(), Refusal> {
    const ACTION: &str = "preparing";
    match draft.order.fulfilment_to_move(seller, by, ACTION)? {
        FulfilmentStatus::Waiting => draft.push(Event::ConsignmentPrepared { seller, by }),
        FulfilmentStatus::Preparing => {}
        status @ (FulfilmentStatus::Shipped | FulfilmentStatus::Delivered | FulfilmentStatus::Cancelled) => {
            return Err(Refusal::ConsignmentNotReady { action: ACTION, seller, status: status.as_str() });
        }
    }
    Ok(())
}

fn ship(draft: &mut Decision, seller: SellerId, by: Actor, tracking: &Tracking) -> Result<(), Refusal> {
    const ACTION: &str = "shipping";
    for (field, value) in [("shipping_carrier", &tracking.carrier), ("tracking_number", &tracking.number)] {
        if value.trim().is_empty() || value.chars().count() > 100 {
            return Err(Refusal::InvalidField { field, rule: "must be 1 to 100 characters" });
        }
    }
    match draft.order.fulfilment_to_move(seller, by, ACTION)? {
        FulfilmentStatus::Waiting | FulfilmentStatus::Preparing | FulfilmentStatus::Shipped => {
            let known = draft.order.consignment(seller).and_then(|(_, fulfilment)| fulfilment.tracking());
            if known != Some(tracking) {
                draft.push(Event::ConsignmentShipped { seller, by, tracking: tracking.clone() });
            }
        }
        status @ (FulfilmentStatus::Delivered | FulfilmentStatus::Cancelled) => {
            return Err(Refusal::ConsignmentNotReady { action: ACTION, seller, status: status.as_str() });
        }
    }
    Ok(())
}

fn deliver(draft: &mut Decision, seller: SellerId, by: Actor) -> Result<(), Refusal> {
    const ACTION: &str = "delivering";
    let status = match by {
        // The buyer knows best whether a part has arrived, whoever's part it is.
        Actor::Buyer(buyer) if buyer == draft.order.buyer() => {
            draft.order.fulfilment_to_move(seller, Actor::Operator, ACTION)?
        }
        Actor::Buyer(_) | Actor::Seller(_) | Actor::Operator => draft.order.fulfilment_to_move(seller, by, ACTION)?,
    };
    match status {
        FulfilmentStatus::Shipped => draft.push(Event::ConsignmentDelivered { seller, by }),
        FulfilmentStatus::Delivered => {}
        FulfilmentStatus::Waiting | FulfilmentStatus::Preparing | FulfilmentStatus::Cancelled => {
            return Err(Refusal::ConsignmentNotReady { action: ACTION, seller, status: status.as_str() });
        }
    }
    Ok(())
}

fn retry_refund(draft: &mut Decision, no: RefundNo) -> Result<(), Refusal> {
    let refund = draft.order.refund(no).ok_or(Refusal::NoSuchRefund { refund: no })?;
    if !refund.is_stuck() {
        return Err(Refusal::RefundNotStuck { refund: no });
    }
    let event = Event::RefundRequested {
        refund: draft.order.next_refund(),
        attempt: refund.attempt,
        amount: refund.amount,
        reason: RefundReason::Retry(no),
    };
    draft.push(event);
    Ok(())
}

fn accept_held(draft: &mut Decision) -> Result<(), Refusal> {
    let order = &draft.order;
    let hold = order.hold.ok_or_else(|| order.not_now("accepting held money"))?;
    let needed = Money::new(order.money().cost, order.currency());
    if hold.amount.minor() < needed.minor() {
        return Err(Refusal::HeldTooLittle { held: hold.amount, needed });
    }
    draft.push(Event::Reinstated);
    Ok(())
}

impl Order {
    /// Checks who asks: a buyer for the own order, a seller for the own part, the marketplace for everything.
    fn authorise(&self, by: Actor, part_of: Option<SellerId>, action: &'static str) -> Result<(), Refusal> {
        let allowed = match by {
            Actor::Buyer(buyer) => buyer == self.buyer(),
            Actor::Seller(seller) => part_of == Some(seller),
            Actor::Operator => true,
        };
        if allowed { Ok(()) } else { Err(Refusal::NotAllowed { by, action }) }
    }

    fn fulfilment_of(&self, seller: SellerId) -> Result<FulfilmentStatus, Refusal> {
        self.consignment(seller).map(|(_, fulfilment)| fulfilment.status()).ok_or(Refusal::NoSuchConsignment { seller })
    }

    /// Only a confirmed order moves, and only by the hand of the part's seller or the marketplace.
    fn fulfilment_to_move(
        &self,
        seller: SellerId,
        by: Actor,
        action: &'static str,
    ) -> Result<FulfilmentStatus, Refusal> {
        match by {
            Actor::Buyer(_) => return Err(Refusal::NotAllowed { by, action }),
            Actor::Seller(_) | Actor::Operator => self.authorise(by, Some(seller), action)?,
        }
        let status = self.fulfilment_of(seller)?;
        match self.stage {
            Stage::Confirmed { .. } => Ok(status),
            Stage::Pending | Stage::Closing { .. } | Stage::Cancelled { .. } => Err(self.not_now(action)),
        }
    }

    pub(super) fn next_refund(&self) -> RefundNo {
        RefundNo::new(u16::try_from(self.refunds.len()).unwrap_or(u16::MAX - 1) + 1)
    }
}
