//! Storing a message: one call, and another in the same transaction if it asks for tasks.

use async_trait::async_trait;
use designia_core::chat::{Message, NewMessage};
use designia_core::ports::ChatStore as _;
use designia_core::ports::{Appended, MessageRange, StoreError};
use designia_core::task::Task;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::error::store_error;
use crate::instant::Instant;
use crate::row::number;
use crate::session::Session;
use crate::sql::chat as sql;
use crate::statement::{Statement, statement};
use crate::store::{PostgresStore, Work};
use crate::tasks::{Chunk, chunks, enqueue_all};

impl PostgresStore {
    pub(super) async fn append_message(&self, new: &NewMessage, tasks: &[Task]) -> Result<Appended, StoreError> {
        let (appending, chunks) = (appending(new)?, chunks(tasks)?);
        let rows = if chunks.is_empty() {
            self.insist(appending).await?
        } else {
            self.transact(Appending { appending, chunks, count: tasks.len() }).await?
        };
        let rows = rows.map_err(store_error)?;
        let Some(row) = rows.first() else { return Ok(Appended::NoSuchConversation) };
        let (is_new, seq) = answer(row).map_err(store_error)?;
        let seq = number("a message's number", seq)?;
        if is_new {
            return Ok(Appended::New(Message {
                id: new.id,
                conversation: new.conversation,
                seq,
                sender: new.sender,
                client_id: new.client_id.clone(),
                content: new.content.clone(),
                created_at: new.at,
                hidden_at: None,
            }));
        }
        let known = self.messages(new.conversation, MessageRange::After(seq.saturating_sub(1)), 1).await?;
        known.into_iter().next().map(Appended::Known).ok_or_else(|| store_error(sqlx::Error::RowNotFound))
    }
}

struct Appending {
    appending: Statement,
    chunks: Vec<Chunk>,
    count: usize,
}

#[async_trait]
impl Work<Vec<PgRow>> for Appending {
    async fn run(&self, session: &mut Session) -> Result<Vec<PgRow>, sqlx::Error> {
        let rows = session.ask(self.appending.clone()).await?;
        if rows.first().map(answer).transpose()?.is_some_and(|(is_new, _)| is_new) {
            enqueue_all(session, &self.chunks, self.count).await?;
        }
        Ok(rows)
    }
}

fn appending(new: &NewMessage) -> Result<Statement, StoreError> {
    let query = statement(sql::APPEND)
        .bind(new.id.as_uuid())
        .bind(new.conversation.as_uuid())
        .bind(new.sender.as_uuid())
        .bind(new.client_id.as_ref().map(|name| name.as_str().to_owned()))
        .bind(new.content.text().to_owned())
        .bind(new.content.image().map(|key| key.as_str().to_owned()))
        .bind(Instant(new.at));
    query.done().map_err(store_error)
}

/// Whether the message is new, and its number.
fn answer(row: &PgRow) -> Result<(bool, i64), sqlx::Error> {
    Ok((row.try_get(0)?, row.try_get(1)?))
}
