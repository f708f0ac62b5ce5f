//! Who asks, as far as the frame has to know: for counting, and for recognising a repetition.

use std::fmt;

use async_trait::async_trait;
use axum::http::HeaderMap;
use designia_core::id::AccountId;

use super::auth::{Caller, Tokens};
use crate::problem::Problem;

/// Tells whose a request is.
#[async_trait]
pub trait Callers: fmt::Debug + Send + Sync + 'static {
    /// Whose token the headers carry, by its signature alone: for counting, without asking anybody.
    fn signed_for(&self, headers: &HeaderMap) -> Option<AccountId>;

    /// Who the caller is.
    ///
    /// # Errors
    ///
    /// 401 when the token is not good, or not any more.
    async fn caller(&self, headers: &HeaderMap) -> Result<AccountId, Problem>;
}

#[async_trait]
impl Callers for Tokens {
    fn signed_for(&self, headers: &HeaderMap) -> Option<AccountId> {
        Self::signed_for(self, headers)
    }

    async fn caller(&self, headers: &HeaderMap) -> Result<AccountId, Problem> {
        Ok(Caller::of(self, headers).await?.account)
    }
}
