//! The buyer's side for tests: what to pay with, and what happens when it is refused.

use serde_json::Value;

use crate::error::ApiError;
use crate::instrument::{DelayedMethod, TestCard};
use crate::payment::Settlement;
use crate::resource::session::buyer::Tender;

/// A test card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Card {
    /// 4242 4242 4242 4242: is charged.
    Visa,
    /// 4000 0000 0000 0002: is declined.
    Declined,
    /// 4000 0000 0000 9995: has no money.
    InsufficientFunds,
    /// 4000 0025 0000 3155: asks the buyer for 3-D Secure; settle the session to answer.
    Authenticates,
    /// 4000 0000 0000 7726: a refund to it is pending for an hour.
    RefundPends,
    /// 4000 0000 0000 5126: a refund to it succeeds, and fails an hour later.
    RefundFails,
}

impl Card {
    /// The card's number.
    #[must_use]
    pub fn number(self) -> &'static str {
        match self {
            Self::Visa => "4242424242424242",
            Self::Declined => "4000000000000002",
            Self::InsufficientFunds => "4000000000009995",
            Self::Authenticates => "4000002500003155",
            Self::RefundPends => "4000000000007726",
            Self::RefundFails => "4000000000005126",
        }
    }

    pub(crate) fn tender(self) -> Result<Tender, ApiError> {
        card(self.number())
    }
}

/// A card by the number that a buyer typed.
pub(crate) fn card(number: &str) -> Result<Tender, ApiError> {
    TestCard::by_number(number).map(Tender::Card)
}

/// A delayed method, and whether its money ever comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delayed {
    method: String,
    after: Option<i64>,
    succeed: bool,
}

impl Delayed {
    /// A voucher that nobody pays and a debit that nobody honours, until [`settle`](crate::Sandbox::settle) says so: it
    /// fails at the end of the method's window.
    #[must_use]
    pub fn new(method: impl Into<String>) -> Self {
        Self { method: method.into(), after: None, succeed: false }
    }

    /// Settles by itself after so many seconds of the sandbox's clock.
    #[must_use]
    pub fn settles_after(mut self, seconds: i64, succeed: bool) -> Self {
        self.after = Some(seconds.max(0));
        self.succeed = succeed;
        self
    }

    pub(crate) fn tender(&self) -> Result<Tender, ApiError> {
        let method = DelayedMethod::by_name(&self.method);
        let method = method.ok_or_else(|| ApiError::refused(format!("{} is not a delayed method.", self.method)))?;
        Ok(Tender::Delayed(method, Settlement { after: self.after, succeed: self.succeed, open_days: None }))
    }
}

/// What was asked for does not go, in Stripe's words.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refused {
    code: String,
    message: String,
    body: Box<Value>,
}

impl Refused {
    /// Stripe's code, such as `card_declined`; the error's type where there is no code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What a person may be told.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The whole error as the API would answer it.
    #[must_use]
    pub fn body(&self) -> &Value {
        &self.body
    }
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self { code: error.code_name().to_owned(), message: error.message().to_owned(), body: Box::new(error.body()) }
    }
}
