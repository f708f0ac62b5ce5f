//! What the world is to do about a decision: stock to move, money to book, calls to make.
//!
//! All of it follows from the events, in one place, and is committed with them. So an effect can't be planned without its
//! cause, nor a cause recorded without its effect.

use serde::{Deserialize, Serialize};

use super::{Consignment, Decision, Event, Order};
use crate::effect::{
    Effect, EffectId, EffectRequest, IdempotencyKey, Message, MessageKind, OpenPayment, PageLine, PaymentRef,
    RefundPayment,
};
use crate::id::{AttemptNo, OrderId, ProductId, RefundNo, SellerId};
use crate::ledger::{Account, Journal};
use crate::money::Money;
use crate::payment::RefundState;
use crate::time::{DAY, Timestamp};

/// What follows from a decision.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Changes {
    /// Stock to move. The commit fails if a reservation finds too little.
    pub stock: Vec<StockMovement>,
    /// Money to book.
    pub journals: Vec<Journal>,
    /// Calls to make.
    pub effects: Vec<Effect>,
}

/// Why stock moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockReason {
    /// It is reserved for an order.
    Reserve,
    /// It is free again.
    Release,
}

impl StockReason {
    /// The word used in columns, filters and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reserve => "reserve",
            Self::Release => "release",
        }
    }
}

/// Stock of one product moving for one order. Order, product, reason and round together are unique: applying a movement
/// twice is impossible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StockMovement {
    /// The order.
    pub order: OrderId,
    /// The product.
    pub product: ProductId,
    /// Why.
    pub reason: StockReason,
    /// How often the order's stock had been reserved anew before: 0 until late money reinstates it.
    pub round: u16,
    /// How many.
    pub quantity: u32,
    /// When.
    pub at: Timestamp,
}

impl Changes {
    /// What follows from a decision.
    #[must_use]
    pub fn of(decision: &Decision) -> Self {
        let mut changes = Self::default();
        for (seq, event) in (decision.expected_version() + 1..).zip(&decision.events) {
            Drawing { changes: &mut changes, order: &decision.order, seq, at: decision.at, effects: 0 }.draw(event);
        }
        changes
    }
}

/// Draws the changes of one event. The order is the one after the whole decision; names and amounts only grow, so it knows
/// all that the event knew.
struct Drawing<'a> {
    changes: &'a mut Changes,
    order: &'a Order,
    seq: u32,
    at: Timestamp,
    effects: u8,
}

