//! [`StoreFacts`] on PostgreSQL: what the server's catalogs and statistics say of the database.

use async_trait::async_trait;
use designia_core::ports::{ConnectionFacts, Facts, IndexFacts, MigrationFacts, StoreError, StoreFacts, TableFacts};

use crate::instant::Instant;
use crate::row::number;
use crate::sql::{facts as sql, health};
use crate::statement::statement;
use crate::store::PostgresStore;

type TableRow = (String, i64, i64, i64, Option<Instant>);

#[async_trait]
impl StoreFacts for PostgresStore {
    async fn facts(&self) -> Result<Facts, StoreError> {
        let (version, size, since): (String, i64, Option<Instant>) =
            self.one(statement(sql::DATABASE).planned_anew()).await?;
        let tables: Vec<TableRow> = self.all(statement(sql::TABLES).planned_anew()).await?;
        let indexes = self.all(statement(sql::INDEXES).planned_anew()).await?;
        let migrations = self.all(statement(sql::MIGRATIONS).planned_anew()).await?;
        let connections = self.one(statement(health::CONNECTIONS)).await?;
        let told_since = match since {
            Some(Instant(at)) => format!("scans are counted since {at}"),
            None => "scans are counted since the statistics began".to_owned(),
        };
        Ok(Facts {
            engine: "postgresql".to_owned(),
            version,
            size_bytes: Some(number("the size of the database", size)?),
            tables: tables.into_iter().map(table).collect::<Result<_, _>>()?,
            indexes: indexes.into_iter().map(index).collect::<Result<_, _>>()?,
            migrations: migrations.into_iter().map(migration).collect::<Result<_, _>>()?,
            connections: connections_of(connections),
            notes: vec![
                "rows and dead rows are the server's estimates".to_owned(),
                "bloat is told as dead rows; room inside a table that a vacuum has freed for new rows is not in it"
                    .to_owned(),
                told_since,
            ],
        })
    }
}

fn table((name, rows, bytes, dead, vacuumed): TableRow) -> Result<TableFacts, StoreError> {
    Ok(TableFacts {
        rows_estimated: Some(number("the rows of a table", rows)?),
        bytes: Some(number("the size of a table", bytes)?),
        dead_rows_estimated: Some(number("the dead rows of a table", dead)?),
        last_vacuum: vacuumed.map(|at| at.0),
        name,
    })
}

fn index((name, table, bytes, scans): (String, String, i64, i64)) -> Result<IndexFacts, StoreError> {
    let bytes = Some(number("the size of an index", bytes)?);
    Ok(IndexFacts { name, table, bytes, scans: Some(number("the scans of an index", scans)?) })
}

fn migration((version, name, at): (i64, String, Instant)) -> Result<MigrationFacts, StoreError> {
    Ok(MigrationFacts { number: number("a schema version", version)?, name, applied_at: Some(at.0) })
}

/// The smallest limit counts; one of -1 is none. None of it if more are connected than may be, as superusers can.
fn connections_of((server, role, database, in_use): (i64, i64, i64, i64)) -> Option<ConnectionFacts> {
    let limit = [server, role, database].into_iter().filter(|limit| *limit >= 0).min()?;
    let facts = ConnectionFacts { in_use: in_use.try_into().ok()?, limit: limit.try_into().ok()? };
    (facts.in_use <= facts.limit).then_some(facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_limit_of_connections_counts() {
        let told = |limits| connections_of(limits).map(|it| (it.in_use, it.limit));
        assert_eq!(told((97, -1, -1, 3)), Some((3, 97)));
        assert_eq!(told((97, 21, 40, 3)), Some((3, 21)));
        assert_eq!(told((97, -1, 2, 3)), None);
    }
}
