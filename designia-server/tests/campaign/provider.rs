//! The provider's side against ours: name by name and amount by amount, nothing there that we don't know, nothing here that
//! it doesn't know.

use std::collections::{BTreeMap, BTreeSet};

use designia_stripe_sandbox::Objects;
use serde_json::Value;

use crate::books::{Attempt, Books, Refund};

/// Every rule about the provider, with what breaks it.
pub(crate) fn broken(books: &Books, objects: &Objects) -> impl Iterator<Item = (&'static str, Vec<String>)> {
    [
        ("a session belongs to one attempt", a_session_belongs_to_one_attempt(books, objects)),
        ("a payment belongs to one attempt", a_payment_belongs_to_one_attempt(books, objects)),
        ("a payment is charged once", a_payment_is_charged_once(objects)),
        ("a refund belongs to one row", a_refund_belongs_to_one_row(books, objects)),
        ("what has a name of the provider's is there", what_has_a_name_is_there(books, objects)),
        ("the provider keeps what the order keeps", the_provider_keeps_what_the_order_keeps(books, objects)),
        ("no order is both cancelled and charged", no_order_is_both_cancelled_and_charged(books, objects)),
    ]
    .into_iter()
}

fn a_session_belongs_to_one_attempt(books: &Books, objects: &Objects) -> Vec<String> {
    let wrong = objects.of("checkout.session").iter().filter_map(|session| {
        let (id, name) = (text(session, "id"), notes(session));
        let Some(attempt) = attempt_of(books, &name) else { return Some(format!("{id} is of {name:?}, unknown")) };
        let is_its_own = attempt.session.as_deref() == Some(id);
        let is_equal = is_amount(attempt, session, "amount_total");
        (!is_its_own || !is_equal).then(|| format!("{id} of {name:?} against {attempt:?}"))
    });
    wrong.collect()
}

/// A payment that came to nothing may be unknown to us; its session is known all the same.
fn a_payment_belongs_to_one_attempt(books: &Books, objects: &Objects) -> Vec<String> {
    let wrong = objects.of("payment_intent").iter().filter_map(|intent| {
        let (id, name) = (text(intent, "id"), notes(intent));
        let Some(attempt) = attempt_of(books, &name) else { return Some(format!("{id} is of {name:?}, unknown")) };
        let received = number(intent, "amount_received");
        let is_its_own = match &attempt.payment {
            Some(payment) => payment == id,
            None => received == 0,
        };
        let is_equal = is_amount(attempt, intent, "amount") && attempt.captured == received;
        (!is_its_own || !is_equal).then(|| format!("{id} of {name:?} received {received}, against {attempt:?}"))
    });
    wrong.collect()
}

fn a_payment_is_charged_once(objects: &Objects) -> Vec<String> {
    let mut charges: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for charge in paid(objects) {
        charges.entry(text(charge, "payment_intent")).or_default().push(text(charge, "id"));
    }
    charges.into_iter().filter(|(_, charges)| charges.len() > 1).map(|twice| format!("{twice:?}")).collect()
}

fn a_refund_belongs_to_one_row(books: &Books, objects: &Objects) -> Vec<String> {
    let wrong = objects.of("refund").iter().filter_map(|refund| {
        let (id, name) = (text(refund, "id"), notes(refund));
        let no = refund["metadata"]["designia_refund"].as_str().and_then(|no| no.parse::<i64>().ok());
        let row = no.and_then(|no| books.orders.get(&name.0)?.refunds.get(&no));
        let Some(row) = row else { return Some(format!("{id} is refund {no:?} of {name:?}, unknown")) };
        let Refund { attempt, provider_id, state, amount } = row;
        let is_so = provider_id.as_deref() == Some(id)
            && *attempt == name.1
            && *amount == number(refund, "amount")
            && *state == text(refund, "status");
        (!is_so).then(|| format!("{id} of {name:?} is {} of {}, against {row:?}", refund["status"], refund["amount"]))
    });
    wrong.collect()
}

fn what_has_a_name_is_there(books: &Books, objects: &Objects) -> Vec<String> {
    let kinds = ["checkout.session", "payment_intent", "refund"];
    let there: BTreeSet<&str> = kinds.iter().flat_map(|kind| objects.of(kind)).map(|it| text(it, "id")).collect();
    let mut missing = Vec::new();
    for (id, order) in &books.orders {
        let sessions = order.attempts.values().filter_map(|attempt| attempt.session.as_ref());
        let payments = order.attempts.values().filter_map(|attempt| attempt.payment.as_ref());
        let refunds = order.refunds.values().filter_map(|refund| refund.provider_id.as_ref());
        let names = sessions.chain(payments).chain(refunds).filter(|name| !there.contains(name.as_str()));
        missing.extend(names.map(|name| format!("{name} of order {id}")));
    }
    missing
}

fn the_provider_keeps_what_the_order_keeps(books: &Books, objects: &Objects) -> Vec<String> {
    let held = held(objects);
    let wrong = books.orders.iter().filter_map(|(id, order)| {
        let (theirs, ours) = (held.get(id.as_str()).copied().unwrap_or_default(), order.kept());
        (theirs != ours)
            .then(|| format!("of order {id}, {} the provider keeps {theirs} and we say {ours}", order.status))
    });
    wrong.collect()
}

fn no_order_is_both_cancelled_and_charged(books: &Books, objects: &Objects) -> Vec<String> {
    let is_over =
        |id: &str| books.orders.get(id).is_none_or(|it| ["cancelled", "refunded"].contains(&it.status.as_str()));
    let kept = held(objects).into_iter().filter(|(id, minor)| *minor != 0 && is_over(id));
    kept.map(|(id, minor)| format!("order {id} is over and the provider keeps {minor} of it")).collect()
}

/// What the provider holds of each order: what was charged and has not gone back.
fn held(objects: &Objects) -> BTreeMap<&str, i64> {
    let mut held = BTreeMap::new();
    for charge in paid(objects) {
        let order = charge["metadata"]["designia_order"].as_str().unwrap_or_default();
        *held.entry(order).or_default() += number(charge, "amount") - number(charge, "amount_refunded");
    }
    held
}

fn paid(objects: &Objects) -> impl Iterator<Item = &Value> {
    objects.of("charge").iter().filter(|charge| charge["status"] == "succeeded" && charge["paid"] == true)
}

/// The order and attempt that an object carries.
fn notes(object: &Value) -> (String, i64) {
    let metadata = &object["metadata"];
    let attempt = metadata["designia_attempt"].as_str().and_then(|no| no.parse().ok());
    (metadata["designia_order"].as_str().unwrap_or_default().to_owned(), attempt.unwrap_or_default())
}

fn attempt_of<'b>(books: &'b Books, (order, no): &(String, i64)) -> Option<&'b Attempt> {
    books.orders.get(order)?.attempts.get(no)
}

fn is_amount(attempt: &Attempt, object: &Value, field: &str) -> bool {
    number(object, field) == attempt.amount && text(object, "currency").eq_ignore_ascii_case(&attempt.currency)
}

fn text<'v>(object: &'v Value, field: &str) -> &'v str {
    object[field].as_str().unwrap_or_default()
}

fn number(object: &Value, field: &str) -> i64 {
    object[field].as_i64().unwrap_or_default()
}
