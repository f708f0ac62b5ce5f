//! What can happen next, and what comes of it.
//!
//! The rules and the life of a call's row are the production code. Modelled here are only the things around them: the
//! provider, the network, the workers, the clock, and the store with its one transaction.

use std::rc::Rc;

use designia_core::effect::{
    Effect, EffectId, EffectOutcome, EffectRecord, EffectRequest, EffectState, IdempotencyKey, OpenPayment, PaymentRef,
    RefundPayment,
};
use designia_core::id::{AttemptNo, RefundNo};
use designia_core::order::{Order, StockReason};
use designia_core::payment::{AttemptState, PaymentMethod, ProviderRefs, RefundState};
use designia_core::time::Timestamp;

use super::book::{Book, Heard, Input, Kind, Outcome, Request, Stage, Why};
use super::bounds::{ATTEMPTS, CALLS, END, IN_STOCK, INSTANTS, NOON, PART, REFUNDS, TOTAL, WORKERS, instant, terms};
use super::scope::{Bug, Scope};
use super::world::{Call, DashboardRefund, Reply, Session, Spent, Standing, Worker, World, Writer, told};

/// Something that happens. Calls are named by their place among those not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    Clock,
    Ask(Request),
    /// A timer comes exactly when it is due, after the last of the instants.
    TickWhenDue,
    Webhook(Heard),
    BuyerPays(usize),
    BuyerPaysAPart(usize),
    CardIsDeclined(usize),
    BuyerPromises(usize),
    Settles(usize),
    SettlementFails(usize),
    PageExpires(usize),
    Lands(usize),
    RefundSucceeds(u8),
    RefundFails(u8),
    DashboardRefunds(u8, u8),
    DashboardRefundFails,
    OthersBuy,
    /// A worker claims a call.
    Claim(usize),
    /// The provider carries it out.
    Send(usize),
    /// The provider makes the refund, but slowly.
    SendSlowly(usize),
    /// The provider refuses it.
    Refuse(usize),
    /// It is lost on its way, or its worker dies before it is sent.
    LoseRequest(usize),
    /// It certainly was not sent.
    NotSent(usize),
    /// The provider is asked what became of it.
    LookUp(usize),
    /// The reply is recorded.
    Answer(usize),
    /// The reply is lost, or its worker dies before it is recorded.
    LoseReply(usize),
    WriterLoads(Input),
    WriterCommits,
}

#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) book: Book,
    scope: Scope,
}

type After = Result<Option<World>, String>;

impl Engine {
    pub(crate) fn new(scope: Scope) -> Self {
        Self { book: Book::default(), scope }
    }

    pub(crate) fn start(&mut self) -> Result<World, String> {
        let (order, stock) = self.book.place(terms(self.scope.late_payment))?;
        let mut world = World {
            now: 0,
            order,
            sessions: [Session::default(); ATTEMPTS],
            refunds: Default::default(),
            dashboard: None,
            calls: [None; CALLS],
            available: IN_STOCK,
            movements: 0,
            writer: None,
            spent: Spent::default(),
        };
        for movement in &stock {
            world.available[movement.product] -= movement.quantity;
            world.movements |= bit(movement.product, movement.reason, movement.round);
        }
        for step in self.scope.before.clone() {
            world = self.after(&world, step)?.ok_or_else(|| format!("{step:?} is not possible"))?;
        }
        Ok(world)
    }

    // What can happen.

