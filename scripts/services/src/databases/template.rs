//! A migrated database that is copied for each test: a copy takes a fraction of the migration's time.

use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use super::{Database, Server, apart, wait_for};
use crate::error::Error;

/// A migration that is under way.
pub type Migration = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What a fresh database has in it, made once per process and server and copied from then on. Meant for a `static`:
///
/// ```
/// use designia_services::Template;
///
/// async fn migrate(url: &str) -> Result<(), std::io::Error> {
///     println!("makes the tables of {url}, and closes its connections");
///     Ok(())
/// }
///
/// static SCHEMA: Template = Template::new(|url| Box::pin(async move { Ok(migrate(&url).await?) }));
/// ```
///
/// One in a `static` is not dropped at the end of the process: its database stays until the next process that uses the server
/// sweeps it.
pub struct Template {
    migrate: Migrate,
    made: Mutex<Vec<Database>>,
}

#[derive(Clone, Copy)]
enum Migrate {
    Future(fn(String) -> Migration),
    Blocking(fn(&str) -> Result<(), Failure>),
}

impl Template {
    /// Made by a future, which gets the address of an empty database and runs on a Tokio runtime of its own. It must close its
    /// connections: what has sessions cannot be copied.
    #[must_use]
    pub const fn new(migrate: fn(String) -> Migration) -> Self {
        Self { migrate: Migrate::Future(migrate), made: Mutex::new(Vec::new()) }
    }

    /// Made by a function, which may block and runs on a thread of its own.
    #[must_use]
    pub const fn blocking(migrate: fn(&str) -> Result<(), Failure>) -> Self {
        Self { migrate: Migrate::Blocking(migrate), made: Mutex::new(Vec::new()) }
    }

    /// The name of the database to copy, made by the first caller while the others wait.
    pub(super) fn made_on(&self, server: &Server) -> Result<String, Error> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(database) = made.iter().find(|database| database.server.url() == server.url()) {
            return Ok(database.name());
        }
        let database = server.fresh_database(None)?;
        let outcome = match self.migrate {
            Migrate::Future(migrate) => wait_for(migrate(database.url().to_owned())),
            Migrate::Blocking(migrate) => apart(|| migrate(database.url())),
        };
        outcome.map_err(|failure| Error::Failed { program: "the template's migration", told: failure.to_string() })?;
        let name = database.name();
        made.push(database);
        Ok(name)
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template").field("made", &self.made).finish_non_exhaustive()
    }
}
