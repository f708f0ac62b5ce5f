//! How far the search goes. Every bound is here.

use std::time::Duration;

use designia_core::order::{LatePaymentPolicy, Terms, TimeoutPolicy};
use designia_core::time::{DAY, HOUR, MINUTE, Timestamp};

/// When the order is placed.
pub(crate) const NOON: Timestamp = Timestamp::from_secs(1_795_348_800);

/// The two sellers' parts: what each costs, in cents, and how many units of its one product it holds.
pub(crate) const PRICES: [u8; 2] = [6, 4];
pub(crate) const UNITS: [u8; 2] = [2, 1];
pub(crate) const TOTAL: u8 = PRICES[0] + PRICES[1];

/// How many of each product there are before the order is placed.
pub(crate) const IN_STOCK: [u8; 2] = [2, 2];

/// What a buyer pays who pays only a part.
pub(crate) const PART: u8 = 4;

/// At most so many payment attempts.
pub(crate) const ATTEMPTS: usize = 2;

/// At most so many refunds that the order asks for; a run that wants more has found a bug, or the bounds are wrong.
pub(crate) const REFUNDS: usize = 6;

/// At most so many outside calls that are planned or under way at the same time; likewise.
pub(crate) const CALLS: usize = 10;

/// At most so many workers at the same moment.
pub(crate) const WORKERS: usize = 2;

/// The deadlines of the explored order.
const SHOWN: Duration = Duration::from_secs(71 * HOUR.as_secs());
const ENFORCED: Duration = Duration::from_secs(72 * HOUR.as_secs());

/// The moments at which things happen: before the reminder, after the shown deadline (with just time for one more page),
/// at the enforced one, later (when the first questions are asked again), and much later (when everything is due). A timer
/// may come at any of them, late or early; at the last one it also comes exactly when it is due, again and again.
pub(crate) const LAST: u8 = 4;

/// The last of them.
pub(crate) const END: Timestamp = Timestamp::from_secs(1_795_348_800 + 60 * 24 * 60 * 60);

pub(crate) fn instant(index: u8) -> Timestamp {
    match index {
        0 => NOON,
        1 => NOON + SHOWN + MINUTE,
        2 => NOON + ENFORCED,
        3 => NOON + ENFORCED + HOUR * 2,
        _ => END,
    }
}

pub(crate) fn terms(late_payment: LatePaymentPolicy) -> Terms {
    let timeout = TimeoutPolicy { reminders: vec![DAY], shown: SHOWN, enforced: ENFORCED, ..TimeoutPolicy::default() };
    Terms { timeout, late_payment }
}