    pub(crate) fn moves(&self, world: &World, moves: &mut Vec<Move>) {
        let belief = self.book.belief(world.order);
        moves.push(Move::Ask(Request::Tick));
        // An hour or more passes: no claim lasts that long.
        if world.calls.iter().flatten().all(|call| call.worker == Worker::None) {
            if usize::from(world.now) + 1 < INSTANTS {
                moves.push(Move::Clock);
            } else if belief.next_tick.is_some_and(|due| due > END) {
                moves.push(Move::TickWhenDue);
            }
        }
        for request in &self.scope.people {
            let is_within_bounds = match request {
                Request::Pay => belief.attempts.len() < ATTEMPTS,
                Request::RetryRefund(_) => belief.refunds.len() < REFUNDS,
                _ => true,
            };
            if is_within_bounds {
                moves.push(Move::Ask(*request));
            }
        }
        for (index, session) in world.sessions.iter().enumerate() {
            self.session_moves(world, index, session, moves);
        }
        for (index, refund) in (1..).zip(&world.refunds) {
            // A bank sends money back within a month or never.
            let is_watched = belief.refunds.get(usize::from(index) - 1).is_some_and(|refund| refund.is_watched);
            let may_fail = is_watched && world.spent.refund_failures < self.scope.refund_failures;
            match refund.state {
                Some(RefundState::Pending) => {
                    moves.push(Move::RefundSucceeds(index));
                    if may_fail {
                        moves.push(Move::RefundFails(index));
                    }
                }
                Some(RefundState::Succeeded) if may_fail => moves.push(Move::RefundFails(index)),
                Some(RefundState::Requested | RefundState::Succeeded | RefundState::Failed) | None => {}
            }
            moves.extend(refund_webhooks(index, *refund).map(Move::Webhook));
        }
        self.dashboard_moves(world, moves);
        if self.scope.others_buy && !world.spent.others_bought && world.available[0] > 0 {
            moves.push(Move::OthersBuy);
        }
        let at_work = world.calls.iter().flatten().filter(|call| call.worker != Worker::None).count();
        for (index, call) in world.calls.iter().enumerate() {
            if let Some(call) = call
                && (call.worker != Worker::None || at_work < WORKERS)
            {
                self.call_moves(world, index, *call, moves);
            }
        }
        if world.writer.is_some() {
            moves.push(Move::WriterCommits);
        } else if world.spent.writers < self.scope.writers {
            let asks = self.scope.people.iter().chain(&[Request::Tick]).map(|request| Input::Ask(*request));
            let hears = moves.iter().filter_map(|step| match step {
                Move::Webhook(heard) => Some(in_full(world, *heard)),
                _ => None,
            });
            let loads: Vec<_> = asks.chain(hears).map(Move::WriterLoads).collect();
            moves.extend(loads);
        }
    }

    fn session_moves(&self, world: &World, index: usize, session: &Session, moves: &mut Vec<Move>) {
        match session.standing {
            Standing::None => return,
            Standing::Open => {
                moves.push(Move::BuyerPays(index));
                if self.scope.parts && session.captured == 0 && self.amount(world, index) == TOTAL {
                    moves.push(Move::BuyerPaysAPart(index));
                }
                if self.scope.declines && session.told & told::DECLINED == 0 {
                    moves.push(Move::CardIsDeclined(index));
                }
                if self.scope.promises && session.captured == 0 {
                    moves.push(Move::BuyerPromises(index));
                }
                if self.has_run_out(world, index) {
                    moves.push(Move::PageExpires(index));
                }
            }
            Standing::Settling => moves.extend([Move::Settles(index), Move::SettlementFails(index)]),
            Standing::Closed if world.spent.landings < self.scope.landings => moves.push(Move::Lands(index)),
            Standing::Paid | Standing::Closed | Standing::SettlementFailed => {}
        }
        let tells = [
            (told::DECLINED, Heard::Declined(index)),
            (told::PROMISED, Heard::Promised(index)),
            (told::PART, Heard::Captured(index, PART)),
            (told::PAID, Heard::Captured(index, self.amount(world, index))),
            (told::CLOSED, Heard::Closed(index, Why::Unpaid)),
            (told::FAILED, Heard::Closed(index, Why::SettlementFailed)),
        ];
        moves.push(Move::Webhook(Heard::Open(index)));
        moves.extend(tells.iter().filter(|(bit, _)| session.told & bit != 0).map(|(_, heard)| Move::Webhook(*heard)));
    }

    fn dashboard_moves(&self, world: &World, moves: &mut Vec<Move>) {
        if let Some(DashboardRefund { attempt, amount, state }) = world.dashboard {
            let attempt = usize::from(attempt);
            moves.push(Move::Webhook(Heard::Dashboard { attempt, amount, state: RefundState::Succeeded }));
            if state == RefundState::Failed {
                moves.push(Move::Webhook(Heard::Dashboard { attempt, amount, state }));
            } else if world.spent.refund_failures < self.scope.refund_failures {
                moves.push(Move::DashboardRefundFails);
            }
        } else if self.scope.dashboard > 0 {
            for attempt in 0..ATTEMPTS {
                let left = self.refundable(world, attempt);
                let no = u8::try_from(attempt).expect("few attempts");
                if left > 0 {
                    moves.push(Move::DashboardRefunds(no, left));
                }
                if left > PART {
                    moves.push(Move::DashboardRefunds(no, PART));
                }
            }
        }
    }

