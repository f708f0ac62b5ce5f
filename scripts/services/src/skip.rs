//! A test that lacks its service says so, and fails where services are promised.

use std::io::Write;

/// Tells that the calling test does not run; `what` completes "SKIPPED: test: ".
///
/// # Panics
///
/// Where `CI` is `true`: there, what is skipped is not tested.
pub(crate) fn skipped(what: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{what}, but CI is true, and nothing is skipped there");
    let thread = std::thread::current();
    let told = format!("SKIPPED: {}: {what}\n", thread.name().unwrap_or("a test"));
    // Past the test harness, which keeps the output of tests that pass to itself. Nobody reads a closed standard error.
    let _ = std::io::stderr().write_all(told.as_bytes());
}
