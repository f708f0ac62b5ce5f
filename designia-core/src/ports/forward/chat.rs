//! Conversations.

use std::sync::Arc;

use async_trait::async_trait;

use crate::chat::{Conversation, Message, NewMessage, Pair, Report, ReportState, Resolution, Subject};
use crate::id::{AccountId, ConversationId, MessageId, ReportId};
use crate::ports::{Appended, ChatStore, Listed, MessageRange, Opened, Page, PageRequest, StoreError};
use crate::task::Task;
use crate::time::Timestamp;

#[async_trait]
impl<T: ChatStore + ?Sized> ChatStore for Arc<T> {
    async fn open(
        &self,
        id: ConversationId,
        pair: Pair,
        subject: Subject,
        now: Timestamp,
    ) -> Result<Opened, StoreError> {
        (**self).open(id, pair, subject, now).await
    }

    async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        (**self).conversation(id).await
    }

    async fn conversation_of(&self, pair: Pair, subject: Subject) -> Result<Option<Conversation>, StoreError> {
        (**self).conversation_of(pair, subject).await
    }

    async fn conversations(&self, account: AccountId, page: PageRequest) -> Result<Page<Listed>, StoreError> {
        (**self).conversations(account, page).await
    }

    async fn last_seqs(&self, ids: &[ConversationId]) -> Result<Vec<(ConversationId, u64)>, StoreError> {
        (**self).last_seqs(ids).await
    }

    async fn append(&self, message: &NewMessage, tasks: &[Task]) -> Result<Appended, StoreError> {
        (**self).append(message, tasks).await
    }

    async fn message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        (**self).message(id).await
    }

    async fn messages(
        &self,
        conversation: ConversationId,
        range: MessageRange,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        (**self).messages(conversation, range, limit).await
    }

    async fn mark_read(
        &self,
        conversation: ConversationId,
        account: AccountId,
        up_to: u64,
        now: Timestamp,
    ) -> Result<Option<Conversation>, StoreError> {
        (**self).mark_read(conversation, account, up_to, now).await
    }

    async fn unread(&self, account: AccountId) -> Result<u64, StoreError> {
        (**self).unread(account).await
    }

    async fn hide(&self, id: MessageId, hidden_at: Option<Timestamp>) -> Result<Option<Message>, StoreError> {
        (**self).hide(id, hidden_at).await
    }

    async fn erase(&self, conversation: ConversationId, sender: AccountId, now: Timestamp) -> Result<u32, StoreError> {
        (**self).erase(conversation, sender, now).await
    }

    async fn report(&self, report: &Report) -> Result<Report, StoreError> {
        (**self).report(report).await
    }

    async fn report_of(&self, id: ReportId) -> Result<Option<Report>, StoreError> {
        (**self).report_of(id).await
    }

    async fn reports(&self, state: Option<ReportState>, page: PageRequest) -> Result<Page<Report>, StoreError> {
        (**self).reports(state, page).await
    }

    async fn resolve(&self, id: ReportId, resolution: &Resolution) -> Result<bool, StoreError> {
        (**self).resolve(id, resolution).await
    }
}