    fn call_moves(&self, world: &World, index: usize, call: Call, moves: &mut Vec<Move>) {
        match call.worker {
            Worker::None => match (call.kind, call.row) {
                (Kind::Open | Kind::Refund, EffectState::Planned) => moves.push(Move::Claim(index)),
                (Kind::Open | Kind::Refund, _) if self.sends_again() => moves.push(Move::Claim(index)),
                (Kind::Open | Kind::Refund, _) => moves.push(Move::LookUp(index)),
                // Asking changes nothing, nor does voiding twice: whatever went before, it is sent.
                (Kind::Void | Kind::Ask | Kind::AskRefund, _) => moves.push(Move::Send(index)),
            },
            Worker::Sends => {
                moves.extend([Move::Send(index), Move::LoseRequest(index), Move::NotSent(index)]);
                let may_fail = world.spent.refund_failures < self.scope.refund_failures;
                match call.kind {
                    Kind::Open if self.scope.refusals => moves.push(Move::Refuse(index)),
                    Kind::Refund => {
                        if self.scope.slow_refunds {
                            moves.push(Move::SendSlowly(index));
                        }
                        if may_fail {
                            moves.push(Move::Refuse(index));
                        }
                    }
                    Kind::Open | Kind::Void | Kind::Ask | Kind::AskRefund => {}
                }
            }
            Worker::Knows(_) => moves.extend([Move::Answer(index), Move::LoseReply(index)]),
        }
    }

    // What comes of it.

    /// The state after a move; `None` if it changes nothing.
    pub(crate) fn after(&mut self, world: &World, step: Move) -> After {
        let mut next = world.clone();
        match step {
            Move::Clock => next.now += 1,
            Move::Ask(request) => {
                let input = self.as_planted(world, request);
                return self.commit(next, input, instant(world.now), None);
            }
            Move::TickWhenDue => {
                let due = self.book.belief(world.order).next_tick.ok_or("nothing is due")?;
                return self.commit(next, Input::Ask(Request::Tick), due, None);
            }
            Move::Webhook(Heard::Declined(index)) if self.scope.bug == Bug::DeclineCancels => {
                let input = Input::Suppose(Heard::Closed(index, Why::Unpaid), Request::Cancel);
                return self.commit(next, input, instant(world.now), None);
            }
            Move::Webhook(heard) => {
                let input = in_full(world, heard);
                return self.commit(next, input, instant(world.now), None);
            }
            Move::BuyerPays(index) | Move::Settles(index) | Move::Lands(index) => {
                if let Move::Lands(_) = step {
                    next.spent.landings += 1;
                    next.sessions[index].told |= told::LANDED;
                }
                next.sessions[index].standing = Standing::Paid;
                next.sessions[index].captured = self.amount(world, index);
                next.sessions[index].told |= told::PAID;
            }
            Move::BuyerPaysAPart(index) => {
                next.sessions[index].captured = PART;
                next.sessions[index].told |= told::PART;
            }
            Move::CardIsDeclined(index) => next.sessions[index].told |= told::DECLINED,
            Move::BuyerPromises(index) => {
                next.sessions[index].standing = Standing::Settling;
                next.sessions[index].told |= told::PROMISED;
            }
            Move::SettlementFails(index) => {
                next.sessions[index].standing = Standing::SettlementFailed;
                next.sessions[index].told |= told::FAILED;
            }
            Move::PageExpires(index) => {
                next.sessions[index].standing = Standing::Closed;
                next.sessions[index].told |= told::CLOSED;
            }
            Move::RefundSucceeds(no) => {
                let refund = &mut next.refunds[usize::from(no) - 1];
                (refund.state, refund.had_succeeded) = (Some(RefundState::Succeeded), true);
            }
            Move::RefundFails(no) => {
                next.refunds[usize::from(no) - 1].state = Some(RefundState::Failed);
                next.spent.refund_failures += 1;
            }
            Move::DashboardRefunds(attempt, amount) => {
                next.dashboard = Some(DashboardRefund { attempt, amount, state: RefundState::Succeeded });
            }
            Move::DashboardRefundFails => {
                if let Some(refund) = &mut next.dashboard {
                    refund.state = RefundState::Failed;
                }
                next.spent.refund_failures += 1;
            }
            Move::OthersBuy => {
                next.available[0] = 0;
                next.spent.others_bought = true;
            }
            Move::Claim(index) => return self.claim(next, index),
            Move::Send(index) => self.send(&mut next, index, RefundState::Succeeded)?,
            Move::SendSlowly(index) => self.send(&mut next, index, RefundState::Pending)?,
            Move::Refuse(index) => {
                let call = call_mut(&mut next, index)?;
                call.worker = Worker::Knows(Reply::Refused);
                if call.kind == Kind::Refund {
                    next.spent.refund_failures += 1;
                }
            }
            Move::LoseRequest(index) => unknown(&mut next, index)?,
            Move::LoseReply(index) => {
                if self.scope.bug == Bug::LostReplyIsFailure {
                    call_mut(&mut next, index)?.worker = Worker::Knows(Reply::Refused);
                    return self.answer(next, index);
                }
                unknown(&mut next, index)?;
            }
            Move::NotSent(index) => not_sent(&mut next, index)?,
            Move::LookUp(index) => look_up(&mut next, index)?,
            Move::Answer(index) => return self.answer(next, index),
            Move::WriterLoads(input) => {
                if !matches!(*self.decide(&next, input)?, Outcome::Step { .. }) {
                    return Ok(None);
                }
                next.writer = Some(Writer { loaded: world.order, at: world.now, input, is_behind: false });
                next.spent.writers += 1;
            }
            Move::WriterCommits => {
                let writer = next.writer.take().ok_or("there is no writer")?;
                if writer.is_behind && self.scope.bug != Bug::NoVersionCheck {
                    // The store's version is not the one that the decision was made on: nothing is stored.
                    return Ok(Some(next));
                }
                next.order = writer.loaded;
                return self.commit(next, writer.input, instant(writer.at), None);
            }
        }
        next.sort_calls();
        Ok(Some(next).filter(|next| next != world))
    }

