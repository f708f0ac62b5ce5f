//! `expand[]`: an id in an answer is replaced by the object it names.

use serde_json::Value;

use crate::api::list;
use crate::error::ApiError;
use crate::resource::charge::Charge;
use crate::resource::customer::Customer;
use crate::resource::payment_intent::PaymentIntent;
use crate::resource::refund::Refund;
use crate::resource::webhook_endpoint::Endpoint;
use crate::world::World;

const DEEPEST: usize = 4;

/// What a request answers with, as far as expansion goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    One(&'static str),
    Many(&'static str),
}

/// Object, expandable field, what it leads to.
const EXPANDABLE: [(&str, &str, Answer); 14] = [
    ("checkout.session", "payment_intent", Answer::One("payment_intent")),
    ("checkout.session", "customer", Answer::One("customer")),
    ("checkout.session", "line_items", Answer::Many("item")),
    ("payment_intent", "latest_charge", Answer::One("charge")),
    ("payment_intent", "customer", Answer::One("customer")),
    ("charge", "payment_intent", Answer::One("payment_intent")),
    ("charge", "customer", Answer::One("customer")),
    ("charge", "balance_transaction", Answer::One("balance_transaction")),
    ("charge", "refunds", Answer::Many("refund")),
    ("refund", "charge", Answer::One("charge")),
    ("refund", "payment_intent", Answer::One("payment_intent")),
    ("refund", "balance_transaction", Answer::One("balance_transaction")),
    ("refund", "failure_balance_transaction", Answer::One("balance_transaction")),
    ("balance_transaction", "source", Answer::One("charge")),
];

/// Refuses a path that leads nowhere, before anything is executed.
pub(crate) fn check(paths: &[String], mut answer: Answer) -> Result<(), ApiError> {
    let start = answer;
    for path in paths {
        answer = start;
        if path.split('.').filter(|part| *part != "data").count() > DEEPEST {
            let message = format!("You cannot expand more than {DEEPEST} levels of a property. Property: {path}");
            return Err(ApiError::invalid(message, "expand"));
        }
        for part in path.split('.') {
            answer = match answer {
                Answer::Many(kind) if part == "data" => Answer::One(kind),
                Answer::One(kind) => step(kind, part).ok_or_else(|| cannot(path))?,
                Answer::Many(_) => return Err(cannot(path)),
            };
        }
    }
    Ok(())
}

fn cannot(path: &str) -> ApiError {
    ApiError::invalid(format!("This property cannot be expanded ({path})."), "expand")
}

fn step(kind: &str, field: &str) -> Option<Answer> {
    EXPANDABLE.iter().find(|(owner, name, _)| *owner == kind && *name == field).map(|(_, _, answer)| *answer)
}

/// Expands checked paths in an answer.
pub(crate) fn apply(world: &World, answer: &mut Value, paths: &[String]) {
    for path in paths {
        let parts: Vec<&str> = path.split('.').collect();
        walk(world, answer, &parts);
    }
}

fn walk(world: &World, value: &mut Value, parts: &[&str]) {
    let Some((first, rest)) = parts.split_first() else { return };
    if let Value::Array(items) = value {
        items.iter_mut().for_each(|item| walk(world, item, parts));
        return;
    }
    if value.get(*first).is_none_or(Value::is_string)
        && let Some(object) = resolve(world, value, first)
    {
        value[*first] = object;
    }
    if let Some(child) = value.get_mut(*first).filter(|child| !child.is_null()) {
        walk(world, child, rest);
    }
}

fn resolve(world: &World, owner: &Value, field: &str) -> Option<Value> {
    match owner.get(field) {
        Some(Value::String(id)) => world.render(id),
        // Some lists are left out unless they are asked for.
        None => included(world, owner, field),
        Some(_) => None,
    }
}

fn included(world: &World, owner: &Value, field: &str) -> Option<Value> {
    let id = owner.get("id")?.as_str()?;
    match field {
        "line_items" => world.sessions.get(id).map(|session| session.items_list(id)),
        "refunds" => {
            let refunds = world.refunds.iter().rev().filter(|refund| refund.charge == id);
            let data = refunds.map(Refund::render).collect();
            Some(list::list(data, false, &format!("/v1/charges/{id}/refunds")))
        }
        _ => None,
    }
}

impl World {
    /// Any object by its id.
    pub(crate) fn render(&self, id: &str) -> Option<Value> {
        let (prefix, _) = id.split_once('_')?;
        match prefix {
            "cus" => self.customers.get(id).map(Customer::render),
            "cs" => self.sessions.get(id).map(|session| session.render(&self.base_url)),
            "pi" => self.intents.get(id).map(PaymentIntent::render),
            "ch" | "py" => self.charges.get(id).map(Charge::render),
            "re" | "pyr" => self.refunds.get(id).map(Refund::render),
            "txn" => self.transactions.get(id).map(|transaction| transaction.render(self.now)),
            "evt" => self.events.get(id).map(|event| event.render(self.queue.unacknowledged(id))),
            "we" => self.endpoints.get(id).map(Endpoint::render),
            _ => None,
        }
    }
}
