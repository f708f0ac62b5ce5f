//! Adding, taking times, comparing.

use std::cmp::Ordering;

use designia_core::money::{Currency, Money, MoneyError};
use proptest::prelude::*;

use Currency::{EUR, USD};

const fn eur(minor: i64) -> Money {
    Money::new(minor, EUR)
}

#[test]
fn amounts_in_two_currencies_do_not_combine() {
    let mismatch = MoneyError::CurrencyMismatch { left: EUR, right: USD };
    let usd = Money::new(1, USD);
    assert_eq!(eur(1).checked_add(usd), Err(mismatch.clone()));
    assert_eq!(eur(1).checked_sub(usd), Err(mismatch.clone()));
    assert_eq!(eur(1).try_cmp(usd), Err(mismatch.clone()));
    assert_eq!(Money::sum(EUR, [eur(1), usd]), Err(mismatch));
    assert_ne!(eur(0), Money::zero(USD));
}

#[test]
fn results_beyond_64_bits_are_refused_with_the_calculation() {
    let overflow = |value: &str| Err(MoneyError::Overflow { value: value.to_owned(), currency: EUR });
    assert_eq!(eur(i64::MAX).checked_add(eur(1)), overflow("9223372036854775807 + 1"));
    assert_eq!(eur(i64::MIN).checked_sub(eur(1)), overflow("-9223372036854775808 - 1"));
    assert_eq!(eur(i64::MIN).checked_neg(), overflow("-(-9223372036854775808)"));
    assert_eq!(eur(i64::MAX).times(2_u32), overflow("9223372036854775807 * 2"));
}

#[test]
fn a_sum_of_nothing_is_zero_of_the_currency_asked_for() {
    assert_eq!(Money::sum(USD, []), Ok(Money::zero(USD)));
}

proptest! {
    #[test]
    fn arithmetic_is_that_of_whole_numbers(left: i64, right: i64) {
        let exact = |wide: i128| i64::try_from(wide).ok().map(eur);
        let (a, b) = (i128::from(left), i128::from(right));
        prop_assert_eq!(eur(left).checked_add(eur(right)).ok(), exact(a + b));
        prop_assert_eq!(eur(left).checked_sub(eur(right)).ok(), exact(a - b));
        prop_assert_eq!(eur(left).times(right).ok(), exact(a * b));
        prop_assert_eq!(eur(left).checked_neg().ok(), exact(-a));
        prop_assert_eq!(eur(left).try_cmp(eur(right)), Ok(left.cmp(&right)));
        prop_assert_eq!(eur(left).is_negative(), left.cmp(&0) == Ordering::Less);
    }
}