impl Drawing<'_> {
    fn draw(&mut self, event: &Event) {
        match event {
            Event::Placed { contents } => {
                self.stock(contents.consignments.iter(), StockReason::Reserve);
                let pay_by = contents.terms.timeout.shown_at(contents.placed_at, None);
                self.tell(MessageKind::OrderPlaced { total: contents.total, pay_by });
            }
            Event::Reminded { .. } => {
                if let Some(pay_by) = self.order.pay_by() {
                    self.tell(MessageKind::PaymentReminder { total: self.order.due(), pay_by });
                }
            }
            Event::PaymentStarted { attempt, .. } => self.open(*attempt),
            Event::PaymentAsked { attempt } => {
                self.call(|order| order.payment_ref(*attempt).map(EffectRequest::Ask), &format!("ask-{attempt}"));
            }
            Event::VoidRequested { attempt } => {
                self.call(|order| order.payment_ref(*attempt).map(EffectRequest::Void), &format!("void-{attempt}"));
            }
            Event::PaymentCaptured { received, .. } => {
                self.book(Account::ProviderBalance, Account::BuyerFunds, *received);
            }
            Event::Confirmed => self.confirmed(),
            Event::Cancelled { cause } => {
                self.stock_of_live_parts(StockReason::Release);
                self.tell(MessageKind::OrderCancelled { reason: cause.to_string() });
            }
            Event::Reinstated => {
                self.stock_of_live_parts(StockReason::Reserve);
                self.tell(MessageKind::OrderReinstated);
                self.tell_sellers();
            }
            Event::ConsignmentShipped { seller, tracking, .. } => self.tell(MessageKind::Shipped {
                seller: *seller,
                carrier: tracking.carrier.clone(),
                tracking_number: tracking.number.clone(),
            }),
            Event::ConsignmentCancelled { seller, reason } => {
                let order = self.order;
                self.stock(order.consignment(*seller).map(|(part, _)| part).into_iter(), StockReason::Release);
                self.tell(MessageKind::ConsignmentCancelled { seller: *seller, reason: reason.to_string() });
                // Nobody was told to ship before the order was paid.
                if order.confirmed_at().is_some() {
                    self.tell(MessageKind::SellerCancelled { seller: *seller, reason: reason.to_string() });
                }
            }
            Event::ConsignmentDelivered { seller, .. } => self.tell(MessageKind::Delivered { seller: *seller }),
            Event::RefundRequested { refund, amount, .. } => {
                self.refund(*refund);
                self.book(Account::BuyerFunds, Account::RefundsInTransit, *amount);
            }
            Event::RefundMoved { refund, from, to, .. } => self.refund_moved(*refund, *from, *to),
            Event::RefundAsked { refund } => self.call(
                |order| order.refund_payment(*refund).map(EffectRequest::AskRefund),
                &format!("ask-refund-{refund}"),
            ),
            Event::ForeignRefundMoved { amount, from, to, .. } => self.foreign_refund_moved(*amount, *from, *to),
            Event::MoneyHeld { amount, until } => {
                self.alarm(format!("{amount} arrived after the cancellation and is held"), *until);
            }
            Event::Quarantined { report } => self.alarm(report.to_string(), self.at + DAY * 3),
            Event::AttemptOpened { .. }
            | Event::PaymentDeclined { .. }
            | Event::PaymentPromised { .. }
            | Event::AttemptClosed { .. }
            | Event::ClosingBegan { .. }
            | Event::ConsignmentPrepared { .. }
            | Event::RefundDropped { .. }
            | Event::HoldEnded => {}
        }
    }

    fn confirmed(&mut self) {
        let total = Money::new(self.order.money().captured, self.order.currency());
        self.tell(MessageKind::PaymentReceived { total });
        self.tell_sellers();
    }

    fn refund_moved(&mut self, no: RefundNo, from: RefundState, to: RefundState) {
        let Some(amount) = self.order.refund(no).map(|refund| refund.amount) else { return };
        match (from, to) {
            (RefundState::Requested | RefundState::Pending, RefundState::Succeeded) => {
                self.book(Account::RefundsInTransit, Account::ProviderBalance, amount);
                self.tell(MessageKind::Refunded { amount });
            }
            (RefundState::Requested | RefundState::Pending, RefundState::Failed) => {
                self.book(Account::RefundsInTransit, Account::BuyerFunds, amount);
                self.alarm(format!("refund {no} of {amount} failed"), self.at + DAY * 3);
            }
            (RefundState::Succeeded, RefundState::Failed) => {
                self.book(Account::ProviderBalance, Account::BuyerFunds, amount);
                self.alarm(format!("refund {no} of {amount} came back"), self.at + DAY * 3);
            }
            (_, RefundState::Requested | RefundState::Pending)
            | (RefundState::Succeeded | RefundState::Failed, RefundState::Succeeded)
            | (RefundState::Failed, RefundState::Failed) => {}
        }
    }

    fn foreign_refund_moved(&mut self, amount: Money, from: Option<RefundState>, to: RefundState) {
        match (from, to) {
            (None, RefundState::Requested | RefundState::Pending | RefundState::Succeeded) => {
                self.book(Account::BuyerFunds, Account::ProviderBalance, amount);
            }
            (Some(RefundState::Requested | RefundState::Pending | RefundState::Succeeded), RefundState::Failed) => {
                self.book(Account::ProviderBalance, Account::BuyerFunds, amount);
            }
            (Some(_), _) | (None, RefundState::Failed) => {}
        }
    }

    fn open(&mut self, no: AttemptNo) {
        let request = |order: &Order| {
            let attempt = order.attempt(no)?;
            Some(EffectRequest::Open(OpenPayment {
                payment: order.payment_ref(no)?,
                amount: attempt.amount(),
                method: attempt.method().clone(),
                expires_at: attempt.expires_at(),
                email: order.contents().email.clone(),
                lines: page_lines(order, attempt.amount()),
            }))
        };
        self.effect(request, |order| format!("open-{}-{no}", order.id()));
    }

    fn refund(&mut self, no: RefundNo) {
        let request = |order: &Order| order.refund_payment(no).map(EffectRequest::Refund);
        self.effect(request, |order| format!("refund-{}-{no}", order.id()));
    }

    /// A call that may be made several times in an order's life: its key names the event, too.
    fn call(&mut self, request: impl FnOnce(&Order) -> Option<EffectRequest>, word: &str) {
        let seq = self.seq;
        self.effect(request, |order| format!("{word}-{}-{seq}", order.id()));
    }

    fn tell(&mut self, kind: MessageKind) {
        let index = self.effects;
        let seq = self.seq;
        let message = |order: &Order| {
            let email = order.contents().email.clone();
            Some(EffectRequest::Notify(Message { order: order.id(), email, kind }))
        };
        self.effect(message, |order| format!("notify-{}-{seq}-{index}", order.id()));
    }

    fn tell_sellers(&mut self) {
        let order = self.order;
        let live = order.consignments().filter(|(_, fulfilment)| !fulfilment.is_cancelled());
        for seller in live.map(|(consignment, _)| consignment.seller).collect::<Vec<SellerId>>() {
            self.tell(MessageKind::SellerOrder { seller });
        }
    }

    fn alarm(&mut self, what: String, deadline: Timestamp) {
        self.tell(MessageKind::NeedsAttention { what, deadline });
    }

    fn effect(&mut self, request: impl FnOnce(&Order) -> Option<EffectRequest>, key: impl FnOnce(&Order) -> String) {
        let Some(request) = request(self.order) else { return };
        let id = EffectId { order: self.order.id(), event: self.seq, index: self.effects };
        let key = IdempotencyKey::new(key(self.order));
        self.changes.effects.push(Effect { id, key, request, planned_at: self.at });
        self.effects += 1;
    }

    fn book(&mut self, debit: Account, credit: Account, amount: Money) {
        if amount.is_positive() {
            let journal = Journal { order: self.order.id(), event: self.seq, at: self.at, debit, credit, amount };
            self.changes.journals.push(journal);
        }
    }

    fn stock_of_live_parts(&mut self, reason: StockReason) {
        let order = self.order;
        let live = order.consignments().filter(|(_, fulfilment)| !fulfilment.is_cancelled());
        self.stock(live.map(|(consignment, _)| consignment), reason);
    }

    fn stock<'c>(&mut self, parts: impl Iterator<Item = &'c Consignment>, reason: StockReason) {
        let (order, round, at) = (self.order.id(), self.order.stock_round, self.at);
        self.changes.stock.extend(parts.flat_map(|part| &part.lines).map(|line| StockMovement {
            order,
            product: line.product,
            reason,
            round,
            quantity: line.quantity,
            at,
        }));
    }
}

