//! What a campaign came to, in a few lines.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::answers::Answers;
use crate::books::Books;
use crate::fleet::Deaths;

/// So many rows show what is wrong.
const ENOUGH: usize = 12;

/// The end of a campaign.
#[derive(Debug)]
pub(crate) struct Report {
    /// Rules that were broken, with what breaks them.
    pub(crate) violations: Vec<Violation>,
    seed: u64,
    deaths: Deaths,
    orders: BTreeMap<String, usize>,
    attempts: usize,
    refunds: usize,
    refusals: BTreeMap<String, u32>,
    faults: BTreeMap<&'static str, u32>,
    webhooks: String,
    took: Duration,
}

/// A rule, and what breaks it.
#[derive(Debug)]
pub(crate) struct Violation {
    pub(crate) rule: &'static str,
    pub(crate) rows: Vec<String>,
}

impl Violation {
    pub(crate) const fn of(rule: &'static str, rows: Vec<String>) -> Self {
        Self { rule, rows }
    }
}

impl Report {
    pub(crate) fn new(
        seed: u64,
        deaths: Deaths,
        books: &Books,
        answers: &Answers,
        faults: BTreeMap<&'static str, u32>,
        webhooks: &Value,
        violations: Vec<Violation>,
    ) -> Self {
        let mut orders = BTreeMap::new();
        for order in books.orders.values() {
            *orders.entry(order.status.clone()).or_default() += 1;
        }
        Self {
            violations,
            seed,
            deaths,
            orders,
            attempts: books.orders.values().map(|order| order.attempts.len()).sum(),
            refunds: books.orders.values().map(|order| order.refunds.len()).sum(),
            refusals: answers.refusals(),
            faults,
            webhooks: webhooks.to_string(),
            took: Duration::ZERO,
        }
    }

    pub(crate) fn after(self, took: Duration) -> Self {
        Self { took, ..self }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Violation { rule, rows } in &self.violations {
            writeln!(f, "VIOLATED: {rule}")?;
            for row in rows.iter().take(ENOUGH) {
                writeln!(f, "    {row}")?;
            }
            if let Some(more @ 1..) = rows.len().checked_sub(ENOUGH) {
                writeln!(f, "    and {more} more")?;
            }
        }
        let Deaths { cuts, kills, false_starts, unexpected: _ } = &self.deaths;
        let placed: usize = self.orders.values().sum();
        writeln!(
            f,
            "campaign {}: {placed} orders {:?}, {} attempts, {} refunds; refused {:?}",
            self.seed, self.orders, self.attempts, self.refunds, self.refusals
        )?;
        writeln!(f, "  deaths: {kills} anywhere, at cut points {cuts:?}; {false_starts} starts without a database")?;
        writeln!(f, "  faults: {:?}; webhooks: {}", self.faults, self.webhooks)?;
        write!(f, "  {} s, {} violations", self.took.as_secs(), self.violations.len())
    }
}