    fn decide(&mut self, world: &World, input: Input) -> Result<Rc<Outcome>, String> {
        self.book.decide(world.order, input, instant(world.now), true)
    }

    /// What is decided at the deadline or when somebody cancels, with the bug that may be planted there.
    fn as_planted(&self, world: &World, request: Request) -> Input {
        let entry = self.book.entry(world.order);
        let live = entry.belief.attempts.iter().position(|attempt| attempt.state.is_live());
        let ends = match request {
            Request::Cancel => entry.belief.stage == Stage::Pending,
            Request::Tick => entry.order.expires_at().is_some_and(|deadline| deadline <= instant(world.now)),
            _ => false,
        };
        match live {
            Some(index) if ends && self.scope.bug == Bug::CancelsWithoutAsking => {
                Input::Suppose(Heard::Closed(index, Why::Unpaid), request)
            }
            Some(_) | None => Input::Ask(request),
        }
    }

    /// The store's one transaction: events, stock and calls, or nothing; and the call whose answer this is.
    fn commit(&mut self, mut world: World, input: Input, at: Timestamp, settles: Option<usize>) -> After {
        let order = world.order;
        let mut outcome = self.book.decide(order, input, at, true)?;
        if let Outcome::Step { stock, .. } = &*outcome
            && !is_there(&world, stock)
        {
            match input {
                Input::Ask(_) | Input::Suppose(..) => return Ok(None),
                // The stock is gone: the fact is recorded without it.
                Input::Hear(_) | Input::HearBoth(..) => outcome = self.book.decide(order, input, at, false)?,
            }
        }
        if let Some(index) = settles {
            world.calls[index] = None;
        }
        match &*outcome {
            Outcome::Refused | Outcome::Nothing => {
                world.sort_calls();
                Ok(settles.map(|_| world))
            }
            Outcome::Step { to, stock, calls } => {
                world.order = *to;
                if self.book.belief(*to).refunds.len() > REFUNDS {
                    return Err("too many refunds".to_owned());
                }
                for movement in stock {
                    self.move_stock(&mut world, *movement)?;
                }
                for (kind, no) in calls {
                    if self.scope.bug != Bug::TrustsWebhooks || !matches!(kind, Kind::Ask | Kind::Void) {
                        world.plan(*kind, *no)?;
                    }
                }
                if let Some(writer) = &mut world.writer {
                    writer.is_behind = true;
                }
                self.drop_idle_questions(&mut world)?;
                world.sort_calls();
                Ok(Some(world))
            }
        }
    }

