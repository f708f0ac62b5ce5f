//! A process that is killed while it works loses nothing that it had answered.
//!
//! The test runs itself again as a child, which works and says aloud what was committed. After so many lines it is killed
//! with SIGKILL, wherever it happens to be; then the file is opened again and held to every line.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

#[path = "support/child.rs"]
mod child;
mod support;

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;

use designia_core::effect::{EffectOutcome, EffectSettlement};
use designia_core::id::{AttemptNo, OrderId};
use designia_core::order::{Order, Surroundings};
use designia_core::payment::{Fact, PaymentMethod, PaymentNews, ProviderRefs};
use designia_core::ports::{CatalogStore, Commit, Inbox, InboxEvent, OrderStore, ProductKey};
use designia_core::testing::fixtures::{NOW, claim, commit, event, placed, placement, product, product_id};
use designia_core::time::{HOUR, Timestamp};
use designia_sqlite::{Config, Durability, SqliteStore};

use child::{Numbers, kill_after};
use support::Folder;

/// Where the child finds the database; the number of the first order that it is to place; how durable it is to be.
const CHILD: &str = "DESIGNIA_SQLITE_KILLED_CHILD";

/// How many tasks the child works with, and how far apart their orders' numbers are.
const TASKS: u32 = 4;
const APART: u32 = 100_000;

#[test]
fn what_was_answered_before_a_kill_is_there_after_it() {
    let folder = Folder::new();
    support::block_on(async {
        let store = SqliteStore::open(&folder.config()).await.unwrap();
        for number in [1, 2] {
            store.put(&designia_core::catalog::Product { stock: u32::MAX, ..product(number) }).await.unwrap();
        }
        store.close().await.unwrap();
    });
    let mut answered = Answered::default();
    // Seeded, so that a failure comes again.
    let mut numbers = Numbers(20_261_122);
    for round in 0..6 {
        let order = (CHILD, format!("{}:{round}", folder.database().display()));
        answered.take(&kill_after(numbers.below(150) + 5, "the_child_works_until_it_is_killed", order));
        support::block_on(answered.is_all_there(&folder.config(), round));
    }
}

/// What a child said that it had committed.
#[derive(Default)]
struct Answered {
    versions: BTreeMap<OrderId, u32>,
    events: Vec<String>,
}

impl Answered {
    fn take(&mut self, lines: &[String]) {
        for line in lines {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["order", id, version] => {
                    let latest = self.versions.entry(id.parse().unwrap()).or_default();
                    *latest = version.parse::<u32>().unwrap().max(*latest);
                }
                ["event", id] => self.events.push(id.to_owned()),
                _ => panic!("the child said `{line}`"),
            }
        }
    }

    async fn is_all_there(&self, config: &Config, round: u32) {
        let store = SqliteStore::open(config).await.unwrap();
        let report = store.integrity_check().await.unwrap();
        assert!(report.is_sound(), "after kill {round}: {report:#?}");
        let held = 2 * u32::try_from(report.orders).unwrap();
        let shelf = store.product(&ProductKey::Id(product_id(1))).await.unwrap().unwrap();
        assert_eq!(shelf.stock, u32::MAX - held, "after kill {round}: an order takes two of product 1");
        for (id, version) in &self.versions {
            let stored = store.load(*id).await.unwrap().map_or(0, |order| order.version());
            assert!(stored >= *version, "kill {round} took order {id} from version {version} back to {stored}");
        }
        for id in &self.events {
            let again = InboxEvent { id: id.clone(), ..event(0) };
            assert!(!store.accept(again).await.unwrap(), "kill {round} lost event {id}");
        }
        store.close().await.unwrap();
    }
}

#[test]
#[ignore = "it is the other half of the test above"]
fn the_child_works_until_it_is_killed() {
    let Ok(order) = env::var(CHILD) else { return };
    let (path, round) = order.rsplit_once(':').unwrap();
    let round: u32 = round.parse().unwrap();
    // The harness has begun a line.
    println!();
    support::block_on(async {
        let mut config = Config::file(PathBuf::from(path));
        config.durability = if round.is_multiple_of(2) { Durability::PowerFailure } else { Durability::ProcessDeath };
        let store = SqliteStore::open(&config).await.unwrap();
        let tasks = (0..TASKS).map(|task| {
            let store = store.clone();
            tokio::spawn(async move { work(&store, (round * TASKS + task) * APART).await })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
    });
}

/// Places orders, pays them with the answers of effects and with webhooks, and says so.
async fn work(store: &SqliteStore, first: u32) {
    for number in first + 1..first + APART {
        let placing = placed(placement(number));
        let (order, later) = (placing.order.clone(), placing.at + HOUR);
        keep(store, commit(placing)).await;
        let pay = designia_core::order::Command::StartPayment { method: PaymentMethod::Card };
        let paying = order.decide(&pay, later).unwrap();
        let order = paying.order.clone();
        keep(store, commit(paying)).await;
        let mut opened = hears(&order, PaymentNews::Open, later);
        let claimed = store.claim_effects(Some(order.id()), claim(later)).await.unwrap();
        let effect = claimed.last().unwrap();
        let outcome = EffectOutcome::Done;
        opened.settles = Some(EffectSettlement { id: effect.effect.id, token: effect.token, outcome });
        let order = opened.order.clone();
        keep(store, opened).await;
        let webhook = InboxEvent { received_at: NOW, ..event(number) };
        store.accept(webhook.clone()).await.unwrap();
        println!("> event {}", webhook.id);
        let mut captured = hears(&order, PaymentNews::Captured { total: order.contents().total }, later);
        // Other tasks may have claimed the event; then it is theirs.
        let events = store.claim_events(claim(NOW)).await.unwrap();
        captured.folds = events.iter().find(|it| it.event == webhook).map(|it| it.mark(NOW));
        keep(store, captured).await;
    }
}

fn hears(order: &Order, news: PaymentNews, at: Timestamp) -> Commit {
    let refs =
        ProviderRefs { session: Some(format!("cs_{}", order.id())), payment: Some(format!("pi_{}", order.id())) };
    let fact = Fact::Payment { attempt: AttemptNo::FIRST, refs, news };
    commit(order.record(&fact, &Surroundings::at(at)))
}

async fn keep(store: &SqliteStore, commit: Commit) {
    let (id, version) = (commit.order.id(), commit.order.version());
    store.commit(commit).await.unwrap();
    println!("> order {id} {version}");
}
