//! axe-core looks for what keeps people from using a page: <https://github.com/dequelabs/axe-core>.
//!
//! `DESIGNIA_NODE_MODULES` names a directory whose `node_modules` has npm `axe-core`. Without it these checks are skipped, but
//! on CI they fail instead.

use std::fmt;
use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::Value;

use crate::page::Page;

/// Runs the rules of WCAG 2.0, 2.1 and 2.2, levels A and AA.
const RUN: &str = "const done = arguments[arguments.length - 1];
    const values = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] }).then(
        ({ violations, passes }) => done({
            passed: passes.length,
            violations: violations.map(({ id, help, nodes }) => ({
                id, help, nodes: nodes.map(node => `${node.target.join(' ')}: ${node.failureSummary}`)
            }))
        }),
        error => done({ error: String(error) }))";

/// A rule that a page breaks, and where.
#[derive(Debug)]
pub(crate) struct Violation {
    /// The rule's name, such as `color-contrast`.
    pub(crate) rule: String,
    help: String,
    nodes: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.help)?;
        self.nodes.iter().try_for_each(|node| write!(f, "\n  {}", node.replace('\n', "\n    ")))
    }
}

impl Page {
    /// What axe finds wrong with the page as it is now; `None` after saying that axe is missing.
    pub(crate) async fn axe(&self) -> Option<Vec<Violation>> {
        self.eval(&source()?).await;
        let found = self.client.execute_async(RUN, Vec::new()).await.unwrap();
        assert!(found["passed"].as_u64().is_some_and(|passed| passed > 0), "axe has looked at nothing: {found}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let violations = found["violations"].as_array().unwrap().iter().map(|it| Violation {
            rule: text(&it["id"]),
            help: text(&it["help"]),
            nodes: it["nodes"].as_array().unwrap().iter().map(text).collect(),
        });
        Some(violations.collect())
    }

    /// axe finds nothing wrong with the page as it is now.
    pub(crate) async fn is_accessible(&self) {
        let Some(violations) = self.axe().await else { return };
        let told: String = violations.iter().map(|it| format!("\n{it}")).collect();
        assert!(violations.is_empty(), "{} has {} violations:{told}", self.path().await, violations.len());
    }
}

fn source() -> Option<String> {
    let Ok(place) = std::env::var("DESIGNIA_NODE_MODULES") else {
        assert!(std::env::var("CI").is_err(), "DESIGNIA_NODE_MODULES must be set on CI");
        // Past the test harness, which keeps the output of tests that pass to itself.
        std::io::stderr().write_all(b"SKIPPED: axe-core needs DESIGNIA_NODE_MODULES\n").unwrap();
        return None;
    };
    let file = Path::new(&place).join("node_modules/axe-core/axe.min.js");
    Some(fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
}
