//! The production rules, asked once per question.
//!
//! Orders are interned: two orders that differ only in what no rule looks at (the version, the exact moment of something
//! long past) are one entry, represented by the order that was met first. What a representative decides is remembered, so
//! that the search pays for the production code once per different question and can afford millions of states around it.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use designia_core::effect::EffectRequest;
use designia_core::id::{AttemptNo, BuyerId, OrderId, ProductId, RefundNo, SellerId};
use designia_core::ledger::{Account, Journal};
use designia_core::money::Money;
use designia_core::order::{
    Actor, CancelReason, Changes, Command, Decision, Event, FulfilmentStatus, LatePaymentPolicy, Line, Order,
    OrderStatus, Placement, StockReason, Surroundings, Terms, Tracking,
};
use designia_core::payment::{
    AttemptState, CloseReason, Decline, Fact, PaymentMethod, PaymentNews, ProviderRefs, RefundNews, RefundState,
    RefundSubject,
};
use designia_core::time::{DAY, Timestamp};
use uuid::Uuid;

use super::bounds::{INSTANTS, NOON, PRICES, UNITS, instant};

/// What people, timers and mutants ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Request {
    Pay,
    Cancel,
    CancelPart(usize),
    Ship(usize),
    RetryRefund(u8),
    ReturnHeld,
    AcceptHeld,
    Tick,
}

/// What the provider says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Heard {
    Open(usize),
    Declined(usize),
    Promised(usize),
    Captured(usize, u8),
    Closed(usize, Why),
    Refund(u8, RefundState),
    RefundRefused(u8),
    Dashboard { attempt: usize, amount: u8, state: RefundState },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Why {
    Refused,
    Gone,
    SettlementFailed,
    Unpaid,
}

/// A question to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Input {
    Ask(Request),
    Hear(Heard),
    HearBoth(Heard, Heard),
    /// For a mutant: the first is believed without having been heard, then the request is decided.
    Suppose(Heard, Request),
}

/// Which outside call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    Open,
    Void,
    Ask,
    Refund,
    AskRefund,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) product: usize,
    pub(crate) reason: StockReason,
    pub(crate) round: u8,
    pub(crate) quantity: u8,
}

/// What a question led to.
#[derive(Debug)]
pub(crate) enum Outcome {
    Refused,
    Nothing,
    Step { to: u32, stock: Vec<Moved>, calls: Vec<(Kind, u8)> },
}

/// An order, and all that the search needs to know of it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) order: Order,
    trail: Trail,
    pub(crate) belief: Belief,
}

/// What an order doesn't show and yet matters; gathered from its events.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
struct Trail {
    reinstated: u8,
    reminders: u8,
    closing: Option<CancelReason>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Pending,
    Closing,
    Confirmed,
    Cancelled,
}

#[derive(Clone, Debug)]
pub(crate) struct Belief {
    pub(crate) stage: Stage,
    pub(crate) is_cancelled: bool,
    pub(crate) attempts: Vec<BeliefAttempt>,
    pub(crate) refunds: Vec<BeliefRefund>,
    pub(crate) dashboard: Option<RefundState>,
    pub(crate) owed: i64,
    pub(crate) waits: i64,
    pub(crate) next_tick: Option<Timestamp>,
    pub(crate) reserved: [u8; 2],
}

#[derive(Clone, Debug)]
pub(crate) struct BeliefAttempt {
    pub(crate) state: AttemptState,
    pub(crate) amount: u8,
    pub(crate) captured: u8,
    pub(crate) expires_at: Timestamp,
}

#[derive(Clone, Debug)]
pub(crate) struct BeliefRefund {
    pub(crate) attempt: usize,
    pub(crate) amount: u8,
    pub(crate) state: RefundState,
    /// Whether its failure would still be found out by asking.
    pub(crate) is_watched: bool,
}

/// What makes two orders the same to every rule.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    trail: Trail,
    status: OrderStatus,
    is_confirmed: bool,
    cancelled: Option<(CancelReason, u8)>,
    parts: Vec<FulfilmentStatus>,
    attempts: Vec<AttemptKey>,
    refunds: Vec<RefundKey>,
    dashboard: Vec<(AttemptNo, Money, RefundState)>,
    quarantined: usize,
    hold: Option<(Money, u8)>,
}

