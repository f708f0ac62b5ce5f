//! Given, when, then.

use std::collections::BTreeMap;

use super::laws;
use super::steps::{NOON, Step, placement};
use crate::effect::Effect;
use crate::id::ProductId;
use crate::ledger::{Account, Journal};
use crate::order::{
    Changes, Decision, Event, Order, OrderStatus, PaymentStatus, Refusal, StockMovement, Surroundings, Terms,
};
use crate::time::Timestamp;

/// An order, everything that happened to it, and everything that followed from that.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) order: Order,
    pub(crate) now: Timestamp,
    pub(crate) history: Vec<(Event, Timestamp)>,
    pub(crate) journals: Vec<Journal>,
    pub(crate) stock: Vec<StockMovement>,
    pub(crate) effects: Vec<Effect>,
    /// What the latest step led to.
    pub(crate) latest: Result<Vec<Event>, Refusal>,
    /// How many effects there were before the latest step.
    effects_before: usize,
}

/// An order on the default terms to which these steps have happened.
pub(crate) fn given(steps: impl IntoIterator<Item = Step>) -> Scenario {
    given_on(Terms::default(), steps)
}

/// An order on these terms to which these steps have happened.
pub(crate) fn given_on(terms: Terms, steps: impl IntoIterator<Item = Step>) -> Scenario {
    steps.into_iter().fold(Scenario::placed(terms), |scenario, step| {
        let scenario = scenario.when(step.clone());
        assert!(scenario.latest.is_ok(), "{step:?} was refused: {:?}", scenario.latest);
        scenario
    })
}

impl Scenario {
    pub(crate) fn placed(terms: Terms) -> Self {
        let decision = Order::place(placement(terms), NOON).unwrap();
        let mut scenario = Self {
            order: decision.order.clone(),
            now: NOON,
            history: Vec::new(),
            journals: Vec::new(),
            stock: Vec::new(),
            effects: Vec::new(),
            latest: Ok(Vec::new()),
            effects_before: 0,
        };
        scenario.commit(decision);
        scenario
    }

    /// One thing happens.
    pub(crate) fn when(mut self, step: Step) -> Self {
        match step {
            Step::Ask(command) => match self.order.decide(&command, self.now) {
                Ok(decision) => {
                    laws::hold_for_command(&self, &command, &decision);
                    self.commit(decision);
                }
                Err(refusal) => self.latest = Err(refusal),
            },
            Step::Hear(fact) => {
                let decision = self.order.record(&fact, &Surroundings::at(self.now));
                laws::hold_for_fact(&self, &fact, &decision);
                self.commit(decision);
            }
            Step::HearWithoutStock(fact) => {
                let decision = self.order.record(&fact, &Surroundings { now: self.now, restock: false });
                self.commit(decision);
            }
            Step::Wait(until) => {
                assert!(NOON + until >= self.now, "time doesn't run backwards");
                self.now = NOON + until;
            }
        }
        self
    }

    fn commit(&mut self, decision: Decision) {
        self.effects_before = self.effects.len();
        let changes = Changes::of(&decision);
        laws::hold_for_decision(self, &decision, &changes);
        self.history.extend(decision.events.iter().map(|event| (event.clone(), decision.at)));
        self.journals.extend(changes.journals);
        self.stock.extend(changes.stock);
        self.effects.extend(changes.effects);
        self.order = decision.order;
        self.latest = Ok(decision.events);
        laws::hold_for_order(self);
    }

    /// Several things happen, one after the other.
    pub(crate) fn and(self, steps: impl IntoIterator<Item = Step>) -> Self {
        steps.into_iter().fold(self, Self::when)
    }

    /// The latest step led to just these events, by their names.
    #[track_caller]
    pub(crate) fn happens(self, names: &[&str]) -> Self {
        let events = self.latest.as_ref().expect("the step was refused");
        assert_eq!(events.iter().map(event_name).collect::<Vec<_>>(), names);
        self
    }

