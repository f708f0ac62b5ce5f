//! The conformance suite of conversations bites: a store that breaks one sentence of the contract fails the case that is named for
//! it.
#![cfg(feature = "testing")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use async_trait::async_trait;
use designia_core::chat::{Conversation, Message, NewMessage, Pair, Report, ReportState, Resolution, Subject};
use designia_core::id::{AccountId, ConversationId, MessageId, ReportId};
use designia_core::memory::MemoryStore;
use designia_core::ports::{Appended, ChatStore, Listed, MessageRange, Opened, Page, PageRequest, StoreError};
use designia_core::task::Task;
use designia_core::testing::block_on;
use designia_core::testing::conformance::ChatStores;
use designia_core::testing::conformance::chat_store::{lists, opening, reading, reports, talking};
use designia_core::time::Timestamp;
use uuid::Uuid;

/// What a store does wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sabotage {
    IgnoresSubjects,
    ForgetsClientNames,
    StoresUnderAnotherId,
    DropsTasks,
    LetsAnybodySpeak,
    ReadsBackwards,
    TellsOfEveryMark,
    ReadsTheWholeConversation,
    CountsToOne,
    ListsBackwards,
    PagesByMoment,
    ForgetsTheLastMessage,
    UpholdsWithoutHiding,
    HidesWhatWasDismissed,
    ErasesNothing,
    ListsEveryState,
}

#[derive(Debug)]
struct Sabotaged {
    inner: MemoryStore,
    by: Sabotage,
}

impl Sabotaged {
    fn is(&self, sabotage: Sabotage) -> bool {
        self.by == sabotage
    }
}

#[async_trait]
impl ChatStore for Sabotaged {
    async fn open(
        &self,
        id: ConversationId,
        pair: Pair,
        subject: Subject,
        now: Timestamp,
    ) -> Result<Opened, StoreError> {
        let subject = if self.is(Sabotage::IgnoresSubjects) { Subject::General } else { subject };
        self.inner.open(id, pair, subject, now).await
    }

    async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        self.inner.conversation(id).await
    }

    async fn conversation_of(&self, pair: Pair, subject: Subject) -> Result<Option<Conversation>, StoreError> {
        self.inner.conversation_of(pair, subject).await
    }

    async fn conversations(&self, account: AccountId, mut page: PageRequest) -> Result<Page<Listed>, StoreError> {
        if self.is(Sabotage::PagesByMoment) {
            page.after.iter_mut().for_each(|after| after.id = ConversationId::from_uuid(Uuid::nil()).to_string());
        }
        let mut page = self.inner.conversations(account, page).await?;
        match self.by {
            Sabotage::ListsBackwards => page.rows.reverse(),
            Sabotage::ForgetsTheLastMessage => page.rows.iter_mut().for_each(|row| row.last = None),
            _ => {}
        }
        Ok(page)
    }

    async fn last_seqs(&self, ids: &[ConversationId]) -> Result<Vec<(ConversationId, u64)>, StoreError> {
        self.inner.last_seqs(ids).await
    }

    async fn append(&self, message: &NewMessage, tasks: &[Task]) -> Result<Appended, StoreError> {
        let mut message = message.clone();
        match self.by {
            Sabotage::ForgetsClientNames => message.client_id = None,
            Sabotage::StoresUnderAnotherId if self.inner.message(message.id).await?.is_some() => {
                message.id = MessageId::from_uuid(Uuid::from_u128(message.id.as_uuid().as_u128() + 0xFFFF));
            }
            Sabotage::LetsAnybodySpeak => {
                let talk = self.inner.conversation(message.conversation).await?;
                if let Some(talk) = talk.filter(|talk| talk.side(message.sender).is_none()) {
                    message.sender = talk.sides[0].account;
                }
            }
            _ => {}
        }
        let tasks = if self.is(Sabotage::DropsTasks) { &[] } else { tasks };
        self.inner.append(&message, tasks).await
    }

    async fn message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        self.inner.message(id).await
    }

    async fn messages(
        &self,
        conversation: ConversationId,
        range: MessageRange,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let mut messages = self.inner.messages(conversation, range, limit).await?;
        if self.is(Sabotage::ReadsBackwards) {
            messages.reverse();
        }
        Ok(messages)
    }

    async fn mark_read(
        &self,
        conversation: ConversationId,
        account: AccountId,
        up_to: u64,
        now: Timestamp,
    ) -> Result<Option<Conversation>, StoreError> {
        let up_to = if self.is(Sabotage::ReadsTheWholeConversation) { u64::MAX } else { up_to };
        let marked = self.inner.mark_read(conversation, account, up_to, now).await?;
        if self.is(Sabotage::TellsOfEveryMark) { self.inner.conversation(conversation).await } else { Ok(marked) }
    }

    async fn unread(&self, account: AccountId) -> Result<u64, StoreError> {
        let unread = self.inner.unread(account).await?;
        Ok(if self.is(Sabotage::CountsToOne) { unread.min(1) } else { unread })
    }

    async fn hide(&self, id: MessageId, hidden_at: Option<Timestamp>) -> Result<Option<Message>, StoreError> {
        self.inner.hide(id, hidden_at).await
    }

    async fn erase(&self, conversation: ConversationId, sender: AccountId, now: Timestamp) -> Result<u32, StoreError> {
        if self.is(Sabotage::ErasesNothing) { Ok(0) } else { self.inner.erase(conversation, sender, now).await }
    }

    async fn report(&self, report: &Report) -> Result<Report, StoreError> {
        self.inner.report(report).await
    }

    async fn report_of(&self, id: ReportId) -> Result<Option<Report>, StoreError> {
        self.inner.report_of(id).await
    }

    async fn reports(&self, state: Option<ReportState>, page: PageRequest) -> Result<Page<Report>, StoreError> {
        self.inner.reports(state.filter(|_| !self.is(Sabotage::ListsEveryState)), page).await
    }

    async fn resolve(&self, id: ReportId, resolution: &Resolution) -> Result<bool, StoreError> {
        let resolved = self.inner.resolve(id, resolution).await?;
        let about = self.inner.report_of(id).await?.map(|report| report.message);
        match (self.by, about) {
            (Sabotage::UpholdsWithoutHiding, Some(message)) => self.inner.hide(message, None).await.map(drop)?,
            (Sabotage::HidesWhatWasDismissed, Some(message)) => {
                self.inner.hide(message, Some(resolution.at)).await.map(drop)?;
            }
            _ => {}
        }
        Ok(resolved)
    }
}