#[derive(PartialEq, Eq, Hash)]
struct AttemptKey {
    amount: Money,
    expires_at: u8,
    is_named: bool,
    state: AttemptState,
    captured: Money,
    settles_by: Option<u8>,
    closed: Option<CloseReason>,
    is_declined: bool,
    is_void_requested: bool,
    next_ask: Option<u8>,
}

#[derive(PartialEq, Eq, Hash)]
struct RefundKey {
    attempt: AttemptNo,
    amount: Money,
    state: RefundState,
    is_named: bool,
    superseded: bool,
    requested: u8,
    next_ask: Option<u8>,
    retry: Option<u8>,
}

#[derive(Debug, Default)]
pub(crate) struct Book {
    entries: Vec<Entry>,
    index: HashMap<u64, Vec<u32>>,
    memo: HashMap<(u32, Input, Timestamp, bool), Rc<Outcome>>,
}

impl Book {
    /// Writes an order down on these terms, as placed at [`NOON`].
    pub(crate) fn place(&mut self, terms: Terms) -> Result<(u32, Vec<Moved>), String> {
        let decision = Order::place(placement(terms), NOON).map_err(|refusal| refusal.to_string())?;
        let stock = moved(&Changes::of(&decision));
        Ok((self.intern(decision.order, Trail::default())?, stock))
    }

    pub(crate) fn entry(&self, order: u32) -> &Entry {
        &self.entries[usize::try_from(order).expect("an index")]
    }

    pub(crate) fn belief(&self, order: u32) -> &Belief {
        &self.entry(order).belief
    }

