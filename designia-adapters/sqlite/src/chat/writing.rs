//! What changes within a transaction.

use designia_core::chat::{Conversation, Message, NewMessage, Pair, Report, Resolution, Subject};
use designia_core::id::{AccountId, ConversationId, MessageId, ReportId};
use designia_core::ports::{Appended, Opened, StoreError};
use designia_core::task::Task;
use designia_core::time::Timestamp;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::rows::{self, column, seq};
use super::{Asked, bytes};
use crate::error::store_error;
use crate::row::{self, micros, number};
use crate::sql::chat as sql;
use crate::task_queue::enqueue;

pub(super) async fn open(
    connection: &mut SqliteConnection,
    id: ConversationId,
    pair: Pair,
    subject: Subject,
    now: Timestamp,
) -> Result<Opened, StoreError> {
    let of_pair = |statement| rows::of_pair(sqlx::query(statement).bind(bytes(id.as_uuid())), pair);
    let insert = of_pair(sql::INSERT_CONVERSATION).bind(subject.to_string()).bind(micros(now));
    if run(connection, insert).await? == 0 {
        let query = rows::of_pair(sqlx::query(sql::CONVERSATION_OF), pair).bind(subject.to_string());
        let row = first(connection, query).await?.ok_or_else(|| store_error(sqlx::Error::RowNotFound))?;
        return Ok(Opened::Known(rows::conversation(&row)?));
    }
    run(connection, of_pair(sql::INSERT_INBOX).bind(micros(now))).await?;
    Ok(Opened::New(Conversation::begin(id, pair, subject, now)))
}

pub(super) async fn append(
    connection: &mut SqliteConnection,
    new: &NewMessage,
    tasks: &[Task],
) -> Result<Appended, StoreError> {
    let (id, conversation, sender) =
        (bytes(new.id.as_uuid()), bytes(new.conversation.as_uuid()), bytes(new.sender.as_uuid()));
    let name = new.client_id.as_ref().map(|name| name.as_str().to_owned());
    let known = sqlx::query(sql::KNOWN).bind(id.clone()).bind(conversation.clone()).bind(sender.clone());
    if let Some(row) = first(connection, known.bind(name.clone())).await? {
        return rows::message(&row, 0).map(Appended::Known);
    }
    let next = sqlx::query(sql::NEXT_SEQ).bind(conversation.clone()).bind(sender.clone()).bind(micros(new.at));
    let Some(next) = first(connection, next).await? else { return Ok(Appended::NoSuchConversation) };
    let (seq, lower_sent, active_at): (i64, i64, i64) = (column(&next, 0)?, column(&next, 1)?, column(&next, 2)?);
    let insert = sqlx::query(sql::APPEND).bind(conversation.clone()).bind(seq).bind(id).bind(sender.clone());
    let image = new.content.image().map(|key| key.as_str().to_owned());
    let insert = insert.bind(name).bind(new.content.text().to_owned()).bind(image);
    run(connection, insert.bind(micros(new.at)).bind(lower_sent)).await?;
    run(connection, sqlx::query(sql::TOUCH_INBOX).bind(conversation).bind(sender).bind(active_at)).await?;
    enqueue(connection, tasks).await?;
    Ok(Appended::New(Message {
        id: new.id,
        conversation: new.conversation,
        seq: number("a message's number", seq)?,
        sender: new.sender,
        client_id: new.client_id.clone(),
        content: new.content.clone(),
        created_at: new.at,
        hidden_at: None,
    }))
}

