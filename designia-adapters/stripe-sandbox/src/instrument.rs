//! What buyers pay with: Stripe's test cards, and the delayed methods with their windows.

use crate::error::ApiError;

/// A test card and what comes of using it.
#[derive(Debug)]
pub(crate) struct TestCard {
    pub(crate) number: &'static str,
    pub(crate) token: &'static str,
    pub(crate) behaviour: Behaviour,
    pub(crate) refund: RefundCourse,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    Succeeds,
    Declines {
        decline_code: &'static str,
        message: &'static str,
    },
    /// 3-D Secure: the buyer has to do something first.
    NeedsAction,
}

/// What becomes of a refund to this card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefundCourse {
    AtOnce,
    PendingThenSucceeds,
    SucceedsThenFails,
}

const DECLINED: &str = "Your card was declined.";

const CARDS: [TestCard; 6] = [
    card("4242424242424242", "pm_card_visa", Behaviour::Succeeds, RefundCourse::AtOnce),
    card("4000000000000002", "pm_card_chargeDeclined", declines("generic_decline", DECLINED), RefundCourse::AtOnce),
    card(
        "4000000000009995",
        "pm_card_chargeDeclinedInsufficientFunds",
        declines("insufficient_funds", "Your card has insufficient funds."),
        RefundCourse::AtOnce,
    ),
    card("4000002500003155", "pm_card_authenticationRequired", Behaviour::NeedsAction, RefundCourse::AtOnce),
    card("4000000000007726", "pm_card_pendingRefund", Behaviour::Succeeds, RefundCourse::PendingThenSucceeds),
    card("4000000000005126", "pm_card_refundFail", Behaviour::Succeeds, RefundCourse::SucceedsThenFails),
];

const fn card(number: &'static str, token: &'static str, behaviour: Behaviour, refund: RefundCourse) -> TestCard {
    TestCard { number, token, behaviour, refund }
}

const fn declines(decline_code: &'static str, message: &'static str) -> Behaviour {
    Behaviour::Declines { decline_code, message }
}

impl TestCard {
    pub(crate) fn by_number(text: &str) -> Result<&'static Self, ApiError> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let found = CARDS.iter().find(|card| card.number == digits);
        found.ok_or_else(|| ApiError::card("incorrect_number", None, "Your card number is incorrect.").unstored())
    }

    pub(crate) fn by_token(token: &str) -> Option<&'static Self> {
        CARDS.iter().find(|card| card.token == token)
    }

    pub(crate) fn last4(&self) -> &'static str {
        &self.number[12..]
    }
}

/// A method whose money comes days after the buyer has left.
#[derive(Debug)]
pub(crate) struct DelayedMethod {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    currency: &'static str,
    pub(crate) course: Course,
    /// Days until the voucher can no longer be paid; nothing of the kind for a debit.
    open_days: i64,
    /// Days until the provider gives up and reports failure.
    window_days: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    /// The buyer carries a number to a cash machine or a shop: `requires_action` until then.
    Voucher,
    /// The bank is asked: `processing` until it answers.
    Debit,
}

const DELAYED: [DelayedMethod; 6] = [
    delayed("multibanco", "Multibanco", "eur", Course::Voucher, 7, 11),
    delayed("boleto", "Boleto", "brl", Course::Voucher, 3, 4),
    delayed("konbini", "Konbini", "jpy", Course::Voucher, 3, 4),
    delayed("oxxo", "OXXO", "mxn", Course::Voucher, 3, 4),
    delayed("sepa_debit", "SEPA Direct Debit", "eur", Course::Debit, 0, 14),
    delayed("us_bank_account", "US bank account", "usd", Course::Debit, 0, 5),
];

const fn delayed(
    name: &'static str,
    label: &'static str,
    currency: &'static str,
    course: Course,
    open_days: i64,
    window_days: i64,
) -> DelayedMethod {
    DelayedMethod { name, label, currency, course, open_days, window_days }
}

const DAY: i64 = 86_400;

impl DelayedMethod {
    pub(crate) fn by_name(name: &str) -> Option<&'static Self> {
        DELAYED.iter().find(|method| method.name == name)
    }

    pub(crate) fn serves(&self, currency: &str) -> bool {
        self.currency == currency
    }

    /// When the voucher can no longer be paid; the merchant may have chosen how many days it is open.
    pub(crate) fn lapses_at(&self, now: i64, open_days: Option<i64>) -> i64 {
        now + open_days.unwrap_or(self.open_days) * DAY
    }

    /// When the provider stops waiting for transfers on their way.
    pub(crate) fn given_up_at(&self, now: i64, open_days: Option<i64>) -> i64 {
        let buffer = self.window_days - self.open_days;
        self.lapses_at(now, open_days) + buffer * DAY
    }
}

/// What an account with everything switched on offers a buyer in this currency.
pub(crate) fn offered(currency: &str) -> Vec<String> {
    let delayed = DELAYED.iter().filter(|method| method.serves(currency)).map(|method| method.name);
    std::iter::once("card").chain(delayed).map(str::to_owned).collect()
}

/// Whether the sandbox can take this method in this currency.
pub(crate) fn check_type(name: &str, currency: &str, param: &str) -> Result<(), ApiError> {
    if name == "card" {
        return Ok(());
    }
    let Some(method) = DelayedMethod::by_name(name) else {
        let message = format!(
            "The payment method type provided: {name} is invalid. (The sandbox imitates card, multibanco, boleto, konbini, oxxo, sepa_debit and us_bank_account.)"
        );
        return Err(ApiError::invalid(message, param));
    };
    if method.serves(currency) {
        return Ok(());
    }
    let message = format!(
        "The currency provided ({currency}) is invalid for one or more payment method types on this Checkout Session. {name} takes {} only.",
        method.currency
    );
    Err(ApiError::invalid(message, param))
}
