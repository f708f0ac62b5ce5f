//! Totals of a store: few numbers in which a copy that is not complete, or a source that was not at rest, shows.

use std::collections::BTreeMap;
use std::fmt;

use crate::effect::EffectState;
use crate::ledger::Account;
use crate::money::Currency;
use crate::order::{OrderStatus, StockReason};
use crate::ports::{InboxState, StoreError, Topic};

/// What is counted or added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Total {
    /// Products, active or not.
    Products,
    /// Units that can be ordered right now, of all products.
    Stock,
    /// Orders in a status.
    Orders(OrderStatus),
    /// The versions of all orders, added up.
    Versions,
    /// Events in the orders' histories.
    Events,
    /// Effects in a state.
    Effects(EffectState),
    /// How often effects were claimed, added up.
    EffectClaims,
    /// Units of stock that moved for a reason, added up.
    Movements(StockReason),
    /// Movements of money.
    Journals,
    /// What the journals of an account sum to, in minor units; debit is positive.
    Balance(Account, Currency),
    /// Requests that were answered.
    Requests,
    /// Webhook events in a state.
    WebhookEvents(InboxState),
    /// How often webhook events were claimed, added up.
    WebhookClaims,
    /// Batches of exchange rates.
    Rates,
    /// Accounts, in whatever standing.
    Accounts,
    /// The versions of all accounts, added up.
    AccountVersions,
    /// What happened to accounts.
    AccountEvents,
    /// Applications to become a seller.
    Applications,
    /// Plain records of a topic.
    Records(Topic),
}

impl Total {
    /// The line that adapters tell in words: what is counted, in which state or account, in which currency.
    ///
    /// # Errors
    /// A [`StoreError`] of kind `Corrupt` that names the word that nobody knows.
    pub fn named(kind: &str, word: Option<&str>, currency: Option<&str>) -> Result<Self, StoreError> {
        let unknown = || {
            let words: Vec<_> = [Some(kind), word, currency].into_iter().flatten().collect();
            StoreError::corrupt("the totals", format!("`{}` is no line of this program", words.join(" ")))
        };
        let word = word.unwrap_or_default();
        let line = match kind {
            "products" => Some(Self::Products),
            "stock" => Some(Self::Stock),
            "orders" => word.parse().ok().map(Self::Orders),
            "versions" => Some(Self::Versions),
            "events" => Some(Self::Events),
            "effects" => known(&EffectState::ALL, word, EffectState::as_str).map(Self::Effects),
            "effect_claims" => Some(Self::EffectClaims),
            "movements" => {
                known(&[StockReason::Reserve, StockReason::Release], word, StockReason::as_str).map(Self::Movements)
            }
            "journals" => Some(Self::Journals),
            "balance" => {
                let currency = currency.and_then(|code| code.parse().ok());
                known(&Account::ALL, word, Account::as_str).zip(currency).map(|(it, code)| Self::Balance(it, code))
            }
            "requests" => Some(Self::Requests),
            "webhook_events" => known(&InboxState::ALL, word, InboxState::as_str).map(Self::WebhookEvents),
            "webhook_claims" => Some(Self::WebhookClaims),
            "rates" => Some(Self::Rates),
            "accounts" => Some(Self::Accounts),
            "account_versions" => Some(Self::AccountVersions),
            "account_events" => Some(Self::AccountEvents),
            "applications" => Some(Self::Applications),
            "records" => word.parse().ok().map(Self::Records),
            _ => None,
        };
        line.ok_or_else(unknown)
    }
}

fn known<T: Copy>(all: &[T], word: &str, as_str: fn(T) -> &'static str) -> Option<T> {
    all.iter().copied().find(|it| as_str(*it) == word)
}

/// How much there is of everything. What there is nothing of is not in it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Totals {
    lines: BTreeMap<Total, i64>,
}