/// Whether a case fails on a store that this was done to.
fn bites(by: Sabotage, case: &impl AsyncFn(&ChatStores)) -> bool {
    let inner = MemoryStore::new();
    let mut stores = ChatStores::of(inner.clone());
    stores.chats = Arc::new(Sabotaged { inner, by });
    catch_unwind(AssertUnwindSafe(|| block_on(case(&stores)))).is_err()
}

#[test]
fn each_broken_sentence_of_the_contract_is_noticed() {
    use Sabotage::*;
    macro_rules! each {
        ($($by:ident: $topic:ident::$case:ident,)+) => {
            $(assert!(bites($by, &async |it: &ChatStores| $topic::$case(it).await), "{:?} is not noticed", $by);)+
        };
    }
    each! {
        IgnoresSubjects: opening::a_pair_has_one_conversation_for_each_subject,
        ForgetsClientNames: talking::a_message_of_any_kind_comes_back_as_it_was_sent,
        ForgetsClientNames: talking::of_sixteen_repetitions_at_once_one_is_stored,
        StoresUnderAnotherId: talking::a_message_sent_again_is_stored_once,
        DropsTasks: talking::what_a_message_asks_for_is_enqueued_with_it_and_once,
        LetsAnybodySpeak: talking::who_takes_no_part_says_nothing,
        ReadsBackwards: talking::what_came_after_is_read_in_order,
        ReadsBackwards: talking::what_came_before_is_read_backwards,
        TellsOfEveryMark: reading::a_read_mark_never_goes_back_nor_beyond_the_last_message,
        ReadsTheWholeConversation: reading::reading_in_the_middle_leaves_the_rest_unread,
        CountsToOne: reading::unread_messages_of_all_conversations_are_added_up,
        ListsBackwards: lists::the_latest_active_conversation_comes_first,
        PagesByMoment: lists::each_conversation_is_on_one_page,
        ForgetsTheLastMessage: lists::a_list_shows_the_last_message_and_nobody_elses_conversations,
        UpholdsWithoutHiding: reports::an_upheld_report_hides_its_message,
        HidesWhatWasDismissed: reports::a_dismissed_report_leaves_its_message,
        ErasesNothing: reports::what_somebody_said_who_has_left_is_erased_and_keeps_its_number,
        ListsEveryState: reports::reports_are_listed_newest_first_and_by_state,
    }
}
