//! A campaign from the first node to the last check.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use designia_core::time::{HOUR, MINUTE};
use designia_postgres::PostgresStore;
use designia_server::edge::Stopwatch;
use designia_services::PrivatePostgres;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::books::Books;
use crate::buyer::Plan;
use crate::cut::Cut;
use crate::latecomer::Latecomer;
use crate::plant::Plant;
use crate::report::{Report, Violation};
use crate::settings::Settings;
use crate::world::{World, until};
use crate::{evidence, invariants, provider, quiet, seller};

/// How many orders are placed before days pass. An attempt whose name was lost is searched for among the sessions of some
/// minutes, page by page; at the campaign's pace a lease is three seconds, and minutes hold what a shop sells in an hour: many more
/// orders would be a test of the pace.
const AT_ONCE: usize = 150;

/// How often the storm is prolonged, if too few nodes have died in it.
const ROUNDS: u64 = 40;

/// Runs a campaign; `None` if there is no Postgres to run it on.
pub(crate) async fn run(settings: Settings, plant: Plant) -> Option<Report> {
    let Settings { seed, orders, .. } = settings;
    let late = settings.late_payment();
    println!("crash campaign: DESIGNIA_CAMPAIGN_SEED={seed} DESIGNIA_CAMPAIGN_ORDERS={orders} (late money: {late})");
    let watch = Stopwatch::start();
    let postgres = PrivatePostgres::durable().launch_or_skip()?;
    let directory = Directory::new();
    let world = Arc::new(World::open(settings, plant, &directory.0, postgres).await);
    let url = world.postgres.url();
    let clockwork = tokio::spawn({
        let world = Arc::clone(&world);
        async move { world.time.run().await }
    });
    world.weather.storm();
    world.fleet.storm();
    for first in (0..orders).step_by(AT_ONCE) {
        let last = orders.min(first + u64::try_from(AT_ONCE).unwrap());
        world.trade(settings, first, last).await;
        world.let_days_pass().await;
    }
    world.go_on_until_enough_have_died(settings).await;
    world.fleet.calm();
    world.weather.calm();
    let stuck = quiet::reach(&world).await;
    clockwork.abort();
    // The task holds the world until it has ended.
    drop(clockwork.await);
    let world = Arc::into_inner(world).unwrap();
    let report = world.judge(settings, stuck, &url, &directory.0).await.after(watch.elapsed());
    if report.violations.is_empty() || plant != Plant::Nothing {
        directory.remove();
    }
    Some(report)
}

impl World {
    /// Buyers order and pay, sellers ship, and in the middle the database crashes.
    async fn trade(self: &Arc<Self>, settings: Settings, first: u64, last: u64) {
        self.placing.store(first, Ordering::Relaxed);
        let (over, is_over) = watch::channel(false);
        let mut sellers = JoinSet::new();
        for who in ["seller", "seller2"] {
            let (world, is_over) = (Arc::clone(self), is_over.clone());
            sellers.spawn(async move { seller::work(&world, who, is_over).await });
        }
        let mut buyers = JoinSet::new();
        for _ in 0..settings.buyers {
            let world = Arc::clone(self);
            buyers.spawn(async move { world.buy_until(last).await });
        }
        let half = settings.orders / 2;
        if (first..last).contains(&half) {
            let world = Arc::clone(self);
            buyers.spawn(async move { world.crash_the_database_after(half).await });
        }
        all(buyers).await;
        over.send_replace(true);
        all(sellers).await;
        self.weather.look(&self.sandbox);
    }

    async fn crash_the_database_after(&self, orders: u64) {
        until("half of the orders are placed", || self.placing.load(Ordering::Relaxed) >= orders).await;
        tokio::task::block_in_place(|| {
            self.postgres.kill().unwrap();
            self.postgres.start().unwrap();
        });
    }

    /// Places orders until the one with this number.
    async fn buy_until(&self, last: u64) {
        loop {
            let number = self.placing.fetch_add(1, Ordering::Relaxed);
            if number >= last {
                return;
            }
            Plan::drawn(self.seed, number).live(self).await;
            if number.is_multiple_of(100) {
                self.weather.look(&self.sandbox);
            }
        }
    }

