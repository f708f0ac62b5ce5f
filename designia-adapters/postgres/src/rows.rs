//! What commits write, as the parallel arrays that `designia.write_orders_2` takes: any number of orders at once.

use std::collections::{BTreeMap, HashSet};

use designia_core::id::ProductId;
use designia_core::order::{Order, StockReason};
use designia_core::payment::ProviderRefs;
use designia_core::ports::{Commit, StoreError};
use serde::Serialize;
use sqlx::postgres::PgHasArrayType;
use sqlx::{Encode, Postgres, Type};
use uuid::Uuid;

use crate::instant::Instant;
use crate::row::json;
use crate::statement::Binding;

/// One array per column; none at all if there are no rows.
macro_rules! arrays {
    ($($name:ident { $($column:ident: $kind:ty,)+ })+) => {
        $(#[derive(Default)]
        struct $name { $($column: Vec<$kind>,)+ }

        impl $name {
            fn push(&mut self, ($($column,)+): ($($kind,)+)) {
                $(self.$column.push($column);)+
            }

            fn bind(self, binding: $crate::statement::Binding) -> $crate::statement::Binding {
                binding$(.bind($crate::rows::array(self.$column)))+
            }
        })+
    };
}
pub(crate) use arrays;

arrays! {
    Orders {
        id: Uuid, expected: i64, version: i64, buyer: Uuid, status: &'static str, payment_status: &'static str,
        currency: &'static str, total_minor: i64, placed_at: Instant, updated_at: Instant, next_tick_at: Option<Instant>,
        expires_at: Option<Instant>, attention_at: Option<Instant>, state: String,
    }
    Sellers { order: Uuid, seller: Uuid, }
    Events { order: Uuid, seq: i64, at: Instant, cause: String, event: String, }
    Attempts {
        order: Uuid, no: i64, session: Option<String>, payment: Option<String>, state: String, currency: &'static str,
        amount: i64, captured: i64,
    }
    Refunds {
        order: Uuid, no: i64, attempt: i64, provider_id: Option<String>, state: String, currency: &'static str, amount: i64,
    }
    ForeignRefunds {
        order: Uuid, provider_id: String, attempt: i64, state: String, currency: &'static str, amount: i64,
    }
    Effects {
        order: Uuid, event: i64, idx: i64, key: String, kind: &'static str, planned_at: Instant, request: String,
    }
    Journals {
        order: Uuid, event: i64, at: Instant, debit: &'static str, credit: &'static str, currency: &'static str, minor: i64,
    }
    Stock { product: Uuid, delta: i64, }
    Movements {
        order: Uuid, product: Uuid, reason: &'static str, round: i64, quantity: i64, at: Instant,
    }
}

/// The rows of any number of commits.
#[derive(Default)]
pub(crate) struct Rows {
    orders: Orders,
    sellers: Sellers,
    events: Events,
    attempts: Attempts,
    refunds: Refunds,
    foreign_refunds: ForeignRefunds,
    effects: Effects,
    journals: Journals,
    /// By how much each product's stock changes in all, which is locked in this order.
    stock: BTreeMap<ProductId, i64>,
    movements: Movements,
}

