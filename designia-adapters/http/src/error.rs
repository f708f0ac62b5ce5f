//! Why a document is not rates, and how that reaches the callers of the port.

use designia_core::exchange::ExchangeError;
use designia_core::money::Currency;
use designia_core::ports::{RateSourceError, RateSourceErrorKind};
use designia_core::time::Date;

/// A document that cannot be believed to hold exchange rates. Nothing of it is used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RatesError {
    /// The document is not in the format expected, or is cut off.
    #[error("not {expected}: {reason}")]
    Malformed {
        /// The format.
        expected: &'static str,
        /// What is wrong with it, and where if known.
        reason: String,
    },
    /// A day is not a day.
    #[error("`{0}` is not a day like 2026-11-22")]
    BadDate(String),
    /// A rate is not a decimal number, or has more digits than can be kept exactly (28).
    #[error("rate `{text}` of {currency} is not an exact decimal number")]
    BadNumber {
        /// The currency it is given for.
        currency: Currency,
        /// The rate as written.
        text: String,
    },
    /// The rates are per unit of another currency than the one asked for.
    #[error("rates are per {given}, not per {asked}")]
    WrongBase {
        /// The base asked for.
        asked: Currency,
        /// The base in the document.
        given: String,
    },
    /// One day's rates were expected.
    #[error("rates of {0} days instead of one")]
    NotOneDay(usize),
    /// The document gives one day's rates twice.
    #[error("two lists of rates for {0}")]
    RepeatedDay(Date),
    /// The numbers are readable but not believable.
    #[error(transparent)]
    Rates(#[from] ExchangeError),
}

impl RatesError {
    pub(crate) fn malformed(expected: &'static str, reason: &dyn ToString) -> Self {
        Self::Malformed { expected, reason: reason.to_string() }
    }

    /// The same refusal in the words of the port, blaming `source_name`.
    pub(crate) fn blaming(&self, source_name: &str) -> RateSourceError {
        refusal(RateSourceErrorKind::BadAnswer, source_name, self.to_string())
    }
}

/// A failure of the port that says nothing about when to ask again.
pub(crate) fn refusal(kind: RateSourceErrorKind, source_name: &str, message: String) -> RateSourceError {
    RateSourceError { kind, source_name: source_name.to_owned(), message, retry_after: None }
}
