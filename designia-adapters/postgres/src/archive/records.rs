//! Plain records, out of the database and into another.

use std::collections::HashMap;

use designia_core::ports::{FieldKind, KeyPart, Record, RecordKey, StoreError, Topic, needs_import};
use serde_json::Value;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::Failure;
use crate::error::store_error;
use crate::instant::{Instant, JsonText};
use crate::row::{from_json, json};
use crate::session::Session;
use crate::sql::records::{self as sql, Statements};
use crate::statement::{Binding, statement};

pub(super) fn page(topic: Topic, after: Option<&RecordKey>, limit: u32) -> Result<Binding, StoreError> {
    let statements = of(topic)?;
    let Some(key) = after else { return Ok(statement(&statements.first).bind(i64::from(limit))) };
    let mut query = statement(&statements.next).bind(i64::from(limit));
    for ((_, kind), part) in topic.fields().iter().zip(&key.0) {
        query = match (kind, part) {
            (FieldKind::Id, KeyPart::Text(text)) => {
                let id = Uuid::try_parse(text).map_err(|_| StoreError::invalid("an id of a record is no UUID"))?;
                query.bind(id)
            }
            (_, KeyPart::Text(text)) => query.bind(text.clone()),
            (_, KeyPart::Number(number)) => query.bind(*number),
        };
    }
    Ok(query)
}

pub(super) async fn write(session: &mut Session, topic: Topic, records: &[Record]) -> Result<(), Failure> {
    let statements = of(topic)?;
    let known = session.ask(statement(&statements.known).bind(encoded(records)?).done()?).await?;
    let known = known.iter().map(|row| record(topic, row).map(|it| (it.key(), it)));
    let known: HashMap<RecordKey, Record> = known.collect::<Result<_, _>>()?;
    let mut new = Vec::with_capacity(records.len());
    for record in records {
        if needs_import(known.get(&record.key()), record, || record)? {
            new.push(record);
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    let rows = encoded(new)?;
    session.ask(statement(&statements.insert).bind(rows.clone()).done()?).await?;
    let follows = match topic {
        Topic::Conversations => statement(sql::ADD_TO_INBOXES).bind(rows),
        Topic::Categories => statement(sql::COUNT_CATEGORIES_ON),
        Topic::Reviews => statement(sql::COUNT_REVIEWS_ON),
        Topic::PriceScales
        | Topic::ReviewVotes
        | Topic::Favourites
        | Topic::Carts
        | Topic::ShopDays
        | Topic::ShopRevenue
        | Topic::CountedSales
        | Topic::Messages
        | Topic::Reports
        | Topic::Mails
        | Topic::Notifications
        | Topic::Mutes
        | Topic::AuditEntries => return Ok(()),
    };
    session.ask(follows.done()?).await?;
    Ok(())
}

pub(super) fn record(topic: Topic, row: &PgRow) -> Result<Record, StoreError> {
    let value = |(place, (name, kind)): (usize, &(&str, FieldKind))| {
        Ok(match kind {
            FieldKind::Id => {
                row.try_get::<Option<Uuid>, _>(place).map_err(store_error)?.map(|id| id.to_string()).into()
            }
            FieldKind::Text => row.try_get::<Option<String>, _>(place).map_err(store_error)?.into(),
            FieldKind::Number => row.try_get::<Option<i64>, _>(place).map_err(store_error)?.into(),
            FieldKind::Flag => row.try_get::<Option<bool>, _>(place).map_err(store_error)?.into(),
            FieldKind::Moment => {
                let at: Option<Instant> = row.try_get(place).map_err(store_error)?;
                at.map(|at| at.0.to_string()).into()
            }
            FieldKind::Json => {
                let text: Option<JsonText> = row.try_get(place).map_err(store_error)?;
                let parsed = text.map(|text| from_json(|| format!("{name} of {topic}"), &text.0));
                parsed.transpose()?.unwrap_or(Value::Null)
            }
        })
    };
    let values = topic.fields().iter().enumerate().map(value).collect::<Result<_, StoreError>>()?;
    Record::new(topic, values)
}

fn of(topic: Topic) -> Result<&'static Statements, StoreError> {
    let found = sql::all().iter().find(|it| it.topic == topic);
    found.ok_or_else(|| StoreError::invalid(format!("there are no records of {topic}")))
}

/// Records as one parameter.
fn encoded<'r>(records: impl IntoIterator<Item = &'r Record>) -> Result<String, StoreError> {
    json(&records.into_iter().map(Record::values).collect::<Vec<_>>())
}
