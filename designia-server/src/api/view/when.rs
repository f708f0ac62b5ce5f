//! An instant in an answer.

use designia_core::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// RFC 3339 text in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = DateTime, example = "2026-11-22T12:00:00Z")]
pub(crate) struct When(pub(crate) Timestamp);

impl From<Timestamp> for When {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl AsRef<Self> for When {
    fn as_ref(&self) -> &Self {
        self
    }
}