impl Totals {
    /// Adds to a line.
    pub fn add(&mut self, line: Total, amount: i64) {
        let sum = self.get(line).saturating_add(amount);
        if sum == 0 {
            self.lines.remove(&line);
        } else {
            self.lines.insert(line, sum);
        }
    }

    /// Adds a number of rows to a line.
    pub fn count(&mut self, line: Total, rows: usize) {
        self.add(line, i64::try_from(rows).unwrap_or(i64::MAX));
    }

    /// One line.
    #[must_use]
    pub fn get(&self, line: Total) -> i64 {
        self.lines.get(&line).copied().unwrap_or_default()
    }

    /// Every line that is not zero, in a fixed order.
    pub fn lines(&self) -> impl Iterator<Item = (Total, i64)> {
        self.lines.iter().map(|(line, amount)| (*line, *amount))
    }

    /// How many orders there are, in whatever status.
    #[must_use]
    pub fn orders(&self) -> u64 {
        self.sum(|line| matches!(line, Total::Orders(_)))
    }

    /// How many webhook events there are, in whatever state.
    #[must_use]
    pub fn webhook_events(&self) -> u64 {
        self.sum(|line| matches!(line, Total::WebhookEvents(_)))
    }

    /// Whether the store is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The lines in which two stores differ, with both amounts.
    pub fn differences(&self, other: &Self) -> impl Iterator<Item = (Total, i64, i64)> {
        let mut names: Vec<_> = self.lines.keys().chain(other.lines.keys()).copied().collect();
        names.sort_unstable();
        names.dedup();
        let both = names.into_iter().map(|line| (line, self.get(line), other.get(line)));
        both.filter(|(_, own, others)| own != others)
    }

    fn sum(&self, wanted: impl Fn(Total) -> bool) -> u64 {
        let amounts = self.lines().filter(|(line, _)| wanted(*line)).map(|(_, amount)| amount);
        amounts.filter_map(|amount| u64::try_from(amount).ok()).sum()
    }
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Products => f.write_str("products"),
            Self::Stock => f.write_str("units in stock"),
            Self::Orders(status) => write!(f, "orders {}", status.as_str()),
            Self::Versions => f.write_str("versions of orders"),
            Self::Events => f.write_str("events"),
            Self::Effects(state) => write!(f, "effects {}", state.as_str()),
            Self::EffectClaims => f.write_str("claims of effects"),
            Self::Movements(StockReason::Reserve) => f.write_str("units reserved"),
            Self::Movements(StockReason::Release) => f.write_str("units released"),
            Self::Journals => f.write_str("journals"),
            Self::Balance(account, currency) => write!(f, "balance of {} in {currency}", account.as_str()),
            Self::Requests => f.write_str("answered requests"),
            Self::WebhookEvents(state) => write!(f, "webhook events {}", state.as_str()),
            Self::WebhookClaims => f.write_str("claims of webhook events"),
            Self::Rates => f.write_str("days of rates"),
            Self::Accounts => f.write_str("accounts"),
            Self::AccountVersions => f.write_str("versions of accounts"),
            Self::AccountEvents => f.write_str("events of accounts"),
            Self::Applications => f.write_str("applications"),
            Self::Records(topic) => f.write_str(&topic.as_str().replace('_', " ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_nothing_of_is_not_in_the_totals() {
        let mut totals = Totals::default();
        totals.add(Total::Products, 2);
        totals.add(Total::Products, -2);
        assert!(totals.is_empty());
        assert_eq!(totals.get(Total::Products), 0);
    }

    #[test]
    fn differences_are_told_from_both_sides() {
        let (mut one, mut other) = (Totals::default(), Totals::default());
        one.add(Total::Events, 3);
        one.add(Total::Journals, 1);
        other.add(Total::Journals, 1);
        other.add(Total::Rates, 5);
        let differences: Vec<_> = one.differences(&other).collect();
        assert_eq!(differences, [(Total::Events, 3, 0), (Total::Rates, 0, 5)]);
    }
}