    /// A question that the order doesn't want any more could tell nothing that a webhook can't.
    fn drop_idle_questions(&self, world: &mut World) -> Result<(), String> {
        let order = &self.book.entry(world.order).order;
        for slot in &mut world.calls {
            let Some(call) = slot else { continue };
            let is_question = matches!(call.kind, Kind::Void | Kind::Ask | Kind::AskRefund);
            if is_question && !order.wants(&request(call.kind, call.no, order)?) {
                *slot = None;
            }
        }
        Ok(())
    }

    fn move_stock(&self, world: &mut World, movement: super::book::Moved) -> Result<(), String> {
        let bit = bit(movement.product, movement.reason, movement.round);
        if world.movements & bit != 0 {
            return Err(format!("{movement:?} happens twice"));
        }
        world.movements |= bit;
        let available = &mut world.available[movement.product];
        match movement.reason {
            StockReason::Reserve => *available -= movement.quantity,
            StockReason::Release if self.scope.bug == Bug::ReleasesTwice => *available += 2 * movement.quantity,
            StockReason::Release => *available += movement.quantity,
        }
        Ok(())
    }

    // Workers.

    fn sends_again(&self) -> bool {
        matches!(self.scope.bug, Bug::SendsWithoutLookingUp | Bug::SendsUnderANewKey)
    }

    /// A worker claims a call that certainly was not sent, and sees whether the order still wants it; if not, that is at once
    /// recorded, because what an order has ceased to want it never wants again.
    fn claim(&mut self, mut world: World, index: usize) -> After {
        let order = &self.book.entry(world.order).order;
        let call = call_mut(&mut world, index)?;
        let may_send = claim(call)?.is_none() || self.sends_again();
        if !may_send {
            return Err("a call that may have been sent is about to be sent again".to_owned());
        }
        if order.wants(&request(call.kind, call.no, order)?) {
            call.worker = Worker::Sends;
            world.sort_calls();
            return Ok(Some(world));
        }
        match call.kind {
            Kind::Open => {
                let gone = Input::Hear(Heard::Closed(usize::from(call.no) - 1, Why::Gone));
                let now = instant(world.now);
                self.commit(world, gone, now, Some(index))
            }
            Kind::Refund | Kind::Void | Kind::Ask | Kind::AskRefund => {
                world.calls[index] = None;
                world.sort_calls();
                Ok(Some(world))
            }
        }
    }

    /// The provider carries a call out.
    fn send(&self, world: &mut World, index: usize, refund_state: RefundState) -> Result<(), String> {
        let call = call_mut(world, index)?;
        if call.worker == Worker::None {
            claim(call)?;
        }
        let Call { kind, no, .. } = *call;
        let at = usize::from(no) - 1;
        let same_key = self.scope.keys_are_remembered && self.scope.bug != Bug::SendsUnderANewKey;
        let reply = match kind {
            Kind::Open if world.sessions[at].standing != Standing::None => {
                if !same_key {
                    return Err(format!("the provider has opened two pages for attempt {no}"));
                }
                seen(world.sessions[at])
            }
            Kind::Open if self.has_run_out(world, at) => Reply::Refused,
            Kind::Open => {
                world.sessions[at].standing = Standing::Open;
                Reply::Open(0)
            }
            Kind::Void => {
                if world.sessions[at].standing == Standing::Open {
                    world.sessions[at].standing = Standing::Closed;
                    world.sessions[at].told |= told::CLOSED;
                }
                seen(world.sessions[at])
            }
            Kind::Ask => seen(world.sessions[at]),
            Kind::Refund => {
                if let Some(state) = world.refunds[at].state {
                    if !same_key {
                        return Err(format!("the provider has made refund {no} twice"));
                    }
                    Reply::Refund(state)
                } else {
                    self.make_refund(world, at, refund_state)?
                }
            }
            Kind::AskRefund => world.refunds[at].state.map_or(Reply::Absent, Reply::Refund),
        };
        call_mut(world, index)?.worker = Worker::Knows(reply);
        Ok(())
    }

    fn make_refund(&self, world: &mut World, at: usize, state: RefundState) -> Result<Reply, String> {
        let refund = &self.book.belief(world.order).refunds[at];
        if refund.amount > self.refundable(world, refund.attempt) {
            if world.dashboard.is_none() {
                return Err(format!("we ask for more than is left: {refund:?}"));
            }
            return Ok(Reply::Refused);
        }
        let refund = &mut world.refunds[at];
        refund.state = Some(state);
        refund.was_pending = state == RefundState::Pending;
        refund.had_succeeded = state == RefundState::Succeeded;
        Ok(Reply::Refund(state))
    }

