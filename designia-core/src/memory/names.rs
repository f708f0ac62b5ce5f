//! The provider's names for attempts and refunds: each belongs to one order.

use std::collections::{HashMap, HashSet};

use crate::id::OrderId;
use crate::order::Order;
use crate::payment::ProviderRefs;

#[derive(Default)]
pub(super) struct Names {
    owners: [HashMap<String, OrderId>; 3],
    /// Refunds that were made past us, which more than one order may hear of.
    elsewhere: HashMap<String, OrderId>,
}

/// What a name names, as a place among the tables.
const SESSION: usize = 0;
const PAYMENT: usize = 1;
const REFUND: usize = 2;

impl Names {
    pub(super) fn locate(&self, refs: &ProviderRefs) -> Option<OrderId> {
        let session = refs.session.as_ref().and_then(|name| self.owners[SESSION].get(name));
        session.or_else(|| refs.payment.as_ref().and_then(|name| self.owners[PAYMENT].get(name))).copied()
    }

    pub(super) fn of_refund(&self, name: &str) -> Option<OrderId> {
        self.owners[REFUND].get(name).or_else(|| self.elsewhere.get(name)).copied()
    }

    /// The first name of this order that is another order's.
    pub(super) fn foreign<'o>(&self, order: &'o Order) -> Option<&'o str> {
        let is_foreign = |kind: usize, name: &str| self.owners[kind].get(name).is_some_and(|it| *it != order.id());
        names(order).find(|(kind, name)| is_foreign(*kind, name)).map(|(_, name)| name.as_str())
    }

    pub(super) fn learn(&mut self, order: &Order) {
        for (kind, name) in names(order) {
            if !self.owners[kind].contains_key(name) {
                self.owners[kind].insert(name.clone(), order.id());
            }
        }
        for name in order.foreign_refunds().keys() {
            self.elsewhere.entry(name.clone()).or_insert(order.id());
        }
    }
}

/// The first name that two attempts or two refunds of one order share.
pub(super) fn shared(order: &Order) -> Option<&str> {
    let mut seen = HashSet::new();
    names(order).find(|name| !seen.insert(*name)).map(|(_, name)| name.as_str())
}

fn names(order: &Order) -> impl Iterator<Item = (usize, &String)> {
    let attempts = order.attempts().iter().flat_map(|attempt| {
        let ProviderRefs { session, payment } = attempt.refs();
        [session.as_ref().map(|name| (SESSION, name)), payment.as_ref().map(|name| (PAYMENT, name))]
    });
    let refunds = order.refunds().iter().map(|refund| refund.provider_id.as_ref().map(|name| (REFUND, name)));
    attempts.chain(refunds).flatten()
}
