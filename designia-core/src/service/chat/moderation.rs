//! Complaints, and what staff makes of them. Whether the caller is staff is looked at by whoever calls.

use super::error::text;
use super::{Chat, ChatError};
use crate::chat::{Frame, Message, Reason, Report, ReportState, Resolution, conversation_channel};
use crate::id::{AccountId, MessageId, ReportId};
use crate::ports::{MessageRange, Page, PageRequest};

/// How many messages before and after a reported one staff sees.
const AROUND: u32 = 10;

/// A complaint as somebody makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// About which message.
    pub message: MessageId,
    /// What is wrong with it.
    pub reason: Reason,
    /// In their own words; may be empty.
    pub description: String,
}

/// A report with what staff needs to judge it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// The report.
    pub report: Report,
    /// The message and some around it, in their order.
    pub context: Vec<Message>,
}

impl Chat {
    /// Keeps a complaint; made again about the same message, it answers with the first. `id` names a new one.
    ///
    /// # Errors
    /// There is no such message in a conversation of the caller's, it is their own, the description is none, a limit is used
    /// up, or a store error.
    pub async fn report(&self, caller: AccountId, complaint: Complaint, id: ReportId) -> Result<Report, ChatError> {
        let description = text("description", &complaint.description, Report::MAX_DESCRIPTION)?;
        let message = self.ports.store.message(complaint.message).await?.ok_or(ChatError::NoSuchMessage)?;
        self.conversation(caller, message.conversation).await.map_err(|error| match error {
            ChatError::NoSuchConversation => ChatError::NoSuchMessage,
            other => other,
        })?;
        if message.sender == caller {
            return Err(ChatError::OwnMessage);
        }
        self.take("report", caller, self.policy.reports).await?;
        let report = Report {
            id,
            message: message.id,
            conversation: message.conversation,
            reporter: caller,
            reason: complaint.reason,
            description,
            created_at: self.ports.clock.now(),
            state: ReportState::Open,
            resolution: None,
        };
        Ok(self.ports.store.report(&report).await?)
    }

    /// One page of reports, newest first.
    ///
    /// # Errors
    /// A store error.
    pub async fn reports(&self, state: Option<ReportState>, page: PageRequest) -> Result<Page<Report>, ChatError> {
        Ok(self.ports.store.reports(state, page).await?)
    }

    /// A report, with the message and what was said around it.
    ///
    /// # Errors
    /// There is no such report, or a store error.
    pub async fn examine(&self, id: ReportId) -> Result<Examined, ChatError> {
        let report = self.ports.store.report_of(id).await?.ok_or(ChatError::NoSuchReport)?;
        let message = self.ports.store.message(report.message).await?.ok_or(ChatError::NoSuchMessage)?;
        let first = message.seq.saturating_sub(u64::from(AROUND) + 1);
        let range = MessageRange::After(first);
        let context = self.ports.store.messages(report.conversation, range, 2 * AROUND + 1).await?;
        Ok(Examined { report, context })
    }

    /// Resolves a report: upholding it hides the message.
    ///
    /// # Errors
    /// There is no such report, it was resolved before, the note is none, or a store error.
    pub async fn resolve(
        &self,
        resolver: AccountId,
        id: ReportId,
        upheld: bool,
        note: &str,
    ) -> Result<Report, ChatError> {
        let note = text("note", note, Resolution::MAX_NOTE)?;
        let resolution = Resolution { upheld, resolver, note, at: self.ports.clock.now() };
        let is_resolved = self.ports.store.resolve(id, &resolution).await?;
        let report = self.ports.store.report_of(id).await?.ok_or(ChatError::NoSuchReport)?;
        if !is_resolved {
            return Err(ChatError::Resolved);
        }
        if upheld && let Some(message) = self.ports.store.message(report.message).await? {
            self.tell_hidden(&message).await;
        }
        Ok(report)
    }

    /// Hides a message from those who talk, or shows it again.
    ///
    /// # Errors
    /// There is no such message, or a store error.
    pub async fn hide(&self, id: MessageId, hidden: bool) -> Result<Message, ChatError> {
        let at = hidden.then(|| self.ports.clock.now());
        let message = self.ports.store.hide(id, at).await?.ok_or(ChatError::NoSuchMessage)?;
        self.tell_hidden(&message).await;
        Ok(message)
    }

    async fn tell_hidden(&self, message: &Message) {
        let text = Frame::hidden(message).text();
        self.publish(&conversation_channel(message.conversation), text).await;
    }
}
