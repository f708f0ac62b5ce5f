//! A database of its own for each test, on a server that may have others' databases, too.
//!
//! Only names that [`Name`] can make or recognise are ever created or dropped. All statements run on a runtime of this module,
//! so that a plain `#[test]`, any kind of runtime, and a destructor can wait for them.

mod name;
mod template;

use std::str::FromStr;
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, Row};
use tokio::runtime::{Builder, Runtime};

use crate::error::Error;
use crate::skip::skipped;
use crate::url::Url;

use name::Name;
pub use template::{Migration, Template};

/// Longest time for one statement; copying a template on a loaded machine takes a second.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a copy is tried while a session of the migration is still closing; each try waits five seconds by itself.
const COPIES: u32 = 4;

/// The server that `DATABASE_URL` names, or `None` after a line `SKIPPED` if it names none.
///
/// # Panics
///
/// If the variable is absent where `CI` is `true`, or the server doesn't answer.
#[must_use]
pub fn postgres() -> Option<Server> {
    static SERVER: OnceLock<Server> = OnceLock::new();
    let Some(url) = std::env::var("DATABASE_URL").ok().filter(|url| !url.is_empty()) else {
        skipped("DATABASE_URL is not set");
        return None;
    };
    let server = SERVER.get_or_init(|| Server::at(&url).unwrap_or_else(|error| panic!("DATABASE_URL: {error}")));
    Some(server.clone())
}

/// A server on which tests may have databases; the role of its address needs `CREATEDB`.
#[derive(Clone, Debug)]
pub struct Server {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    url: String,
    /// Whether files can be copied instead of logged, which is faster: Postgres 15.
    copies_files: bool,
    session: tokio::sync::Mutex<Option<PgConnection>>,
}

impl Server {
    /// The server of a database's address. Drops what dead processes of this machine have left on it.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] for what is no address, [`Error::Sql`] if the server doesn't answer.
    pub fn at(url: &str) -> Result<Self, Error> {
        Url::parse(url)?;
        let mut shared = Shared { url: url.to_owned(), copies_files: false, session: tokio::sync::Mutex::default() };
        let version = shared.rows("ask for the server's version", "SHOW server_version_num")?;
        let version = version.first().and_then(|row| row.try_get::<String, _>(0).ok()?.parse::<u32>().ok());
        shared.copies_files = version.is_some_and(|version| version >= 150_000);
        shared.sweep()?;
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The address this server was found at.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// A database that nobody else uses: empty, or with what a template's migration made.
    ///
    /// # Errors
    ///
    /// [`Error::Sql`] if the server refuses, [`Error::Failed`] if the migration does.
    pub fn fresh_database(&self, template: Option<&Template>) -> Result<Database, Error> {
        let copied = match template {
            Some(template) => {
                let template = template.made_on(self)?;
                let strategy = if self.shared.copies_files { " STRATEGY FILE_COPY" } else { "" };
                format!(" TEMPLATE {template}{strategy}")
            }
            // Never template1, in which others may have left something.
            None => " TEMPLATE template0".to_owned(),
        };
        self.create(&copied)
    }

    fn create(&self, how: &str) -> Result<Database, Error> {
        let mut copies = 1;
        loop {
            let name = Name::next();
            match self.shared.rows("create a database", &format!("CREATE DATABASE {name}{how}")) {
                // Left behind by an earlier process of our number.
                Err(Error::Sql { source, .. }) if has_code(&source, "42P04") => {}
                Err(Error::Sql { source, .. }) if has_code(&source, "55006") && copies < COPIES => copies += 1,
                Err(error) => return Err(error),
                Ok(_) => {
                    let url = Url::parse(&self.shared.url)?.with_database(&name.to_string());
                    return Ok(Database { server: self.clone(), name, url });
                }
            }
        }
    }
}

impl Shared {
    /// Drops databases whose process is gone. Without force: what still has sessions belongs to somebody.
    fn sweep(&self) -> Result<(), Error> {
        let names = r"SELECT datname::text FROM pg_database WHERE datname LIKE 'designia\_test\_%'";
        let names = self.rows("list databases", names)?;
        let names = names.iter().filter_map(|row| Name::parse(&row.try_get::<String, _>(0).ok()?));
        for name in names.filter(Name::is_orphaned) {
            // Another process may be sweeping, too.
            let _ = self.rows("drop a database", &format!("DROP DATABASE IF EXISTS {name}"));
        }
        Ok(())
    }

    /// Runs a statement and waits for it, from wherever this is called.
    fn rows(&self, action: &str, statement: &str) -> Result<Vec<PgRow>, Error> {
        let run = async { tokio::time::timeout(PATIENCE, self.run(statement)).await };
        // The nearest that sqlx has to "took too long".
        wait_for(run).unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(Error::sql(action))
    }

    async fn run(&self, statement: &str) -> Result<Vec<PgRow>, sqlx::Error> {
        // Taken out while it is used: a session whose statement was given up is not used again.
        let mut slot = self.session.lock().await;
        let kept = match slot.take() {
            Some(mut session) => session.ping().await.is_ok().then_some(session),
            None => None,
        };
        let mut session = match kept {
            Some(session) => session,
            None => PgConnectOptions::from_str(&self.url)?.disable_statement_logging().connect().await?,
        };
        let rows = sqlx::raw_sql(AssertSqlSafe(statement)).fetch_all(&mut session).await;
        *slot = Some(session);
        rows
    }
}

/// A database on a server, dropped with all its sessions when this is dropped.
#[derive(Debug)]
pub struct Database {
    server: Server,
    name: Name,
    url: String,
}

impl Database {
    /// Its address, with the user and the parameters of the server's.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its name: `designia_test_`, this machine, this process, a number.
    #[must_use]
    pub fn name(&self) -> String {
        self.name.to_string()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // A server that is gone took the database along, or a later process sweeps it.
        let _ = self.server.shared.rows("drop a database", &statement);
    }
}

fn has_code(error: &sqlx::Error, code: &str) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|found| found == code)
}

/// Waits for a future on a runtime of this module, from inside of any other or of none.
fn wait_for<T: Send>(future: impl Future<Output = T> + Send) -> T {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
        let made = Builder::new_multi_thread().worker_threads(1).thread_name("designia-databases").enable_all().build();
        made.unwrap_or_else(|error| panic!("cannot start a runtime: {error}"))
    });
    apart(|| RUNTIME.block_on(future))
}

/// Runs something that blocks on a thread that belongs to no runtime, and waits for it.
fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(work).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
}
