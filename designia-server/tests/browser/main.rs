//! Pages as people see them: Chromium opens them from a whole server in this process.

#![expect(
    clippy::unwrap_used,
    reason = "the tests drive a browser by helpers, which stand outside of #[test] functions"
)]

/// The server from outside, as the other suite has it.
#[path = "../e2e"]
mod e2e {
    #[expect(
        dead_code,
        unused_imports,
        unused_macros,
        reason = "a browser does by itself much of what the other suite needs helpers for"
    )]
    pub(crate) mod support;
}
use e2e::support;

mod axe;
mod complaints;
mod console;
mod extra;
mod harness;
mod look;
mod page;
mod picture;
mod screenshots;
mod site;
mod weight;
