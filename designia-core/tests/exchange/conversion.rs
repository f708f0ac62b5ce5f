//! Converting: the path, the exactness, the refusals.

use designia_core::exchange::{ExchangeError, RateBatch, RatePath};
use designia_core::money::{Currency, Money, Rounding};

use super::{decimal, per, per_euro};
use Currency::{CHF, CLF, EUR, GBP, JPY, KWD, USD};
use Rounding::{Down, HalfEven, HalfUp};

fn ecb() -> RateBatch {
    per_euro(&[(USD, "1.1172"), (JPY, "175.68"), (GBP, "0.83380"), (CHF, "0.9194")])
}

fn convert(amount: &str, to: Currency) -> String {
    ecb().convert(amount.parse().expect("money"), to, HalfEven).expect("a rate").amount.to_string()
}

#[test]
fn each_path_gives_the_exact_product_rounded_once() {
    assert_eq!(convert("100.00 EUR", USD), "111.72 USD");
    assert_eq!(convert("111.72 USD", EUR), "100.00 EUR");
    assert_eq!(convert("100.00 USD", GBP), "74.63 GBP"); // 74.6330…
    assert_eq!(convert("100.00 USD", JPY), "15725 JPY"); // 15725.0268…
    assert_eq!(convert("1000 JPY", GBP), "4.75 GBP"); // 4.7461…
    assert_eq!(convert("-100.00 USD", GBP), "-74.63 GBP");
    assert_eq!(convert("0 JPY", USD), "0.00 USD");
}

#[test]
fn the_answer_says_which_path_was_taken_and_whose_rates_they_are() {
    for (from, to, path) in [
        (EUR, USD, RatePath::Direct),
        (USD, EUR, RatePath::Inverse),
        (USD, GBP, RatePath::Cross),
        (USD, USD, RatePath::Identity),
    ] {
        let conversion = ecb().convert(Money::new(100, from), to, HalfEven).unwrap();
        assert_eq!(conversion.rate.path(), path);
        assert_eq!((conversion.rate.from(), conversion.rate.to()), (from, to));
        assert_eq!((conversion.source.name(), conversion.as_of), ("ecb", super::day("2026-10-30")));
    }
}

#[test]
fn a_cross_rate_shows_28_decimals_but_converts_at_the_exact_quotient() {
    let batch = per_euro(&[(USD, "12"), (CHF, "1")]);
    let rate = batch.rate(USD, CHF).unwrap();
    assert_eq!(rate.value(), decimal("0.0833333333333333333333333333"));
    assert_eq!(rate.terms(), (decimal("1"), decimal("12")));
    assert_eq!(rate.to_string(), "1 USD = 0.0833333333333333333333333333 CHF");
    // Exactly half a centime. At the rate shown it would be less than half, and be rounded away.
    assert_eq!(rate.convert(Money::new(6, USD), HalfUp), Ok(Money::new(1, CHF)));
}

#[test]
fn chaining_rounded_amounts_would_differ_from_the_cross_rate() {
    let via_euro = ecb().convert(Money::new(5, USD), EUR, HalfEven).unwrap().amount;
    let chained = ecb().convert(via_euro, JPY, HalfEven).unwrap().amount;
    assert_eq!(chained, Money::new(7, JPY));
    assert_eq!(convert("0.05 USD", JPY), "8 JPY"); // 7.8625…
}

#[test]
fn exponents_of_both_currencies_count() {
    let batch = per_euro(&[(JPY, "175.68"), (KWD, "0.3427"), (CLF, "0.02744")]);
    let convert = |amount: &str, to| batch.convert(amount.parse().unwrap(), to, HalfEven).unwrap().amount.to_string();
    assert_eq!(convert("1.00 EUR", KWD), "0.343 KWD");
    assert_eq!(convert("1.000 KWD", JPY), "513 JPY"); // 512.635…
    assert_eq!(convert("1 JPY", CLF), "0.0002 CLF");
    assert_eq!(convert("1.0000 CLF", KWD), "12.489 KWD"); // 12.48907…
}

#[test]
fn a_missing_currency_refuses_and_is_named() {
    let refusal = ExchangeError::NoRate { from: USD, to: KWD, missing: KWD };
    assert_eq!(ecb().rate(USD, KWD), Err(refusal.clone()));
    assert_eq!(ecb().convert(Money::new(1, USD), KWD, Down), Err(refusal.clone()));
    assert_eq!(refusal.to_string(), "no rate from USD to KWD: KWD is not in the batch");
    assert!(ecb().rate(KWD, EUR).is_err());
    assert!(!ecb().covers(KWD) && ecb().covers(EUR) && ecb().covers(USD));
}

#[test]
fn a_currency_is_always_worth_itself_even_if_nobody_publishes_it() {
    let same = Money::new(12_345, KWD);
    assert_eq!(ecb().convert(same, KWD, Down).unwrap().amount, same);
    assert_eq!(ecb().rate(KWD, KWD).unwrap().value(), decimal("1"));
}

#[test]
fn an_amount_in_another_currency_than_the_rate_is_refused() {
    let rate = ecb().rate(EUR, USD).unwrap();
    let amount = Money::new(100, GBP);
    let refusal = ExchangeError::WrongCurrency { expected: EUR, amount };
    assert_eq!(rate.convert(amount, HalfEven), Err(refusal.clone()));
    assert_eq!(refusal.to_string(), "1.00 GBP cannot be converted at a rate from EUR");
}

#[test]
fn a_result_beyond_64_bits_is_refused_on_the_fast_path_and_on_the_exact_one() {
    for rate in ["2", "100000000000000", "99999999999999.99999999999999"] {
        let amount = Money::new(i64::MAX, EUR);
        let refusal = ExchangeError::Overflow { amount, to: USD };
        assert_eq!(per(EUR, &[(USD, rate)]).convert(amount, USD, HalfEven), Err(refusal));
    }
}
