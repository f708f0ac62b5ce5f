//! The provider: it holds the truth.

use designia_core::payment::RefundState;

use super::bounds::instant;
use super::calls::{call_mut, claim};
use super::engine::Engine;
use super::scope::Bug;
use super::words::Kind;
use super::world::{Call, Reply, Session, Standing, Worker, World, told};

impl Engine {
    /// The provider carries a call out.
    pub(super) fn send(&self, world: &mut World, index: usize, refund_state: RefundState) -> Result<(), String> {
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

    pub(super) fn make_refund(&self, world: &mut World, at: usize, state: RefundState) -> Result<Reply, String> {
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
}

pub(super) fn seen(session: Session) -> Reply {
    match session.standing {
        Standing::None => Reply::Absent,
        Standing::Open => Reply::Open(session.captured),
        Standing::Settling => Reply::Settling,
        Standing::Paid => Reply::Paid(session.captured),
        Standing::Closed => Reply::Closed(session.captured),
        Standing::SettlementFailed => Reply::SettlementFailed,
    }
}
