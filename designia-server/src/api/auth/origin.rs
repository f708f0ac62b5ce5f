//! Where a request comes from, as far as limits and the list of sessions are concerned.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use designia_core::service::accounts::Origin;

use crate::http::client::ClientAddress;

/// Where a request comes from.
#[derive(Clone, Debug)]
pub(crate) struct From(pub(crate) Origin);

impl<S: Send + Sync> FromRequestParts<S> for From {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let address = ClientAddress::from_request_parts(parts, state).await?.network().to_string();
        let client = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Ok(Self(Origin { address: Some(address), client: client.to_owned() }))
    }
}
