//! Between rows and conversations, messages and reports.

use designia_core::chat::{Content, Conversation, Message, Pair, Reason, Report, ReportState, Resolution, Side};
use designia_core::id::{AccountId, ConversationId, MessageId, ReportId};
use designia_core::ports::{Listed, StoreError};
use designia_core::time::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Sqlite, Type};

use super::{Asked, bytes};
use crate::error::store_error;
use crate::row::{self, number};

/// How many columns a conversation has.
const CONVERSATION: usize = 14;

pub(super) fn conversation(row: &SqliteRow) -> Result<Conversation, StoreError> {
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
        id: ConversationId::from_uuid(uuid(row, 0)?),
        subject: subject.parse().map_err(|error| StoreError::corrupt("a conversation", error))?,
        created_at: Timestamp::from_micros(column(row, 4)?),
        active_at: Timestamp::from_micros(column(row, 5)?),
        last_seq,
        sides: [lower, higher],
    })
}

/// A conversation, and behind it its last message, if there is one.
pub(super) fn listed(row: &SqliteRow) -> Result<Listed, StoreError> {
    let has_last = column::<Option<Vec<u8>>>(row, CONVERSATION)?.is_some();
    let last = has_last.then(|| message(row, CONVERSATION)).transpose()?;
    Ok(Listed { conversation: conversation(row)?, last })
}

/// The message whose columns begin there.
pub(super) fn message(row: &SqliteRow, from: usize) -> Result<Message, StoreError> {
    let id = MessageId::from_uuid(uuid(row, from)?);
    let corrupt = |error| StoreError::corrupt(&format!("message {id}"), error);
    let client_id: Option<String> = column(row, from + 4)?;
    let (text, image): (String, Option<String>) = (column(row, from + 5)?, column(row, from + 6)?);
    let image = image.map(|key| key.parse()).transpose().map_err(corrupt)?;
    Ok(Message {
        id,
        conversation: ConversationId::from_uuid(uuid(row, from + 1)?),
        seq: number("a message's number", column(row, from + 2)?)?,
        sender: account(row, from + 3)?,
        client_id: client_id.map(|name| name.parse()).transpose().map_err(corrupt)?,
        content: Content::new(&text, image).map_err(corrupt)?,
        created_at: Timestamp::from_micros(column(row, from + 7)?),
        hidden_at: instant(row, from + 8)?,
    })
}

pub(super) fn report(row: &SqliteRow) -> Result<Report, StoreError> {
    let (reason, state): (String, String) = (column(row, 4)?, column(row, 7)?);
    let state = row::word("a report's state", &ReportState::ALL, &state, ReportState::as_str)?;
    let resolver: Option<Vec<u8>> = column(row, 8)?;
    let resolution = resolver.map(|resolver| {
        Ok::<_, StoreError>(Resolution {
            upheld: state == ReportState::Upheld,
            resolver: AccountId::from_uuid(row::uuid(&resolver)?),
            note: column(row, 9)?,
            at: Timestamp::from_micros(column(row, 10)?),
        })
    });
    Ok(Report {
        id: ReportId::from_uuid(uuid(row, 0)?),
        message: MessageId::from_uuid(uuid(row, 1)?),
        conversation: ConversationId::from_uuid(uuid(row, 2)?),
        reporter: account(row, 3)?,
        reason: row::word("a report's reason", &Reason::ALL, &reason, Reason::as_str)?,
        description: column(row, 5)?,
        created_at: Timestamp::from_micros(column(row, 6)?),
        state,
        resolution: resolution.transpose()?,
    })
}

/// Both of a pair as the next two parameters.
pub(super) fn of_pair(query: Asked, pair: Pair) -> Asked {
    query.bind(bytes(pair.lower().as_uuid())).bind(bytes(pair.higher().as_uuid()))
}

/// A number as a column holds it: none is greater than that.
pub(super) fn seq(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn column<'r, T: Decode<'r, Sqlite> + Type<Sqlite>>(
    row: &'r SqliteRow,
    place: usize,
) -> Result<T, StoreError> {
    row.try_get(place).map_err(store_error)
}

fn uuid(row: &SqliteRow, place: usize) -> Result<uuid::Uuid, StoreError> {
    row::uuid(column(row, place)?)
}

fn account(row: &SqliteRow, place: usize) -> Result<AccountId, StoreError> {
    uuid(row, place).map(AccountId::from_uuid)
}

fn instant(row: &SqliteRow, place: usize) -> Result<Option<Timestamp>, StoreError> {
    Ok(column::<Option<i64>>(row, place)?.map(Timestamp::from_micros))
}