    /// Records an answer, with the call that it is the answer of.
    fn answer(&mut self, mut world: World, index: usize) -> After {
        let call = *call_mut(&mut world, index)?;
        let Worker::Knows(reply) = call.worker else { return Err("there is no answer".to_owned()) };
        let at = usize::from(call.no) - 1;
        let input = match (reply, call.kind) {
            (Reply::Open(0), _) => Input::Hear(Heard::Open(at)),
            (Reply::Open(captured), _) => Input::HearBoth(Heard::Open(at), Heard::Captured(at, captured)),
            (Reply::Settling, _) => Input::Hear(Heard::Promised(at)),
            (Reply::Paid(captured), _) => Input::Hear(Heard::Captured(at, captured)),
            (Reply::Closed(0), _) => Input::Hear(Heard::Closed(at, Why::Unpaid)),
            (Reply::Closed(captured), _) => {
                Input::HearBoth(Heard::Captured(at, captured), Heard::Closed(at, Why::Unpaid))
            }
            (Reply::SettlementFailed, _) => Input::Hear(Heard::Closed(at, Why::SettlementFailed)),
            (Reply::Refund(state), _) => Input::Hear(Heard::Refund(call.no, state)),
            (Reply::Refused, Kind::Refund) => Input::Hear(Heard::RefundRefused(call.no)),
            (Reply::Refused, Kind::Open) => Input::Hear(Heard::Closed(at, Why::Refused)),
            (Reply::Absent, Kind::Open | Kind::Void | Kind::Ask) => Input::Hear(Heard::Closed(at, Why::Gone)),
            (Reply::Absent | Reply::Refused, Kind::Refund | Kind::AskRefund)
            | (Reply::Refused, Kind::Void | Kind::Ask) => {
                world.calls[index] = None;
                world.sort_calls();
                return Ok(Some(world));
            }
        };
        let outcome = match reply {
            Reply::Refused => EffectOutcome::Refused(String::new()),
            _ => EffectOutcome::Done,
        };
        settle(call.row, &outcome)?;
        self.commit(world.clone(), input, instant(world.now), Some(index))
    }

    // What is so.

    pub(super) fn amount(&self, world: &World, index: usize) -> u8 {
        self.book.belief(world.order).attempts.get(index).map_or(0, |attempt| attempt.amount)
    }

    pub(super) fn has_run_out(&self, world: &World, index: usize) -> bool {
        let attempts = &self.book.belief(world.order).attempts;
        attempts.get(index).is_some_and(|attempt| attempt.expires_at <= instant(world.now))
    }

    /// How much of an attempt's money is still at the provider.
    pub(super) fn refundable(&self, world: &World, attempt: usize) -> u8 {
        let refunds = self.book.belief(world.order).refunds.iter().zip(&world.refunds);
        let made = refunds.filter(|(ours, its)| {
            ours.attempt == attempt && matches!(its.state, Some(RefundState::Pending | RefundState::Succeeded))
        });
        let ours: u8 = made.map(|(ours, _)| ours.amount).sum();
        let dashboard = world
            .dashboard
            .filter(|it| usize::from(it.attempt) == attempt && it.state != RefundState::Failed)
            .map_or(0, |it| it.amount);
        world.sessions[attempt].captured - ours - dashboard
    }

    /// What the engine and a well-meaning world do next, without people, webhooks (but those that nothing else can replace)
    /// or luck; `None` at rest.
    pub(crate) fn fair_move(&self, world: &World) -> Option<Move> {
        if world.writer.is_some() {
            return Some(Move::WriterCommits);
        }
        let calls = || world.calls.iter().enumerate().filter_map(|(index, call)| call.map(|call| (index, call)));
        let call = calls().find(|(_, call)| call.worker != Worker::None).or_else(|| calls().next());
        if let Some((index, call)) = call {
            return Some(match call.worker {
                Worker::None => match (call.kind, call.row) {
                    (Kind::Open | Kind::Refund, EffectState::Planned) => Move::Claim(index),
                    (Kind::Open | Kind::Refund, _) if self.sends_again() => Move::Claim(index),
                    (Kind::Open | Kind::Refund, _) => Move::LookUp(index),
                    (Kind::Void | Kind::Ask | Kind::AskRefund, _) => Move::Send(index),
                },
                Worker::Sends => Move::Send(index),
                Worker::Knows(_) => Move::Answer(index),
            });
        }
        if let Some(webhook) = self.irreplaceable_webhook(world) {
            return Some(Move::Webhook(webhook));
        }
        if instant(world.now) == END {
            for (index, session) in world.sessions.iter().enumerate() {
                match session.standing {
                    Standing::Open => return Some(Move::PageExpires(index)),
                    Standing::Settling => return Some(Move::Settles(index)),
                    Standing::None | Standing::Paid | Standing::Closed | Standing::SettlementFailed => {}
                }
            }
            let pending = world.refunds.iter().position(|refund| refund.state == Some(RefundState::Pending));
            if let Some(at) = pending {
                return Some(Move::RefundSucceeds(u8::try_from(at).expect("few refunds") + 1));
            }
        }
        let due = self.book.belief(world.order).next_tick?;
        if due <= instant(world.now) {
            Some(Move::Ask(Request::Tick))
        } else if instant(world.now) < END {
            Some(Move::Clock)
        } else {
            Some(Move::TickWhenDue)
        }
    }

