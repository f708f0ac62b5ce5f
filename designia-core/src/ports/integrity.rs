//! Whether a store is what it says: what a check of it reports, and what is asked of each order whatever holds it.

use super::StoreError;
use crate::id::ProductId;
use crate::order::{Fulfilment, Order, Recorded};

/// What an integrity check came to.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct IntegrityReport {
    /// How many orders were looked at.
    pub orders: u64,
    /// What is wrong. At most a hundred of each kind; empty if all is well.
    pub findings: Vec<IntegrityFinding>,
}

/// Something that is wrong with a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntegrityFinding {
    /// The rule that is broken, such as `the books sum to zero`.
    pub rule: &'static str,
    /// What breaks it.
    pub detail: String,
}

impl IntegrityReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

impl IntegrityFinding {
    /// Of what breaks which rule.
    pub fn new(rule: &'static str, detail: impl Into<String>) -> Self {
        Self { rule, detail: detail.into() }
    }
}

/// What is wrong with an order and its history, whatever they are stored as.
#[must_use]
pub fn contradictions(order: &Order, history: Result<Vec<Recorded>, StoreError>) -> Vec<IntegrityFinding> {
    let name = order.id();
    let mut wrong = Vec::new();
    let excess = order.money().excess();
    if excess > 0 {
        let detail = format!("order {name}: {excess} minor units of {}", order.currency());
        wrong.push(IntegrityFinding::new("all money is accounted for", detail));
    }
    match history {
        Ok(history) => {
            let is_counted = history.iter().map(|it| it.seq).eq(1..=order.version());
            if !is_counted || Order::replay(history.iter().map(|it| (&it.event, it.at))).as_ref() != Some(order) {
                wrong.push(IntegrityFinding::new("an order is what its history makes it", format!("order {name}")));
            }
        }
        Err(error) => wrong.push(IntegrityFinding::new("every event can be read", error.message)),
    }
    wrong
}

/// What an order holds of each product, by product: everything it ordered, but for the parts that were cancelled.
#[must_use]
pub fn held_stock(order: &Order) -> Vec<(ProductId, u32)> {
    let is_cancelled = order.confirmed_at().is_none() && order.cancellation().is_some();
    let held = |part: &Fulfilment, quantity| if is_cancelled || part.is_cancelled() { 0 } else { quantity };
    let parts = order.consignments();
    let lines =
        parts.flat_map(|(part, state)| part.lines.iter().map(move |line| (line.product, held(state, line.quantity))));
    let mut stock: Vec<_> = lines.collect();
    stock.sort_unstable();
    stock
}