impl Rows {
    /// Adds a commit. What is stored already may be said, and then isn't written again.
    pub(crate) fn add(&mut self, commit: &Commit, stored: Option<&Order>) -> Result<(), StoreError> {
        commit.check()?;
        check_names(&commit.order)?;
        self.add_order(commit)?;
        self.add_payments(&commit.order, stored)?;
        self.add_changes(commit)
    }

    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.orders.id.is_empty()
    }

    /// The parameters, in the order in which the function names them.
    pub(crate) fn bind(self, binding: Binding) -> Binding {
        let mut stock = Stock::default();
        self.stock.into_iter().for_each(|(product, delta)| stock.push((product.as_uuid(), delta)));
        let binding = self.sellers.bind(self.orders.bind(binding));
        let binding = self.attempts.bind(self.events.bind(binding));
        let binding = self.foreign_refunds.bind(self.refunds.bind(binding));
        let binding = self.journals.bind(self.effects.bind(binding));
        self.movements.bind(stock.bind(binding))
    }

    fn add_order(&mut self, commit: &Commit) -> Result<(), StoreError> {
        let Commit { order, expected_version, .. } = commit;
        let (id, contents) = (order.id().as_uuid(), order.contents());
        if order.version() > *expected_version {
            self.orders.push((
                id,
                i64::from(*expected_version),
                i64::from(order.version()),
                order.buyer().as_uuid(),
                order.status().as_str(),
                order.payment_status().as_str(),
                contents.currency.code(),
                contents.total.minor(),
                contents.placed_at.into(),
                order.updated_at().into(),
                order.next_tick_at().map(Instant),
                order.expires_at().map(Instant),
                order.attention_at().map(Instant),
                json(order)?,
            ));
        }
        if *expected_version == 0 {
            contents.consignments.iter().for_each(|part| self.sellers.push((id, part.seller.as_uuid())));
        }
        for it in &commit.events {
            self.events.push((id, i64::from(it.seq), it.at.into(), json(&it.cause)?, json(&it.event)?));
        }
        Ok(())
    }

    fn add_payments(&mut self, order: &Order, stored: Option<&Order>) -> Result<(), StoreError> {
        let id = order.id().as_uuid();
        let is_new = |attempt: &_| !stored.is_some_and(|stored| stored.attempts().contains(attempt));
        for it in order.attempts().iter().filter(|attempt| is_new(attempt)) {
            let ProviderRefs { session, payment } = it.refs().clone();
            let (no, amount) = (i64::from(it.no().get()), it.amount());
            let (currency, captured) = (amount.currency().code(), it.captured().minor());
            self.attempts.push((id, no, session, payment, word(it.state())?, currency, amount.minor(), captured));
        }
        let is_new = |refund: &_| !stored.is_some_and(|stored| stored.refunds().contains(refund));
        for it in order.refunds().iter().filter(|refund| is_new(refund)) {
            let (no, attempt) = (i64::from(it.no.get()), i64::from(it.attempt.get()));
            let (currency, minor) = (it.amount.currency().code(), it.amount.minor());
            self.refunds.push((id, no, attempt, it.provider_id.clone(), word(it.state)?, currency, minor));
        }
        for (name, it) in order.foreign_refunds() {
            let (attempt, currency) = (i64::from(it.attempt.get()), it.amount.currency().code());
            self.foreign_refunds.push((id, name.clone(), attempt, word(it.state)?, currency, it.amount.minor()));
        }
        Ok(())
    }

    fn add_changes(&mut self, commit: &Commit) -> Result<(), StoreError> {
        let id = commit.order.id().as_uuid();
        for it in &commit.changes.effects {
            let (event, idx, key) = (i64::from(it.id.event), i64::from(it.id.index), it.key.as_str().to_owned());
            let request = json(&it.request)?;
            self.effects.push((id, event, idx, key, it.request.kind(), it.planned_at.into(), request));
        }
        for it in &commit.changes.journals {
            let (currency, minor) = (it.amount.currency().code(), it.amount.minor());
            let (debit, credit) = (it.debit.as_str(), it.credit.as_str());
            self.journals.push((id, i64::from(it.event), it.at.into(), debit, credit, currency, minor));
        }
        for it in &commit.changes.stock {
            let (quantity, round) = (i64::from(it.quantity), i64::from(it.round));
            *self.stock.entry(it.product).or_default() += match it.reason {
                StockReason::Reserve => -quantity,
                StockReason::Release => quantity,
            };
            self.movements.push((id, it.product.as_uuid(), it.reason.as_str(), round, quantity, it.at.into()));
        }
        Ok(())
    }
}

/// A name that two attempts or two refunds of the order share would break the same constraint as a name of another order.
fn check_names(order: &Order) -> Result<(), StoreError> {
    let (mut sessions, mut payments, mut refunds) = (HashSet::new(), HashSet::new(), HashSet::new());
    let is_once = order.attempts().iter().all(|attempt| {
        let ProviderRefs { session, payment } = attempt.refs();
        session.iter().all(|name| sessions.insert(name)) && payment.iter().all(|name| payments.insert(name))
    }) && order.refunds().iter().flat_map(|refund| &refund.provider_id).all(|name| refunds.insert(name));
    if is_once {
        return Ok(());
    }
    Err(StoreError::invalid("two attempts or two refunds of the order share a name of the provider's"))
}

/// The word of a state, as JSON has it.
fn word(state: impl Serialize) -> Result<String, StoreError> {
    match serde_json::to_value(state) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        other => Err(StoreError::invalid(format!("a state is not a word but {other:?}"))),
    }
}

/// A column as a parameter.
pub(crate) fn array<T>(column: Vec<T>) -> Option<Vec<T>>
where
    T: PgHasArrayType + Type<Postgres> + for<'t> Encode<'t, Postgres>,
{
    (!column.is_empty()).then_some(column)
}
