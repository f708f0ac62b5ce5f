//! The payment-timeout policy: how an order becomes deadlines, and what happens to money that misses them.
//!
//! The policy is frozen into the order when it is placed, so a change of configuration never moves a deadline that a buyer
//! has been told. Three clocks must not be confused: the order's deadline (here), the moment at which a payment page closes
//! (at most 24 hours at Stripe), and the settlement of a delayed payment (days after the page was left).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::payment::PaymentMethod;
use crate::time::{DAY, HOUR, MINUTE, Timestamp};

/// The terms on which an order stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Terms {
    /// When unpaid orders are reminded of and cancelled.
    pub timeout: TimeoutPolicy,
    /// What happens to money that arrives after that.
    pub late_payment: LatePaymentPolicy,
}

/// When unpaid orders are reminded of and cancelled. All durations count from the order's placing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimeoutPolicy {
    /// When to remind the buyer, rising.
    pub reminders: Vec<Duration>,
    /// The deadline that people are told.
    pub shown: Duration,
    /// The deadline at which the order expires; not before `shown`.
    pub enforced: Duration,
    /// How long a payment page may stay open.
    pub page_ttl: Duration,
    /// A page with less time than this is not worth opening (Stripe's shortest is 30 minutes).
    pub shortest_page: Duration,
    /// How long a delayed payment may take to settle after it was promised, if the provider doesn't say.
    pub settlement_window: Duration,
    /// Other deadlines for some methods; the method of the latest attempt counts.
    pub per_method: Vec<MethodTimeout>,
}

/// Other deadlines for one method.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MethodTimeout {
    /// Which method.
    pub method: PaymentMethod,
    /// The deadline that people are told.
    pub shown: Duration,
    /// The deadline at which the order expires.
    pub enforced: Duration,
    /// How long it may take to settle after it was promised.
    pub settlement_window: Duration,
}

/// A duration of whole days.
const fn days(days: u64) -> Duration {
    Duration::from_secs(DAY.as_secs() * days)
}

impl Default for TimeoutPolicy {
    /// Reminders after one day and after two and a half; three days of grace; pages of 24 hours; settlement within 11 days,
    /// which covers the longest window that Stripe documents (Multibanco: seven days plus four of processing).
    fn default() -> Self {
        Self::with_grace(days(3))
    }
}

impl TimeoutPolicy {
    /// The default policy with another grace period, its reminders after a third and five sixths of it.
    #[must_use]
    pub fn with_grace(grace: Duration) -> Self {
        Self {
            reminders: vec![grace / 3, grace / 6 * 5],
            shown: grace.saturating_sub(HOUR.min(grace / 10)),
            enforced: grace,
            page_ttl: DAY,
            shortest_page: Duration::from_secs(31 * MINUTE.as_secs()),
            settlement_window: days(11),
            per_method: Vec::new(),
        }
    }

    fn of(&self, method: Option<&PaymentMethod>) -> Option<&MethodTimeout> {
        method.and_then(|method| self.per_method.iter().find(|timeout| timeout.method == *method))
    }

    /// The deadline that people are told, for an order placed at `placed_at` whose latest attempt uses `method`.
    #[must_use]
    pub fn shown_at(&self, placed_at: Timestamp, method: Option<&PaymentMethod>) -> Timestamp {
        placed_at + self.of(method).map_or(self.shown, |timeout| timeout.shown)
    }

    /// The deadline at which the order expires; never before the one that people are told.
    #[must_use]
    pub fn enforced_at(&self, placed_at: Timestamp, method: Option<&PaymentMethod>) -> Timestamp {
        let enforced = placed_at + self.of(method).map_or(self.enforced, |timeout| timeout.enforced);
        enforced.max(self.shown_at(placed_at, method))
    }

    /// How long a payment by `method` may take to settle after it was promised.
    #[must_use]
    pub fn settlement_window(&self, method: &PaymentMethod) -> Duration {
        self.of(Some(method)).map_or(self.settlement_window, |timeout| timeout.settlement_window)
    }
}

/// What happens to money that arrives after its order was cancelled for want of it. It is never kept in silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LatePaymentPolicy {
    /// It goes back at once.
    #[default]
    Refund,
    /// The order stands again if the money covers it, comes soon enough and the stock is still there; otherwise it goes back.
    Reinstate {
        /// How long after the cancellation.
        within: Duration,
    },
    /// A person decides; if nobody has by the deadline, it goes back.
    Hold {
        /// How long the person has.
        within: Duration,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_grace_is_three_days_with_reminders_before_the_shown_deadline() {
        let policy = TimeoutPolicy::default();
        assert_eq!(policy.enforced_at(Timestamp::EPOCH, None), Timestamp::EPOCH + DAY * 3);
        assert!(policy.reminders.iter().all(|reminder| *reminder < policy.shown));
        assert!(policy.shown < policy.enforced, "people are told a deadline that leaves a margin");
    }

    #[test]
    fn a_method_may_have_its_own_deadlines() {
        let voucher = PaymentMethod::Delayed("multibanco".to_owned());
        let policy = TimeoutPolicy {
            per_method: vec![MethodTimeout {
                method: voucher.clone(),
                shown: days(7),
                enforced: days(8),
                settlement_window: days(4),
            }],
            ..TimeoutPolicy::default()
        };
        assert_eq!(policy.enforced_at(Timestamp::EPOCH, Some(&voucher)), Timestamp::EPOCH + days(8));
        assert_eq!(policy.settlement_window(&voucher), days(4));
        assert_eq!(policy.enforced_at(Timestamp::EPOCH, Some(&PaymentMethod::Card)), Timestamp::EPOCH + days(3));
    }

    #[test]
    fn the_enforced_deadline_is_never_before_the_shown_one() {
        let policy = TimeoutPolicy { shown: days(5), ..TimeoutPolicy::default() };
        assert_eq!(policy.enforced_at(Timestamp::EPOCH, None), Timestamp::EPOCH + days(5));
    }
}
