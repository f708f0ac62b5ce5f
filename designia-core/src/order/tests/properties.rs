//! What holds for every sequence of commands, facts and ticks, however strange.

use std::time::Duration;

use proptest::prelude::*;

use super::scenario::Scenario;
use super::steps::*;
use crate::order::{Actor, LatePaymentPolicy, Order};
use crate::payment::{CloseReason, Fact, RefundState, RefundSubject};
use crate::time::{DAY, HOUR};

fn policies() -> impl Strategy<Value = LatePaymentPolicy> {
    prop_oneof![
        Just(LatePaymentPolicy::Refund),
        Just(LatePaymentPolicy::Reinstate { within: DAY }),
        Just(LatePaymentPolicy::Hold { within: DAY * 2 }),
    ]
}

fn actors() -> impl Strategy<Value = Actor> {
    prop::sample::select(vec![BUYER, STRANGER, Actor::Seller(ANNA), Actor::Seller(BEN), Actor::Operator])
}

fn amounts() -> impl Strategy<Value = i64> {
    prop::sample::select(vec![1, 300, 400, 600, 700, TOTAL, TOTAL + 200])
}

fn close_reasons() -> impl Strategy<Value = CloseReason> {
    prop::sample::select(vec![
        CloseReason::Refused("test".to_owned()),
        CloseReason::NeverOpened,
        CloseReason::SettlementFailed,
        CloseReason::Unpaid,
    ])
}

fn refund_states() -> impl Strategy<Value = RefundState> {
    prop::sample::select(vec![RefundState::Pending, RefundState::Succeeded, RefundState::Failed])
}

/// Anything that the provider may say about one of the attempts.
fn payment_facts(attempts: std::ops::RangeInclusive<u16>) -> impl Strategy<Value = Step> {
    attempts.prop_flat_map(|no| {
        prop_oneof![
            1 => Just(opened(no)),
            1 => prop::sample::select(vec!["ch_1", "ch_2", "ch_3"]).prop_map(move |charge| declined(no, charge)),
            1 => prop::option::of(0_u64..20).prop_map(move |day| promised(no, day.map(|day| NOON + days(day)))),
            3 => amounts().prop_map(move |total| captured(no, total)),
            2 => close_reasons().prop_map(move |reason| closed_because(no, reason)),
        ]
    })
}

fn steps() -> impl Strategy<Value = Step> {
    let seller = || prop::sample::select(vec![ANNA, BEN, CARL]);
    prop_oneof![
        3 => prop::bool::ANY.prop_map(|slow| if slow { pay_by(voucher()) } else { pay() }),
        1 => actors().prop_map(cancel),
        2 => (seller(), actors()).prop_map(|(seller, by)| cancel_part(seller, by)),
        1 => (seller(), actors()).prop_map(|(seller, by)| prepare(seller, by)),
        1 => (seller(), actors()).prop_map(|(seller, by)| ship(seller, by, "1")),
        1 => (seller(), actors()).prop_map(|(seller, by)| deliver(seller, by)),
        1 => (1_u16..4).prop_map(retry_refund),
        1 => Just(return_held()),
        1 => Just(accept_held()),
        2 => Just(tick()),
        8 => payment_facts(1..=3),
        1 => (amounts(), 1_u16..3).prop_map(|(total, no)| captured_without_stock(no, total)),
        2 => (1_u16..5, amounts(), refund_states()).prop_map(|(no, amount, state)| refund_news(no, amount, state)),
        3 => (1_u16..4, amounts()).prop_map(|(no, amount)| refund_refused(no, amount)),
        2 => (prop::sample::select(vec!["re_x", "re_y"]), 1_u16..3, amounts(), refund_states())
            .prop_map(|(name, no, amount, state)| dashboard_refund(name, no, euros(amount), state)),
    ]
}

/// A step, and how long after the one before it happens.
fn timed_steps() -> impl Strategy<Value = Vec<(Duration, Step)>> {
    let pauses = prop_oneof![
        4 => Just(Duration::ZERO),
        1 => Just(HOUR),
        1 => Just(DAY),
        1 => Just(DAY * 4),
    ];
    prop::collection::vec((pauses, steps()), 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, ..ProptestConfig::default() })]

    /// The laws are checked after every step: money, books, stock, versions, replay, stored forms, timers.
    #[test]
    fn no_sequence_of_commands_facts_and_ticks_breaks_a_law(policy in policies(), steps in timed_steps()) {
        let mut scenario = Scenario::placed(late(policy));
        let mut clock = Duration::ZERO;
        for (pause, step) in steps {
            clock += pause;
            // A refund's own amount is what the provider reports, unless it is meant to be strange.
            let step = with_true_amount(&scenario.order, step);
            scenario = scenario.when(wait(clock)).when(step).when(tick());
        }
    }
}

/// Refunds are reported in the amount that was asked for.
fn with_true_amount(order: &Order, step: Step) -> Step {
    match step {
        Step::Hear(Fact::Refund { refund, mut news }) => {
            if let RefundSubject::Ours(no) = &refund {
                news.amount = order.refund(*no).map_or(news.amount, |refund| refund.amount);
            }
            Step::Hear(Fact::Refund { refund, news })
        }
        Step::Ask(_) | Step::Hear(Fact::Payment { .. }) | Step::HearWithoutStock(_) | Step::Wait(_) => step,
    }
}