impl Order {
    /// Everything that may help to find an attempt at the provider.
    #[must_use]
    pub fn payment_ref(&self, no: AttemptNo) -> Option<PaymentRef> {
        let attempt = self.attempt(no)?;
        Some(PaymentRef {
            order: self.id(),
            attempt: no,
            refs: attempt.refs().clone(),
            started_at: attempt.started_at(),
        })
    }

    fn refund_payment(&self, no: RefundNo) -> Option<RefundPayment> {
        let refund = self.refund(no)?;
        Some(RefundPayment {
            payment: self.payment_ref(refund.attempt)?,
            refund: no,
            amount: refund.amount,
            requested_at: refund.requested_at,
            provider_id: refund.provider_id.clone(),
        })
    }

    /// Whether the order still wants this call made. A call that was never sent and is no longer wanted is withdrawn.
    #[must_use]
    pub fn wants(&self, request: &EffectRequest) -> bool {
        let live = |payment: &PaymentRef| self.attempt(payment.attempt).is_some_and(|it| it.state().is_live());
        match request {
            EffectRequest::Open(open) => self.expires_at().is_some() && live(&open.payment),
            EffectRequest::Void(payment) | EffectRequest::Ask(payment) => live(payment),
            EffectRequest::Refund(refund) => {
                self.refund(refund.refund).is_some_and(|it| it.state == RefundState::Requested)
            }
            EffectRequest::AskRefund(refund) => self.refund(refund.refund).is_some_and(|it| match it.state {
                RefundState::Pending | RefundState::Succeeded => true,
                RefundState::Requested | RefundState::Failed => false,
            }),
            EffectRequest::Notify(_) => true,
        }
    }
}

/// What the provider's page shows: the goods, if they are just what is to be paid, or else one line for the rest.
fn page_lines(order: &Order, amount: Money) -> Vec<PageLine> {
    let contents = order.contents();
    if amount != contents.total {
        return vec![PageLine { title: format!("Order {}", contents.id), quantity: 1, unit_amount: amount }];
    }
    let goods = contents.consignments.iter().flat_map(|part| &part.lines).map(|line| PageLine {
        title: line.title.clone(),
        quantity: line.quantity,
        unit_amount: line.unit_price,
    });
    let shipping = contents.consignments.iter().filter(|part| part.shipping.is_positive()).map(|part| PageLine {
        title: "Shipping".to_owned(),
        quantity: 1,
        unit_amount: part.shipping,
    });
    goods.chain(shipping).collect()
}
