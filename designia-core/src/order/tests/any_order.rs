//! Payment facts may come in any order, any number of times, and give the same order.
//!
//! *The same* means: the same statuses, the same attempts (state, names, captured sum, declines, promise, close reason), the
//! same refunds made past us, the same reports set aside, the same money in every sense of [`MoneyView`], the same sum going
//! back from each attempt, the same money held, the same stock reserved, and books in which the platform's balance at the
//! provider and the sum of what it owes are the same. Not the same need be the number of events and refunds (money that comes
//! in two portions goes back in two), and which questions were asked on the way.
//!
//! What can't be undone once it was done limits this; these are the only exceptions, and in each of them no money is lost:
//! - While an order closes, "closed" for an attempt that is later said to be paid makes the payment late. The provider would
//!   have to contradict itself.
//! - Under [`Reinstate`](LatePaymentPolicy::Reinstate), a part of the money that comes first goes back before the rest comes.
//! - A refund made past us may come before or after we have sent back what was paid too much, and one of everything that
//!   was paid cancels the order, although another payment or the refund's failure may yet be reported.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;

use super::scenario::{Scenario, given, given_on};
use super::steps::*;
use crate::id::ProductId;
use crate::ledger::Account;
use crate::order::{Hold, LatePaymentPolicy, MoneyView, OrderStatus, PaymentStatus, Quarantine};
use crate::payment::{AttemptState, CloseReason, Decline, ForeignRefund, PaymentNews, ProviderRefs, RefundState};
use crate::time::{DAY, Timestamp};

/// All that must not depend on the order of the facts.
#[derive(Clone, Debug, PartialEq)]
struct Essence {
    status: OrderStatus,
    payment_status: PaymentStatus,
    attempts: Vec<AttemptEssence>,
    foreign: BTreeMap<String, ForeignRefund>,
    quarantined: Vec<Quarantine>,
    money: MoneyView,
    hold: Option<Hold>,
    reserved: BTreeMap<ProductId, i64>,
    provider_balance: i128,
    owed_to_buyers: i128,
}

#[derive(Clone, Debug, PartialEq)]
struct AttemptEssence {
    state: AttemptState,
    refs: ProviderRefs,
    is_opened: bool,
    captured: i64,
    going_back: i64,
    settles_by: Option<Timestamp>,
    closed: Option<CloseReason>,
    declines: Vec<Decline>,
}

fn essence(it: &Scenario) -> Essence {
    let order = &it.order;
    let attempts = order.attempts().iter().map(|attempt| {
        let ours = order.refunds().iter().filter(|it| it.attempt == attempt.no() && it.counts());
        let foreign = order.foreign_refunds().values().filter(|it| it.attempt == attempt.no() && it.counts());
        let back: i64 = ours.map(|it| it.amount.minor()).chain(foreign.map(|it| it.amount.minor())).sum();
        AttemptEssence {
            state: attempt.state(),
            refs: attempt.refs().clone(),
            is_opened: attempt.is_opened(),
            captured: attempt.captured().minor(),
            going_back: back.min(attempt.captured().minor()),
            settles_by: attempt.settles_by(),
            closed: attempt.close_reason().cloned(),
            declines: attempt.declines().iter().cloned().collect(),
        }
    });
    Essence {
        status: order.status(),
        payment_status: order.payment_status(),
        attempts: attempts.collect(),
        foreign: order.foreign_refunds().clone(),
        quarantined: order.quarantined().keys().cloned().collect(),
        money: order.money(),
        hold: order.hold(),
        reserved: it.reserved(),
        provider_balance: it.balance(Account::ProviderBalance),
        owed_to_buyers: it.balance(Account::BuyerFunds) + it.balance(Account::RefundsInTransit),
    }
}

/// The same facts in another order, some of them repeated.
fn shuffled(facts: Vec<Step>) -> impl Strategy<Value = (Vec<Step>, Vec<Step>)> {
    let repeats = prop::collection::vec(any::<prop::sample::Index>(), 0..6);
    repeats.prop_flat_map(move |repeats| {
        let mut more = facts.clone();
        if !facts.is_empty() {
            more.extend(repeats.iter().map(|index| index.get(&facts).clone()));
        }
        (Just(facts.clone()), Just(more).prop_shuffle())
    })
}

fn some_of(facts: impl Strategy<Value = Step> + 'static) -> impl Strategy<Value = (Vec<Step>, Vec<Step>)> {
    prop::collection::vec(facts, 0..8).prop_flat_map(shuffled)
}

fn close_reasons() -> impl Strategy<Value = CloseReason> {
    select(vec![
        CloseReason::Refused("test".to_owned()),
        CloseReason::NeverOpened,
        CloseReason::SettlementFailed,
        CloseReason::Unpaid,
    ])
}

/// What may be said of an attempt beside what was captured.
fn talk(no: u16) -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(opened(no)),
        select(vec!["ch_1", "ch_2", "ch_3"]).prop_map(move |charge| declined(no, charge)),
        prop::option::of(0_u64..20).prop_map(move |day| promised(no, day.map(|day| NOON + days(day)))),
        Just(Step::Hear(news(no, PaymentNews::Captured { total: yen(TOTAL) }))),
        Just(captured(9, TOTAL)),
    ]
}

