//! Dividing amounts: the parts sum to the whole, and nobody loses what they were given.

use designia_core::money::{Currency, Money, MoneyError};
use proptest::prelude::*;

const fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn minors(parts: Vec<Money>) -> Vec<i64> {
    parts.into_iter().map(Money::minor).collect()
}

fn allocate(amount: i64, weights: &[u64]) -> Vec<i64> {
    minors(eur(amount).allocate(weights).expect("weights"))
}

fn between(before: i64, after: i64, weights: &[u64]) -> Vec<i64> {
    minors(Money::allocate_between(eur(before), eur(after), weights).expect("weights"))
}

/// The numbers of the money gem (MIT, spec/money/allocation_spec.rb), its weights in whole numbers.
#[test]
fn allocation_agrees_with_the_numbers_of_the_money_gem() {
    let splits: [(i64, &[i64]); 9] = [
        (100, &[100]),
        (100, &[50, 50]),
        (100, &[25; 4]),
        (100, &[20; 5]),
        (5, &[3, 2]),
        (2, &[1, 1, 0]),
        (100, &[34, 33, 33]),
        (100, &[17, 17, 17, 17, 16, 16]),
        (0, &[0, 0]),
    ];
    for (amount, expected) in splits {
        assert_eq!(minors(eur(amount).split(expected.len()).unwrap()), expected);
    }
    let allocations: [(i64, &[u64], &[i64]); 9] = [
        (100, &[5], &[100]),
        (100, &[1, 1], &[50, 50]),
        (100, &[1, 1, 2], &[25, 25, 50]),
        (100, &[7, 3], &[70, 30]),
        (10, &[1, 2, 1], &[3, 5, 2]),
        (10, &[1, 1, 2], &[3, 2, 5]),
        (100, &[1, 1, 1], &[34, 33, 33]),
        (100, &[1, 1, 0], &[50, 50, 0]),
        (100, &[0, 1, 1], &[0, 50, 50]),
    ];
    for (amount, weights, expected) in allocations {
        assert_eq!(allocate(amount, weights), expected);
    }
}

/// The numbers of dinero.js (MIT, packages/core/src/utils/__tests__/distribute.test.ts), apart from three cases that we
/// refuse or cannot express: no weights, zero weights, negative weights.
#[test]
fn allocation_agrees_with_the_numbers_of_dinero_js() {
    assert_eq!(allocate(1003, &[50, 50]), [502, 501]);
    assert_eq!(allocate(100, &[1, 3]), [25, 75]);
    assert_eq!(allocate(1003, &[0, 50, 50]), [0, 502, 501]);
}

#[test]
fn the_largest_fraction_gets_the_unit_left_over() {
    assert_eq!(allocate(100, &[1, 2, 3]), [17, 33, 50]);
    assert_eq!(allocate(-100, &[1, 2, 3]), [-17, -33, -50]);
    assert_eq!(allocate(i64::MIN, &[u64::MAX, u64::MAX]), [i64::MIN / 2, i64::MIN / 2]);
}

#[test]
fn an_amount_cannot_be_divided_among_nobody() {
    for weights in [&[][..], &[0], &[0, 0, 0]] {
        let refusal = MoneyError::NoWeights { amount: eur(100), weights: weights.len() };
        assert_eq!(eur(100).allocate(weights), Err(refusal.clone()));
        assert_eq!(Money::allocate_between(eur(0), eur(100), weights), Err(refusal));
    }
    let refusal = eur(100).split(0).unwrap_err();
    assert_eq!(refusal.to_string(), "cannot divide 1.00 EUR over 0 weights that sum to zero");
    assert_eq!(eur(-1).weight(), Err(MoneyError::NegativeWeight(eur(-1))));
}

/// The reason for the second method. The weights are those of the textbook example of the paradox.
#[test]
fn dividing_a_larger_amount_afresh_can_take_from_somebody_but_dividing_the_increase_cannot() {
    let weights = [6, 6, 2];
    assert_eq!(allocate(10, &weights), [4, 4, 2]);
    assert_eq!(allocate(11, &weights), [5, 5, 1]);
    assert_eq!(between(0, 10, &weights), [5, 4, 1]);
    assert_eq!(between(10, 11, &weights), [0, 1, 0]);
}

#[test]
fn refunds_of_one_cent_at_a_time_are_shared_fairly_and_end_exactly() {
    let lines = [100, 50];
    let mut refunded = [0, 0];
    for cents in 0..150 {
        let step = between(cents, cents + 1, &lines);
        refunded = [refunded[0] + step[0], refunded[1] + step[1]];
        if cents == 49 {
            assert_eq!(refunded, [33, 17]);
        }
    }
    assert_eq!(refunded, [100, 50]);
}

#[test]
fn totals_of_opposite_signs_overflow_only_beyond_64_bits() {
    assert_eq!(between(-100, 100, &[1, 1]), [100, 100]);
    assert!(Money::allocate_between(eur(i64::MIN), eur(i64::MAX), &[1]).is_err());
    assert!(Money::allocate_between(eur(0), Money::new(1, Currency::USD), &[1]).is_err());
}

