//! What a shop gathers around its orders, as plain rows: what moves house without anything else following from it needs no type
//! of its own here.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::StoreError;
use crate::words::words;

words! {
    /// What is copied as plain rows, each after what it refers to. The word is the table's name in stores that have tables.
    Topic {
        /// Categories. They refer to each other, so they come all at once.
        Categories => "categories",
        /// What currencies are worth in lists.
        PriceScales => "price_scales",
        /// Reviews, removed ones among them.
        Reviews => "reviews",
        /// Who found which review helpful.
        ReviewVotes => "review_votes",
        /// Favourites.
        Favourites => "favourites",
        /// Carts.
        Carts => "carts",
        /// What happened in a shop on a day.
        ShopDays => "shop_days",
        /// What a shop took in on a day, by currency.
        ShopRevenue => "shop_revenue",
        /// Which orders were counted as sales.
        CountedSales => "counted_sales",
        /// Conversations, and how far each of the two has read.
        Conversations => "chat_conversations",
        /// Messages, hidden and erased ones among them.
        Messages => "chat_messages",
        /// Complaints about messages.
        Reports => "chat_reports",
        /// What was mailed.
        Mails => "mails",
        /// What accounts were told.
        Notifications => "notifications",
        /// What accounts don't want by mail.
        Mutes => "notification_mutes",
        /// What staff did.
        AuditEntries => "audit_entries",
    }
}

/// What a field of a [`Record`] holds; any may be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A UUID with hyphens.
    Id,
    /// Text.
    Text,
    /// A whole number.
    Number,
    /// True or false.
    Flag,
    /// An instant in RFC 3339.
    Moment,
    /// A list or object.
    Json,
}

/// The fields of conversations are many, and of two people each.
const CONVERSATION: &[(&str, FieldKind)] = &[
    ("id", FieldKind::Id),
    ("lower", FieldKind::Id),
    ("higher", FieldKind::Id),
    ("subject", FieldKind::Text),
    ("created_at", FieldKind::Moment),
    ("active_at", FieldKind::Moment),
    ("last_seq", FieldKind::Number),
    ("lower_sent", FieldKind::Number),
    ("lower_read", FieldKind::Number),
    ("lower_seen", FieldKind::Number),
    ("lower_read_at", FieldKind::Moment),
    ("higher_read", FieldKind::Number),
    ("higher_seen", FieldKind::Number),
    ("higher_read_at", FieldKind::Moment),
];

impl Topic {
    /// The fields of its records, those of the key first.
    #[must_use]
    pub const fn fields(self) -> &'static [(&'static str, FieldKind)] {
        use FieldKind::{Flag, Id, Json, Moment, Number, Text};
        match self {
            Self::Categories => &[
                ("id", Number),
                ("name", Text),
                ("slug", Text),
                ("description", Text),
                ("parent", Number),
                ("active", Flag),
            ],
            Self::PriceScales => &[("currency", Text), ("nanos", Number)],
            Self::Reviews => &[
                ("id", Number),
                ("product", Id),
                ("reviewer", Id),
                ("rating", Number),
                ("title", Text),
                ("comment", Text),
                ("verified", Flag),
                ("helpful", Number),
                ("version", Number),
                ("created_at", Moment),
                ("updated_at", Moment),
                ("removed_at", Moment),
            ],
            Self::ReviewVotes => &[("review", Number), ("voter", Id)],
            Self::Favourites => &[("account", Id), ("product", Id), ("created_at", Moment)],
            Self::Carts => &[("account", Id), ("version", Number), ("updated_at", Moment), ("lines", Json)],
            Self::ShopDays => &[
                ("seller", Id),
                ("day", Number),
                ("views", Number),
                ("clicks", Number),
                ("cart_adds", Number),
                ("favourites", Number),
                ("orders", Number),
                ("sold", Number),
            ],
            Self::ShopRevenue => &[("seller", Id), ("day", Number), ("currency", Text), ("minor", Number)],
            Self::CountedSales => &[("order_id", Id)],
            Self::Conversations => CONVERSATION,
            Self::Messages => &[
                ("id", Id),
                ("conversation", Id),
                ("seq", Number),
                ("sender", Id),
                ("client_id", Text),
                ("text", Text),
                ("image", Text),
                ("created_at", Moment),
                ("hidden_at", Moment),
                ("lower_sent", Number),
            ],
            Self::Reports => &[
                ("id", Id),
                ("message", Id),
                ("conversation", Id),
                ("reporter", Id),
                ("reason", Text),
                ("description", Text),
                ("created_at", Moment),
                ("state", Text),
                ("resolver", Id),
                ("note", Text),
                ("resolved_at", Moment),
            ],
            Self::Mails => &[
                ("id", Id),
                ("key", Text),
                ("kind", Text),
                ("to_name", Text),
                ("to_email", Text),
                ("subject", Text),
                ("account", Id),
                ("order_id", Id),
                ("state", Text),
                ("attempts", Number),
                ("created_at", Moment),
                ("changed_at", Moment),
                ("note", Text),
                ("text", Text),
                ("html", Text),
            ],
            Self::Notifications => &[
                ("id", Id),
                ("account", Id),
                ("kind", Text),
                ("title", Text),
                ("message", Text),
                ("data", Text),
                ("created_at", Moment),
                ("read_at", Moment),
            ],
            Self::Mutes => &[("account", Id), ("kind", Text)],
            Self::AuditEntries => &[
                ("id", Id),
                ("at", Moment),
                ("actor", Id),
                ("actor_name", Text),
                ("action", Text),
                ("subject_kind", Text),
                ("subject_id", Text),
                ("reason", Text),
                ("detail", Text),
                ("outcome", Text),
                ("why", Text),
                ("request_id", Text),
                ("address", Text),
            ],
        }
    }

    /// How many of the fields are the key.
    #[must_use]
    pub const fn key_fields(self) -> usize {
        match self {
            Self::ReviewVotes | Self::Favourites | Self::ShopDays | Self::Mutes => 2,
            Self::ShopRevenue => 3,
            Self::Categories
            | Self::PriceScales
            | Self::Reviews
            | Self::Carts
            | Self::CountedSales
            | Self::Conversations
            | Self::Messages
            | Self::Reports
            | Self::Mails
            | Self::Notifications
            | Self::AuditEntries => 1,
        }
    }

    /// How many records a page has where pages are of so many.
    #[must_use]
    pub const fn at_a_time(self, batch: u32) -> u32 {
        if matches!(self, Self::Categories) { u32::MAX } else { batch }
    }
}

