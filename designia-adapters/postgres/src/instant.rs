//! Instants and JSON text as PostgreSQL sends them, without a calendar library in between.
//!
//! A `timestamptz` is a count of microseconds since 2000, so it is a [`Timestamp`] but for where it begins.

use designia_core::time::Timestamp;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};

/// The type numbers that `pg_type.dat` fixes for ever.
mod oid {
    pub(super) const JSON: u32 = 114;
    pub(super) const TIMESTAMPTZ: u32 = 1184;
    pub(super) const TIMESTAMPTZ_ARRAY: u32 = 1185;
}

/// 1 January 2000 in microseconds since 1970.
const YEAR_2000: i64 = 946_684_800_000_000;

/// An instant in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(pub(crate) Timestamp);

impl Instant {
    /// Later than any instant: `infinity`.
    pub(crate) const NEVER: Self = Self(Timestamp::from_micros(i64::MAX));

    /// The first that a `timestamptz` can hold.
    pub(crate) const FIRST: Self = Self(Timestamp::from_micros(-210_866_803_200_000_000));
    /// Earlier than any instant: `-infinity`.
    pub(crate) const EVER: Self = Self(Timestamp::from_micros(i64::MIN));

    /// As the end of a range: what is before any instant that a column can hold is as far away as can be.
    pub(crate) fn bound(at: Timestamp) -> Self {
        if at.as_micros().checked_sub(YEAR_2000).is_some() { Self(at) } else { Self::EVER }
    }
}

impl From<Timestamp> for Instant {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl Type<Postgres> for Instant {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(oid::TIMESTAMPTZ))
    }
}

impl PgHasArrayType for Instant {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(oid::TIMESTAMPTZ_ARRAY))
    }
}

impl Encode<'_, Postgres> for Instant {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let micros = match self.0.as_micros() {
            end @ (i64::MIN | i64::MAX) => end,
            micros => micros.checked_sub(YEAR_2000).ok_or("an instant is before any that there is")?,
        };
        buffer.extend_from_slice(&micros.to_be_bytes());
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for Instant {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let micros = i64::from_be_bytes(value.as_bytes()?.try_into()?);
        Ok(Self(Timestamp::from_micros(micros.saturating_add(YEAR_2000))))
    }
}

/// A `json` column, as the text that it keeps.
#[derive(Debug)]
pub(crate) struct JsonText(pub(crate) String);

impl Type<Postgres> for JsonText {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(oid::JSON))
    }
}

impl Decode<'_, Postgres> for JsonText {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        Ok(Self(value.as_str()?.to_owned()))
    }
}
