//! What the tests share: a migrated database for each, and a runtime.

#![expect(dead_code, reason = "each test binary uses a part of it")]

use std::sync::LazyLock;

use designia_postgres::{Config, PostgresStore};
use designia_services::{Database, PgBouncer, Template, pgbouncer_or_skip, postgres};
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime starts"));

/// Drives a future on the one runtime of the process, from any thread.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}

/// What `open` makes of an empty database.
static MIGRATED: Template = Template::new(|url| {
    Box::pin(async move {
        PostgresStore::open(&url.parse()?).await?.close().await?;
        Ok(())
    })
});

/// How to open a database; few connections each, since many tests run at once.
pub(crate) fn config(url: &str) -> Config {
    let mut config: Config = url.parse().expect("an address");
    config.max_connections = 8;
    config
}

/// A migrated database of one's own, or none after a line that says so.
pub(crate) fn database() -> Option<Database> {
    Some(postgres()?.fresh_database(Some(&MIGRATED)).expect("a database is made"))
}

/// An empty database of one's own, or none after a line that says so.
pub(crate) fn empty_database() -> Option<Database> {
    Some(postgres()?.fresh_database(None).expect("a database is made"))
}

/// A store on a database of its own, which goes away with it.
pub(crate) async fn fresh() -> Option<(PostgresStore, Database)> {
    let database = database()?;
    let store = PostgresStore::open(&config(database.url())).await.expect("the database opens");
    Some((store, database))
}

/// The pooler of this process, which has fewer connections to the server than its clients have to it.
pub(crate) fn pooler() -> Option<&'static PgBouncer> {
    static POOLER: LazyLock<Option<PgBouncer>> = LazyLock::new(|| pgbouncer_or_skip(postgres()?.url(), 3));
    POOLER.as_ref()
}

/// A store that reaches a database of its own through a pooler.
pub(crate) async fn pooled() -> Option<(PostgresStore, Database)> {
    let (database, pooler) = (database()?, pooler()?);
    let url = pooler.url_of(database.url()).expect("an address");
    let mut config = config(&url);
    config.pooler = true;
    let store = PostgresStore::open(&config).await.expect("the database opens");
    Some((store, database))
}
