//! The production rules, asked once per question.
//!
//! Orders are interned: two orders that differ only in what no rule looks at (the version, the exact moment of something
//! long past) are one entry, represented by the order that was met first. What a representative decides is remembered, so
//! that the search pays for the production code once per different question and can afford millions of states around it.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use designia_core::effect::EffectRequest;
use designia_core::order::{Changes, Order, OrderStatus, StockReason, Surroundings, Terms};
use designia_core::time::Timestamp;

use super::belief::{Belief, Key, Trail};
use super::bounds::NOON;
use super::reason::{agrees_with_its_events, stands_to_reason};
use super::words::{Input, Kind, Request, command, fact, placement, product};

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

    pub(crate) fn statuses(&self) -> BTreeSet<OrderStatus> {
        self.entries.iter().map(|entry| entry.order.status()).collect()
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