fn closing_talk(no: u16) -> impl Strategy<Value = Step> {
    prop_oneof![3 => talk(no), 1 => close_reasons().prop_map(move |reason| closed_because(no, reason))]
}

fn captures(no: u16, totals: Vec<i64>) -> impl Strategy<Value = Step> {
    select(totals).prop_map(move |total| captured(no, total))
}

/// Anything at all about two attempts.
fn anything() -> impl Strategy<Value = Step> {
    let totals = || vec![1, 300, 400, TOTAL, TOTAL + 200];
    prop_oneof![closing_talk(1), closing_talk(2), captures(1, totals()), captures(2, totals())]
}

/// A first attempt that was closed, and a second one that is under way.
fn two_attempts() -> Vec<Step> {
    vec![pay(), opened(1), closed(1), pay_by(voucher())]
}

fn compare(start: &Scenario, (facts, shuffled): (Vec<Step>, Vec<Step>)) -> Result<(), TestCaseError> {
    let once = start.clone().and(facts);
    let again = start.clone().and(shuffled);
    prop_assert_eq!(essence(&once), essence(&again));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn about_an_order_that_waits_for_money(facts in some_of(anything())) {
        compare(&given(two_attempts()), facts)?;
    }

    #[test]
    fn about_an_order_that_is_paid(facts in some_of(anything())) {
        compare(&given(two_attempts()).and([captured(1, TOTAL)]), facts.clone())?;
        compare(&given(two_attempts()).and([captured(2, TOTAL)]), facts)?;
    }

    #[test]
    fn about_an_order_of_which_a_part_was_cancelled(facts in some_of(anything())) {
        let start = given(two_attempts()).and([captured(2, TOTAL), cancel_part(ANNA, BUYER)]);
        compare(&start, facts)?;
    }

    #[test]
    fn about_an_order_that_was_cancelled_and_keeps_no_late_money(facts in some_of(anything()), hold in any::<bool>()) {
        let policy = if hold { LatePaymentPolicy::Hold { within: DAY } } else { LatePaymentPolicy::Refund };
        let cancelled = [two_attempts(), vec![closed(2), wait(days(3)), tick()]].concat();
        compare(&given_on(late(policy), cancelled), facts)?;
    }

    #[test]
    fn about_an_order_that_late_money_reinstates(
        facts in some_of(prop_oneof![
            closing_talk(1),
            closing_talk(2),
            captures(1, vec![TOTAL, TOTAL + 200]),
            captures(2, vec![TOTAL, TOTAL + 300]),
        ]),
    ) {
        let policy = LatePaymentPolicy::Reinstate { within: DAY };
        let cancelled = [two_attempts(), vec![closed(2), wait(days(3)), tick()]].concat();
        compare(&given_on(late(policy), cancelled), facts)?;
    }

    #[test]
    fn about_an_order_that_closes_and_is_paid(
        facts in some_of(prop_oneof![talk(2), captures(2, vec![1, 400, TOTAL])]),
        by_buyer in any::<bool>(),
    ) {
        let end = if by_buyer { vec![cancel(BUYER)] } else { vec![wait(days(3)), tick()] };
        compare(&given([two_attempts(), end].concat()), facts)?;
    }

    #[test]
    fn about_an_order_that_closes_and_is_not_paid(
        facts in some_of(prop_oneof![closing_talk(2), captures(2, vec![1, 400, 999])]),
        by_buyer in any::<bool>(),
        policy in select(vec![
            LatePaymentPolicy::Refund,
            LatePaymentPolicy::Hold { within: DAY },
            LatePaymentPolicy::Reinstate { within: DAY },
        ]),
    ) {
        let end = if by_buyer { vec![cancel(BUYER)] } else { vec![wait(days(3)), tick()] };
        compare(&given_on(late(policy), [two_attempts(), end].concat()), facts)?;
    }

    #[test]
    fn about_refunds_that_we_asked_for(
        facts in some_of(
            (select(vec![1, 2]), select(vec![RefundState::Pending, RefundState::Succeeded, RefundState::Failed])).prop_map(
                |(no, state)| refund_news(no, if no == 1 { ANNAS_PART } else { BENS_PART }, state),
            ),
        ),
    ) {
        compare(&given(paid()).and([cancel_part(ANNA, BUYER), cancel_part(BEN, BUYER)]), facts)?;
    }

    #[test]
    fn about_refunds_made_past_us(
        facts in some_of(prop_oneof![
            talk(2),
            captures(2, vec![1, 400, TOTAL]),
            (select(vec!["re_x", "re_y"]), select(vec![RefundState::Pending, RefundState::Succeeded, RefundState::Failed]))
                .prop_map(|(name, state)| dashboard_refund(name, 2, euros(300), state)),
        ]),
        is_cancelled in any::<bool>(),
    ) {
        let end = if is_cancelled { vec![closed(2), wait(days(3)), tick()] } else { vec![] };
        compare(&given([two_attempts(), end].concat()), facts)?;
    }
}
