//! Decisions that cases commit, and what they expect of a refused commit.

use std::time::Duration;

use crate::effect::{EffectId, EffectOutcome, EffectSettlement};
use crate::id::{AttemptNo, RefundNo};
use crate::order::{Actor, Command, Decision, Order, Surroundings};
use crate::payment::{Fact, PaymentMethod, PaymentNews, ProviderRefs, RefundNews, RefundState, RefundSubject};
use crate::ports::{Claim, Commit, CommitError, StoreErrorKind};
use crate::testing::fixtures::{NOW, claim, commit};
use crate::time::{HOUR, Timestamp};

/// When the decisions of cases are made, unless they say otherwise.
pub(super) const LATER: Timestamp = Timestamp::from_micros(NOW.as_micros() + 3_600_000_000);

/// The smallest step of time.
pub(super) const MICROSECOND: Duration = Duration::from_micros(1);

/// Begins a payment by card.
pub(super) fn pay(order: &Order) -> Decision {
    let pay = Command::StartPayment { method: PaymentMethod::Card };
    order.decide(&pay, LATER).expect("a pending order can be paid")
}

/// Cancels the order, which frees its stock.
pub(super) fn cancel(order: &Order) -> Decision {
    cancel_because(order, "changed_mind")
}

pub(super) fn cancel_because(order: &Order, reason: &str) -> Decision {
    let cancel = Command::Cancel { by: Actor::Operator, reason: reason.to_owned() };
    order.decide(&cancel, LATER).expect("a pending order can be cancelled")
}

/// Does what is due.
pub(super) fn tick(order: &Order, at: Timestamp) -> Decision {
    order.decide(&Command::Tick, at).expect("a tick is never refused")
}

/// Learns the provider's names for the first attempt.
pub(super) fn learn(order: &Order, session: Option<&str>, payment: Option<&str>) -> Decision {
    let refs = ProviderRefs { session: session.map(str::to_owned), payment: payment.map(str::to_owned) };
    let fact = Fact::Payment { attempt: AttemptNo::FIRST, refs, news: PaymentNews::Open };
    order.record(&fact, &Surroundings::at(LATER))
}

/// Learns that the first attempt was paid in full.
pub(super) fn capture(order: &Order) -> Decision {
    let total = order.contents().total;
    news_of(order, 1, None, PaymentNews::Captured { total })
}

/// Learns something about an attempt, under the name of a session or none.
pub(super) fn news_of(order: &Order, attempt: u16, session: Option<&str>, news: PaymentNews) -> Decision {
    let refs = ProviderRefs { session: session.map(str::to_owned), payment: None };
    let attempt = AttemptNo::new(attempt);
    order.record(&Fact::Payment { attempt, refs, news }, &Surroundings::at(LATER))
}

/// Learns that a refund has been made, under a name.
pub(super) fn refunded(order: &Order, number: u16, name: &str) -> Decision {
    let no = RefundNo::new(number);
    let amount = order.refund(no).expect("the refund was asked for").amount;
    let news = RefundNews { provider_id: Some(name.to_owned()), amount, state: RefundState::Succeeded };
    order.record(&Fact::Refund { refund: RefundSubject::Ours(no), news }, &Surroundings::at(LATER))
}

/// A claim that ends after a minute and hands out at most so many.
pub(super) fn at_most(limit: u32, now: Timestamp) -> Claim {
    Claim { limit, ..claim(now) }
}

/// The commit of a decision that settles an effect as done.
pub(super) fn settling(decision: Decision, id: EffectId, token: u32) -> Commit {
    let settles = Some(EffectSettlement { id, token, outcome: EffectOutcome::Done });
    Commit { settles, ..commit(decision) }
}

/// Expects a conflict.
#[track_caller]
pub(super) fn assert_conflict(error: &CommitError) {
    assert!(matches!(error, CommitError::Conflict), "expected a conflict, got {error:?}");
}

/// Expects a claim that another has taken over.
#[track_caller]
pub(super) fn assert_stale(error: &CommitError) {
    assert!(matches!(error, CommitError::StaleClaim), "expected a stale claim, got {error:?}");
}

/// Expects a call that will never succeed.
#[track_caller]
pub(super) fn assert_invalid(error: &CommitError) {
    let is_invalid = matches!(error, CommitError::Store(error) if error.kind == StoreErrorKind::Invalid);
    assert!(is_invalid, "expected an invalid call, got {error:?}");
}

/// One hour and as many minutes after [`NOW`].
pub(super) fn minutes(count: u32) -> Timestamp {
    NOW + HOUR + Duration::from_secs(60) * count
}
