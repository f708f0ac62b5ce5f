//! How far one seller's part of an order has come.

use serde::{Deserialize, Serialize};

use super::CancelReason;
use crate::time::Timestamp;

/// What people call the state of one seller's part. The order of the variants is the order of progress; a cancelled part
/// comes last because it holds nothing up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FulfilmentStatus {
    /// The seller has not begun.
    Waiting,
    /// The seller is packing.
    Preparing,
    /// On its way.
    Shipped,
    /// Arrived.
    Delivered,
    /// Cancelled.
    Cancelled,
}

impl FulfilmentStatus {
    /// The word used in columns, filters and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Preparing => "preparing",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the seller has not handed it over yet, so that it can still be cancelled.
    #[must_use]
    pub const fn is_before_shipping(self) -> bool {
        match self {
            Self::Waiting | Self::Preparing => true,
            Self::Shipped | Self::Delivered | Self::Cancelled => false,
        }
    }
}

/// Who carries a part, under which number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tracking {
    /// The carrier's name, such as `CTT`.
    pub carrier: String,
    /// The carrier's number.
    pub number: String,
}

/// How far one seller's part has come, and when.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Fulfilment {
    pub(super) prepared_at: Option<Timestamp>,
    pub(super) shipped: Option<(Tracking, Timestamp)>,
    pub(super) delivered_at: Option<Timestamp>,
    pub(super) cancelled: Option<(CancelReason, Timestamp)>,
}

impl Fulfilment {
    /// How far it has come.
    #[must_use]
    pub const fn status(&self) -> FulfilmentStatus {
        if self.cancelled.is_some() {
            FulfilmentStatus::Cancelled
        } else if self.delivered_at.is_some() {
            FulfilmentStatus::Delivered
        } else if self.shipped.is_some() {
            FulfilmentStatus::Shipped
        } else if self.prepared_at.is_some() {
            FulfilmentStatus::Preparing
        } else {
            FulfilmentStatus::Waiting
        }
    }

    /// Whether it was cancelled.
    #[must_use]
    pub const fn is_cancelled(&self) -> bool {
        self.cancelled.is_some()
    }

    /// When the seller began.
    #[must_use]
    pub const fn prepared_at(&self) -> Option<Timestamp> {
        self.prepared_at
    }

    /// When it was handed over.
    #[must_use]
    pub fn shipped_at(&self) -> Option<Timestamp> {
        self.shipped.as_ref().map(|(_, at)| *at)
    }

    /// Who carries it.
    #[must_use]
    pub fn tracking(&self) -> Option<&Tracking> {
        self.shipped.as_ref().map(|(tracking, _)| tracking)
    }

    /// When it arrived.
    #[must_use]
    pub const fn delivered_at(&self) -> Option<Timestamp> {
        self.delivered_at
    }

    /// Why and when it was cancelled.
    #[must_use]
    pub fn cancellation(&self) -> Option<(&CancelReason, Timestamp)> {
        self.cancelled.as_ref().map(|(reason, at)| (reason, *at))
    }
}
