//! From an error of the client to what a caller of the port can do.

use designia_core::ports::{GatewayError, GatewayErrorKind};

use crate::currency::AmountError;
use crate::error::{ErrorKind, StripeError};

/// The error of a request that changes something.
pub(super) fn write(error: StripeError) -> GatewayError {
    let kind = match error.kind() {
        ErrorKind::NotFound { .. } if in_other_mode(&error) => GatewayErrorKind::Misconfigured,
        ErrorKind::Card { .. } | ErrorKind::Invalid { .. } | ErrorKind::NotFound { .. } => GatewayErrorKind::Refused,
        ErrorKind::Authentication | ErrorKind::Permission => GatewayErrorKind::Misconfigured,
        ErrorKind::RateLimited { .. } | ErrorKind::LockTimeout | ErrorKind::Unreachable => GatewayErrorKind::NotSent,
        // An earlier request with this key is running, or has run with other bytes (the configuration was changed in
        // between): either way something under this key may have happened.
        ErrorKind::KeyInUse | ErrorKind::KeyReused => GatewayErrorKind::Unknown,
        ErrorKind::ProviderFault | ErrorKind::UnknownOutcome | ErrorKind::Undecodable => GatewayErrorKind::Unknown,
    };
    wrap(kind, error)
}

/// The error of a question: nothing was at stake, and it can be asked again.
///
/// Never `Refused`: a caller that asks before it sends again must not take a question that Stripe would not answer for an
/// answer.
pub(super) fn read(error: StripeError) -> GatewayError {
    let kind = match error.kind() {
        ErrorKind::Authentication
        | ErrorKind::Permission
        | ErrorKind::Card { .. }
        | ErrorKind::Invalid { .. }
        | ErrorKind::NotFound { .. } => GatewayErrorKind::Misconfigured,
        ErrorKind::RateLimited { .. }
        | ErrorKind::LockTimeout
        | ErrorKind::Unreachable
        | ErrorKind::KeyInUse
        | ErrorKind::KeyReused
        | ErrorKind::ProviderFault
        | ErrorKind::UnknownOutcome
        | ErrorKind::Undecodable => GatewayErrorKind::NotSent,
    };
    wrap(kind, error)
}

/// The same question when an object that must be there is asked for: `None` if Stripe says that it is not.
pub(super) fn absent<T>(result: Result<T, StripeError>) -> Result<Option<T>, GatewayError> {
    match result {
        Ok(object) => Ok(Some(object)),
        Err(error) if in_other_mode(&error) => Err(wrap(GatewayErrorKind::Misconfigured, error)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound { .. }) => Ok(None),
        Err(error) => Err(read(error)),
    }
}

/// Whether Stripe knows the object, but not under this key: "a similar object exists in live mode, but a test mode key was
/// used". Taking that for absence would let a second payment be opened beside a living one.
pub(super) fn in_other_mode(error: &StripeError) -> bool {
    error.message().contains("similar object exists in")
}

/// An amount that can't be asked for at Stripe: certain before anything is sent.
pub(super) fn unrepresentable(error: AmountError) -> GatewayError {
    let mut refused = GatewayError::new(GatewayErrorKind::Refused, error.to_string());
    refused.code = Some("amount_not_representable".to_owned());
    refused.source = Some(Box::new(error));
    refused
}

/// An answer of Stripe's that says something impossible about money. What was asked for has happened, so this is not a
/// refusal.
pub(super) fn impossible(error: AmountError) -> GatewayError {
    let mut unknown = GatewayError::new(GatewayErrorKind::Unknown, error.to_string());
    unknown.source = Some(Box::new(error));
    unknown
}

fn wrap(kind: GatewayErrorKind, error: StripeError) -> GatewayError {
    GatewayError {
        kind,
        code: error.code().map(str::to_owned),
        message: error.to_string(),
        retry_after: error.retry_after(),
        source: Some(Box::new(error)),
    }
}
