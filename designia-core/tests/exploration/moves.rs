//! What can happen next.

use designia_core::effect::EffectState;
use designia_core::payment::RefundState;

use super::bounds::{ATTEMPTS, END, LAST, PART, REFUNDS, TOTAL, WORKERS};
use super::engine::Engine;
use super::words::{Heard, Input, Kind, Request, Why};
use super::world::{Call, DashboardRefund, Session, Standing, Worker, World, told};

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

impl Engine {
    pub(crate) fn moves(&self, world: &World, moves: &mut Vec<Move>) {
        let belief = self.book.belief(world.order);
        moves.push(Move::Ask(Request::Tick));
        // An hour or more passes: no claim lasts that long.
        if world.calls.iter().flatten().all(|call| call.worker == Worker::None) {
            if world.now < LAST {
                moves.push(Move::Clock);
            } else if belief.next_tick.is_some_and(|due| due > END) && self.irreplaceable_webhook(world).is_none() {
                moves.push(Move::TickWhenDue);
            }
        }
        for request in &self.scope.people {
            let is_within_bounds = match request {
                Request::Pay => belief.attempts.len() < self.scope.attempts,
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
}

/// Whoever says that a page is closed also says what had been captured through it by then.
pub(super) fn in_full(world: &World, heard: Heard) -> Input {
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
