//! Opens the database: a connection that looks and migrates, then the pool.

use std::time::Duration;

use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{Connection, FromRow, PgConnection};
use tokio::time::timeout;

use crate::config::Config;
use crate::error::{OpenError, store_error};
use crate::migrate;
use crate::session::no_answer;
use crate::sql::upkeep as sql;

/// The first version that has everything that the statements use, as the server counts and as people do.
const NEEDED: (i64, &str) = (140_000, "14");

/// A connection that nobody has used for so long is tried out before it is used: the server may have been restarted.
pub(crate) const IDLE: Duration = Duration::from_secs(1);

/// Connects, migrates, and makes the pool.
pub(crate) async fn open(config: &Config) -> Result<PgPool, OpenError> {
    let mut connection = connect(config).await?;
    migrate::run(&mut connection, config).await?;
    // What is wrong with saying good-bye concerns nobody.
    let _ = connection.close().await;
    Ok(pool(config))
}

/// A connection to a server that is new enough.
pub(crate) async fn connect(config: &Config) -> Result<PgConnection, OpenError> {
    let options = config.connect_options();
    let connection = timeout(config.patience, PgConnection::connect_with(&options)).await;
    let connection = connection.unwrap_or_else(|_| Err(no_answer()));
    let mut connection = connection.map_err(|error| OpenError::connecting(&error, config))?;
    // As one message, which no pooler can take apart.
    let row = sqlx::raw_sql(sql::SERVER_VERSION).fetch_one(&mut connection).await.map_err(store_error)?;
    let (version, found) = <(i64, String)>::from_row(&row).map_err(store_error)?;
    let (least, needed) = NEEDED;
    if version >= least {
        return Ok(connection);
    }
    Err(OpenError::OldServer { place: config.place(), found, needed })
}

/// Connections are opened when they are first needed.
fn pool(config: &Config) -> PgPool {
    PgPoolOptions::new()
        .max_connections(config.max_connections.max(1))
        .acquire_timeout(config.patience)
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for > IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(config.connect_options())
}
