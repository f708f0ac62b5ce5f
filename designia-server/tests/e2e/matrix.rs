//! Who may do what: every operation of the served document, asked by everybody.
//!
//! The list of operations is the document's own. An operation without a row fails here by name, and so does a row without an
//! operation: add the row to `rows/`, with the statuses that the rules in `rule.rs` ask for.

mod row;
mod rows;
mod rule;
mod world;

use std::collections::BTreeSet;

use serde_json::Value;

use self::rule::Caller;
use self::world::World;
use crate::support::{Place, Server, on_every_database};
use crate::visitor::Visitor;

on_every_database! {
    every_operation_opens_to_those_it_is_for_and_to_nobody_else,
}

#[tokio::test]
async fn every_operation_of_the_document_has_a_row_and_every_row_an_operation() {
    let server = Server::start(&Place::memory(), &[]).await;
    let document = Visitor::of(&server).get("/api/openapi.json").await.ok();
    let (operations, rows) = (operations(&document), rows::all());
    let known: BTreeSet<String> = rows.iter().map(row::Row::operation).collect();
    let missing: Vec<_> = operations.difference(&known).collect();
    assert!(missing.is_empty(), "add rows to tests/e2e/matrix/rows/ that say who may do this: {missing:#?}");
    let stale: Vec<_> = known.difference(&operations).collect();
    assert!(stale.is_empty(), "there is no such operation any more; take the row away: {stale:#?}");
}

async fn every_operation_opens_to_those_it_is_for_and_to_nobody_else(place: &Place) {
    let server = Server::start(place, &[]).await;
    let document = Visitor::of(&server).get("/api/openapi.json").await.ok();
    let operations = operations(&document);
    let mut world = World::build(&server).await;
    let mut wrong = Vec::new();
    for row in rows::all() {
        if !operations.contains(&row.operation()) {
            continue;
        }
        // Those who are refused come first: they find everything there, and leave it so.
        let mut callers = Caller::ALL.into_iter().zip(row.expected).collect::<Vec<_>>();
        callers.sort_by_key(|(_, expected)| *expected < 300);
        for (caller, expected) in callers {
            let (status, told) = world.ask(&row, caller).await;
            if let Some(secret) = not_for(caller).iter().find(|secret| told.contains(**secret)) {
                wrong.push(format!("{} tells {caller:?} of {secret}", row.operation()));
            }
            if status != expected {
                let told: String = told.chars().take(300).collect();
                wrong.push(format!("{} by {caller:?}: {status} instead of {expected}: {told}", row.operation()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} answers break the rules:\n{}", wrong.len(), wrong.join("\n"));
}

/// What of the owner no answer may tell this caller: where to ship to is for the seller of an order, how to log in for nobody but
/// the owner and those who run the marketplace.
const fn not_for(caller: Caller) -> &'static [&'static str] {
    match caller {
        Caller::Nobody | Caller::OtherCustomer | Caller::OtherSeller => &[world::STREET, world::EMAIL],
        Caller::Seller => &[world::EMAIL],
        Caller::Owner | Caller::Staff | Caller::Admin => &[],
    }
}

/// Methods and paths of the document.
fn operations(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().unwrap();
    let methods = |(path, item): (&String, &Value)| {
        let methods = ["get", "put", "post", "delete", "patch"].into_iter().filter(|method| item.get(method).is_some());
        methods.map(|method| format!("{} {path}", method.to_uppercase())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(methods).collect()
}
