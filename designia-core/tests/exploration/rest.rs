//! How the engine comes to rest by its own work.

use designia_core::effect::EffectState;
use designia_core::payment::RefundState;

use super::bounds::{END, instant};
use super::engine::Engine;
use super::moves::Move;
use super::words::{Heard, Kind, Request};
use super::world::{Standing, Worker, World, told};

impl Engine {
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
