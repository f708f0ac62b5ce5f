//! The rows of the topics, with the fields that the topics name.

use serde::{Deserialize, Serialize};

use crate::account::Email;
use crate::audit::{AuditAction, AuditEntry, AuditOutcome, AuditSubject};
use crate::catalog::{ActivityTotals, ReviewId};
use crate::chat::{Content, Conversation, Message, Pair, Reason, Report, ReportState, Resolution, Side};
use crate::id::{
    AccountId, AuditId, ConversationId, MailId, MessageId, NotificationId, OrderId, ProductId, ReportId, SellerId,
};
use crate::mail::{Line, MailBody, MailKey, MailKind, MailRecord, MailState, Mailbox};
use crate::money::{Currency, Money};
use crate::notification::{Notification, NotificationKind};
use crate::ports::StoreError;
use crate::task::Json;
use crate::time::{Date, Timestamp};

#[derive(Serialize, Deserialize)]
pub(in crate::memory) struct VoteRow {
    pub(in crate::memory) review: ReviewId,
    pub(in crate::memory) voter: AccountId,
}

#[derive(Serialize, Deserialize)]
pub(in crate::memory) struct FavouriteRow {
    pub(in crate::memory) account: AccountId,
    pub(in crate::memory) product: ProductId,
    pub(in crate::memory) created_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
pub(in crate::memory) struct DayRow {
    seller: SellerId,
    day: i32,
    views: u64,
    clicks: u64,
    cart_adds: u64,
    favourites: u64,
    orders: u64,
    sold: u64,
}

#[derive(Serialize, Deserialize)]
pub(in crate::memory) struct RevenueRow {
    seller: SellerId,
    day: i32,
    currency: Currency,
    minor: i64,
}

#[derive(Serialize, Deserialize)]
pub(in crate::memory) struct SaleRow {
    pub(in crate::memory) order_id: OrderId,
}

#[derive(Serialize, Deserialize)]
pub(in crate::memory) struct ConversationRow {
    id: ConversationId,
    lower: AccountId,
    higher: AccountId,
    subject: String,
    created_at: Timestamp,
    active_at: Timestamp,
    last_seq: u64,
    lower_sent: u64,
    lower_read: u64,
    lower_seen: u64,
    lower_read_at: Option<Timestamp>,
    higher_read: u64,
    higher_seen: u64,
    higher_read_at: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
pub(in crate::memory) struct MessageRow {
    id: MessageId,
    conversation: ConversationId,
    seq: u64,
    sender: AccountId,
    client_id: Option<String>,
    text: String,
    image: Option<String>,
    created_at: Timestamp,
    hidden_at: Option<Timestamp>,
    lower_sent: u64,
}

#[derive(Serialize, Deserialize)]
pub(in crate::memory) struct ReportRow {
    id: ReportId,
    message: MessageId,
    conversation: ConversationId,
    reporter: AccountId,
    reason: Reason,
    description: String,
    created_at: Timestamp,
    state: ReportState,
    resolver: Option<AccountId>,
    note: Option<String>,
    resolved_at: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
pub(in crate::memory) struct MailRow {
    id: MailId,
    key: MailKey,
    kind: MailKind,
    to_name: Line,
    to_email: Email,
    subject: Line,
    account: Option<AccountId>,
    order_id: Option<OrderId>,
    state: MailState,
    attempts: u32,
    created_at: Timestamp,
    changed_at: Timestamp,
    note: Option<String>,
    text: Option<String>,
    html: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(in crate::memory) struct NotificationRow {
    id: NotificationId,
    account: AccountId,
    kind: NotificationKind,
    title: String,
    message: String,
    data: String,
    created_at: Timestamp,
    read_at: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
pub(in crate::memory) struct MuteRow {
    pub(in crate::memory) account: AccountId,
    pub(in crate::memory) kind: NotificationKind,
}

#[derive(Serialize, Deserialize)]
pub(in crate::memory) struct AuditRow {
    id: AuditId,
    at: Timestamp,
    actor: AccountId,
    actor_name: String,
    action: AuditAction,
    subject_kind: Option<String>,
    subject_id: Option<String>,
    reason: Option<String>,
    detail: String,
    outcome: String,
    why: Option<String>,
    request_id: Option<String>,
    address: Option<String>,
}

impl AuditRow {
    pub(in crate::memory) fn of(entry: AuditEntry) -> Self {
        let (subject_kind, subject_id) = entry.subject.map(|it| (it.kind, it.id)).unzip();
        Self {
            id: entry.id,
            at: entry.at,
            actor: entry.actor,
            actor_name: entry.actor_name,
            action: entry.action,
            subject_kind,
            subject_id,
            reason: entry.reason,
            detail: entry.detail.as_str().to_owned(),
            outcome: entry.outcome.as_str().to_owned(),
            why: entry.outcome.why().map(str::to_owned),
            request_id: entry.request_id,
            address: entry.from,
        }
    }

    pub(in crate::memory) fn entry(self) -> Result<AuditEntry, StoreError> {
        let unfit = || StoreError::invalid(format!("audit entry {} says nothing that can be read", self.id));
        Ok(AuditEntry {
            detail: Json::parse(&self.detail).map_err(|_| unfit())?,
            outcome: AuditOutcome::of(&self.outcome, self.why).ok_or_else(unfit)?,
            id: self.id,
            at: self.at,
            actor: self.actor,
            actor_name: self.actor_name,
            action: self.action,
            subject: self.subject_kind.zip(self.subject_id).map(|(kind, id)| AuditSubject { kind, id }),
            reason: self.reason,
            request_id: self.request_id,
            from: self.address,
        })
    }
}

impl DayRow {
    pub(in crate::memory) fn of(seller: SellerId, day: Date, totals: &ActivityTotals) -> Self {
        let ActivityTotals { views, clicks, cart_adds, favourites, orders, sold, revenue: _ } = *totals;
        Self { seller, day: day.days_since_epoch(), views, clicks, cart_adds, favourites, orders, sold }
    }

    pub(in crate::memory) fn totals(&self) -> Result<((SellerId, Date), ActivityTotals), StoreError> {
        let Self { seller, day, views, clicks, cart_adds, favourites, orders, sold } = *self;
        let totals = ActivityTotals { views, clicks, cart_adds, favourites, orders, sold, revenue: Vec::new() };
        Ok(((seller, day_of(day)?), totals))
    }
}

impl RevenueRow {
    pub(in crate::memory) fn of(seller: SellerId, day: Date, amount: Money) -> Self {
        Self { seller, day: day.days_since_epoch(), currency: amount.currency(), minor: amount.minor() }
    }

    pub(in crate::memory) fn amount(&self) -> Result<((SellerId, Date), Money), StoreError> {
        Ok(((self.seller, day_of(self.day)?), Money::new(self.minor, self.currency)))
    }
}

impl ConversationRow {
    pub(in crate::memory) fn of(conversation: &Conversation) -> Self {
        let Conversation { id, subject, created_at, active_at, last_seq, sides: [lower, higher] } = *conversation;
        Self {
            id,
            lower: lower.account,
            higher: higher.account,
            subject: subject.to_string(),
            created_at,
            active_at,
            last_seq,
            lower_sent: lower.sent,
            lower_read: lower.read,
            lower_seen: lower.seen,
            lower_read_at: lower.read_at,
            higher_read: higher.read,
            higher_seen: higher.seen,
            higher_read_at: higher.read_at,
        }
    }

    pub(in crate::memory) fn conversation(self) -> Result<(Pair, Conversation), StoreError> {
        let pair = Pair::try_from((self.lower, self.higher)).map_err(StoreError::invalid)?;
        let higher_sent = self.last_seq.checked_sub(self.lower_sent);
        let lower = Side {
            account: self.lower,
            sent: self.lower_sent,
            read: self.lower_read,
            seen: self.lower_seen,
            read_at: self.lower_read_at,
        };
        let higher = Side {
            account: self.higher,
            sent: higher_sent.ok_or_else(|| StoreError::invalid("one side of a conversation sent more than both"))?,
            read: self.higher_read,
            seen: self.higher_seen,
            read_at: self.higher_read_at,
        };
        let conversation = Conversation {
            id: self.id,
            subject: self.subject.parse().map_err(|error| StoreError::invalid(format!("{error}")))?,
            created_at: self.created_at,
            active_at: self.active_at,
            last_seq: self.last_seq,
            sides: [lower, higher],
        };
        Ok((pair, conversation))
    }
}

impl MessageRow {
    /// `lower_sent` of all messages up to this one are the lower one's.
    pub(in crate::memory) fn of(message: &Message, lower_sent: u64) -> Self {
        Self {
            id: message.id,
            conversation: message.conversation,
            seq: message.seq,
            sender: message.sender,
            client_id: message.client_id.as_ref().map(|name| name.as_str().to_owned()),
            text: message.content.text().to_owned(),
            image: message.content.image().map(|key| key.as_str().to_owned()),
            created_at: message.created_at,
            hidden_at: message.hidden_at,
            lower_sent,
        }
    }

    pub(in crate::memory) fn message(self) -> Result<Message, StoreError> {
        let unfit = |error| StoreError::invalid(format!("message {}: {error}", self.id));
        let image = self.image.map(|key| key.parse()).transpose().map_err(unfit)?;
        Ok(Message {
            id: self.id,
            conversation: self.conversation,
            seq: self.seq,
            sender: self.sender,
            client_id: self.client_id.map(|name| name.parse()).transpose().map_err(unfit)?,
            content: Content::new(&self.text, image).map_err(unfit)?,
            created_at: self.created_at,
            hidden_at: self.hidden_at,
        })
    }
}

impl ReportRow {
    pub(in crate::memory) fn of(report: Report) -> Self {
        let Report { id, message, conversation, reporter, reason, description, created_at, state, resolution } = report;
        let (resolver, note, resolved_at) = match resolution {
            Some(it) => (Some(it.resolver), Some(it.note), Some(it.at)),
            None => (None, None, None),
        };
        Self {
            id,
            message,
            conversation,
            reporter,
            reason,
            description,
            created_at,
            state,
            resolver,
            note,
            resolved_at,
        }
    }

    pub(in crate::memory) fn report(self) -> Report {
        let Self { id, message, conversation, reporter, reason, description, created_at, state, .. } = self;
        let upheld = state == ReportState::Upheld;
        let resolution = self.resolver.zip(self.note).zip(self.resolved_at);
        let resolution = resolution.map(|((resolver, note), at)| Resolution { upheld, resolver, note, at });
        Report { id, message, conversation, reporter, reason, description, created_at, state, resolution }
    }
}

impl MailRow {
    pub(in crate::memory) fn of(mail: MailRecord) -> Self {
        let (text, html) = mail.body.map(|body| (body.text, body.html)).unzip();
        Self {
            id: mail.id,
            key: mail.key,
            kind: mail.kind,
            to_name: mail.to.name,
            to_email: mail.to.email,
            subject: mail.subject,
            account: mail.account,
            order_id: mail.order,
            state: mail.state,
            attempts: mail.attempts,
            created_at: mail.created_at,
            changed_at: mail.changed_at,
            note: mail.note,
            text,
            html,
        }
    }

    pub(in crate::memory) fn mail(self) -> MailRecord {
        MailRecord {
            id: self.id,
            key: self.key,
            kind: self.kind,
            to: Mailbox { name: self.to_name, email: self.to_email },
            subject: self.subject,
            body: self.text.zip(self.html).map(|(text, html)| MailBody { text, html }),
            account: self.account,
            order: self.order_id,
            state: self.state,
            attempts: self.attempts,
            created_at: self.created_at,
            changed_at: self.changed_at,
            note: self.note,
        }
    }
}

impl NotificationRow {
    pub(in crate::memory) fn of(it: Notification) -> Self {
        let Notification { id, account, kind, title, message, data, created_at, read_at } = it;
        Self { id, account, kind, title, message, data: data.as_str().to_owned(), created_at, read_at }
    }

    pub(in crate::memory) fn notification(self) -> Result<Notification, StoreError> {
        let Self { id, account, kind, title, message, data, created_at, read_at } = self;
        let data = Json::parse(&data).map_err(|_| StoreError::invalid(format!("the data of notification {id}")))?;
        Ok(Notification { id, account, kind, title, message, data, created_at, read_at })
    }
}

fn day_of(number: i32) -> Result<Date, StoreError> {
    Date::from_days_since_epoch(number).ok_or_else(|| StoreError::invalid(format!("{number} is no day")))
}
