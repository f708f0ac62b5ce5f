//! What can happen next, and what comes of it.
//!
//! The rules and the life of a call's row are the production code. Modelled here are only the things around them: the
//! provider, the network, the workers, the clock, and the store with its one transaction.

use std::rc::Rc;

use designia_core::order::StockReason;
use designia_core::payment::RefundState;
use designia_core::time::Timestamp;

use super::belief::Stage;
use super::book::{Book, Moved, Outcome};
use super::bounds::{ATTEMPTS, CALLS, IN_STOCK, LAST, PART, REFUNDS, instant, terms};
use super::calls::{call_mut, look_up, not_sent, request, unknown};
use super::moves::{Move, in_full};
use super::scope::{Bug, Scope};
use super::words::{Heard, Input, Kind, Request, Why};
use super::world::{DashboardRefund, Reply, Session, Spent, Standing, Worker, World, Writer, told};

#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) book: Book,
    pub(super) scope: Scope,
}

pub(super) type After = Result<Option<World>, String>;

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

    /// The state after a move; `None` if it changes nothing.
    pub(crate) fn after(&mut self, world: &World, step: Move) -> After {
        let mut next = world.clone();
        match step {
            Move::Clock if self.scope.skips_deadlines => next.now = LAST,
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
    pub(super) fn commit(&mut self, mut world: World, input: Input, at: Timestamp, settles: Option<usize>) -> After {
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

    fn move_stock(&self, world: &mut World, movement: Moved) -> Result<(), String> {
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
}

fn is_there(world: &World, stock: &[Moved]) -> bool {
    stock.iter().all(|movement| {
        movement.reason == StockReason::Release || movement.quantity <= world.available[movement.product]
    })
}

fn bit(product: usize, reason: StockReason, round: u8) -> u16 {
    1 << (product + 2 * usize::from(reason == StockReason::Release) + 4 * usize::from(round))
}
