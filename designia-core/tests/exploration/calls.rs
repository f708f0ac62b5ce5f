//! Calls to the provider, and the workers that make them. The life of a call's row is the production code.

use designia_core::effect::{
    Effect, EffectId, EffectOutcome, EffectRecord, EffectRequest, EffectState, IdempotencyKey, OpenPayment, PaymentRef,
    RefundPayment,
};
use designia_core::id::{AttemptNo, RefundNo};
use designia_core::order::Order;
use designia_core::payment::{PaymentMethod, ProviderRefs};
use designia_core::time::Timestamp;

use super::bounds::{NOON, instant};
use super::engine::{After, Engine};
use super::provider::seen;
use super::scope::Bug;
use super::words::{Heard, Input, Kind, Why};
use super::world::{Call, Reply, Worker, World};

impl Engine {
    pub(super) fn sends_again(&self) -> bool {
        matches!(self.scope.bug, Bug::SendsWithoutLookingUp | Bug::SendsUnderANewKey)
    }

    /// A worker claims a call that certainly was not sent, and sees whether the order still wants it; if not, that is at once
    /// recorded, because what an order has ceased to want it never wants again.
    pub(super) fn claim(&mut self, mut world: World, index: usize) -> After {
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

    /// Records an answer, with the call that it is the answer of.
    pub(super) fn answer(&mut self, mut world: World, index: usize) -> After {
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
}

impl World {
    pub(super) fn plan(&mut self, kind: Kind, no: u8) -> Result<(), String> {
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

    pub(super) fn sort_calls(&mut self) {
        self.calls.sort_unstable_by_key(|call| (call.is_none(), *call));
    }
}

pub(super) fn call_mut(world: &mut World, index: usize) -> Result<&mut Call, String> {
    world.calls[index].as_mut().ok_or_else(|| format!("there is no call {index}"))
}

/// Claims a row; says whether it may have been sent before.
pub(super) fn claim(call: &mut Call) -> Result<Option<Timestamp>, String> {
    let mut record = record(call.row);
    let claimed = record.claim(NOON, NOON).ok_or("a call that is due can't be claimed")?;
    call.row = record.state;
    Ok(claimed.maybe_sent_at)
}

/// The provider is asked what became of a call that may have been sent. Nothing can still be under way, because a look-up
/// soon after is no proof (`REPLY_GRACE`); so if it is not there, it is as good as never sent.
pub(super) fn look_up(world: &mut World, index: usize) -> Result<(), String> {
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

pub(super) fn unknown(world: &mut World, index: usize) -> Result<(), String> {
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

pub(super) fn not_sent(world: &mut World, index: usize) -> Result<(), String> {
    let call = call_mut(world, index)?;
    call.row = settle(call.row, &EffectOutcome::NotSent { at: NOON, why: String::new() })?;
    call.worker = Worker::None;
    Ok(())
}

/// The state of a row after its claim is settled.
fn settle(row: EffectState, outcome: &EffectOutcome) -> Result<EffectState, String> {
    let mut record = record(row);
    if record.settle(record.claims, outcome) { Ok(record.state) } else { Err(format!("{row:?} can't be settled")) }
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

/// A call's frozen request, as far as the order looks at it.
pub(super) fn request(kind: Kind, no: u8, order: &Order) -> Result<EffectRequest, String> {
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
