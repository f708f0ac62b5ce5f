//! The campaign's own look into the database, past the nodes and past the adapter.

use std::time::Duration;

use designia_core::time::Timestamp;
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, FromRow};

/// The database, by its rows.
#[derive(Clone, Debug)]
pub(crate) struct Database(PgPool);

impl Database {
    pub(crate) fn at(url: &str) -> Self {
        let options = PgPoolOptions::new().max_connections(4).acquire_timeout(Duration::from_secs(60));
        Self(options.connect_lazy(url).unwrap())
    }

    /// The rows of a query. While the server is down there is no answer, so it is asked until there is one.
    pub(crate) async fn rows<T>(&self, query: &str) -> Vec<T>
    where
        T: for<'r> FromRow<'r, sqlx::postgres::PgRow> + Send + Unpin,
    {
        for _ in 0..600 {
            match sqlx::query_as(AssertSqlSafe(query)).fetch_all(&self.0).await {
                Ok(rows) => return rows,
                Err(error @ sqlx::Error::Database(_)) if !is_starting(&error) => panic!("{error}: {query}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
        panic!("the database does not come back: {query}");
    }

    /// One text a row.
    pub(crate) async fn lines(&self, query: &str) -> Vec<String> {
        self.rows::<(String,)>(query).await.into_iter().map(|(line,)| line).collect()
    }

    /// Changes something that the nodes don't.
    pub(crate) async fn change(&self, script: &str) {
        sqlx::raw_sql(AssertSqlSafe(script)).execute(&self.0).await.unwrap();
    }
}

/// Whether a server refuses because it is starting or ending (class 57P).
fn is_starting(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| code.starts_with("57P"))
}

/// An instant as a query has it.
pub(crate) fn instant(at: Timestamp) -> String {
    format!("'{at}'::timestamptz")
}
