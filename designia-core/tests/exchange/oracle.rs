//! Conversions against an oracle that computes with fractions of unlimited whole numbers.

use designia_core::exchange::{RateBatch, Source};
use designia_core::money::{Currency, Money, Rounding};
use num_bigint::BigInt;
use proptest::prelude::*;
use rust_decimal::Decimal;

use Rounding::{Ceiling, Down, Floor, HalfDown, HalfEven, HalfUp, Up};

const MODES: [Rounding; 7] = [HalfEven, HalfUp, HalfDown, Up, Down, Ceiling, Floor];

fn ten_to(power: u32) -> BigInt {
    BigInt::from(10).pow(power)
}

/// The definition: amount × to / from in major units, times the minor units of a major one, rounded.
fn oracle(amount: Money, from: Decimal, to: Decimal, into: Currency, mode: Rounding) -> Option<i64> {
    let numerator = BigInt::from(amount.minor())
        * BigInt::from(to.mantissa())
        * ten_to(from.scale())
        * ten_to(into.exponent().into());
    let denominator = BigInt::from(from.mantissa()) * ten_to(to.scale()) * ten_to(amount.currency().exponent().into());
    round(&numerator, &denominator, mode).try_into().ok()
}

/// Chooses between the whole numbers below and above, by their distance.
fn round(numerator: &BigInt, denominator: &BigInt, mode: Rounding) -> BigInt {
    let towards_zero = numerator / denominator;
    if &towards_zero * denominator == *numerator {
        return towards_zero;
    }
    let is_negative = *numerator < BigInt::ZERO;
    let below = if is_negative { &towards_zero - 1 } else { towards_zero };
    let above = &below + 1;
    let (far_below, far_above) = (numerator - &below * denominator, &above * denominator - numerator);
    let (inner, outer) = if is_negative { (&above, &below) } else { (&below, &above) };
    let on_a_tie = match mode {
        Ceiling => return above,
        Floor => return below,
        Up => return outer.clone(),
        Down => return inner.clone(),
        HalfUp => outer,
        HalfDown => inner,
        HalfEven => [inner, outer].into_iter().find(|choice| *choice % 2 == BigInt::ZERO).expect("one is even"),
    };
    match far_below.cmp(&far_above) {
        std::cmp::Ordering::Less => below,
        std::cmp::Ordering::Greater => above,
        std::cmp::Ordering::Equal => on_a_tie.clone(),
    }
}

/// Rates as feeds give them, up to the 28 digits that a `Decimal` holds.
fn rates() -> impl Strategy<Value = Decimal> {
    let few_digits = (1_i128..1_000_000, 0_u32..=8);
    let twenty_digits = (1_i128..100_000_000_000_000_000_000, 6_u32..=20);
    let all_digits = (1_i128..1 << 93, 14_u32..=28);
    prop_oneof![few_digits, twenty_digits, all_digits]
        .prop_map(|(mantissa, scale)| Decimal::from_i128_with_scale(mantissa, scale))
        .prop_filter("believable", |rate| (Decimal::new(1, 14)..=Decimal::from(100_000_000_000_000_i64)).contains(rate))
}

fn minors() -> impl Strategy<Value = i64> {
    prop_oneof![-1_000_i64..1_000, -100_000_000_i64..100_000_000, any::<i64>()]
}

fn currencies() -> impl Strategy<Value = [Currency; 3]> {
    let all: Vec<_> = Currency::all().collect();
    proptest::sample::subsequence(all, 3).prop_shuffle().prop_map(|three| [three[0], three[1], three[2]])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_path_agrees_with_exact_fractions(
        minor in minors(), [base, left, right] in currencies(), left_rate in rates(), right_rate in rates(),
    ) {
        let day = "2026-10-30".parse().unwrap();
        let fetched_at = "2026-10-30T15:05:00Z".parse().unwrap();
        let rates = [(left, left_rate), (right, right_rate)];
        let batch = RateBatch::new(base, day, fetched_at, Source::new("test"), rates).unwrap();
        let pairs = [(base, Decimal::ONE, left, left_rate), (left, left_rate, base, Decimal::ONE), (left, left_rate, right, right_rate)];
        for (from, from_rate, to, to_rate) in pairs {
            let amount = Money::new(minor, from);
            for mode in MODES {
                let expected = oracle(amount, from_rate, to_rate, to, mode);
                let converted = batch.convert(amount, to, mode).ok().map(|conversion| conversion.amount);
                prop_assert_eq!(converted, expected.map(|minor| Money::new(minor, to)), "{:?} from {} to {}", mode, from, to);
            }
        }
    }

    /// Converting there and back is not the identity, but each rounding errs by half a minor unit at most.
    #[test]
    fn there_and_back_strays_by_no_more_than_the_two_roundings(
        minor in -100_000_000_i64..100_000_000, [base, left, _] in currencies(), rate in rates(),
    ) {
        let batch = RateBatch::new(
            base, "2026-10-30".parse().unwrap(), "2026-10-30T15:05:00Z".parse().unwrap(), Source::new("test"), [(left, rate)],
        ).unwrap();
        let start = Money::new(minor, base);
        let there = batch.convert(start, left, HalfEven);
        prop_assume!(there.is_ok());
        let back = batch.convert(there.unwrap().amount, base, HalfEven).unwrap().amount;
        let half = |currency: Currency| Decimal::new(5, u32::from(currency.exponent()) + 1);
        let allowed = half(left) / rate + half(base);
        let strayed = (back.to_decimal() - start.to_decimal()).abs();
        prop_assert!(strayed <= allowed + Decimal::new(1, 20), "{} strayed {} of {}", start, strayed, allowed);
    }
}
