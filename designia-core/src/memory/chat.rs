//! Conversations: the messages of each in a row, so that a message's number is its place.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;

use super::page;
use super::records::{ConversationRow, MessageRow};
use super::store::MemoryStore;
use super::tasks::Tasks;
use crate::chat::{
    ClientId, Content, Conversation, Message, NewMessage, Pair, Report, ReportState, Resolution, Subject,
};
use crate::id::{AccountId, ConversationId, MessageId, ReportId};
use crate::ports::{
    Appended, ChatStore, Cursor, Listed, MessageRange, Opened, Page, PageRequest, StoreError, UNREAD_LOOKED_AT,
    conversation_cursor, report_cursor,
};
use crate::task::Task;
use crate::time::Timestamp;

#[derive(Clone, Default)]
pub(super) struct Chats {
    talks: HashMap<ConversationId, Talk>,
    by_pair: HashMap<(Pair, Subject), ConversationId>,
    by_activity: BTreeSet<(AccountId, Timestamp, ConversationId)>,
    places: HashMap<MessageId, (ConversationId, u64)>,
    by_client: HashMap<(ConversationId, AccountId, ClientId), u64>,
    reports: BTreeMap<(Timestamp, ReportId), Report>,
    reported: HashMap<ReportId, Timestamp>,
    by_reporter: HashMap<(MessageId, AccountId), ReportId>,
}

#[derive(Clone)]
struct Talk {
    conversation: Conversation,
    messages: Vec<Message>,
}

impl Talk {
    fn message(&self, seq: u64) -> Option<&Message> {
        self.messages.get(place(seq)?)
    }
}

impl Chats {
    fn open(&mut self, id: ConversationId, pair: Pair, subject: Subject, now: Timestamp) -> Result<Opened, StoreError> {
        if let Some(known) = self.by_pair.get(&(pair, subject)) {
            return Ok(Opened::Known(self.talks[known].conversation.clone()));
        }
        if self.talks.contains_key(&id) {
            return Err(StoreError::invalid(format!("conversation {id} is another one")));
        }
        let conversation = Conversation::begin(id, pair, subject, now);
        self.by_pair.insert((pair, subject), id);
        self.by_activity.extend(conversation.sides.map(|side| (side.account, now, id)));
        self.talks.insert(id, Talk { conversation: conversation.clone(), messages: Vec::new() });
        Ok(Opened::New(conversation))
    }

    pub(super) fn conversation_rows(&self) -> impl Iterator<Item = ConversationRow> {
        self.talks.values().map(|talk| ConversationRow::of(&talk.conversation))
    }

    pub(super) fn message_rows(&self) -> impl Iterator<Item = MessageRow> {
        self.talks.values().flat_map(|talk| {
            let lower = talk.conversation.sides[0].account;
            let mut lower_sent = 0;
            talk.messages.iter().map(move |message| {
                lower_sent += u64::from(message.sender == lower);
                MessageRow::of(message, lower_sent)
            })
        })
    }

    pub(super) fn all_reports(&self) -> impl Iterator<Item = &Report> {
        self.reports.values()
    }

    /// Takes a conversation over whose messages come later.
    pub(super) fn adopt_conversation(&mut self, row: ConversationRow) -> Result<(), StoreError> {
        let (pair, conversation) = row.conversation()?;
        let id = conversation.id;
        if self.by_pair.contains_key(&(pair, conversation.subject)) {
            return Err(StoreError::invalid(format!("conversation {id} is between two who have it already")));
        }
        self.by_pair.insert((pair, conversation.subject), id);
        self.by_activity.extend(conversation.sides.map(|side| (side.account, conversation.active_at, id)));
        self.talks.insert(id, Talk { conversation, messages: Vec::new() });
        Ok(())
    }

