//! The id of what a request creates.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use designia_core::ports::IdGenerator;
use uuid::Uuid;

/// The id for what a request creates. It is a fresh one, unless the request was begun before under the same `Idempotency-Key`
/// and nobody heard its end: then it is the one of that time, so that a store which inserts only what is absent finds the row
/// that is already there.
///
/// The route has to take part: [`idempotent`](super::idempotent).
#[derive(Clone, Copy, Debug, Default)]
pub struct NewId(pub(super) Option<Uuid>);

impl NewId {
    /// The id.
    #[must_use]
    pub fn uuid(self, ids: &dyn IdGenerator) -> Uuid {
        self.0.unwrap_or_else(|| ids.next())
    }
}

impl<S: Sync> FromRequestParts<S> for NewId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or_default())
    }
}
