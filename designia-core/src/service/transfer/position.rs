//! Where a copy is, and the note about it that the target keeps.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::TransferError;
use crate::id::{AccountId, OrderId, ProductId};
use crate::ports::{RateKey, RecordKey, StoreError, Topic, Totals};

/// What is copied, in this order: whatever refers to something comes after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Section {
    /// Products with their stock.
    Products,
    /// Orders with all that belongs to them.
    Orders,
    /// Webhook events.
    WebhookEvents,
    /// Exchange rates.
    Rates,
    /// Accounts, without sessions and challenges.
    Accounts,
    /// Plain records.
    Records(Topic),
    /// What the host keeps beside its orders.
    Settings,
}

/// Before the products, which refer to them.
const FIRST: [Topic; 2] = [Topic::Categories, Topic::PriceScales];

/// After which record a copy goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Position {
    Products(Option<ProductId>),
    Orders(Option<OrderId>),
    WebhookEvents(Option<String>),
    Rates(Option<RateKey>),
    Accounts(Option<AccountId>),
    Records(Topic, Option<RecordKey>),
    Settings,
    Copied,
}

/// What the target keeps about a copy.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Note {
    /// Whose copy it is.
    pub(super) origin: String,
    /// What the source held when the copy began, in words.
    pub(super) totals: BTreeMap<String, i64>,
    /// Where the copy is.
    pub(super) position: Position,
    /// How many records of the section are copied.
    pub(super) done: u64,
}

impl Section {
    /// Where the next section begins.
    pub(super) fn end(self) -> Position {
        let next = |after: Topic| Topic::ALL.iter().copied().find(|topic| *topic > after);
        match self {
            Self::Products => Position::Orders(None),
            Self::Orders => Position::WebhookEvents(None),
            Self::WebhookEvents => Position::Rates(None),
            Self::Rates => Position::Accounts(None),
            Self::Accounts => next(FIRST[1]).map_or(Position::Settings, |topic| Position::Records(topic, None)),
            Self::Records(topic) if topic == FIRST[1] => Position::Products(None),
            Self::Records(topic) => next(topic).map_or(Position::Settings, |topic| Position::Records(topic, None)),
            Self::Settings => Position::Copied,
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Products => "products",
            Self::Orders => "orders",
            Self::WebhookEvents => "webhook events",
            Self::Rates => "rates",
            Self::Accounts => "accounts",
            Self::Records(topic) => return f.pad(&topic.as_str().replace('_', " ")),
            Self::Settings => "settings",
        })
    }
}

impl Position {
    pub(super) const START: Self = Self::Records(FIRST[0], None);

    pub(super) const fn section(&self) -> Option<Section> {
        match self {
            Self::Products(_) => Some(Section::Products),
            Self::Orders(_) => Some(Section::Orders),
            Self::WebhookEvents(_) => Some(Section::WebhookEvents),
            Self::Rates(_) => Some(Section::Rates),
            Self::Accounts(_) => Some(Section::Accounts),
            Self::Records(topic, _) => Some(Section::Records(*topic)),
            Self::Settings => Some(Section::Settings),
            Self::Copied => None,
        }
    }
}

impl Note {
    pub(super) fn of(origin: &str, totals: &Totals, position: &Position, done: u64) -> Self {
        Self { origin: origin.to_owned(), totals: words(totals), position: position.clone(), done }
    }

    pub(super) fn parse(text: &str) -> Result<Self, TransferError> {
        serde_json::from_str(text).map_err(|error| StoreError::corrupt("the note about the copy", error).into())
    }

    pub(super) fn text(&self) -> Result<String, TransferError> {
        serde_json::to_string(self)
            .map_err(|error| StoreError::invalid(format!("the note about the copy has no text: {error}")).into())
    }

    /// In what the source is not what it was when the copy began.
    pub(super) fn changes(&self, now: &Totals) -> Vec<String> {
        let now = words(now);
        let names: std::collections::BTreeSet<_> = self.totals.keys().chain(now.keys()).collect();
        let of = |totals: &BTreeMap<String, i64>, name: &String| totals.get(name).copied().unwrap_or_default();
        let changed = names.into_iter().filter(|name| of(&self.totals, name) != of(&now, name));
        changed.map(|name| format!("{name}: {} then, {} now", of(&self.totals, name), of(&now, name))).collect()
    }
}

fn words(totals: &Totals) -> BTreeMap<String, i64> {
    totals.lines().map(|(line, amount)| (line.to_string(), amount)).collect()
}
