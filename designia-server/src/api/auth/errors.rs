//! Refusals of the account service as problems.

use designia_core::service::accounts::AccountError;

use crate::problem::{Code, Problem};

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
            AccountError::TooMany { retry_after } => return Self::too_many(told, retry_after),
            AccountError::Overloaded { retry_after } => {
                return Self::new(Code::Unavailable, told).again_in(retry_after);
            }
            AccountError::Forbidden(_) => Code::Forbidden,
            AccountError::LogInAgain => Code::LogInAgain,
            AccountError::SecondFactorNeeded => Code::SecondFactorNeeded,
            AccountError::State(_) | AccountError::Application(_) | AccountError::Contended => Code::Conflict,
            _ => return Self::internal(told),
        };
        Self::new(code, told)
    }
}
