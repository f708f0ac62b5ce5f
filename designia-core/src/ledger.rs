//! Double-entry books: every movement of money as a journal whose postings sum to zero per currency.
//!
//! Journals follow from events, so they can't disagree with what the orders say. For now the books know the platform's
//! balance at the provider and what it owes to buyers; sellers' shares, commission and fees join them with settlement.

use serde::{Deserialize, Serialize};

use crate::id::OrderId;
use crate::money::{Currency, Money};
use crate::time::Timestamp;

/// An account of the books. Amounts are positive on the debit side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// What the payment provider holds for the platform: an asset.
    ProviderBalance,
    /// What buyers have paid and have not yet been given goods or money for: a liability.
    BuyerFunds,
    /// What has been ordered back and has not certainly left: a liability.
    RefundsInTransit,
}

impl Account {
    /// Every account.
    pub const ALL: [Self; 3] = [Self::ProviderBalance, Self::BuyerFunds, Self::RefundsInTransit];

    /// The word used in columns, filters and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProviderBalance => "provider_balance",
            Self::BuyerFunds => "buyer_funds",
            Self::RefundsInTransit => "refunds_in_transit",
        }
    }
}

/// One movement of money between two accounts, caused by one event of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Journal {
    /// The order.
    pub order: OrderId,
    /// The event that caused it. An event causes at most one journal.
    pub event: u32,
    /// When.
    pub at: Timestamp,
    /// The account that is debited.
    pub debit: Account,
    /// The account that is credited.
    pub credit: Account,
    /// How much, always positive.
    pub amount: Money,
}

impl Journal {
    /// The two postings, which sum to zero by construction.
    #[must_use]
    pub const fn postings(&self) -> [(Account, Currency, i64); 2] {
        let currency = self.amount.currency();
        let minor = self.amount.minor();
        [(self.debit, currency, minor), (self.credit, currency, -minor)]
    }
}
