//! Refusals and failures of the engine as problems.

use designia_core::exchange::ExchangeError;
use designia_core::order::Refusal;
use designia_core::ports::{StoreError, StoreErrorKind};
use designia_core::service;

use crate::problem::{Code, Problem};

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error.kind {
            StoreErrorKind::Unavailable => Self::unavailable(error),
            _ => Self::internal(error),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match &refusal {
            Refusal::InvalidPlacement { field, rule } => Self::field(field, rule),
            Refusal::InvalidField { field, rule } => Self::field(*field, *rule),
            _ => Self::new(Code::named(refusal.code()).unwrap_or(Code::Conflict), refusal.to_string()),
        }
    }
}

impl From<ExchangeError> for Problem {
    fn from(error: ExchangeError) -> Self {
        match &error {
            ExchangeError::NoRate { .. } | ExchangeError::NoRates { .. } | ExchangeError::Stale { .. } => {
                Self::new(Code::RateUnavailable, error.to_string())
            }
            ExchangeError::Overflow { .. } => Self::field("amount", error.to_string()),
            ExchangeError::QuoteExpired { .. } => Self::new(Code::Conflict, error.to_string()),
            _ => Self::internal(error),
        }
    }
}

impl From<service::Error> for Problem {
    fn from(error: service::Error) -> Self {
        use service::Error;
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::NoSuchOrder { .. } => Self::not_found("order"),
            Error::NotForSale { .. } => Self::new(Code::ProductNotForSale, error.to_string()),
            Error::OutOfStock { product, available } => Self::new(Code::OutOfStock, error.to_string())
                .with_field(format!("items[{product}].quantity"), format!("must be at most {available}")),
            Error::RequestKeyReused => Self::new(Code::IdempotencyKeyReused, error.to_string()),
            Error::Exchange(error) => error.into(),
            Error::NoRates | Error::NoRateSource { .. } | Error::RateSource(_) => {
                Self::new(Code::RateUnavailable, error.to_string())
            }
            Error::Money(error) => Self::field("amount", error.to_string()),
            Error::Webhook(error) => Self::new(Code::InvalidSignature, error.to_string()),
            Error::Gateway(error) => Self::unavailable(error),
            Error::Contended => Self::new(Code::Conflict, error.to_string()),
            Error::Store(error) => error.into(),
            _ => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use designia_core::order::Actor;

    #[test]
    fn every_refusal_has_a_code_of_its_own_among_the_problems() {
        for code in [
            "order_state_forbids",
            "not_allowed",
            "no_such_consignment",
            "already_shipped",
            "consignment_state_forbids",
            "payment_in_progress",
            "payment_deadline_too_close",
            "nothing_due",
            "too_many_payment_attempts",
            "no_such_refund",
            "refund_not_failed",
            "held_money_too_little",
            "invalid_field",
        ] {
            assert!(Code::named(code).is_some(), "{code}");
        }
        let refusal = Refusal::NotAllowed { by: Actor::Operator, action: "paying" };
        assert_eq!(Problem::from(refusal).code(), Code::NotAllowed);
    }
}