    /// Takes a message over. They come by their ids, so that those before it may come after it.
    pub(super) fn adopt_message(&mut self, row: MessageRow) -> Result<(), StoreError> {
        let message = row.message()?;
        let (id, seq) = (message.id, message.seq);
        let talk = self.talks.get_mut(&message.conversation);
        let talk = talk.filter(|talk| !talk.messages.iter().any(|it| it.seq == seq));
        let Some(Talk { conversation: _, messages }) = talk else {
            return Err(StoreError::invalid(format!("message {id} has no place in a conversation")));
        };
        self.places.insert(id, (message.conversation, seq));
        if let Some(name) = &message.client_id {
            self.by_client.insert((message.conversation, message.sender, name.clone()), seq);
        }
        messages.insert(messages.partition_point(|it| it.seq < seq), message);
        Ok(())
    }

    fn known(&self, new: &NewMessage) -> Option<&Message> {
        if let Some((_, seq)) = self.places.get(&new.id).filter(|(place, _)| *place == new.conversation) {
            return self.talks[&new.conversation].message(*seq);
        }
        let seq = self.by_client.get(&(new.conversation, new.sender, new.client_id.clone()?))?;
        self.talks[&new.conversation].message(*seq)
    }

    fn append(&mut self, new: &NewMessage) -> Result<Appended, StoreError> {
        if let Some(known) = self.known(new) {
            return Ok(Appended::Known(known.clone()));
        }
        let Some(talk) = self.talks.get_mut(&new.conversation) else { return Ok(Appended::NoSuchConversation) };
        let Talk { conversation, messages } = talk;
        let Some(side) = conversation.sides.iter_mut().find(|side| side.account == new.sender) else {
            return Ok(Appended::NoSuchConversation);
        };
        if self.places.contains_key(&new.id) {
            return Err(StoreError::invalid(format!("message {} is another one", new.id)));
        }
        side.sent += 1;
        conversation.last_seq += 1;
        let before = conversation.active_at;
        conversation.active_at = before.max(new.at);
        for side in conversation.sides {
            self.by_activity.remove(&(side.account, before, new.conversation));
            self.by_activity.insert((side.account, conversation.active_at, new.conversation));
        }
        let message = Message {
            id: new.id,
            conversation: new.conversation,
            seq: conversation.last_seq,
            sender: new.sender,
            client_id: new.client_id.clone(),
            content: new.content.clone(),
            created_at: new.at,
            hidden_at: None,
        };
        self.places.insert(new.id, (new.conversation, message.seq));
        if let Some(name) = &new.client_id {
            self.by_client.insert((new.conversation, new.sender, name.clone()), message.seq);
        }
        messages.push(message.clone());
        Ok(Appended::New(message))
    }

    fn page(&self, account: AccountId, page: &PageRequest) -> Result<Page<Listed>, StoreError> {
        let nil = ConversationId::from_uuid(uuid::Uuid::nil());
        let last = ConversationId::from_uuid(uuid::Uuid::max());
        let (at, id) = position(page, (Timestamp::from_micros(i64::MAX), last))?;
        let range = (account, Timestamp::from_micros(i64::MIN), nil)..(account, at, id);
        let keys = self.by_activity.range(range).rev();
        Ok(page::take(keys, page.limit, |(.., id)| self.listed(*id), conversation_cursor))
    }

    fn listed(&self, id: ConversationId) -> Option<Listed> {
        let talk = self.talks.get(&id)?;
        Some(Listed { conversation: talk.conversation.clone(), last: talk.messages.last().cloned() })
    }

    fn mark_read(
        &mut self,
        id: ConversationId,
        account: AccountId,
        up_to: u64,
        now: Timestamp,
    ) -> Option<Conversation> {
        let Talk { conversation, messages } = self.talks.get_mut(&id)?;
        let up_to = up_to.min(conversation.last_seq);
        let side = conversation.sides.iter_mut().find(|side| side.account == account)?;
        if up_to <= side.read {
            return None;
        }
        let read = messages.iter().take_while(|message| message.seq <= up_to);
        let seen = read.filter(|message| message.sender != account).count();
        (side.read, side.read_at) = (up_to, Some(now));
        side.seen = u64::try_from(seen).unwrap_or(u64::MAX);
        Some(conversation.clone())
    }