fn weights() -> impl Strategy<Value = Vec<u64>> {
    let weight = prop_oneof![Just(0), 1_u64..20, 1_u64..100_000, any::<u64>()];
    proptest::collection::vec(weight, 1..12).prop_filter("somebody gets something", |all| all.iter().any(|&w| w > 0))
}

fn amounts() -> impl Strategy<Value = i64> {
    prop_oneof![0_i64..200, -200_i64..200, -1_000_000_i64..1_000_000, any::<i64>()]
}

/// The exact share of a part, as the pair of its floor and whether something is left.
fn exact(amount: i64, weight: u64, weights: &[u64]) -> (i128, bool) {
    let total: i128 = weights.iter().map(|&w| i128::from(w)).sum();
    let magnitude = i128::from(amount).unsigned_abs() * u128::from(weight);
    let total = total.unsigned_abs();
    (i128::try_from(magnitude / total).expect("below 2^127"), magnitude % total != 0)
}

proptest! {
    #[test]
    fn the_parts_sum_to_the_whole_and_each_is_its_exact_share_rounded_down_or_up(
        amount in amounts(), weights in weights(),
    ) {
        let parts = allocate(amount, &weights);
        prop_assert_eq!(parts.iter().map(|&part| i128::from(part)).sum::<i128>(), i128::from(amount));
        for (&part, &weight) in parts.iter().zip(&weights) {
            let (floor, has_fraction) = exact(amount, weight, &weights);
            let above = i128::from(part).abs() - floor;
            prop_assert!(above == 0 || (above == 1 && has_fraction));
            prop_assert!(part == 0 || (part < 0) == (amount < 0));
        }
        if let Some(opposite) = amount.checked_neg() {
            let turned: Vec<i64> = parts.iter().map(|part| -part).collect();
            prop_assert_eq!(allocate(opposite, &weights), turned);
        }
    }

    #[test]
    fn a_split_is_an_allocation_to_equals(amount in amounts(), parts in 1_usize..40) {
        let split = minors(eur(amount).split(parts).unwrap());
        prop_assert_eq!(&split, &allocate(amount, &vec![1; parts]));
        prop_assert!(split.iter().max().unwrap() - split.iter().min().unwrap() <= 1);
    }

    #[test]
    fn whatever_the_steps_nobody_loses_and_only_the_total_matters(
        weights in weights(), mut totals in proptest::collection::vec(amounts(), 1..12),
    ) {
        totals.iter_mut().for_each(|total| *total = total.saturating_abs());
        totals.sort_unstable();
        let mut given = vec![0; weights.len()];
        let mut reached = 0;
        for total in totals {
            let step = between(reached, total, &weights);
            prop_assert!(step.iter().all(|&part| part >= 0), "{step:?}");
            prop_assert_eq!(step.iter().sum::<i64>(), total - reached);
            given.iter_mut().zip(step).for_each(|(sum, part)| *sum += part);
            reached = total;
            prop_assert_eq!(&given, &between(0, total, &weights));
        }
        for (&sum, &weight) in given.iter().zip(&weights) {
            prop_assert!(weight > 0 || sum == 0);
        }
    }

    #[test]
    fn nobody_gets_more_than_their_weight_on_the_way_and_all_of_it_at_the_end(
        weights in proptest::collection::vec(0_u64..100_000, 1..12), part_of_the_way in 0_u64..=100,
    ) {
        let total: u64 = weights.iter().sum();
        prop_assume!(total > 0);
        let signed = |weight: u64| i64::try_from(weight).unwrap();
        let on_the_way = signed(total * part_of_the_way / 100);
        let given = between(0, on_the_way, &weights);
        let remaining = between(on_the_way, signed(total), &weights);
        for ((&weight, &first), &second) in weights.iter().zip(&given).zip(&remaining) {
            prop_assert!(first <= signed(weight));
            prop_assert_eq!(first + second, signed(weight));
        }
        let turned: Vec<i64> = given.iter().map(|part| -part).collect();
        prop_assert_eq!(between(0, -on_the_way, &weights), turned);
    }

    #[test]
    fn shares_of_a_growing_total_stay_near_proportion(
        weights in proptest::collection::vec(prop_oneof![0_u32..9, any::<u32>()], 1..12), total in amounts(),
    ) {
        prop_assume!(weights.iter().any(|&weight| weight > 0));
        let shares = between(0, total, &weights.iter().copied().map(u64::from).collect::<Vec<_>>());
        let whole: i128 = weights.iter().copied().map(i128::from).sum();
        let strays: Vec<i128> = shares
            .iter()
            .zip(&weights)
            .map(|(&share, &weight)| (i128::from(share) * whole - i128::from(total) * i128::from(weight)).abs())
            .collect();
        prop_assert!(strays.iter().sum::<i128>() <= whole * i128::try_from(weights.len()).unwrap());
        prop_assert!(weights.len() > 3 || strays.iter().all(|&stray| stray < whole));
    }
}