pub(super) async fn mark_read(
    connection: &mut SqliteConnection,
    id: ConversationId,
    reader: AccountId,
    up_to: u64,
    now: Timestamp,
) -> Result<Option<Conversation>, StoreError> {
    let Some(mut conversation) = load(connection, id).await? else { return Ok(None) };
    let up_to = up_to.min(conversation.last_seq);
    let [lower, higher] = conversation.sides;
    let (place, statement) = match reader {
        _ if reader == lower.account => (0, sql::LOWER_READS),
        _ if reader == higher.account => (1, sql::HIGHER_READS),
        _ => return Ok(None),
    };
    if up_to <= conversation.sides[place].read {
        return Ok(None);
    }
    let query = sqlx::query(sql::LOWER_SENT).bind(bytes(id.as_uuid())).bind(seq(up_to));
    let row = first(connection, query).await?.ok_or_else(|| store_error(sqlx::Error::RowNotFound))?;
    let lower_sent: u64 = number("a count of messages", column(&row, 0)?)?;
    let side = &mut conversation.sides[place];
    (side.read, side.read_at) = (up_to, Some(now));
    side.seen = if place == 0 { up_to.saturating_sub(lower_sent) } else { lower_sent };
    let update = sqlx::query(statement).bind(bytes(id.as_uuid())).bind(seq(up_to)).bind(seq(side.seen));
    run(connection, update.bind(micros(now))).await?;
    let unread = sqlx::query(sql::SET_UNREAD).bind(bytes(reader.as_uuid())).bind(bytes(id.as_uuid()));
    run(connection, unread.bind(seq(conversation.unread(reader)))).await?;
    Ok(Some(conversation))
}

pub(super) async fn hide(
    connection: &mut SqliteConnection,
    id: MessageId,
    hidden_at: Option<Timestamp>,
) -> Result<Option<Message>, StoreError> {
    let query = sqlx::query(sql::HIDE).bind(bytes(id.as_uuid())).bind(hidden_at.map(micros));
    first(connection, query).await?.map(|row| rows::message(&row, 0)).transpose()
}

pub(super) async fn report(connection: &mut SqliteConnection, report: &Report) -> Result<Report, StoreError> {
    let insert = sqlx::query(sql::INSERT_REPORT)
        .bind(bytes(report.id.as_uuid()))
        .bind(bytes(report.message.as_uuid()))
        .bind(bytes(report.conversation.as_uuid()))
        .bind(bytes(report.reporter.as_uuid()))
        .bind(report.reason.as_str())
        .bind(report.description.clone())
        .bind(micros(report.created_at));
    if run(connection, insert).await? > 0 {
        return Ok(report.clone());
    }
    let query = sqlx::query(sql::REPORT_BY).bind(bytes(report.message.as_uuid()));
    let row = first(connection, query.bind(bytes(report.reporter.as_uuid()))).await?;
    rows::report(&row.ok_or_else(|| store_error(sqlx::Error::RowNotFound))?)
}

pub(super) async fn resolve(
    connection: &mut SqliteConnection,
    id: ReportId,
    resolution: &Resolution,
) -> Result<bool, StoreError> {
    let query = sqlx::query(sql::RESOLVE)
        .bind(bytes(id.as_uuid()))
        .bind(resolution.state().as_str())
        .bind(bytes(resolution.resolver.as_uuid()))
        .bind(resolution.note.clone())
        .bind(micros(resolution.at));
    let Some(row) = first(connection, query).await? else { return Ok(false) };
    if resolution.upheld {
        let message = row::uuid(column(&row, 0)?)?;
        run(connection, sqlx::query(sql::HIDE_UPHELD).bind(bytes(message)).bind(micros(resolution.at))).await?;
    }
    Ok(true)
}

async fn load(connection: &mut SqliteConnection, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
    let query = sqlx::query(sql::CONVERSATION).bind(bytes(id.as_uuid()));
    first(connection, query).await?.map(|row| rows::conversation(&row)).transpose()
}

async fn first(connection: &mut SqliteConnection, query: Asked) -> Result<Option<SqliteRow>, StoreError> {
    query.fetch_optional(connection).await.map_err(store_error)
}

async fn run(connection: &mut SqliteConnection, query: Asked) -> Result<u64, StoreError> {
    Ok(query.execute(connection).await.map_err(store_error)?.rows_affected())
}