    /// The latest step led to nothing.
    #[track_caller]
    pub(crate) fn nothing_happens(self) -> Self {
        self.happens(&[])
    }

    /// The latest step was refused, with this code.
    #[track_caller]
    pub(crate) fn refused(self, code: &str) -> Self {
        let refusal = self.latest.as_ref().expect_err("the step was not refused");
        assert_eq!(refusal.code(), code, "{refusal}");
        self
    }

    #[track_caller]
    pub(crate) fn stands(self, status: OrderStatus, payment: PaymentStatus) -> Self {
        assert_eq!((self.order.status(), self.order.payment_status()), (status, payment));
        self
    }

    /// The latest step planned just these calls, by their kinds; messages are left out.
    #[track_caller]
    pub(crate) fn calls(self, kinds: &[&str]) -> Self {
        let planned = &self.effects[self.effects_before..];
        let calls: Vec<_> =
            planned.iter().map(|effect| effect.request.kind()).filter(|kind| *kind != "notify").collect();
        assert_eq!(calls, kinds);
        self
    }

    /// Each refund's amount and attempt, oldest first.
    #[track_caller]
    pub(crate) fn refunds(self, expected: &[(i64, u16)]) -> Self {
        let refunds: Vec<_> =
            self.order.refunds().iter().map(|refund| (refund.amount.minor(), refund.attempt.get())).collect();
        assert_eq!(refunds, expected);
        self
    }

    pub(crate) fn then(self, check: impl FnOnce(&Self)) -> Self {
        check(&self);
        self
    }

    /// What an account of the books says, in minor units, positive on the debit side.
    pub(crate) fn balance(&self, account: Account) -> i128 {
        let postings = self.journals.iter().flat_map(Journal::postings);
        postings.filter(|(posted, _, _)| *posted == account).map(|(_, _, minor)| i128::from(minor)).sum()
    }

    /// How much of each product the order has reserved.
    pub(crate) fn reserved(&self) -> BTreeMap<ProductId, i64> {
        let mut reserved = BTreeMap::new();
        for movement in &self.stock {
            *reserved.entry(movement.product).or_insert(0) += laws::signed(movement);
        }
        reserved
    }
}

/// The name under which an event is stored.
pub(crate) fn event_name(event: &Event) -> &'static str {
    match event {
        Event::Placed { .. } => "placed",
        Event::Reminded { .. } => "reminded",
        Event::PaymentStarted { .. } => "payment_started",
        Event::AttemptOpened { .. } => "attempt_opened",
        Event::PaymentDeclined { .. } => "payment_declined",
        Event::PaymentPromised { .. } => "payment_promised",
        Event::PaymentCaptured { .. } => "payment_captured",
        Event::AttemptClosed { .. } => "attempt_closed",
        Event::PaymentAsked { .. } => "payment_asked",
        Event::ClosingBegan { .. } => "closing_began",
        Event::VoidRequested { .. } => "void_requested",
        Event::Confirmed => "confirmed",
        Event::Cancelled { .. } => "cancelled",
        Event::Reinstated => "reinstated",
        Event::ConsignmentPrepared { .. } => "consignment_prepared",
        Event::ConsignmentShipped { .. } => "consignment_shipped",
        Event::ConsignmentDelivered { .. } => "consignment_delivered",
        Event::ConsignmentCancelled { .. } => "consignment_cancelled",
        Event::RefundRequested { .. } => "refund_requested",
        Event::RefundMoved { .. } => "refund_moved",
        Event::RefundAsked { .. } => "refund_asked",
        Event::RefundDropped { .. } => "refund_dropped",
        Event::ForeignRefundMoved { .. } => "foreign_refund_moved",
        Event::MoneyHeld { .. } => "money_held",
        Event::HoldEnded => "hold_ended",
        Event::Quarantined { .. } => "quarantined",
    }
}