    /// Pages close, buyers come back, deadlines pass.
    async fn let_days_pass(self: &Arc<Self>) {
        self.fleet.orders_come_due().await;
        self.jump(HOUR * 25);
        self.return_of(Latecomer::is_in_time).await;
        self.jump(HOUR * 35);
        quiet::until_swept(self).await;
        // Some money lands just when the deadline passes, and some when everything is over.
        self.jump(HOUR * 12 + MINUTE * 5);
        let mut is_at_once = false;
        self.return_of(|_| {
            is_at_once = !is_at_once;
            is_at_once
        })
        .await;
        quiet::until_swept(self).await;
        self.jump(HOUR * 5);
        self.return_of(|_| true).await;
        self.weather.look(&self.sandbox);
    }

    /// For as long as too few nodes have died, there are more orders.
    async fn go_on_until_enough_have_died(self: &Arc<Self>, settings: Settings) {
        for round in 1..=ROUNDS {
            if self.fleet.deaths().count() >= settings.kills && self.fleet.unseen().is_empty() {
                break;
            }
            let last = settings.orders + round * settings.buyers;
            self.placing.store(last - settings.buyers, Ordering::Relaxed);
            let mut buyers = JoinSet::new();
            for _ in 0..settings.buyers {
                let world = Arc::clone(self);
                buyers.spawn(async move { world.buy_until(last).await });
            }
            all(buyers).await;
            self.jump(HOUR * 25);
            quiet::until_swept(self).await;
        }
        self.return_of(|_| true).await;
        self.weather.look(&self.sandbox);
    }

    /// Those buyers come back whose time it is.
    async fn return_of(self: &Arc<Self>, mut is_time: impl FnMut(&Latecomer) -> bool) {
        let mut latecomers = std::mem::take(&mut *self.latecomers.lock().unwrap());
        let mut coming = JoinSet::new();
        for latecomer in latecomers.extract_if(.., |latecomer| is_time(latecomer)) {
            let world = Arc::clone(self);
            coming.spawn(async move { latecomer.live(&world).await });
        }
        self.latecomers.lock().unwrap().append(&mut latecomers);
        all(coming).await;
    }

    /// Ends the nodes, and holds what is left to every rule.
    async fn judge(self, settings: Settings, stuck: Vec<String>, url: &str, directory: &Path) -> Report {
        let deaths = self.fleet.end().await;
        let books = Books::read(&self.database).await;
        let mut violations = vec![
            Violation::of("everything comes to rest", stuck),
            Violation::of("a node dies only when it is killed", deaths.unexpected.clone()),
        ];
        let unseen = Cut::ALL.into_iter().filter(|cut| !deaths.cuts.contains_key(cut));
        violations.push(Violation::of("nodes die at every cut point", unseen.map(|cut| format!("{cut:?}")).collect()));
        if deaths.count() < settings.kills {
            violations
                .push(Violation::of("enough nodes die", vec![format!("{} of {}", deaths.count(), settings.kills)]));
        }
        for (rule, query) in invariants::RULES {
            violations.push(Violation::of(rule, self.database.lines(query).await));
        }
        violations
            .extend(provider::broken(&books, &self.sandbox.objects()).map(|(rule, rows)| Violation::of(rule, rows)));
        violations.extend(self.answers.broken(&books).into_iter().map(|(rule, rows)| Violation::of(rule, rows)));
        let store = PostgresStore::open(&url.parse().unwrap()).await.unwrap();
        let findings = store.integrity_check().await.unwrap().findings;
        let findings = findings.iter().map(|finding| format!("{}: {}", finding.rule, finding.detail)).collect();
        violations.push(Violation::of("the store finds itself sound", findings));
        store.close().await.unwrap();
        violations.retain(|violation| !violation.rows.is_empty());
        if !violations.is_empty() {
            evidence::keep(directory, &self.database, &self.sandbox, &violations).await;
        }
        let webhooks = self.sandbox.webhooks().deliveries()["counts"].clone();
        let report =
            Report::new(settings.seed, deaths, &books, &self.answers, self.weather.struck(), &webhooks, violations);
        self.sandbox.shutdown().await;
        report
    }
}

/// Waits for all of them, and fails with the first that fails.
async fn all(mut tasks: JoinSet<()>) {
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}

/// Where a campaign keeps its clock and its nodes' logs. It stays if there is something to find out.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("designia-campaign-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn remove(&self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}