    fn unread(&self, account: AccountId) -> u64 {
        let nil = ConversationId::from_uuid(uuid::Uuid::nil());
        let from = (account, Timestamp::from_micros(i64::MIN), nil);
        let own = self.by_activity.range(from..).take_while(|(owner, ..)| *owner == account);
        let unread = own.map(|(.., id)| self.talks[id].conversation.unread(account)).filter(|count| *count > 0);
        unread.take(usize::try_from(UNREAD_LOOKED_AT).unwrap_or(usize::MAX)).sum()
    }

    fn message(&self, id: MessageId) -> Option<&Message> {
        let (conversation, seq) = self.places.get(&id)?;
        self.talks[conversation].message(*seq)
    }

    fn hide(&mut self, id: MessageId, hidden_at: Option<Timestamp>) -> Option<Message> {
        let (conversation, seq) = self.places.get(&id)?;
        let message = self.talks.get_mut(conversation)?.messages.get_mut(place(*seq)?)?;
        message.hidden_at = hidden_at;
        Some(message.clone())
    }

    fn erase(&mut self, id: ConversationId, sender: AccountId, now: Timestamp) -> u32 {
        let Some(talk) = self.talks.get_mut(&id) else { return 0 };
        let erased = Content::erased();
        let own = talk.messages.iter_mut().filter(|it| it.sender == sender && it.content != erased);
        let count = own.map(|message| {
            message.content = erased.clone();
            message.client_id = None;
            message.hidden_at.get_or_insert(now);
        });
        let count = u32::try_from(count.count()).unwrap_or(u32::MAX);
        self.by_client.retain(|(place, who, _), _| (place, who) != (&id, &sender));
        count
    }

    pub(super) fn report(&mut self, report: &Report) -> Result<Report, StoreError> {
        if let Some(known) = self.by_reporter.get(&(report.message, report.reporter)) {
            return Ok(self.reports[&(self.reported[known], *known)].clone());
        }
        if self.reported.contains_key(&report.id) || !self.places.contains_key(&report.message) {
            return Err(StoreError::invalid(format!("report {} is another one, or about no message", report.id)));
        }
        self.by_reporter.insert((report.message, report.reporter), report.id);
        self.reported.insert(report.id, report.created_at);
        self.reports.insert((report.created_at, report.id), report.clone());
        Ok(report.clone())
    }

    fn report_of(&self, id: ReportId) -> Option<&Report> {
        self.reports.get(&(*self.reported.get(&id)?, id))
    }

    fn report_page(&self, state: Option<ReportState>, page: &PageRequest) -> Result<Page<Report>, StoreError> {
        let last = ReportId::from_uuid(uuid::Uuid::max());
        let before = position(page, (Timestamp::from_micros(i64::MAX), last))?;
        let rows = self.reports.range(..before).rev().map(|(_, report)| report);
        let wanted = rows.filter(|report| state.is_none_or(|state| report.state == state));
        Ok(page::take(wanted, page.limit, |report| Some(report.clone()), report_cursor))
    }

    fn resolve(&mut self, id: ReportId, resolution: &Resolution) -> bool {
        let Some(at) = self.reported.get(&id) else { return false };
        let Some(report) = self.reports.get_mut(&(*at, id)).filter(|report| report.state == ReportState::Open) else {
            return false;
        };
        report.state = resolution.state();
        report.resolution = Some(resolution.clone());
        let message = report.message;
        if resolution.upheld && self.message(message).is_some_and(|message| message.hidden_at.is_none()) {
            self.hide(message, Some(resolution.at));
        }
        true
    }
}

/// Where the message with this number is.
fn place(seq: u64) -> Option<usize> {
    usize::try_from(seq.checked_sub(1)?).ok()
}

fn position<T: std::str::FromStr>(page: &PageRequest, first: (Timestamp, T)) -> Result<(Timestamp, T), StoreError>
where
    T::Err: std::fmt::Display,
{
    let Some(Cursor { at, id }) = &page.after else { return Ok(first) };
    let id = id.parse().map_err(|error| StoreError::invalid(format!("not a cursor: {error}")))?;
    Ok((*at, id))
}

