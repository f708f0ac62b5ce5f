//! Where a test's data are: each test has a place of its own, and it is gone when the test has ended.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use designia_postgres::PostgresStore;
use designia_services::{Database, Template, postgres};

pub(crate) struct Place {
    pub(crate) url: String,
    pub(crate) directory: PathBuf,
    nodes: Arc<()>,
    _database: Option<Database>,
}

static SCHEMA: Template = Template::new(|url| {
    Box::pin(async move {
        let store = PostgresStore::open(&url.parse()?).await?;
        Ok(store.close().await?)
    })
});

impl Place {
    fn at(url: impl FnOnce(&PathBuf) -> String, database: Option<Database>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("designia-sockets-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&directory).unwrap();
        Self { url: url(&directory), directory, nodes: Arc::default(), _database: database }
    }

    pub(crate) fn memory() -> Self {
        Self::at(|_| "memory:".to_owned(), None)
    }

    pub(crate) fn file() -> Self {
        Self::at(|directory| format!("sqlite://{}", directory.join("designia.db").display()), None)
    }

    /// A database of the test's own, if there is a server.
    pub(crate) fn postgres() -> Option<Self> {
        let database = postgres()?.fresh_database(Some(&SCHEMA)).unwrap();
        let url = database.url().to_owned();
        Some(Self::at(|_| url, Some(database)))
    }

    /// The command line of a node here.
    pub(crate) fn arguments(&self, args: &[&str]) -> Vec<OsString> {
        let directory = self.directory.to_str().unwrap();
        let fixed = ["designia-server", "--database-url", &self.url, "--bind", "127.0.0.1:0", "--data-dir", directory];
        let secret = ["--jwt-secret", "a secret of at least thirty-two bytes", "--demo", "off"];
        let quick =
            ["--sweep-interval", "1s", "--db-connections", "6", "--socket-connects", "100000", "--rate-limits", "off"];
        let quick = quick.chunks(2).filter(|pair| !args.contains(&pair[0])).flatten();
        fixed.iter().chain(&secret).chain(quick).chain(args).map(Into::into).collect()
    }

    /// What a node holds while it runs.
    pub(crate) fn hold(&self) -> Arc<()> {
        Arc::clone(&self.nodes)
    }

    /// Waits until the nodes of a test that has ended are gone.
    pub(crate) async fn quiet(&self) {
        while Arc::strong_count(&self.nodes) > 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// Runs tests on every kind of database; each is a function of a node that is there for it alone.
macro_rules! on_every_database {
    ($($rule:ident),+ $(,)?) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $rule() {
                $crate::stores::run($crate::stores::Place::memory(), super::$rule).await;
            })+
        }

        mod in_a_file {
            $(#[tokio::test]
            async fn $rule() {
                $crate::stores::run($crate::stores::Place::file(), super::$rule).await;
            })+
        }

        mod on_postgres {
            $(#[tokio::test]
            async fn $rule() {
                if let Some(place) = $crate::stores::Place::postgres() {
                    $crate::stores::run(place, super::$rule).await;
                }
            })+
        }
    };
}
pub(crate) use on_every_database;

/// Starts a node that looks after its sockets every second, and stops it after the rule.
pub(crate) async fn run(place: Place, rule: impl AsyncFnOnce(&crate::support::Node)) {
    let mut node = crate::support::Node::start(&place, &["--socket-beat", "1s"]).await;
    rule(&node).await;
    node.stop().await;
    place.quiet().await;
}
