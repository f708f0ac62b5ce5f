//! [`StoreFacts`] on SQLite: what the file's own list of contents says.

use std::collections::HashMap;

use async_trait::async_trait;
use designia_core::ports::{Facts, IndexFacts, MigrationFacts, StoreError, StoreFacts, TableFacts};
use sqlx::SqliteConnection;

use crate::error::store_error;
use crate::migrate;
use crate::row::number;
use crate::sql::facts as sql;
use crate::store::SqliteStore;

/// How many pages a file may have for its tables to be measured, which reads all of them: 64 MiB of pages of 4 KiB.
const MEASURED_PAGES: i64 = 16_384;

#[async_trait]
impl StoreFacts for SqliteStore {
    async fn facts(&self) -> Result<Facts, StoreError> {
        let mut reader = self.reader().await?;
        let file: (String, i64, i64, i64) =
            sqlx::query_as(sql::FILE).fetch_one(&mut *reader).await.map_err(store_error)?;
        let (version, pages, page_size, free) = file;
        let objects: Vec<(bool, String, String)> =
            sqlx::query_as(sql::OBJECTS).fetch_all(&mut *reader).await.map_err(store_error)?;
        let found = migrate::version(&mut reader).await.map_err(store_error)?;
        let mut notes = vec![
            "SQLite counts neither rows nor scans of indexes, and keeps no times of migrations".to_owned(),
            format!("{} bytes of the file are free for new rows", free.saturating_mul(page_size)),
        ];
        let sizes = if pages <= MEASURED_PAGES { sizes(&mut reader).await } else { None };
        if sizes.is_none() {
            notes.push(
                "tables are not measured: that reads the whole file, which is done only while it is small".to_owned(),
            );
        }
        let bytes = |name: &str| sizes.as_ref().map(|sizes| sizes.get(name).copied().unwrap_or(0));
        let (tables, indexes): (Vec<_>, Vec<_>) = objects.into_iter().partition(|(is_table, ..)| *is_table);
        Ok(Facts {
            engine: "sqlite".to_owned(),
            version,
            size_bytes: Some(number("the size of the file", pages.saturating_mul(page_size))?),
            tables: tables
                .into_iter()
                .map(|(_, name, _)| TableFacts { bytes: bytes(&name), name, ..TableFacts::default() })
                .collect(),
            indexes: indexes
                .into_iter()
                .map(|(_, name, table)| IndexFacts { bytes: bytes(&name), name, table, scans: None })
                .collect(),
            migrations: migrate::names()
                .filter(|(version, _)| *version <= found)
                .map(|(number, name)| MigrationFacts { number, name: name.to_owned(), applied_at: None })
                .collect(),
            connections: None,
            notes,
        })
    }
}

/// How much each table and index takes; none if this SQLite was built without the means to tell.
async fn sizes(connection: &mut SqliteConnection) -> Option<HashMap<String, u64>> {
    let rows: Vec<(String, i64)> = sqlx::query_as(sql::SIZES).fetch_all(connection).await.ok()?;
    Some(rows.into_iter().filter_map(|(name, bytes)| Some((name, bytes.try_into().ok()?))).collect())
}