    pub(crate) fn orders(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn questions(&self) -> usize {
        self.memo.len()
    }

    /// What the production rules make of a question.
    pub(crate) fn decide(
        &mut self,
        order: u32,
        input: Input,
        now: Timestamp,
        restock: bool,
    ) -> Result<Rc<Outcome>, String> {
        let question = (order, input, now, restock);
        if let Some(known) = self.memo.get(&question) {
            return Ok(Rc::clone(known));
        }
        let entry = self.entry(order);
        let around = Surroundings { now, restock };
        let (before, trail) = (&entry.order, entry.trail.clone());
        let hear = |order: &Order, heard| order.record(&fact(order, heard), &around);
        let decision = match input {
            Input::Ask(request) => before.decide(&command(request), now),
            Input::Hear(heard) => Ok(hear(before, heard)),
            Input::HearBoth(first, second) => {
                let first = hear(before, first);
                let second = hear(&first.order, second);
                Ok(first.then(second))
            }
            Input::Suppose(heard, request) => {
                let first = hear(before, heard);
                first.order.decide(&command(request), now).map(|second| first.then(second))
            }
        };
        let outcome = match decision {
            Err(_) => Outcome::Refused,
            Ok(decision) if decision.events.is_empty() => Outcome::Nothing,
            Ok(decision) => {
                let changes = Changes::of(&decision);
                agrees_with_its_events(before, &decision, &changes)?;
                if input == Input::Ask(Request::Tick) {
                    let next = decision.order.next_tick_at();
                    if next.is_some_and(|next| next <= now) {
                        return Err(format!("after a tick at {now} the next is due at {next:?}"));
                    }
                }
                let (stock, calls) = (moved(&changes), calls(&changes));
                let trail = trail.after(&decision.events);
                Outcome::Step { to: self.intern(decision.order, trail)?, stock, calls }
            }
        };
        let outcome = Rc::new(outcome);
        self.memo.insert(question, Rc::clone(&outcome));
        Ok(outcome)
    }

    fn intern(&mut self, order: Order, trail: Trail) -> Result<u32, String> {
        let key = Key::of(&order, &trail);
        let hash = super::search::hash_of(&key);
        let found = self.index.get(&hash).into_iter().flatten().find(|known| {
            let entry = self.entry(**known);
            Key::of(&entry.order, &entry.trail) == key
        });
        if let Some(found) = found {
            return Ok(*found);
        }
        stands_to_reason(&order)?;
        let belief = Belief::of(&order);
        let id = u32::try_from(self.entries.len()).expect("fewer orders than that");
        self.entries.push(Entry { order, trail, belief });
        self.index.entry(hash).or_default().push(id);
        Ok(id)
    }
}

impl Trail {
    fn after(mut self, events: &[Event]) -> Self {
        for event in events {
            match event {
                Event::Reinstated => self.reinstated += 1,
                Event::Reminded { number } => self.reminders = *number,
                Event::ClosingBegan { cause } => self.closing = Some(cause.clone()),
                Event::Confirmed | Event::Cancelled { .. } => self.closing = None,
                _ => {}
            }
        }
        self
    }
}

/// The first of the explored instants at which something is due: no rule can tell two moments apart that share it.
fn due(at: Timestamp) -> u8 {
    let instants = u8::try_from(INSTANTS).expect("few instants");
    (0..instants).find(|index| instant(*index) >= at).unwrap_or(instants)
}

/// The last instant at which late money would make a cancelled order stand again.
fn reinstatable_until(order: &Order, cancelled_at: Timestamp) -> u8 {
    match order.contents().terms.late_payment {
        LatePaymentPolicy::Reinstate { within } => due(cancelled_at + within + Duration::from_micros(1)),
        LatePaymentPolicy::Refund | LatePaymentPolicy::Hold { .. } => 0,
    }
}

impl Key {
    fn of(order: &Order, trail: &Trail) -> Self {
        Self {
            trail: trail.clone(),
            status: order.status(),
            is_confirmed: order.confirmed_at().is_some(),
            cancelled: order.cancellation().map(|(cause, at)| (cause.clone(), reinstatable_until(order, at))),
            parts: order.consignments().map(|(_, fulfilment)| fulfilment.status()).collect(),
            attempts: order
                .attempts()
                .iter()
                .map(|attempt| AttemptKey {
                    amount: attempt.amount(),
                    expires_at: due(attempt.expires_at()),
                    is_named: !attempt.refs().is_empty(),
                    state: attempt.state(),
                    captured: attempt.captured(),
                    settles_by: attempt.settles_by().map(due),
                    closed: attempt.close_reason().cloned(),
                    is_declined: !attempt.declines().is_empty(),
                    is_void_requested: attempt.is_void_requested(),
                    next_ask: attempt.next_ask_at().map(due),
                })
                .collect(),
            refunds: order
                .refunds()
                .iter()
                .map(|refund| RefundKey {
                    attempt: refund.attempt,
                    amount: refund.amount,
                    state: refund.state,
                    is_named: refund.provider_id.is_some(),
                    superseded: refund.superseded,
                    requested: due(refund.requested_at + DAY),
                    next_ask: refund.next_ask_at().map(due),
                    retry: refund.retry_at().map(due),
                })
                .collect(),
            dashboard: order.foreign_refunds().values().map(|it| (it.attempt, it.amount, it.state)).collect(),
            quarantined: order.quarantined().len(),
            hold: order.hold().map(|hold| (hold.amount, due(hold.until))),
        }
    }
}

fn small(minor: i64) -> u8 {
    u8::try_from(minor).expect("small amounts")
}

impl Belief {
    fn of(order: &Order) -> Self {
        let status = order.status();
        let stage = if order.confirmed_at().is_some() {
            Stage::Confirmed
        } else if status == OrderStatus::PendingPayment {
            Stage::Pending
        } else if status == OrderStatus::Expiring {
            Stage::Closing
        } else {
            Stage::Cancelled
        };
        let money = order.money();
        let mut reserved = [0; 2];
        for (index, (_, fulfilment)) in order.consignments().enumerate() {
            if stage != Stage::Cancelled && !fulfilment.is_cancelled() {
                reserved[index] = UNITS[index];
            }
        }
        Self {
            stage,
            is_cancelled: matches!(status, OrderStatus::Cancelled | OrderStatus::Refunded),
            attempts: order
                .attempts()
                .iter()
                .map(|attempt| BeliefAttempt {
                    state: attempt.state(),
                    amount: small(attempt.amount().minor()),
                    captured: small(attempt.captured().minor()),
                    expires_at: attempt.expires_at(),
                })
                .collect(),
            refunds: order
                .refunds()
                .iter()
                .map(|refund| BeliefRefund {
                    attempt: usize::from(refund.attempt.get()) - 1,
                    amount: small(refund.amount.minor()),
                    state: refund.state,
                    is_watched: refund.state != RefundState::Succeeded || refund.next_ask_at().is_some(),
                })
                .collect(),
            dashboard: order.foreign_refunds().values().next().map(|refund| refund.state),
            owed: money.owed,
            waits: money.stuck + money.held,
            next_tick: order.next_tick_at(),
            reserved,
        }
    }
}

/// What must be true of any order by itself.
fn stands_to_reason(order: &Order) -> Result<(), String> {
    let money = order.money();
    let says = |what: &str| Err(format!("{what}: {money:?} of {order:?}"));
    if money.excess() > 0 {
        return says("money belongs to nobody");
    }
    if order.foreign_refunds().is_empty() && money.excess() < 0 {
        return says("money is given back that is owed");
    }
    if money.stuck + money.held > money.captured - money.returned {
        return says("money is promised twice");
    }
    let waiting =
        order.refunds().iter().filter(|refund| refund.is_stuck()).count() + usize::from(order.hold().is_some());
    if order.attention().len() != waiting + order.quarantined().len() {
        return says("what waits for a person is not visible");
    }
    if (waiting > 0 || !order.refunds().iter().all(|refund| refund.next_ask_at().is_none()))
        && order.next_tick_at().is_none()
    {
        return says("nothing will ever come of what waits");
    }
    let live = order.attempts().iter().filter(|attempt| attempt.state().is_live()).count();
    if live > 1 {
        return says("two attempts are live");
    }
    Ok(())
}

/// Versions count events, events make the order, journals and stock say what the order says.
fn agrees_with_its_events(before: &Order, decision: &Decision, changes: &Changes) -> Result<(), String> {
    let after = &decision.order;
    if decision.expected_version() != before.version() || after.version() <= before.version() {
        return Err(format!("version {} after {}: {:?}", after.version(), before.version(), decision.events));
    }
    let replayed = decision.events.iter().fold(before.clone(), |order, event| order.evolve(event, decision.at));
    if replayed != *after {
        return Err(format!("the events do not make the order: {:?}", decision.events));
    }
    for account in Account::ALL {
        let postings = changes.journals.iter().flat_map(Journal::postings).filter(|(posted, _, _)| *posted == account);
        let booked: i64 = postings.map(|(_, _, minor)| minor).sum();
        if booked != balance(after, account) - balance(before, account) {
            return Err(format!("{account:?} is booked wrongly: {:?}", decision.events));
        }
    }
    Ok(())
}

/// What an account must say about an order.
fn balance(order: &Order, account: Account) -> i64 {
    let captured: i64 = order.attempts().iter().map(|attempt| attempt.captured().minor()).sum();
    let ours = |pick: fn(RefundState) -> bool| -> i64 {
        order.refunds().iter().filter(|it| pick(it.state)).map(|it| it.amount.minor()).sum()
    };
    let gone = ours(|state| state == RefundState::Succeeded);
    let going = ours(|state| matches!(state, RefundState::Requested | RefundState::Pending));
    let foreign: i64 = order.foreign_refunds().values().filter(|it| it.counts()).map(|it| it.amount.minor()).sum();
    match account {
        Account::ProviderBalance => captured - gone - foreign,
        Account::RefundsInTransit => -going,
        Account::BuyerFunds => gone + going + foreign - captured,
    }
}

fn moved(changes: &Changes) -> Vec<Moved> {
    let moved = changes.stock.iter().map(|movement| Moved {
        product: (0..2).find(|index| product(*index) == movement.product).expect("one of the two"),
        reason: movement.reason,
        round: u8::try_from(movement.round).expect("few rounds"),
        quantity: u8::try_from(movement.quantity).expect("few units"),
    });
    moved.collect()
}

fn calls(changes: &Changes) -> Vec<(Kind, u8)> {
    let no = |no: u16| u8::try_from(no).expect("few of them");
    let calls = changes.effects.iter().filter_map(|effect| match &effect.request {
        EffectRequest::Open(open) => Some((Kind::Open, no(open.payment.attempt.get()))),
        EffectRequest::Void(payment) => Some((Kind::Void, no(payment.attempt.get()))),
        EffectRequest::Ask(payment) => Some((Kind::Ask, no(payment.attempt.get()))),
        EffectRequest::Refund(refund) => Some((Kind::Refund, no(refund.refund.get()))),
        EffectRequest::AskRefund(refund) => Some((Kind::AskRefund, no(refund.refund.get()))),
        EffectRequest::Notify(_) => None,
    });
    calls.collect()
}

const BUYER: BuyerId = BuyerId::from_uuid(Uuid::from_u128(0xb));

const fn seller(index: usize) -> SellerId {
    SellerId::from_uuid(Uuid::from_u128(0xa0 + index as u128))
}

const fn product(index: usize) -> ProductId {
    ProductId::from_uuid(Uuid::from_u128(0xd0 + index as u128))
}

fn euros(minor: u8) -> Money {
    Money::new(minor.into(), "EUR".parse().expect("a currency"))
}

fn placement(terms: Terms) -> Placement {
    let part = |index: usize| {
        let price = euros(PRICES[index] / UNITS[index]);
        let line = Line {
            product: product(index),
            title: String::new(),
            quantity: UNITS[index].into(),
            list_price: price,
            unit_price: price,
        };
        (seller(index), vec![line], euros(0))
    };
    Placement {
        id: OrderId::from_uuid(Uuid::from_u128(1)),
        buyer: BUYER,
        email: None,
        currency: euros(0).currency(),
        ship_to: None,
        notes: String::new(),
        consignments: vec![part(0), part(1)],
        quotes: Vec::new(),
        terms,
    }
}

fn command(request: Request) -> Command {
    match request {
        // A delayed method can also be paid at once, so it does all that a card does.
        Request::Pay => Command::StartPayment { method: PaymentMethod::Delayed("transfer".to_owned()) },
        Request::Cancel => Command::Cancel { by: Actor::Buyer(BUYER), reason: String::new() },
        Request::CancelPart(index) => {
            Command::CancelConsignment { seller: seller(index), by: Actor::Operator, reason: String::new() }
        }
        Request::Ship(index) => Command::Ship {
            seller: seller(index),
            by: Actor::Operator,
            tracking: Tracking { carrier: "CTT".to_owned(), number: "1".to_owned() },
        },
        Request::RetryRefund(no) => Command::RetryRefund { refund: RefundNo::new(no.into()) },
        Request::ReturnHeld => Command::ReturnHeld,
        Request::AcceptHeld => Command::AcceptHeld,
        Request::Tick => Command::Tick,
    }
}

fn fact(order: &Order, heard: Heard) -> Fact {
    let no = |index: usize| AttemptNo::new(u16::try_from(index + 1).expect("few attempts"));
    let payment = |index: usize, news| {
        let named = |kind| Some(format!("{kind}_{}", index + 1));
        let refs = match news {
            PaymentNews::Closed(CloseReason::Refused(_) | CloseReason::NeverOpened) => ProviderRefs::default(),
            _ => ProviderRefs { session: named("cs"), payment: named("pi") },
        };
        Fact::Payment { attempt: no(index), refs, news }
    };
    let refund = |number: u8, state, provider_id| {
        let number = RefundNo::new(number.into());
        let amount = order.refund(number).map_or(euros(0), |refund| refund.amount);
        Fact::Refund { refund: RefundSubject::Ours(number), news: RefundNews { provider_id, amount, state } }
    };
    match heard {
        Heard::Open(index) => payment(index, PaymentNews::Open),
        Heard::Declined(index) => {
            let decline = Decline { reference: "ch_1".to_owned(), code: "card_declined".to_owned() };
            payment(index, PaymentNews::Declined(decline))
        }
        Heard::Promised(index) => payment(index, PaymentNews::Settling { by: None }),
        Heard::Captured(index, total) => payment(index, PaymentNews::Captured { total: euros(total) }),
        Heard::Closed(index, why) => payment(
            index,
            PaymentNews::Closed(match why {
                Why::Refused => CloseReason::Refused("refused".to_owned()),
                Why::Gone => CloseReason::NeverOpened,
                Why::SettlementFailed => CloseReason::SettlementFailed,
                Why::Unpaid => CloseReason::Unpaid,
            }),
        ),
        Heard::Refund(number, state) => refund(number, state, Some(format!("re_{number}"))),
        Heard::RefundRefused(number) => refund(number, RefundState::Failed, None),
        Heard::Dashboard { attempt, amount, state } => Fact::Refund {
            refund: RefundSubject::Foreign { attempt: no(attempt) },
            news: RefundNews { provider_id: Some("re_dashboard".to_owned()), amount: euros(amount), state },
        },
    }
}