    /// A payment that lands through a closed page, and a refund made in the dashboard, are told by webhook only: the
    /// provider delivers those in the end.
    pub(super) fn irreplaceable_webhook(&self, world: &World) -> Option<Heard> {
        let belief = self.book.belief(world.order);
        let landed = world
            .sessions
            .iter()
            .zip(&belief.attempts)
            .position(|(session, attempt)| session.told & told::LANDED != 0 && attempt.captured < session.captured);
        if let Some(index) = landed {
            return Some(Heard::Captured(index, world.sessions[index].captured));
        }
        world.dashboard.filter(|refund| belief.dashboard != Some(refund.state)).map(|refund| Heard::Dashboard {
            attempt: refund.attempt.into(),
            amount: refund.amount,
            state: refund.state,
        })
    }
}

impl World {
    fn plan(&mut self, kind: Kind, no: u8) -> Result<(), String> {
        let call = Call { kind, no, row: EffectState::Planned, worker: Worker::None };
        let mut same = self.calls.iter().flatten().filter(|call| call.kind == kind && call.no == no);
        match kind {
            // A question that will be asked anyway answers another, too.
            Kind::Void | Kind::Ask | Kind::AskRefund => {
                if same.any(|call| !matches!(call.worker, Worker::Knows(_))) {
                    return Ok(());
                }
            }
            Kind::Open | Kind::Refund => {
                if same.next().is_some() {
                    return Err(format!("{kind:?} {no} is planned twice"));
                }
            }
        }
        let free = self.calls.iter_mut().find(|call| call.is_none()).ok_or("too many calls at once")?;
        *free = Some(call);
        Ok(())
    }

    fn sort_calls(&mut self) {
        self.calls.sort_unstable_by_key(|call| (call.is_none(), *call));
    }
}

fn call_mut(world: &mut World, index: usize) -> Result<&mut Call, String> {
    world.calls[index].as_mut().ok_or_else(|| format!("there is no call {index}"))
}

fn is_there(world: &World, stock: &[super::book::Moved]) -> bool {
    stock.iter().all(|movement| {
        movement.reason == StockReason::Release || movement.quantity <= world.available[movement.product]
    })
}

fn bit(product: usize, reason: StockReason, round: u8) -> u16 {
    1 << (product + 2 * usize::from(reason == StockReason::Release) + 4 * usize::from(round))
}

fn seen(session: Session) -> Reply {
    match session.standing {
        Standing::None => Reply::Absent,
        Standing::Open => Reply::Open(session.captured),
        Standing::Settling => Reply::Settling,
        Standing::Paid => Reply::Paid(session.captured),
        Standing::Closed => Reply::Closed(session.captured),
        Standing::SettlementFailed => Reply::SettlementFailed,
    }
}

/// Whoever says that a page is closed also says what had been captured through it by then.
fn in_full(world: &World, heard: Heard) -> Input {
    match heard {
        Heard::Closed(index, Why::Unpaid) if world.sessions[index].told & told::PART != 0 => {
            Input::HearBoth(Heard::Captured(index, PART), heard)
        }
        _ => Input::Hear(heard),
    }
}

fn refund_webhooks(no: u8, refund: super::world::ProviderRefund) -> impl Iterator<Item = Heard> {
    let pending = refund.was_pending.then_some(RefundState::Pending);
    let succeeded = refund.had_succeeded.then_some(RefundState::Succeeded);
    let failed = refund.state.filter(|state| *state == RefundState::Failed);
    [pending, succeeded, failed].into_iter().flatten().map(move |state| Heard::Refund(no, state))
}

