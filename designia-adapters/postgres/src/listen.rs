//! Wake-up calls between nodes: that there is something to do, so that nobody has to ask all the time.
//!
//! They are hints. One that is lost costs the time until the next poll, so nothing is kept of them, and they are sent on
//! their own after a commit and never inside it: PostgreSQL lets transactions that notify commit one after the other only.

use std::fmt;
use std::time::Duration;

use designia_core::ports::{StoreError, StoreErrorKind};
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::time::timeout;

use crate::error::store_error;
use crate::sql::upkeep as sql;
use crate::statement::statement;
use crate::store::PostgresStore;

/// The channel; there is one of the name in each database.
const CHANNEL: &str = "designia";

/// After so much silence the server is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(30);

/// What there is more of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Topic {
    /// Effects to be carried out.
    Effects,
    /// Webhook events to be folded.
    Inbox,
    /// Background tasks to be run.
    Tasks,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 3] = [Self::Effects, Self::Inbox, Self::Tasks];

    /// The word that is sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Effects => "effects",
            Self::Inbox => "inbox",
            Self::Tasks => "tasks",
        }
    }
}

/// Hears what other nodes, and this one, tell. Made by [`PostgresStore::listen`]; it has a connection of its own.
pub struct Listener {
    listener: PgListener,
    patience: Duration,
}

impl PostgresStore {
    /// Tells everybody who listens that there is more of these.
    ///
    /// # Errors
    /// If the database can't be reached.
    pub async fn notify(&self, topics: &[Topic]) -> Result<(), StoreError> {
        let words: Vec<_> = topics.iter().map(|topic| topic.as_str()).collect();
        self.ask(statement(sql::NOTIFY).bind(CHANNEL).bind(words)).await?;
        Ok(())
    }

    /// Begins to listen. What is told from now on is heard.
    ///
    /// # Errors
    /// If the database can't be reached. Through a pooler it isn't possible at all, which is `Invalid`: poll instead.
    pub async fn listen(&self) -> Result<Listener, StoreError> {
        if self.config().pooler {
            return Err(StoreError::invalid(
                "nobody can listen through a pooler that lends connections by transaction",
            ));
        }
        // So that a store that isn't ready or is closed says so here, too.
        drop(self.session().await?);
        let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let pool = pool.acquire_timeout(self.config().patience).connect_lazy_with(self.config().connect_options());
        let mut listener = PgListener::connect_with(&pool).await.map_err(store_error)?;
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await.map_err(store_error)?;
        Ok(Listener { listener, patience: self.config().patience })
    }
}

impl Listener {
    /// Waits for the next call. May be dropped at any time without losing one.
    ///
    /// # Errors
    /// The connection is lost, and calls may have been missed: see what there is to do, and listen anew.
    pub async fn next(&mut self) -> Result<Topic, StoreError> {
        loop {
            let Ok(heard) = timeout(SILENCE, self.listener.try_recv()).await else {
                self.check().await?;
                continue;
            };
            let notification = heard.map_err(store_error)?.ok_or_else(lost)?;
            // A newer node may speak of what this one doesn't know.
            if let Some(topic) = Topic::ALL.into_iter().find(|topic| topic.as_str() == notification.payload()) {
                return Ok(topic);
            }
        }
    }

    /// A connection whose other end vanished without a word stays silent for ever.
    async fn check(&mut self) -> Result<(), StoreError> {
        let asked = timeout(self.patience, sqlx::query(sql::IS_ALIVE).persistent(false).execute(&mut self.listener));
        asked.await.map_err(|_| lost())?.map_err(store_error)?;
        Ok(())
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").finish_non_exhaustive()
    }
}

fn lost() -> StoreError {
    StoreError {
        kind: StoreErrorKind::Unavailable,
        message: "the PostgreSQL database: the connection that listened is lost".to_owned(),
        source: None,
    }
}
