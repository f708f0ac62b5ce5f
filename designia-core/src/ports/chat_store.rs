//! Where conversations live.

use std::fmt;

use async_trait::async_trait;

use super::{Cursor, Page, PageRequest, StoreError};
use crate::chat::{Conversation, Message, NewMessage, Pair, Report, ReportState, Resolution, Subject};
use crate::id::{AccountId, ConversationId, MessageId, ReportId};
use crate::task::Task;
use crate::time::Timestamp;

/// Keeps conversations, their messages, and complaints about them.
///
/// # Contract
/// - There is one conversation for each pair and subject: of any number that open it at once, one makes it and all get it.
/// - `append` gives the next number, without gaps. The order of numbers is the order of commits: whoever sees a message can see
///   all before it. One whose id, or whose sender's `client_id` in that conversation, is known is not stored again; the answer is
///   what was stored first. The tasks are enqueued by the same transaction, and only if the message is new.
/// - What is unread is counted from what was sent and read, hidden messages included; it needs no walk through messages.
/// - A read mark only moves forward, and never beyond the last message.
/// - A conversation moves to the top of both lists with each message.
/// - One report of one reporter about one message is kept: reporting again answers with the first.
/// - `resolve` changes an open report, once; upholding it hides the message in the same transaction. A hidden message keeps its
///   number and its content.
/// - No cost grows with the number of conversations or messages stored. Times come from the arguments, never from the store's
///   own clock.
#[async_trait]
pub trait ChatStore: fmt::Debug + Send + Sync + 'static {
    /// Opens the conversation of a pair about a subject, and makes it if there is none.
    async fn open(
        &self,
        id: ConversationId,
        pair: Pair,
        subject: Subject,
        now: Timestamp,
    ) -> Result<Opened, StoreError>;

    /// One conversation.
    async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError>;

    /// The conversation of a pair about a subject, if there is one.
    async fn conversation_of(&self, pair: Pair, subject: Subject) -> Result<Option<Conversation>, StoreError>;

    /// One page of an account's conversations, each with its last message: the latest active first.
    async fn conversations(&self, account: AccountId, page: PageRequest) -> Result<Page<Listed>, StoreError>;

    /// The numbers of the last messages of these conversations, of those that exist, in no particular order.
    async fn last_seqs(&self, ids: &[ConversationId]) -> Result<Vec<(ConversationId, u64)>, StoreError>;

    /// Stores a message. The sender takes part: the caller has looked.
    async fn append(&self, message: &NewMessage, tasks: &[Task]) -> Result<Appended, StoreError>;

    /// One message.
    async fn message(&self, id: MessageId) -> Result<Option<Message>, StoreError>;

    /// At most so many messages: after a number, from there on; before a number, from there back.
    async fn messages(
        &self,
        conversation: ConversationId,
        range: MessageRange,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError>;

    /// Notes that an account has read up to a number: the conversation afterwards, if that was new.
    async fn mark_read(
        &self,
        conversation: ConversationId,
        account: AccountId,
        up_to: u64,
        now: Timestamp,
    ) -> Result<Option<Conversation>, StoreError>;

    /// How many messages an account has not read, in at most the [`UNREAD_LOOKED_AT`] conversations that have any.
    async fn unread(&self, account: AccountId) -> Result<u64, StoreError>;

    /// Hides a message from those who talk, or shows it again (`None`): the message afterwards, if there is one.
    async fn hide(&self, id: MessageId, hidden_at: Option<Timestamp>) -> Result<Option<Message>, StoreError>;

    /// Puts [`Content::erased`](crate::chat::Content::erased) into the place of everything that an account has said in a
    /// conversation, and hides it: how many messages that were.
    async fn erase(&self, conversation: ConversationId, sender: AccountId, now: Timestamp) -> Result<u32, StoreError>;

    /// Keeps a report: it, or what its reporter has said about that message before.
    async fn report(&self, report: &Report) -> Result<Report, StoreError>;

    /// One report.
    async fn report_of(&self, id: ReportId) -> Result<Option<Report>, StoreError>;

    /// One page of reports, newest first.
    async fn reports(&self, state: Option<ReportState>, page: PageRequest) -> Result<Page<Report>, StoreError>;

    /// Resolves an open report; `false` if there is none, or it was resolved before.
    async fn resolve(&self, id: ReportId, resolution: &Resolution) -> Result<bool, StoreError>;
}

/// In how many conversations unread messages are counted: nobody needs to know which number above that it is.
pub const UNREAD_LOOKED_AT: u32 = 500;

/// A conversation that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// There was none.
    New(Conversation),
    /// There was one.
    Known(Conversation),
}

impl Opened {
    /// The conversation.
    #[must_use]
    pub fn conversation(self) -> Conversation {
        match self {
            Self::New(conversation) | Self::Known(conversation) => conversation,
        }
    }
}

/// A conversation in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// It.
    pub conversation: Conversation,
    /// Its last message, if it has any.
    pub last: Option<Message>,
}

/// A message that was to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Appended {
    /// It is.
    New(Message),
    /// It was, by this id or this name.
    Known(Message),
    /// There is no such conversation, or the sender takes no part.
    NoSuchConversation,
}

/// Which messages of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageRange {
    /// Those after this number, in their order.
    After(u64),
    /// Those before this number, the last one first.
    Before(u64),
}

/// Where a page of conversations ended.
#[must_use]
pub fn conversation_cursor(listed: &Listed) -> Cursor {
    Cursor { at: listed.conversation.active_at, id: listed.conversation.id.to_string() }
}

/// Where a page of reports ended.
#[must_use]
pub fn report_cursor(report: &Report) -> Cursor {
    Cursor { at: report.created_at, id: report.id.to_string() }
}
