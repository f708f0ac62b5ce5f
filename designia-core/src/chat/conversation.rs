//! Who talks with whom about what, and how far each has read.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ConversationId, OrderId, ProductId};
use crate::time::Timestamp;

/// Two different accounts, in the order of their ids, so that the same two are always the same pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "(AccountId, AccountId)", into = "(AccountId, AccountId)")]
pub struct Pair {
    lower: AccountId,
    higher: AccountId,
}

impl Pair {
    /// The pair of these two; `None` if they are one.
    #[must_use]
    pub fn of(one: AccountId, other: AccountId) -> Option<Self> {
        match one.cmp(&other) {
            std::cmp::Ordering::Less => Some(Self { lower: one, higher: other }),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(Self { lower: other, higher: one }),
        }
    }

    /// The one with the lower id.
    #[must_use]
    pub const fn lower(self) -> AccountId {
        self.lower
    }

    /// The one with the higher id.
    #[must_use]
    pub const fn higher(self) -> AccountId {
        self.higher
    }

    /// Who the other one is; `None` if this account is neither.
    #[must_use]
    pub fn other(self, account: AccountId) -> Option<AccountId> {
        if account == self.lower {
            Some(self.higher)
        } else if account == self.higher {
            Some(self.lower)
        } else {
            None
        }
    }
}

impl TryFrom<(AccountId, AccountId)> for Pair {
    type Error = &'static str;

    fn try_from((one, other): (AccountId, AccountId)) -> Result<Self, Self::Error> {
        Self::of(one, other).ok_or("a pair is of two different accounts")
    }
}

impl From<Pair> for (AccountId, AccountId) {
    fn from(pair: Pair) -> Self {
        (pair.lower, pair.higher)
    }
}

/// What a conversation is about. Its text form is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// Nothing in particular.
    General,
    /// A product of one of the two.
    Product(ProductId),
    /// An order that one of the two placed and the other has a part of.
    Order(OrderId),
}

impl Subject {
    /// The product, if it is about one.
    #[must_use]
    pub const fn product(self) -> Option<ProductId> {
        match self {
            Self::Product(id) => Some(id),
            Self::General | Self::Order(_) => None,
        }
    }

    /// The order, if it is about one.
    #[must_use]
    pub const fn order(self) -> Option<OrderId> {
        match self {
            Self::Order(id) => Some(id),
            Self::General | Self::Product(_) => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::General => f.write_str("general"),
            Self::Product(id) => write!(f, "product:{id}"),
            Self::Order(id) => write!(f, "order:{id}"),
        }
    }
}

/// The text is no subject.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no subject of a conversation")]
pub struct SubjectParseError(String);

impl FromStr for Subject {
    type Err = SubjectParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || match text.split_once(':') {
            None if text == "general" => Some(Self::General),
            Some(("product", id)) => id.parse().ok().map(Self::Product),
            Some(("order", id)) => id.parse().ok().map(Self::Order),
            None | Some(_) => None,
        };
        parse().ok_or_else(|| SubjectParseError(text.to_owned()))
    }
}

/// A conversation. There is one for each pair and subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// What it is about.
    pub subject: Subject,
    /// When it began.
    pub created_at: Timestamp,
    /// When its last message came, or when it began.
    pub active_at: Timestamp,
    /// The number of its last message; 0 if it has none.
    pub last_seq: u64,
    /// Those who talk, in the order of the [`Pair`].
    pub sides: [Side; 2],
}

/// One of the two who talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    /// Who.
    pub account: AccountId,
    /// How many messages they have sent.
    pub sent: u64,
    /// The number of the last message up to which they have read.
    pub read: u64,
    /// How many of the messages up to there are the other one's.
    pub seen: u64,
    /// When they last read something new.
    pub read_at: Option<Timestamp>,
}

impl Side {
    /// Somebody who has neither written nor read anything.
    #[must_use]
    pub const fn new(account: AccountId) -> Self {
        Self { account, sent: 0, read: 0, seen: 0, read_at: None }
    }
}

impl Conversation {
    /// One that begins.
    #[must_use]
    pub const fn begin(id: ConversationId, pair: Pair, subject: Subject, now: Timestamp) -> Self {
        let sides = [Side::new(pair.lower), Side::new(pair.higher)];
        Self { id, subject, created_at: now, active_at: now, last_seq: 0, sides }
    }

    /// The side of an account; `None` if it takes no part.
    #[must_use]
    pub fn side(&self, account: AccountId) -> Option<&Side> {
        self.sides.iter().find(|side| side.account == account)
    }

    /// Who an account talks with; `None` if it takes no part.
    #[must_use]
    pub fn other(&self, account: AccountId) -> Option<&Side> {
        self.side(account)?;
        self.sides.iter().find(|side| side.account != account)
    }

    /// How many messages of the other one an account has not read; 0 if it takes no part.
    #[must_use]
    pub fn unread(&self, account: AccountId) -> u64 {
        let Some((own, other)) = self.side(account).zip(self.other(account)) else { return 0 };
        other.sent.saturating_sub(own.seen)
    }
}