/// A row of a [`Topic`]. `Debug` shows its key alone: what people wrote is nobody's business.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    topic: Topic,
    values: Vec<Value>,
}

/// What names a [`Record`] within its topic, in the order of pages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordKey(pub Vec<KeyPart>);

/// One field of a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum KeyPart {
    /// A number.
    Number(i64),
    /// An id, or text.
    Text(String),
}

impl Record {
    /// A record of these values, in the order of [`Topic::fields`].
    ///
    /// # Errors
    /// A [`StoreError`] of kind `Invalid`: there are too few or too many, or the key is not whole.
    pub fn new(topic: Topic, values: Vec<Value>) -> Result<Self, StoreError> {
        let is_key = |value: &Value| value.is_string() || value.is_i64();
        if values.len() == topic.fields().len() && values.iter().take(topic.key_fields()).all(is_key) {
            return Ok(Self { topic, values });
        }
        Err(StoreError::invalid(format!("a record of {topic} has other fields than those have")))
    }

    /// The record of a value whose fields have the names of [`Topic::fields`]; what else it has is left out.
    ///
    /// # Errors
    /// Those of [`Record::new`].
    pub fn of(topic: Topic, row: &impl Serialize) -> Result<Self, StoreError> {
        let row = serde_json::to_value(row).map_err(|error| unfit(topic, &error))?;
        Self::new(topic, topic.fields().iter().map(|(name, _)| row.get(name).cloned().unwrap_or(Value::Null)).collect())
    }

    /// The value whose record this is.
    ///
    /// # Errors
    /// A [`StoreError`] of kind `Invalid`: it isn't one.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        let names = self.topic.fields().iter().map(|(name, _)| (*name).to_owned());
        let row: Map<String, Value> = names.zip(self.values.iter().cloned()).collect();
        serde_json::from_value(Value::Object(row)).map_err(|error| unfit(self.topic, &error))
    }

    /// Of what it is.
    #[must_use]
    pub const fn topic(&self) -> Topic {
        self.topic
    }

    /// Its values, in the order of [`Topic::fields`].
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// What names it.
    #[must_use]
    pub fn key(&self) -> RecordKey {
        let part = |value: &Value| match value.as_i64() {
            Some(number) => KeyPart::Number(number),
            None => KeyPart::Text(value.as_str().unwrap_or_default().to_owned()),
        };
        RecordKey(self.values.iter().take(self.topic.key_fields()).map(part).collect())
    }
}

/// Without what the parser says, which could quote what people wrote.
fn unfit(topic: Topic, error: &serde_json::Error) -> StoreError {
    StoreError::invalid(format!("a record of {topic} can't be read: {:?} error", error.classify()))
}

impl fmt::Display for Record {
    /// `reviews 17`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.topic, self.key())
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({self})")
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.0.iter().map(|part| match part {
            KeyPart::Number(number) => number.to_string(),
            KeyPart::Text(text) => text.clone(),
        });
        f.write_str(&parts.collect::<Vec<_>>().join(" "))
    }
}
