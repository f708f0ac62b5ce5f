//! What the first page of a console shows about orders and money, beyond the counts.

use std::ops::Range;

use super::ORDERS_READ_AT_MOST;
use crate::ledger::{Account, Journal};
use crate::money::Currency;
use crate::time::Timestamp;

/// What falls due, and what was earned today.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Figures {
    /// How many orders that wait for money expire in each hour (UTC), by when it begins: from the hour of `now` on for
    /// [`HOURS_AHEAD`] hours, in their order. An hour without any may be missing.
    pub due_by_hour: Vec<(Timestamp, u64)>,
    /// How many orders should have expired before `now` and wait for money still; of those that should have within the hour of
    /// `now`, at most [`ORDERS_READ_AT_MOST`] are counted.
    pub overdue: u64,
    /// How many orders need a person.
    pub attention: u64,
    /// By when the most urgent of them does.
    pub attention_next: Option<Timestamp>,
    /// What came and went on the day (UTC) of `now`, by currency. One in which nothing did may be missing.
    pub money_today: Vec<DayMoney>,
}

impl Figures {
    /// Figures of deadlines, from how many there are in each hour by its number (see [`Figures::hour`]), in any order, and how
    /// many there were from the beginning of the hour of `now` until then.
    #[must_use]
    pub fn of_hours(mut due: Vec<(i64, u64)>, due_this_hour: u64, now: Timestamp) -> Self {
        let Range { start, end } = Self::hours(now);
        due.sort_unstable();
        let before =
            due.iter().filter(|(hour, _)| *hour < start).fold(0, |sum: u64, (_, count)| sum.saturating_add(*count));
        let overdue = before.saturating_add(due_this_hour.min(u64::from(ORDERS_READ_AT_MOST)));
        let ahead = due.into_iter().filter(|(hour, count)| (start..end).contains(hour) && *count > 0);
        let begin = |hour: i64| Timestamp::from_micros(hour.saturating_mul(HOUR));
        Self { due_by_hour: ahead.map(|(hour, count)| (begin(hour), count)).collect(), overdue, ..Self::default() }
    }

    /// The number of the hour of an instant, counted from 1970.
    #[must_use]
    pub const fn hour(at: Timestamp) -> i64 {
        at.as_micros().div_euclid(HOUR)
    }

    /// When the hour of an instant began.
    #[must_use]
    pub const fn hour_start(at: Timestamp) -> Timestamp {
        Timestamp::from_micros(Self::hour(at).saturating_mul(HOUR))
    }

    /// The numbers of the hours that are looked ahead to.
    fn hours(now: Timestamp) -> Range<i64> {
        let start = Self::hour(now);
        start..start.saturating_add(i64::from(HOURS_AHEAD))
    }
}

/// In microseconds.
const HOUR: i64 = 3_600_000_000;

/// So many hours does [`Figures::due_by_hour`] look ahead, that of `now` included.
pub const HOURS_AHEAD: u32 = 24;

/// What came and went on one day in one currency, in minor units, as it was booked: the difference is what the balance at the
/// provider changed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayMoney {
    /// In which currency.
    pub currency: Currency,
    /// What buyers paid.
    pub captured: i64,
    /// What went back to them, by our refunds that succeeded and by those that were made at the provider, less what a refund
    /// brought back that failed after all. So a refund that went and came back is nothing if both happened today; one that
    /// went yesterday and came back today makes today's figure less, even less than zero. A refund that failed before
    /// it went is in no figure.
    pub refunded: i64,
}

impl DayMoney {
    /// What a journal adds to its day, if it moves the balance at the provider. `is_capture` says whether its event was
    /// [`PaymentCaptured`](crate::order::Event::PaymentCaptured), which the accounts alone don't tell from a refund that came
    /// back.
    #[must_use]
    pub fn of(journal: &Journal, is_capture: bool) -> Option<Self> {
        let (currency, minor) = (journal.amount.currency(), journal.amount.minor());
        let nothing = Self { currency, captured: 0, refunded: 0 };
        if journal.credit == Account::ProviderBalance {
            return Some(Self { refunded: minor, ..nothing });
        }
        let is_ours = journal.debit == Account::ProviderBalance;
        is_ours.then_some(if is_capture {
            Self { captured: minor, ..nothing }
        } else {
            Self { refunded: -minor, ..nothing }
        })
    }
}
