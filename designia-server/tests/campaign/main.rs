//! The crash campaign: three nodes on one Postgres are killed again and again while buyers buy and the provider misbehaves;
//! then every promise is checked against the database, the provider, and what people were told.
//!
//! A store's conformance suite and a kill test say that each part survives. Only whole nodes, dying in the middle of each
//! other's work, say that the parts survive together.
//!
//! - The nodes are this test binary again, as child processes; they die by SIGKILL, from outside or at a named cut point.
//! - Time is the machine's plus an offset that this process moves, so days pass in seconds.
//! - Everything random comes from one seed, which is printed first. It fixes what is ordered, how it is paid, which faults
//!   strike which request, and who dies where; it does not fix how the processes' instructions interleave, so a failure may
//!   take more than one run to come again.
//!
//! `DESIGNIA_CAMPAIGN=long` runs for minutes; `DESIGNIA_CAMPAIGN_SEED` and `DESIGNIA_CAMPAIGN_ORDERS` replay.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod answers;
mod books;
mod buyer;
mod cut;
mod database;
mod deck;
mod dice;
mod door;
mod evidence;
mod fleet;
mod invariants;
mod latecomer;
mod node;
mod plant;
mod ports;
mod provider;
mod quiet;
mod report;
mod seller;
mod settings;
mod shop;
mod story;
mod time;
mod weather;
mod wire;
mod world;

use plant::Plant;
use settings::Settings;

#[tokio::test(flavor = "multi_thread")]
async fn no_crash_breaks_a_promise() {
    let Some(report) = story::run(Settings::of_environment(), Plant::Nothing).await else { return };
    println!("{report}");
    assert!(report.violations.is_empty(), "{} violations, told above", report.violations.len());
}

/// A campaign that can't fail proves nothing.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it runs a second campaign, and tests the campaign rather than the engine"]
async fn a_node_that_sends_again_without_looking_is_found_out() {
    let settings = Settings { orders: 40, ..Settings::of_environment() };
    let Some(report) = story::run(settings, Plant::SendsWithoutLooking).await else { return };
    println!("{report}");
    let rule = "a session belongs to one attempt";
    assert!(report.violations.iter().any(|violation| violation.rule == rule), "the planted bug was not found");
}

/// The other half of the tests above.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a campaign starts it as a process of its own"]
async fn a_node_works_until_it_dies() {
    if let Some(brief) = node::Brief::of_environment() {
        node::run(brief).await;
    }
}
