//! The codes of problems: one closed list, so that a client can handle each and a test can look at all.

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// Stable name of a kind of problem. A code, once published, keeps its meaning and its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The body is not JSON.
    MalformedJson,
    /// A field breaks a rule.
    InvalidField,
    /// The request cannot be read.
    BadRequest,
    /// A token is missing or not valid.
    Unauthenticated,
    /// The token's role may not do this.
    Forbidden,
    /// There is nothing at this path, or nothing this caller may see.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// No answer in a form that the caller accepts.
    NotAcceptable,
    /// The request took too long.
    RequestTimeout,
    /// The state of things does not allow this.
    Conflict,
    /// The body is too large.
    PayloadTooLarge,
    /// The body is not of a type that is read here.
    UnsupportedMediaType,
    /// Too many requests.
    TooManyRequests,
    /// The thing has changed since the version that the request is about.
    PreconditionFailed,
    /// The same request is being answered right now.
    RequestInProgress,
    /// The order's state does not allow it.
    OrderStateForbids,
    /// The state of a seller's part does not allow it.
    ConsignmentStateForbids,
    /// The one who asks may not do this to this order.
    NotAllowed,
    /// The seller has no part in the order.
    NoSuchConsignment,
    /// A part has been handed over and can no longer be cancelled.
    AlreadyShipped,
    /// A payment is under way, and nothing may change under it.
    PaymentInProgress,
    /// Too little time is left to begin a payment.
    PaymentDeadlineTooClose,
    /// Nothing is left to pay.
    NothingDue,
    /// Too many payments were begun for the order.
    TooManyPaymentAttempts,
    /// There is no such refund.
    NoSuchRefund,
    /// The refund is not waiting for another try.
    RefundNotFailed,
    /// The held money does not cover the order.
    HeldMoneyTooLittle,
    /// There is too little stock.
    OutOfStock,
    /// The product does not exist or is not for sale.
    ProductNotForSale,
    /// The idempotency key was used for another request before.
    IdempotencyKeyReused,
    /// The payment provider refused to open a payment.
    PaymentRefused,
    /// There is no exchange rate, or only one that is too old to be relied on.
    RateUnavailable,
    /// No exchange rate of that day is stored.
    NoRateForDay,
    /// The webhook's signature does not show that the provider sent it.
    InvalidSignature,
    /// No account that can be used has this address and password.
    InvalidCredentials,
    /// The password is right, the e-mail address not verified yet.
    EmailNotVerified,
    /// The password is not the account's.
    WrongPassword,
    /// A one-time code is wrong, was used, or is over.
    InvalidCode,
    /// A link of a mail is wrong, was used, or is over.
    LinkOver,
    /// Somebody else's token is not good for a log-in here.
    NotVouched,
    /// Two-factor authentication has to be turned on first.
    SecondFactorNeeded,
    /// The log-in is too long ago for something of weight.
    LogInAgain,
    /// Something failed inside.
    InternalError,
    /// Something this server needs does not answer.
    Unavailable,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 44] = [
        Self::MalformedJson,
        Self::InvalidField,
        Self::BadRequest,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::RequestTimeout,
        Self::Conflict,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::TooManyRequests,
        Self::PreconditionFailed,
        Self::RequestInProgress,
        Self::OrderStateForbids,
        Self::ConsignmentStateForbids,
        Self::NotAllowed,
        Self::NoSuchConsignment,
        Self::AlreadyShipped,
        Self::PaymentInProgress,
        Self::PaymentDeadlineTooClose,
        Self::NothingDue,
        Self::TooManyPaymentAttempts,
        Self::NoSuchRefund,
        Self::RefundNotFailed,
        Self::HeldMoneyTooLittle,
        Self::OutOfStock,
        Self::ProductNotForSale,
        Self::IdempotencyKeyReused,
        Self::PaymentRefused,
        Self::RateUnavailable,
        Self::NoRateForDay,
        Self::InvalidSignature,
        Self::InvalidCredentials,
        Self::EmailNotVerified,
        Self::WrongPassword,
        Self::InvalidCode,
        Self::LinkOver,
        Self::NotVouched,
        Self::SecondFactorNeeded,
        Self::LogInAgain,
        Self::InternalError,
        Self::Unavailable,
    ];

    /// The code as it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// The HTTP status that goes with the code.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        self.row().1
    }

    /// The code in a few words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.row().2
    }

    /// The code for an answer that has only a status to tell.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        let generic = [
            Self::BadRequest,
            Self::Unauthenticated,
            Self::Forbidden,
            Self::NotFound,
            Self::MethodNotAllowed,
            Self::NotAcceptable,
            Self::RequestTimeout,
            Self::Conflict,
            Self::PayloadTooLarge,
            Self::UnsupportedMediaType,
            Self::TooManyRequests,
            Self::PreconditionFailed,
            Self::Unavailable,
        ];
        match generic.into_iter().find(|code| code.status() == status) {
            Some(code) => code,
            None if status.is_server_error() => Self::InternalError,
            None => Self::BadRequest,
        }
    }

    /// The code of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name() == name)
    }

    /// What an answer with this code asks for in `WWW-Authenticate`.
    #[must_use]
    pub(super) const fn challenge(self) -> Option<&'static str> {
        match self.status() {
            StatusCode::UNAUTHORIZED => Some(r#"Bearer realm="designia""#),
            _ => None,
        }
    }

    /// After how many seconds an answer with this code asks to be asked again, in `Retry-After`.
    #[must_use]
    pub(super) const fn retry_after(self) -> Option<u64> {
        match self.status() {
            StatusCode::SERVICE_UNAVAILABLE => Some(2),
            _ => None,
        }
    }

    const fn row(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::MalformedJson => ("malformed_json", StatusCode::BAD_REQUEST, "The body is not JSON"),
            Self::InvalidField => ("invalid_field", StatusCode::BAD_REQUEST, "A field breaks a rule"),
            Self::BadRequest => ("bad_request", StatusCode::BAD_REQUEST, "The request cannot be read"),
            Self::Unauthenticated => ("unauthenticated", StatusCode::UNAUTHORIZED, "A valid token is needed"),
            Self::Forbidden => ("forbidden", StatusCode::FORBIDDEN, "This role may not do this"),
            Self::NotFound => ("not_found", StatusCode::NOT_FOUND, "Not found"),
            Self::MethodNotAllowed => {
                ("method_not_allowed", StatusCode::METHOD_NOT_ALLOWED, "This path has no such method")
            }
            Self::NotAcceptable => ("not_acceptable", StatusCode::NOT_ACCEPTABLE, "No form that the caller accepts"),
            Self::RequestTimeout => ("request_timeout", StatusCode::REQUEST_TIMEOUT, "The request took too long"),
            Self::Conflict => ("conflict", StatusCode::CONFLICT, "The state of things does not allow this"),
            Self::PayloadTooLarge => ("payload_too_large", StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
            Self::UnsupportedMediaType => {
                ("unsupported_media_type", StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body's type is not read here")
            }
            Self::TooManyRequests => ("too_many_requests", StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
            Self::PreconditionFailed => {
                ("precondition_failed", StatusCode::PRECONDITION_FAILED, "This has changed meanwhile")
            }
            Self::RequestInProgress => {
                ("request_in_progress", StatusCode::CONFLICT, "The same request is being answered right now")
            }
            Self::OrderStateForbids => {
                ("order_state_forbids", StatusCode::CONFLICT, "The order's state does not allow this")
            }
            Self::ConsignmentStateForbids => {
                ("consignment_state_forbids", StatusCode::CONFLICT, "The state of a seller's part does not allow this")
            }
            Self::NotAllowed => ("not_allowed", StatusCode::FORBIDDEN, "Not this caller's to do"),
            Self::NoSuchConsignment => {
                ("no_such_consignment", StatusCode::NOT_FOUND, "The seller has no part in this order")
            }
            Self::AlreadyShipped => ("already_shipped", StatusCode::CONFLICT, "Already shipped"),
            Self::PaymentInProgress => ("payment_in_progress", StatusCode::CONFLICT, "A payment is under way"),
            Self::PaymentDeadlineTooClose => {
                ("payment_deadline_too_close", StatusCode::CONFLICT, "Too late to begin a payment")
            }
            Self::NothingDue => ("nothing_due", StatusCode::CONFLICT, "Nothing is left to pay"),
            Self::TooManyPaymentAttempts => {
                ("too_many_payment_attempts", StatusCode::CONFLICT, "Too many payments were begun for this order")
            }
            Self::NoSuchRefund => ("no_such_refund", StatusCode::NOT_FOUND, "There is no such refund"),
            Self::RefundNotFailed => {
                ("refund_not_failed", StatusCode::CONFLICT, "The refund is not waiting for another try")
            }
            Self::HeldMoneyTooLittle => {
                ("held_money_too_little", StatusCode::CONFLICT, "The held money does not cover the order")
            }
            Self::OutOfStock => ("out_of_stock", StatusCode::CONFLICT, "Too little stock"),
            Self::ProductNotForSale => ("product_not_for_sale", StatusCode::CONFLICT, "The product is not for sale"),
            Self::IdempotencyKeyReused => {
                ("idempotency_key_reused", StatusCode::UNPROCESSABLE_ENTITY, "The key was used for another request")
            }
            Self::PaymentRefused => ("payment_refused", StatusCode::BAD_GATEWAY, "The payment provider refused"),
            Self::RateUnavailable => {
                ("rate_unavailable", StatusCode::SERVICE_UNAVAILABLE, "There is no exchange rate to rely on")
            }
            Self::NoRateForDay => ("no_rate_for_day", StatusCode::NOT_FOUND, "No exchange rate of that day"),
            Self::InvalidSignature => ("invalid_signature", StatusCode::BAD_REQUEST, "The webhook is not authentic"),
            Self::InvalidCredentials => {
                ("invalid_credentials", StatusCode::UNAUTHORIZED, "No account has this address and password")
            }
            Self::EmailNotVerified => ("email_not_verified", StatusCode::FORBIDDEN, "The address is not verified"),
            Self::WrongPassword => ("wrong_password", StatusCode::BAD_REQUEST, "The password is wrong"),
            Self::InvalidCode => ("invalid_code", StatusCode::BAD_REQUEST, "The code is not valid"),
            Self::LinkOver => ("link_over", StatusCode::BAD_REQUEST, "The link is not valid"),
            Self::NotVouched => ("not_vouched", StatusCode::BAD_REQUEST, "Nobody vouches for this log-in"),
            Self::SecondFactorNeeded => {
                ("second_factor_needed", StatusCode::BAD_REQUEST, "Two-factor authentication is needed")
            }
            Self::LogInAgain => ("log_in_again", StatusCode::FORBIDDEN, "The log-in is too long ago"),
            Self::InternalError => ("internal_error", StatusCode::INTERNAL_SERVER_ERROR, "Something failed inside"),
            Self::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE, "Not available at the moment"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_serialised_as_its_name_and_no_two_share_one() {
        let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        for code in Code::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.name());
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
    }

    #[test]
    fn an_unlisted_status_is_a_bad_request_or_an_internal_error() {
        assert_eq!(Code::of_status(StatusCode::IM_A_TEAPOT), Code::BadRequest);
        assert_eq!(Code::of_status(StatusCode::BAD_GATEWAY), Code::InternalError);
        assert_eq!(Code::of_status(StatusCode::BAD_REQUEST), Code::BadRequest);
        assert_eq!(Code::of_status(StatusCode::CONFLICT), Code::Conflict);
    }
}
