//! Refusals of the account service as problems.

use std::time::Duration;

use axum::http::HeaderValue;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use designia_core::service::accounts::AccountError;

use crate::problem::{Code, Problem};

/// A problem, and when to try again if that is known.
#[derive(Debug)]
pub(crate) struct Refused {
    problem: Problem,
    retry_after: Option<Duration>,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { problem, retry_after: None }
    }
}

impl From<AccountError> for Refused {
    fn from(error: AccountError) -> Self {
        let retry_after = match &error {
            AccountError::TooMany { retry_after } | AccountError::Overloaded { retry_after } => Some(*retry_after),
            _ => None,
        };
        Self { problem: error.into(), retry_after }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = self.problem.into_response();
        if let Some(wait) = self.retry_after {
            // Whole seconds, and never too early.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        response
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        let told = error.to_string();
        let code = match error {
            AccountError::Invalid(rules) => {
                let problem = Self::new(Code::InvalidField, told);
                return rules.into_iter().fold(problem, |problem, it| problem.with_field(it.field, it.rule));
            }
            AccountError::Store(error) => return error.into(),
            AccountError::NoSuchAccount => return Self::not_found("account"),
            AccountError::NoSuch(what) => return Self::not_found(what),
            AccountError::Failed(_) => return Self::internal(told),
            AccountError::Unavailable(_) => return Self::unavailable(told),
            AccountError::WrongCredentials => Code::InvalidCredentials,
            AccountError::Unverified => Code::EmailNotVerified,
            AccountError::WrongPassword => Code::WrongPassword,
            AccountError::WrongCode => Code::InvalidCode,
            AccountError::LinkOver => Code::LinkOver,
            AccountError::SessionOver => Code::Unauthenticated,
            AccountError::NotVouched(_) => Code::NotVouched,
            AccountError::TooMany { .. } => Code::TooManyRequests,
            AccountError::Overloaded { .. } => Code::Unavailable,
            AccountError::Forbidden(_) => Code::Forbidden,
            AccountError::LogInAgain => Code::LogInAgain,
            AccountError::SecondFactorNeeded => Code::SecondFactorNeeded,
            AccountError::State(_) | AccountError::Application(_) | AccountError::Contended => Code::Conflict,
            _ => return Self::internal(told),
        };
        Self::new(code, told)
    }
}