fn enqueue(tasks: &mut Tasks, asked: &[Task]) {
    for task in asked {
        tasks.enqueue(task.clone());
    }
}

#[async_trait]
impl ChatStore for MemoryStore {
    async fn open(
        &self,
        id: ConversationId,
        pair: Pair,
        subject: Subject,
        now: Timestamp,
    ) -> Result<Opened, StoreError> {
        self.tables().chats.open(id, pair, subject, now)
    }

    async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        Ok(self.tables().chats.talks.get(&id).map(|talk| talk.conversation.clone()))
    }

    async fn conversation_of(&self, pair: Pair, subject: Subject) -> Result<Option<Conversation>, StoreError> {
        let tables = self.tables();
        let id = tables.chats.by_pair.get(&(pair, subject));
        Ok(id.map(|id| tables.chats.talks[id].conversation.clone()))
    }

    async fn conversations(&self, account: AccountId, page: PageRequest) -> Result<Page<Listed>, StoreError> {
        self.tables().chats.page(account, &page)
    }

    async fn last_seqs(&self, ids: &[ConversationId]) -> Result<Vec<(ConversationId, u64)>, StoreError> {
        let tables = self.tables();
        let last = |id: &ConversationId| Some((*id, tables.chats.talks.get(id)?.conversation.last_seq));
        Ok(ids.iter().filter_map(last).collect())
    }

    async fn append(&self, message: &NewMessage, tasks: &[Task]) -> Result<Appended, StoreError> {
        tasks.iter().try_for_each(Task::check).map_err(StoreError::invalid)?;
        let mut tables = self.tables();
        let appended = tables.chats.append(message)?;
        if matches!(appended, Appended::New(_)) {
            enqueue(&mut tables.tasks, tasks);
        }
        Ok(appended)
    }

    async fn message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        Ok(self.tables().chats.message(id).cloned())
    }

    async fn messages(
        &self,
        conversation: ConversationId,
        range: MessageRange,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let tables = self.tables();
        let messages = tables.chats.talks.get(&conversation).map_or(&[][..], |talk| &talk.messages);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let at = |seq: u64| usize::try_from(seq).unwrap_or(usize::MAX).min(messages.len());
        Ok(match range {
            MessageRange::After(seq) => messages[at(seq)..].iter().take(limit).cloned().collect(),
            MessageRange::Before(seq) => {
                messages[..at(seq.saturating_sub(1))].iter().rev().take(limit).cloned().collect()
            }
        })
    }

    async fn mark_read(
        &self,
        conversation: ConversationId,
        account: AccountId,
        up_to: u64,
        now: Timestamp,
    ) -> Result<Option<Conversation>, StoreError> {
        Ok(self.tables().chats.mark_read(conversation, account, up_to, now))
    }

    async fn unread(&self, account: AccountId) -> Result<u64, StoreError> {
        Ok(self.tables().chats.unread(account))
    }

    async fn hide(&self, id: MessageId, hidden_at: Option<Timestamp>) -> Result<Option<Message>, StoreError> {
        Ok(self.tables().chats.hide(id, hidden_at))
    }

    async fn erase(&self, conversation: ConversationId, sender: AccountId, now: Timestamp) -> Result<u32, StoreError> {
        Ok(self.tables().chats.erase(conversation, sender, now))
    }

    async fn report(&self, report: &Report) -> Result<Report, StoreError> {
        self.tables().chats.report(report)
    }

    async fn report_of(&self, id: ReportId) -> Result<Option<Report>, StoreError> {
        Ok(self.tables().chats.report_of(id).cloned())
    }

    async fn reports(&self, state: Option<ReportState>, page: PageRequest) -> Result<Page<Report>, StoreError> {
        self.tables().chats.report_page(state, &page)
    }

    async fn resolve(&self, id: ReportId, resolution: &Resolution) -> Result<bool, StoreError> {
        Ok(self.tables().chats.resolve(id, resolution))
    }
}
