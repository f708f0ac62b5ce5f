//! Why a copy is not made, or not believed.

use crate::ports::{StoreError, Totals};

/// Why a copy is not made, or not believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// The target is not empty, and what is in it is no part of this copy.
    #[error("the target holds other things already ({holds}): copy into an empty database")]
    TargetInUse {
        /// What it holds, in words.
        holds: String,
    },
    /// The target was begun as a copy of something else.
    #[error("the target is a copy of {origin}: copy into an empty database")]
    OtherOrigin {
        /// Of what.
        origin: String,
    },
    /// The source was not at rest.
    #[error(
        "the source has changed since the copy began ({}): stop everything that uses it, and copy into an empty database",
        changes.join("; ")
    )]
    SourceChanged {
        /// What has changed, each with both amounts.
        changes: Vec<String>,
    },
    /// The copy is not equal to the source.
    #[error("the copy differs from its source: {}", differences.join("; "))]
    Differs {
        /// In what, each with both amounts.
        differences: Vec<String>,
    },
    /// A store failed, or refused what differs from what it holds.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What differs, with both amounts.
pub(super) fn differences(own: &Totals, others: &Totals) -> Vec<String> {
    own.differences(others).map(|(line, own, other)| format!("{line}: {own} and {other}")).collect()
}

/// What there is, in words.
pub(super) fn told(totals: &Totals) -> String {
    totals.lines().map(|(line, amount)| format!("{line}: {amount}")).collect::<Vec<_>>().join(", ")
}
