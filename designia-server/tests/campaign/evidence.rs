//! What is kept of a campaign that broke a rule: the whole story of each order that is named in a violation.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use designia_stripe_sandbox::Sandbox;

use crate::database::Database;
use crate::report::Violation;

/// Stories of at most so many orders.
const ENOUGH: usize = 20;

/// Writes down what is known about the orders that the violations name, a file for each.
pub(crate) async fn keep(directory: &Path, database: &Database, sandbox: &Sandbox, violations: &[Violation]) {
    let rows = violations.iter().flat_map(|violation| &violation.rows);
    let orders: BTreeSet<String> = rows.flat_map(|row| orders_in(row)).take(ENOUGH).collect();
    let (objects, requests) = (sandbox.objects(), sandbox.requests());
    for order in orders {
        let mut story = String::new();
        for (title, query) in [
            (
                "events",
                "SELECT format('%s %s %s %s', seq, at, cause, event) FROM designia.events WHERE order_id = '{}' ORDER BY seq",
            ),
            (
                "effects",
                "SELECT format('%s %s %s claims, first sent %s, due %s: %s', key, state, claims, first_sent_at, due_at, note) FROM designia.effects WHERE order_id = '{}' ORDER BY event, idx",
            ),
            (
                "webhooks",
                "SELECT format('%s %s %s %s %s: %s', id, kind, received_at, state, claims, note) FROM designia.webhook_events WHERE convert_from(body, 'UTF8') LIKE '%{}%' ORDER BY received_at",
            ),
        ] {
            writeln!(story, "{title}").unwrap();
            for line in database.lines(&query.replace("{}", &order)).await {
                writeln!(story, "  {line}").unwrap();
            }
        }
        for kind in ["checkout.session", "payment_intent", "charge", "refund", "event"] {
            for object in objects.of(kind).iter().filter(|object| object.to_string().contains(&order)) {
                writeln!(story, "{kind} {object}").unwrap();
            }
        }
        for request in requests.iter().filter(|it| format!("{:?}", it.form).contains(&order)) {
            writeln!(story, "request {request:?}").unwrap();
        }
        std::fs::write(directory.join(format!("order-{order}.txt")), story).unwrap();
    }
    let deliveries = sandbox.webhooks().deliveries().to_string();
    std::fs::write(directory.join("deliveries.json"), deliveries).unwrap();
    println!("the evidence is in {}", directory.display());
}

/// Everything in a line that has the form of an order's id.
fn orders_in(line: &str) -> Vec<String> {
    let words = line.split(|character: char| !character.is_ascii_hexdigit() && character != '-');
    words.filter(|word| word.len() == 36 && word.matches('-').count() == 4).map(str::to_owned).collect()
}
