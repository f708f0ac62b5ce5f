//! Between rows and conversations, messages and reports.

use designia_core::chat::{Content, Conversation, Message, Reason, Report, ReportState, Resolution, Side};
use designia_core::id::{AccountId, ConversationId, MessageId, ReportId};
use designia_core::ports::{Listed, StoreError};
use designia_core::time::Timestamp;
use sqlx::postgres::{PgRow, Postgres};
use sqlx::{Decode, Row as _, Type};
use uuid::Uuid;

use crate::error::store_error;
use crate::instant::Instant;
use crate::row::{self, number};

/// How many columns a conversation has.
const CONVERSATION: usize = 14;

pub(super) fn conversation(row: &PgRow) -> Result<Conversation, StoreError> {
    let count = |place| number("a count of messages", column(row, place)?);
    let (last_seq, lower_sent) = (count(6)?, count(7)?);
    let side = |account, sent, place| {
        Ok::<_, StoreError>(Side {
            account,
            sent,
            read: count(place)?,
            seen: count(place + 1)?,
            read_at: instant(row, place + 2)?,
        })
    };
    let lower = side(account(row, 1)?, lower_sent, 8)?;
    let higher = side(account(row, 2)?, last_seq - lower_sent, 11)?;
    let subject: String = column(row, 3)?;
    Ok(Conversation {
        id: ConversationId::from_uuid(column(row, 0)?),
        subject: subject.parse().map_err(|error| StoreError::corrupt("a conversation", error))?,
        created_at: column::<Instant>(row, 4)?.0,
        active_at: column::<Instant>(row, 5)?.0,
        last_seq,
        sides: [lower, higher],
    })
}

/// A conversation, and behind it its last message, if there is one.
pub(super) fn listed(row: &PgRow) -> Result<Listed, StoreError> {
    let has_last = column::<Option<Uuid>>(row, CONVERSATION)?.is_some();
    let last = has_last.then(|| message(row, CONVERSATION)).transpose()?;
    Ok(Listed { conversation: conversation(row)?, last })
}

/// The message whose columns begin there.
pub(super) fn message(row: &PgRow, from: usize) -> Result<Message, StoreError> {
    let id = MessageId::from_uuid(column(row, from)?);
    let corrupt = |error| StoreError::corrupt(&format!("message {id}"), error);
    let client_id: Option<String> = column(row, from + 4)?;
    let (text, image): (String, Option<String>) = (column(row, from + 5)?, column(row, from + 6)?);
    let image = image.map(|key| key.parse()).transpose().map_err(corrupt)?;
    Ok(Message {
        id,
        conversation: ConversationId::from_uuid(column(row, from + 1)?),
        seq: number("a message's number", column(row, from + 2)?)?,
        sender: account(row, from + 3)?,
        client_id: client_id.map(|name| name.parse()).transpose().map_err(corrupt)?,
        content: Content::new(&text, image).map_err(corrupt)?,
        created_at: column::<Instant>(row, from + 7)?.0,
        hidden_at: instant(row, from + 8)?,
    })
}

pub(super) fn report(row: &PgRow) -> Result<Report, StoreError> {
    let (reason, state): (String, String) = (column(row, 4)?, column(row, 7)?);
    let state = row::word("a report's state", &ReportState::ALL, &state, ReportState::as_str)?;
    let resolver: Option<Uuid> = column(row, 8)?;
    let resolution = resolver.map(|resolver| {
        Ok::<_, StoreError>(Resolution {
            upheld: state == ReportState::Upheld,
            resolver: AccountId::from_uuid(resolver),
            note: column(row, 9)?,
            at: column::<Instant>(row, 10)?.0,
        })
    });
    Ok(Report {
        id: ReportId::from_uuid(column(row, 0)?),
        message: MessageId::from_uuid(column(row, 1)?),
        conversation: ConversationId::from_uuid(column(row, 2)?),
        reporter: account(row, 3)?,
        reason: row::word("a report's reason", &Reason::ALL, &reason, Reason::as_str)?,
        description: column(row, 5)?,
        created_at: column::<Instant>(row, 6)?.0,
        state,
        resolution: resolution.transpose()?,
    })
}

/// A number as a column holds it: none is greater than that.
pub(super) fn seq(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn column<'r, T: Decode<'r, Postgres> + Type<Postgres>>(row: &'r PgRow, place: usize) -> Result<T, StoreError> {
    row.try_get(place).map_err(store_error)
}

fn account(row: &PgRow, place: usize) -> Result<AccountId, StoreError> {
    column(row, place).map(AccountId::from_uuid)
}

fn instant(row: &PgRow, place: usize) -> Result<Option<Timestamp>, StoreError> {
    Ok(column::<Option<Instant>>(row, place)?.map(|at| at.0))
}
