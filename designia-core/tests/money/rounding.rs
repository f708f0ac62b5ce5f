//! Rounding modes, on values that fall between two minor units.

use designia_core::money::Rounding::{self, Ceiling, Down, Floor, HalfDown, HalfEven, HalfUp, Up};
use designia_core::money::{Currency, Money, MoneyError};
use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};

const MODES: [Rounding; 7] = [HalfEven, HalfUp, HalfDown, Up, Down, Ceiling, Floor];

/// The values of dinero.js's `divide` tests (MIT, packages/core/src/divide/__tests__), which name the modes otherwise:
/// `halfAwayFromZero` is our `HalfUp`, `halfTowardsZero` our `HalfDown`, `up` our `Ceiling` and `down` our `Floor`.
#[test]
fn the_modes_agree_with_the_numbers_of_dinero_js() {
    let table = [
        (HalfEven, [("1.4", 1), ("-1.4", -1), ("1.5", 2), ("2.5", 2), ("-2.5", -2), ("1.6", 2), ("-1.6", -2)]),
        (HalfEven, [("4.4", 4), ("-4.4", -4), ("1.5", 2), ("2.5", 2), ("-2.5", -2), ("4.8", 5), ("-4.8", -5)]),
        (HalfUp, [("1.4", 1), ("-1.4", -1), ("1.5", 2), ("-2.5", -3), ("1.6", 2), ("-1.6", -2), ("4.4", 4)]),
        (HalfDown, [("1.4", 1), ("-1.4", -1), ("1.5", 1), ("-2.5", -2), ("1.6", 2), ("-1.6", -2), ("4.8", 5)]),
        (Ceiling, [("2", 2), ("-2", -2), ("0", 0), ("1.4", 2), ("-1.4", -1), ("-1.6", -1), ("-4.8", -4)]),
        (Floor, [("1.4", 1), ("-1.4", -2), ("1.5", 1), ("-1.5", -2), ("1.6", 1), ("-1.6", -2), ("-4.4", -5)]),
    ];
    for (mode, cases) in table {
        for (value, expected) in cases {
            let yen = Money::from_decimal(value.parse().unwrap(), Currency::JPY, mode).unwrap();
            assert_eq!(yen.minor(), expected, "{mode:?} of {value}");
        }
    }
}

#[test]
fn the_two_modes_named_for_the_distance_from_zero_ignore_the_half() {
    for (value, up, down) in [("2.1", 3, 2), ("-2.1", -3, -2), ("2.9", 3, 2), ("-2.9", -3, -2), ("-3", -3, -3)] {
        let yen = |mode| Money::from_decimal(value.parse().unwrap(), Currency::JPY, mode).unwrap().minor();
        assert_eq!((yen(Up), yen(Down)), (up, down), "{value}");
    }
}

#[test]
fn a_decimal_that_is_too_large_is_refused() {
    let refusal = MoneyError::Overflow { value: Decimal::MAX.to_string(), currency: Currency::EUR };
    assert_eq!(Money::from_decimal(Decimal::MAX, Currency::EUR, HalfEven), Err(refusal));
    assert!(Money::new(i64::MAX, Currency::EUR).fraction("1.0000000001".parse().unwrap(), Down).is_err());
}

#[test]
fn a_fraction_of_an_amount_is_rounded_once() {
    let eur = |minor| Money::new(minor, Currency::EUR);
    let commission = "0.125".parse().unwrap();
    assert_eq!(eur(1000).fraction(commission, HalfEven), Ok(eur(125)));
    assert_eq!(eur(100).fraction(commission, HalfEven), Ok(eur(12)));
    assert_eq!(eur(100).fraction(commission, HalfUp), Ok(eur(13)));
    assert_eq!(eur(-100).fraction(commission, HalfUp), Ok(eur(-13)));
    assert_eq!(eur(i64::MIN).fraction(Decimal::ONE, Down), Ok(eur(i64::MIN)));
}

/// What `rust_decimal` calls the mode, for use as an oracle.
const fn strategy(mode: Rounding) -> RoundingStrategy {
    match mode {
        HalfEven => RoundingStrategy::MidpointNearestEven,
        HalfUp => RoundingStrategy::MidpointAwayFromZero,
        HalfDown => RoundingStrategy::MidpointTowardZero,
        Up => RoundingStrategy::AwayFromZero,
        Down => RoundingStrategy::ToZero,
        Ceiling => RoundingStrategy::ToPositiveInfinity,
        Floor => RoundingStrategy::ToNegativeInfinity,
    }
}

proptest! {
    #[test]
    fn rounding_agrees_with_rust_decimal(
        mantissa in prop_oneof![-5_000_i64..5_000, any::<i64>()],
        scale in 0_u32..=12,
        currency in super::text::any_currency(),
    ) {
        let value = Decimal::new(mantissa, scale);
        for mode in MODES {
            let rounded = value.round_dp_with_strategy(currency.exponent().into(), strategy(mode));
            let ours = Money::from_decimal(value, currency, mode);
            match ours {
                Ok(money) => prop_assert_eq!(money.to_decimal(), rounded),
                Err(_) => prop_assert!(rounded.abs() > Decimal::new(i64::MAX, currency.exponent().into())),
            }
        }
    }
}