/// A row in this state, as the store holds it.
fn record(state: EffectState) -> EffectRecord {
    let order = designia_core::id::OrderId::from_uuid(uuid::Uuid::from_u128(1));
    let effect = Effect {
        id: EffectId { order, event: 1, index: 0 },
        key: IdempotencyKey::new(String::new()),
        request: EffectRequest::Ask(PaymentRef {
            order,
            attempt: AttemptNo::FIRST,
            refs: ProviderRefs::default(),
            started_at: NOON,
        }),
        planned_at: NOON,
    };
    let mut record = EffectRecord::planned(effect);
    record.state = state;
    record.first_sent_at = (state != EffectState::Planned).then_some(NOON);
    record.claims = 1;
    record
}

/// Claims a row; says whether it may have been sent before.
fn claim(call: &mut Call) -> Result<Option<Timestamp>, String> {
    let mut record = record(call.row);
    let claimed = record.claim(NOON, NOON).ok_or("a call that is due can't be claimed")?;
    call.row = record.state;
    Ok(claimed.maybe_sent_at)
}

/// The provider is asked what became of a call that may have been sent. Nothing can still be under way, because a look-up
/// soon after is no proof (`REPLY_GRACE`); so if it is not there, it is as good as never sent.
fn look_up(world: &mut World, index: usize) -> Result<(), String> {
    let call = call_mut(world, index)?;
    if claim(call)?.is_none() {
        return Err("a call that was never sent is looked up".to_owned());
    }
    let Call { kind, no, .. } = *call;
    let at = usize::from(no) - 1;
    let reply = match kind {
        Kind::Open | Kind::Void | Kind::Ask => seen(world.sessions[at]),
        Kind::Refund | Kind::AskRefund => world.refunds[at].state.map_or(Reply::Absent, Reply::Refund),
    };
    if reply == Reply::Absent {
        return not_sent(world, index);
    }
    call_mut(world, index)?.worker = Worker::Knows(reply);
    Ok(())
}

/// The state of a row after its claim is settled.
fn settle(row: EffectState, outcome: &EffectOutcome) -> Result<EffectState, String> {
    let mut record = record(row);
    if record.settle(record.claims, outcome) { Ok(record.state) } else { Err(format!("{row:?} can't be settled")) }
}

fn unknown(world: &mut World, index: usize) -> Result<(), String> {
    let call = call_mut(world, index)?;
    let row = settle(call.row, &EffectOutcome::Unknown { at: NOON, why: String::new() })?;
    call.row = match call.kind {
        Kind::Open | Kind::Refund => row,
        // It makes no difference whether a question was asked before.
        Kind::Void | Kind::Ask | Kind::AskRefund => EffectState::Planned,
    };
    call.worker = Worker::None;
    Ok(())
}

fn not_sent(world: &mut World, index: usize) -> Result<(), String> {
    let call = call_mut(world, index)?;
    call.row = settle(call.row, &EffectOutcome::NotSent { at: NOON, why: String::new() })?;
    call.worker = Worker::None;
    Ok(())
}

/// A call's frozen request, as far as the order looks at it.
fn request(kind: Kind, no: u8, order: &Order) -> Result<EffectRequest, String> {
    let no = u16::from(no);
    let payment = |attempt| order.payment_ref(attempt).ok_or_else(|| format!("there is no attempt {attempt}"));
    Ok(match kind {
        Kind::Open => {
            let payment = payment(AttemptNo::new(no))?;
            EffectRequest::Open(OpenPayment {
                payment,
                amount: order.due(),
                method: PaymentMethod::Card,
                expires_at: NOON,
                email: None,
                lines: Vec::new(),
            })
        }
        Kind::Void => EffectRequest::Void(payment(AttemptNo::new(no))?),
        Kind::Ask => EffectRequest::Ask(payment(AttemptNo::new(no))?),
        Kind::Refund | Kind::AskRefund => {
            let refund = order.refund(RefundNo::new(no)).ok_or_else(|| format!("there is no refund {no}"))?;
            let refund = RefundPayment {
                payment: payment(refund.attempt)?,
                refund: refund.no,
                amount: refund.amount,
                requested_at: refund.requested_at,
                provider_id: None,
            };
            if kind == Kind::Refund { EffectRequest::Refund(refund) } else { EffectRequest::AskRefund(refund) }
        }
    })
}
