//! What people were told, and whether it is still true in the end.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::books::Books;

/// Everything that was promised in an answer.
#[derive(Debug, Default)]
pub(crate) struct Answers(Mutex<Told>);

#[derive(Clone, Debug, Default)]
struct Told {
    /// Orders by the key under which they were asked for.
    placed: BTreeMap<String, String>,
    /// Orders whose cancellation was answered.
    cancelled: Vec<String>,
    /// Orders and sellers whose shipment was answered.
    shipped: Vec<(String, &'static str)>,
    /// Checkouts that were refused, by the code of the refusal.
    refused: BTreeMap<String, u32>,
    /// What contradicts itself without looking any further.
    contradictions: Vec<String>,
}

impl Answers {
    pub(crate) fn placed(&self, key: &str, order: &str) {
        let mut told = self.0.lock().unwrap();
        let before = told.placed.insert(key.to_owned(), order.to_owned());
        if let Some(before) = before.filter(|before| before != order) {
            told.contradictions.push(format!("the key {key} was answered with order {before} and with {order}"));
        }
    }

    pub(crate) fn refused(&self, code: &str) {
        *self.0.lock().unwrap().refused.entry(code.to_owned()).or_default() += 1;
    }

    pub(crate) fn cancelled(&self, order: &str) {
        self.0.lock().unwrap().cancelled.push(order.to_owned());
    }

    pub(crate) fn shipped(&self, order: &str, seller: &'static str) {
        self.0.lock().unwrap().shipped.push((order.to_owned(), seller));
    }

    /// Something that must not be, seen on the way.
    pub(crate) fn contradiction(&self, what: String) {
        self.0.lock().unwrap().contradictions.push(what);
    }

    /// Checkouts that were refused, by the code of the refusal.
    pub(crate) fn refusals(&self) -> BTreeMap<String, u32> {
        self.0.lock().unwrap().refused.clone()
    }

    /// Every rule about answers, with what breaks it.
    pub(crate) fn broken(&self, books: &Books) -> Vec<(&'static str, Vec<String>)> {
        let told = self.0.lock().unwrap().clone();
        vec![
            ("a request has one answer", told.contradictions.clone()),
            ("an order that was answered exists", told.answered_orders_exist(books)),
            ("an order that exists was answered", told.existing_orders_were_answered(books)),
            ("a cancellation that was answered stands", told.answered_cancellations_stand(books)),
            ("a shipment that was answered is recorded", told.answered_shipments_are_recorded(books)),
        ]
    }
}

impl Told {
    fn answered_orders_exist(&self, books: &Books) -> Vec<String> {
        let missing = self.placed.iter().filter(|(_, order)| !books.orders.contains_key(*order));
        missing.map(|(key, order)| format!("order {order} of key {key} is not there")).collect()
    }

    /// Buyers ask until they have an answer, so an order that nobody was told of is one that was made twice.
    fn existing_orders_were_answered(&self, books: &Books) -> Vec<String> {
        let told: std::collections::BTreeSet<_> = self.placed.values().collect();
        let unknown = books.orders.keys().filter(|order| !told.contains(order));
        unknown.map(|order| format!("nobody was told of order {order}")).collect()
    }

    fn answered_cancellations_stand(&self, books: &Books) -> Vec<String> {
        let wrong = self.cancelled.iter().filter_map(|order| {
            let found = books.orders.get(order)?;
            let stands = ["cancelled", "refunded"].contains(&found.status.as_str()) && found.kept() == 0;
            (!stands).then(|| format!("order {order} is {} and keeps {}", found.status, found.kept()))
        });
        wrong.collect()
    }

    fn answered_shipments_are_recorded(&self, books: &Books) -> Vec<String> {
        let lost = self.shipped.iter().filter(|(order, seller)| !books.shipped.contains(&(order.clone(), *seller)));
        lost.map(|(order, seller)| format!("the shipment of order {order} by {seller} is not there")).collect()
    }
}
