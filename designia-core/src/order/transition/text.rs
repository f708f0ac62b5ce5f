//! The table as text, for people.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Outcome, Trigger, rule};
use crate::order::OrderStatus;

const INTRODUCTION: &str = "\
# What can happen to an order

Made from `designia_core::order::transition`, and compared with the rules by a test: nothing else ever happens, and everything
that stands here does. **refused**: the request is turned down with a reason, and nothing changes. **nothing**: it is known or
done already. A status: it is recorded, and the order is then in that status; the same status means that something about the
order has changed, but not how far it has come. Facts are never refused.

Which of the possibilities comes true depends on the attempts, the parts, the money, the clock, and on who asks.

";

/// The whole table as a Markdown page.
#[must_use]
pub fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("```mermaid\n");
    page.push_str(&diagram());
    page.push_str("```\n");
    for status in OrderStatus::ALL {
        section(&mut page, *status);
    }
    page
}

fn section(page: &mut String, status: OrderStatus) {
    // Writing to a string can't fail.
    let _ = write!(page, "\n## `{status}`\n\n");
    if rule(status, Trigger::Tick).outcomes.is_empty() {
        let _ = writeln!(page, "{}.", rule(status, Trigger::Tick).why);
        return;
    }
    page.push_str("| what | what can happen | why |\n|---|---|---|\n");
    for trigger in Trigger::ALL {
        let rule = rule(status, *trigger);
        let outcomes: Vec<_> = rule.outcomes.iter().map(word).collect();
        let _ = writeln!(page, "| `{trigger}` | {} | {} |", outcomes.join(", "), rule.why);
    }
}

fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Refused => "refused".to_owned(),
        Outcome::Nothing => "nothing".to_owned(),
        Outcome::Becomes(status) => format!("`{status}`"),
    }
}

/// The changes of status as a Mermaid state diagram.
#[must_use]
pub fn diagram() -> String {
    let mut edges: BTreeMap<(OrderStatus, OrderStatus), Vec<&str>> = BTreeMap::new();
    for from in OrderStatus::ALL {
        for trigger in Trigger::ALL {
            for outcome in rule(*from, *trigger).outcomes {
                match outcome {
                    Outcome::Becomes(to) if to != from => edges.entry((*from, *to)).or_default().push(trigger.as_str()),
                    Outcome::Becomes(_) | Outcome::Refused | Outcome::Nothing => {}
                }
            }
        }
    }
    let mut text = "stateDiagram-v2\n    [*] --> pending_payment: place\n".to_owned();
    for ((from, to), triggers) in edges {
        let _ = writeln!(text, "    {from} --> {to}: {}", triggers.join(", "));
    }
    text
}
