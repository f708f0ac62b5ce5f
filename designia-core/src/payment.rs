//! Payment attempts and refunds, folded from facts so that neither order nor repetition of the facts matters.
//!
//! A provider tells us things late, twice and out of order. Every field that a fact can change therefore only ever
//! grows (a flag that is raised, an amount that rises to a maximum, a set that gains a member), and what a person calls
//! the state is derived from those fields. Applying the same facts in any order, any number of times, gives the same
//! attempt.

mod attempt;
mod fact;
mod refund;

pub use attempt::{Attempt, AttemptState, CloseReason, Decline, PaymentMethod, ProviderRefs};
pub use fact::{Fact, PaymentNews, RefundNews, RefundSubject};
pub use refund::{ForeignRefund, Refund, RefundReason, RefundState};
