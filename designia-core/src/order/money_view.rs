//! Where every minor unit that was paid for an order is: owed as goods, on its way back, held, stuck, or free to go back.

use std::time::Duration;

use super::{Order, Stage};
use crate::id::AttemptNo;
use crate::money::Money;
use crate::payment::{ForeignRefund, Refund, RefundState};
use crate::time::{DAY, Timestamp};

/// An order's money at one moment, in minor units of the order's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MoneyView {
    /// All that was ever captured.
    pub captured: i64,
    /// What is going back or has gone back, by our refunds and by others. Never more than was captured, attempt by attempt:
    /// a refund that we hear of before the payment counts once the payment is known, and of two refunds that are too much
    /// together the provider will refuse one.
    pub returned: i64,
    /// The part of `returned` that has certainly gone.
    pub returned_for_good: i64,
    /// What failed to go back and waits.
    pub stuck: i64,
    /// What waits for a person to decide.
    pub held: i64,
    /// What the buyer has a claim to as goods: the parts that are not cancelled, once the order is confirmed.
    pub owed: i64,
    /// What the order costs: the parts that are not cancelled.
    pub cost: i64,
}

impl MoneyView {
    /// What is still to be paid: cost minus what came and was not sent back.
    #[must_use]
    pub const fn due(&self) -> i64 {
        self.cost.saturating_sub(self.captured - self.returned)
    }

    /// What is accounted for by nothing else and must therefore go back.
    #[must_use]
    pub const fn excess(&self) -> i64 {
        (self.captured - self.returned).saturating_sub(self.stuck).saturating_sub(self.held).saturating_sub(self.owed)
    }

    /// Whether something was paid and all of it has certainly gone back.
    #[must_use]
    pub const fn is_all_back(&self) -> bool {
        self.captured > 0 && self.returned_for_good >= self.captured
    }
}

/// Something about an order's money that a person should look at, and by when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attention {
    /// What is wrong, in words.
    pub what: String,
    /// By when; then the order acts by itself where it can, and is overdue where it can't.
    pub deadline: Timestamp,
}

/// How soon a person should look at a report that can't be believed.
const LOOKED_AT_WITHIN: Duration = Duration::from_secs(3 * DAY.as_secs());

impl Order {
    /// Where the order's money is.
    #[must_use]
    pub fn money(&self) -> MoneyView {
        let captured = sum(self.attempts.iter().map(|attempt| attempt.captured().minor()));
        let live = self.consignments().filter(|(_, fulfilment)| !fulfilment.is_cancelled());
        let cost = sum(live.map(|(consignment, _)| consignment.total.minor()));
        let owed = match self.stage {
            Stage::Confirmed { .. } => cost,
            Stage::Pending | Stage::Closing { .. } => captured,
            Stage::Cancelled { .. } => 0,
        };
        MoneyView {
            captured,
            returned: self.returned(Refund::counts, ForeignRefund::counts),
            returned_for_good: self.returned(
                |refund| refund.state == RefundState::Succeeded,
                |refund| refund.state == RefundState::Succeeded,
            ),
            stuck: sum(self.refunds.iter().filter(|refund| refund.is_stuck()).map(|refund| refund.amount.minor())),
            held: self.hold.map_or(0, |hold| hold.amount.minor()),
            owed,
            cost,
        }
    }

    /// How much of each attempt's money has gone back by certain refunds, summed up.
    fn returned(&self, ours: fn(&Refund) -> bool, foreign: fn(&ForeignRefund) -> bool) -> i64 {
        sum(self.attempts.iter().map(|attempt| {
            let ours = self.refunds.iter().filter(|it| it.attempt == attempt.no() && ours(it));
            let foreign = self.foreign_refunds.values().filter(|it| it.attempt == attempt.no() && foreign(it));
            let back = sum(ours.map(|it| it.amount.minor()).chain(foreign.map(|it| it.amount.minor())));
            back.min(attempt.captured().minor())
        }))
    }

    /// Whether the provider has made refunds of all that was captured, and not all of them because we asked.
    pub(super) fn is_refunded_elsewhere(&self) -> bool {
        let made = |refund: &Refund| match refund.state {
            RefundState::Pending | RefundState::Succeeded => true,
            RefundState::Requested | RefundState::Failed => false,
        };
        let captured = sum(self.attempts.iter().map(|attempt| attempt.captured().minor()));
        let is_foreign = self.foreign_refunds.values().any(ForeignRefund::counts);
        captured > 0 && is_foreign && self.returned(made, ForeignRefund::counts) >= captured
    }

    /// What is still to be paid; zero or less when nothing is.
    #[must_use]
    pub fn due(&self) -> Money {
        Money::new(self.money().due(), self.currency())
    }

    /// How much of an attempt's money can still go back; less than zero if somebody gave back what we meant to.
    pub(super) fn refundable(&self, attempt: AttemptNo) -> i64 {
        let captured = self.attempt(attempt).map_or(0, |attempt| attempt.captured().minor());
        let ours = self.refunds.iter().filter(|it| it.attempt == attempt && (it.counts() || it.is_stuck()));
        let foreign = self.foreign_refunds.values().filter(|it| it.attempt == attempt && it.counts());
        captured
            .saturating_sub(sum(ours.map(|it| it.amount.minor())))
            .saturating_sub(sum(foreign.map(|it| it.amount.minor())))
    }

    /// What a person should look at, the most urgent first.
    #[must_use]
    pub fn attention(&self) -> Vec<Attention> {
        let held = self.hold.map(|hold| Attention {
            what: format!("{} arrived after the cancellation and is held", hold.amount),
            deadline: hold.until,
        });
        let stuck = self.refunds.iter().filter_map(|refund| {
            refund.retry_at().map(|deadline| Attention {
                what: format!("refund {} of {} failed", refund.no, refund.amount),
                deadline,
            })
        });
        let quarantined = self
            .quarantined
            .iter()
            .map(|(report, since)| Attention { what: report.to_string(), deadline: *since + LOOKED_AT_WITHIN });
        let mut all: Vec<_> = held.into_iter().chain(stuck).chain(quarantined).collect();
        all.sort_by_key(|attention| attention.deadline);
        all
    }

    /// By when a person should first look at the order's money, if one should. This is a deadline that stores index.
    #[must_use]
    pub fn attention_at(&self) -> Option<Timestamp> {
        let held = self.hold.map(|hold| hold.until);
        let stuck = self.refunds.iter().filter_map(Refund::retry_at);
        let quarantined = self.quarantined.values().map(|since| *since + LOOKED_AT_WITHIN);
        stuck.chain(quarantined).chain(held).min()
    }
}

/// Saturates, so that an absurd report can't panic; the excess it causes is refused by the provider, not by us.
fn sum(amounts: impl Iterator<Item = i64>) -> i64 {
    amounts.fold(0, i64::saturating_add)
}
