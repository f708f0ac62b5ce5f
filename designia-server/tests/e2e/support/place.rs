//! Where a test's orders are: each test has a place of its own, and it is gone when the test has ended.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use designia_postgres::PostgresStore;
use designia_server::cli::parse;
use designia_server::config::{Config, EnvFile, Environment};
use designia_services::{Database, PgBouncer, Template, pgbouncer_or_skip, postgres};

/// Where a test's orders are, and what else its nodes keep on this machine.
#[derive(Debug)]
pub(crate) struct Place {
    pub(super) url: String,
    pub(super) directory: PathBuf,
    /// Held by every node that runs here.
    pub(super) nodes: Arc<()>,
    /// Dropped with the test.
    _database: Option<Database>,
}

/// What every node's database has in it.
static SCHEMA: Template = Template::new(|url| {
    Box::pin(async move {
        let store = PostgresStore::open(&url.parse()?).await?;
        Ok(store.close().await?)
    })
});

impl Place {
    pub(crate) fn memory() -> Self {
        Self::at("memory:".to_owned(), None)
    }

    /// A Postgres database of the test's own, if there is a server.
    pub(crate) fn postgres() -> Option<Self> {
        let database = postgres()?.fresh_database(Some(&SCHEMA)).unwrap();
        Some(Self::at(database.url().to_owned(), Some(database)))
    }

    /// A file that nodes of one machine share.
    pub(crate) fn file() -> Self {
        let mut place = Self::memory();
        std::fs::create_dir_all(&place.directory).unwrap();
        place.url = format!("sqlite://{}", place.directory.join("designia.db").display());
        place
    }

    /// The same database through a pooler, which leaves a few of its connections to each.
    pub(crate) fn pooled(&mut self) -> Option<PgBouncer> {
        let pooler = pgbouncer_or_skip(&self.url, 4)?;
        self.url = format!("{}?pooler=transaction", pooler.url_of(&self.url).unwrap());
        Some(pooler)
    }

    /// A database that somebody else looks after.
    pub(crate) fn elsewhere(url: String) -> Self {
        Self::at(url, None)
    }

    pub(super) fn at(url: String, database: Option<Database>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("designia-e2e-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self { url, directory: std::env::temp_dir().join(name), nodes: Arc::default(), _database: database }
    }

    /// The configuration of a node here: what a test wants quick, unless the arguments say otherwise.
    pub(crate) fn config(&self, args: &[&str]) -> Config {
        let directory = self.directory.to_str().unwrap();
        let fixed = ["designia-server", "--database-url", &self.url, "--bind", "127.0.0.1:0", "--data-dir", directory];
        let secret = ["--jwt-secret", "a secret of at least thirty-two bytes"];
        let quick = ["--sweep-interval", "50ms", "--db-connections", "6", "--rate-limits", "off"];
        let quick = quick.chunks(2).filter(|pair| !args.contains(&pair[0])).flatten();
        let args = fixed.iter().chain(&secret).chain(quick).chain(args).map(Into::into).collect();
        parse(args, &Environment::default(), &EnvFile::default()).unwrap().1
    }
}

impl Place {
    /// Waits until the nodes of a test that has ended are gone. A database can't be dropped while somebody who no longer runs
    /// is about to log in.
    pub(crate) async fn quiet(&self) {
        while Arc::strong_count(&self.nodes) > 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Most tests keep nothing there.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
