//! What everybody in a campaign shares, and how it comes to be.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use designia_services::PrivatePostgres;
use designia_stripe_sandbox::Sandbox;

use crate::answers::Answers;
use crate::buyer::PRODUCTS;
use crate::database::Database;
use crate::fleet::Fleet;
use crate::latecomer::Latecomer;
use crate::node::Brief;
use crate::plant::Plant;
use crate::settings::Settings;
use crate::shop::{JWT_SECRET, Shop};
use crate::time::Time;
use crate::weather::Weather;
use crate::{door, invariants};

/// What everybody in a campaign shares.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) shop: Shop,
    pub(crate) sandbox: Sandbox,
    pub(crate) time: Time,
    pub(crate) weather: Weather,
    pub(crate) fleet: Fleet,
    pub(crate) database: Database,
    pub(crate) answers: Answers,
    /// Products by their names.
    pub(crate) products: BTreeMap<&'static str, String>,
    pub(crate) postgres: PrivatePostgres,
    /// Buyers who come back another day.
    pub(crate) latecomers: Mutex<Vec<Latecomer>>,
    /// How many orders have been begun.
    pub(crate) placing: AtomicU64,
}

impl World {
    /// Starts everything: the provider, the door, and the nodes on a database that is still empty.
    pub(crate) async fn open(settings: Settings, plant: Plant, directory: &Path, postgres: PrivatePostgres) -> Self {
        let time = Time::in_file(directory.join("clock"));
        let door = door::open(settings.seed).await;
        let sandbox = Sandbox::builder().clock(time.of_sandbox()).seed(settings.seed).webhooks_at_once(4);
        let sandbox = sandbox.webhook(door.webhooks(), door::SECRET).start().await.unwrap();
        let provider: SocketAddr = sandbox.base_url().strip_prefix("http://").unwrap().parse().unwrap();
        let flags = flags(settings, directory, &postgres.url(), &door.url);
        let brief = Brief { flags, clock: time.file().to_owned(), provider, cut: None, plant };
        let fleet = Fleet::start(brief, directory.to_owned(), settings.seed);
        door.lead_to(fleet.addresses());
        let addresses = fleet.addresses();
        until("every node listens", || addresses.are_complete()).await;
        let shop = Shop::at(addresses);
        shop.until_every_node_is_ready().await;
        let database = Database::at(&postgres.url());
        let names = PRODUCTS.map(|(slug, _)| format!("'{slug}'")).join(", ");
        let stock = settings.stock();
        database.change(&invariants::remember_stock(&names, stock)).await;
        let products = database
            .rows::<(String, String)>(&format!("SELECT slug, id::text FROM designia.products WHERE slug IN ({names})"))
            .await;
        let name = |slug: String| PRODUCTS.iter().find(|(name, _)| *name == slug).unwrap().0;
        Self {
            seed: settings.seed,
            shop,
            weather: Weather::over(&sandbox),
            sandbox,
            time,
            fleet,
            database,
            answers: Answers::default(),
            products: products.into_iter().map(|(slug, id)| (name(slug), id)).collect(),
            postgres,
            latecomers: Mutex::default(),
            placing: AtomicU64::new(0),
        }
    }

    /// A buyer comes back another day.
    pub(crate) fn comes_later(&self, latecomer: Latecomer) {
        self.latecomers.lock().unwrap().push(latecomer);
    }

    /// Moves time by a long way in the middle of a storm. See `time` for what has to happen before.
    pub(crate) fn jump(&self, by: Duration) {
        self.weather.calm();
        self.time.advance(by);
        self.weather.storm();
    }
}

/// A node's flags. Whatever goes to the provider must be the same from every node, so the public address is the door's.
fn flags(settings: Settings, directory: &Path, database: &str, door: &str) -> Vec<String> {
    let data = directory.display().to_string();
    [
        ["--bind", "127.0.0.1:0"],
        ["--data-dir", &data],
        ["--rate-limits", "off"],
        ["--database-url", database],
        ["--public-url", door],
        ["--jwt-secret", JWT_SECRET],
        ["--stripe-secret-key", "sk_test_of_the_campaign"],
        ["--stripe-webhook-secret", door::SECRET],
        ["--late-payment", settings.late_payment()],
        ["--sweep-interval", "250ms"],
        ["--log", "warn"],
    ]
    .into_iter()
    .flatten()
    .map(str::to_owned)
    .collect()
}

/// Waits until something is so.
pub(crate) async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..90_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("in half an hour it never came to be that {what}");
}
