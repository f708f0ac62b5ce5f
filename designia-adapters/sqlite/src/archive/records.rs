//! Plain records, out of the database and into another.

use std::collections::HashMap;

use designia_core::ports::{FieldKind, KeyPart, Record, RecordKey, StoreError, Topic, needs_import};
use designia_core::time::Timestamp;
use serde_json::Value;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};
use sqlx::{Row as _, SqliteConnection};
use uuid::Uuid;

use crate::error::store_error;
use crate::row::{self, from_json, hex, json, micros};
use crate::sql::records::{self as sql, Statements};

pub(super) async fn page(
    connection: &mut SqliteConnection,
    topic: Topic,
    after: Option<&RecordKey>,
    limit: u32,
) -> Result<Vec<Record>, StoreError> {
    let statements = of(topic)?;
    let query = match after {
        None => sqlx::query(statements.first.as_str()).bind(limit),
        Some(key) => bind_key(sqlx::query(statements.next.as_str()).bind(limit), topic, key)?,
    };
    let rows = query.fetch_all(connection).await.map_err(store_error)?;
    rows.iter().map(|row| record(topic, row)).collect()
}

pub(super) async fn write(
    connection: &mut SqliteConnection,
    topic: Topic,
    records: &[Record],
) -> Result<(), StoreError> {
    let statements = of(topic)?;
    let query = sqlx::query(statements.known.as_str()).bind(encoded(records)?);
    let known = query.fetch_all(&mut *connection).await.map_err(store_error)?;
    let known = known.iter().map(|row| record(topic, row).map(|it| (it.key(), it)));
    let known: HashMap<RecordKey, Record> = known.collect::<Result<_, _>>()?;
    let mut new = Vec::with_capacity(records.len());
    for record in records {
        if needs_import(known.get(&record.key()), record, || record)? {
            new.push(record);
        }
    }
    let rows = encoded(new)?;
    sqlx::query(statements.insert.as_str()).bind(rows.clone()).execute(&mut *connection).await.map_err(store_error)?;
    if topic == Topic::Conversations {
        sqlx::query(sql::ADD_TO_INBOXES).bind(rows).execute(connection).await.map_err(store_error)?;
    }
    Ok(())
}

fn of(topic: Topic) -> Result<&'static Statements, StoreError> {
    let found = sql::all().iter().find(|it| it.topic == topic);
    found.ok_or_else(|| StoreError::invalid(format!("there are no records of {topic}")))
}

fn bind_key<'q>(
    mut query: Query<'q, Sqlite, SqliteArguments>,
    topic: Topic,
    key: &RecordKey,
) -> Result<Query<'q, Sqlite, SqliteArguments>, StoreError> {
    for ((_, kind), part) in topic.fields().iter().zip(&key.0) {
        query = match (kind, part) {
            (FieldKind::Id, KeyPart::Text(text)) => query.bind(uuid(text)?.as_bytes().to_vec()),
            (_, KeyPart::Text(text)) => query.bind(text.clone()),
            (_, KeyPart::Number(number)) => query.bind(*number),
        };
    }
    Ok(query)
}

fn record(topic: Topic, row: &SqliteRow) -> Result<Record, StoreError> {
    let value = |(place, (name, kind)): (usize, &(&str, FieldKind))| {
        let number = || row.try_get::<Option<i64>, _>(place).map_err(store_error);
        let text = || row.try_get::<Option<String>, _>(place).map_err(store_error);
        Ok(match kind {
            FieldKind::Id => {
                let bytes: Option<Vec<u8>> = row.try_get(place).map_err(store_error)?;
                bytes.map(|bytes| row::uuid(&bytes)).transpose()?.map(|id| id.to_string()).into()
            }
            FieldKind::Text => text()?.into(),
            FieldKind::Number => number()?.into(),
            FieldKind::Flag => number()?.map(|flag| flag != 0).into(),
            FieldKind::Moment => number()?.map(|at| Timestamp::from_micros(at).to_string()).into(),
            FieldKind::Json => {
                let parsed = text()?.map(|text| from_json(|| format!("{name} of {topic}"), &text));
                parsed.transpose()?.unwrap_or(Value::Null)
            }
        })
    };
    let values = topic.fields().iter().enumerate().map(value).collect::<Result<_, StoreError>>()?;
    Record::new(topic, values)
}

/// Records as one parameter.
fn encoded<'r>(records: impl IntoIterator<Item = &'r Record>) -> Result<String, StoreError> {
    let row = |record: &'r Record| {
        let values = record.topic().fields().iter().zip(record.values());
        values.map(|((_, kind), value)| encoded_value(*kind, value)).collect::<Result<Vec<_>, _>>()
    };
    json(&records.into_iter().map(row).collect::<Result<Vec<_>, _>>()?)
}

fn encoded_value(kind: FieldKind, value: &Value) -> Result<Value, StoreError> {
    match (kind, value) {
        (FieldKind::Id, Value::String(text)) => Ok(hex(uuid(text)?.as_bytes()).into()),
        (FieldKind::Moment, Value::String(text)) => {
            let at: Timestamp = text.parse().map_err(|error| StoreError::invalid(format!("{error}")))?;
            Ok(micros(at).into())
        }
        (
            FieldKind::Id | FieldKind::Text | FieldKind::Number | FieldKind::Flag | FieldKind::Moment | FieldKind::Json,
            value,
        ) => Ok(value.clone()),
    }
}

fn uuid(text: &str) -> Result<Uuid, StoreError> {
    Uuid::try_parse(text).map_err(|_| StoreError::invalid("an id of a record is no UUID"))
}
