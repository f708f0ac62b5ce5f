//! A store of conversations under test, and the steps that cases are made of.

use std::any::Any;
use std::sync::Arc;

use uuid::Uuid;

use super::threads::Threads;
use crate::chat::{Content, Conversation, Message, NewMessage, Pair, Reason, Report, ReportState, Subject};
use crate::id::{AccountId, ConversationId, MessageId, ReportId};
use crate::ports::{
    Appended, ChatStore, Listed, MessageRange, Opened, PageRequest, TaskConsole, conversation_cursor, report_cursor,
};
use crate::testing::block_on;
use crate::testing::fixtures::NOW;
use crate::time::Timestamp;

/// The stores under test. They share their data, as the contract demands.
#[non_exhaustive]
pub struct ChatStores {
    /// Conversations.
    pub chats: Arc<dyn ChatStore>,
    /// The tasks that messages ask for.
    pub tasks: Arc<dyn TaskConsole>,
    threads: Threads,
    _guard: Box<dyn Any>,
}

impl ChatStores {
    /// One adapter that is both.
    #[must_use]
    pub fn of(store: impl ChatStore + TaskConsole) -> Self {
        let store = Arc::new(store);
        Self { chats: store.clone(), tasks: store, threads: Threads::driven_by(block_on), _guard: Box::new(()) }
    }
}

super::under_test::stores_under_test!(ChatStores, chats);

/// The account of this number.
pub(super) fn account(number: u32) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(0xACC0_0000 + u128::from(number)))
}

/// The conversation of this number.
pub(super) fn conversation(number: u32) -> ConversationId {
    ConversationId::from_uuid(Uuid::from_u128(0xC0_0000 + u128::from(number)))
}

/// The message of this number.
pub(super) fn message_id(number: u32) -> MessageId {
    MessageId::from_uuid(Uuid::from_u128(0x3E5_0000 + u128::from(number)))
}

/// The pair of two accounts.
pub(super) fn pair(one: u32, other: u32) -> Pair {
    Pair::of(account(one), account(other)).expect("two accounts")
}

/// A message of this number in conversation 1.
pub(super) fn said(number: u32, sender: u32) -> NewMessage {
    NewMessage {
        id: message_id(number),
        conversation: conversation(1),
        sender: account(sender),
        client_id: None,
        content: Content::new(&format!("message {number}"), None).expect("a text"),
        at: NOW,
    }
}

/// A report of this number.
pub(super) fn complaint(number: u32, message: &Message, reporter: u32) -> Report {
    Report {
        id: ReportId::from_uuid(Uuid::from_u128(0x4E9_0000 + u128::from(number))),
        message: message.id,
        conversation: message.conversation,
        reporter: account(reporter),
        reason: Reason::Scam,
        description: "asks for my password: \"'; {}".to_owned(),
        created_at: NOW,
        state: ReportState::Open,
        resolution: None,
    }
}

/// The steps that cases are made of: each does one thing and expects it to work.
impl ChatStores {
    /// Opens conversation 1, of accounts 1 and 2.
    pub(super) async fn begin(&self) -> Conversation {
        self.open(1, pair(1, 2), Subject::General, NOW).await.conversation()
    }

    pub(super) async fn open(&self, number: u32, pair: Pair, subject: Subject, now: Timestamp) -> Opened {
        self.chats.open(conversation(number), pair, subject, now).await.expect("the store answers")
    }

    pub(super) async fn load(&self, number: u32) -> Conversation {
        let found = self.chats.conversation(conversation(number)).await.expect("the store answers");
        found.expect("the conversation is there")
    }

    pub(super) async fn append(&self, message: &NewMessage) -> Message {
        match self.chats.append(message, &[]).await.expect("the store answers") {
            Appended::New(message) => message,
            other => panic!("the message is new: {other:?}"),
        }
    }

    /// Says so many things, both in turn, beginning with account 1.
    pub(super) async fn talk(&self, count: u32) -> Vec<Message> {
        self.begin().await;
        let mut messages = Vec::new();
        for number in 1..=count {
            messages.push(self.append(&said(number, if number % 2 == 1 { 1 } else { 2 })).await);
        }
        messages
    }

    pub(super) async fn after(&self, seq: u64, limit: u32) -> Vec<Message> {
        let range = MessageRange::After(seq);
        self.chats.messages(conversation(1), range, limit).await.expect("the store answers")
    }

    pub(super) async fn before(&self, seq: u64, limit: u32) -> Vec<u64> {
        let messages = self.chats.messages(conversation(1), MessageRange::Before(seq), limit).await;
        messages.expect("the store answers").into_iter().map(|message| message.seq).collect()
    }

    pub(super) async fn read(&self, reader: u32, up_to: u64, now: Timestamp) -> Option<Conversation> {
        let marked = self.chats.mark_read(conversation(1), account(reader), up_to, now).await;
        marked.expect("the store answers")
    }

    /// What each of accounts 1 and 2 has not read, of conversation 1 and altogether.
    pub(super) async fn unread(&self) -> [(u64, u64); 2] {
        let conversation = self.load(1).await;
        let mut unread = [(0, 0); 2];
        for (place, number) in unread.iter_mut().zip([1, 2]) {
            let total = self.chats.unread(account(number)).await.expect("the store answers");
            *place = (conversation.unread(account(number)), total);
        }
        unread
    }

    /// Every conversation of an account, in pages of this length.
    pub(super) async fn listed(&self, owner: u32, limit: u32) -> Vec<Listed> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest { after, limit };
            let page = self.chats.conversations(account(owner), page).await.expect("the store answers");
            assert!(page.next.is_none() || page.next == page.rows.last().map(conversation_cursor), "{page:?}");
            all.extend(page.rows);
            let Some(next) = page.next else { return all };
            after = Some(next);
        }
    }

    /// Every report in a state, in pages of this length.
    pub(super) async fn reports(&self, state: Option<ReportState>, limit: u32) -> Vec<Report> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest { after, limit };
            let page = self.chats.reports(state, page).await.expect("the store answers");
            assert!(page.next.is_none() || page.next == page.rows.last().map(report_cursor), "{page:?}");
            all.extend(page.rows);
            let Some(next) = page.next else { return all };
            after = Some(next);
        }
    }
}
