//! Reading and writing amounts.

use designia_core::money::{Currency, Money, MoneyError};
use proptest::prelude::*;

use Currency::{CLF, EUR, JPY, KWD};

#[test]
fn an_amount_is_written_with_the_decimals_of_its_currency() {
    let table = [
        (1000, EUR, "10.00 EUR"),
        (5, EUR, "0.05 EUR"),
        (-5, EUR, "-0.05 EUR"),
        (0, EUR, "0.00 EUR"),
        (500, JPY, "500 JPY"),
        (-1, JPY, "-1 JPY"),
        (1, KWD, "0.001 KWD"),
        (12_345, CLF, "1.2345 CLF"),
        (i64::MAX, EUR, "92233720368547758.07 EUR"),
        (i64::MIN, CLF, "-922337203685477.5808 CLF"),
    ];
    for (minor, currency, text) in table {
        assert_eq!(Money::new(minor, currency).to_string(), text);
        assert_eq!(text.parse(), Ok(Money::new(minor, currency)));
    }
}

#[test]
fn an_amount_may_be_written_shorter_than_its_currency_allows() {
    for (text, currency, minor) in [
        ("10", EUR, 1000),
        ("10.5", EUR, 1050),
        ("007", JPY, 7),
        ("-0", EUR, 0),
        ("0000000000000000000000001", EUR, 100),
    ] {
        assert_eq!(Money::parse(text, currency), Ok(Money::new(minor, currency)));
    }
}

#[test]
fn what_is_not_a_plain_decimal_number_is_refused() {
    let texts = [
        "", "-", ".", "1.", ".5", "+1", "--1", "1-", "1e2", "1E2", "0x10", "1,5", "1 000", " 1", "1 ", "1_000",
        "1.2.3", "NaN", "nan", "inf", "-inf", "١٢", "１", "€1", "1\n", "-.5", "1.-5", "1.+5", "1.\u{0}",
    ];
    for text in texts {
        assert_eq!(Money::parse(text, EUR), Err(MoneyError::NotANumber(text.to_owned())), "{text:?}");
    }
}

#[test]
fn decimals_beyond_the_minor_unit_are_refused_even_if_zero() {
    for (text, currency) in [("1.001", EUR), ("1.000", EUR), ("1.0", JPY), ("1.0000", KWD), ("1.00000", CLF)] {
        let refusal = MoneyError::TooManyDecimals { text: text.to_owned(), currency };
        assert_eq!(Money::parse(text, currency), Err(refusal));
    }
}

#[test]
fn amounts_beyond_64_bits_are_refused() {
    for text in ["92233720368547758.08", "-92233720368547758.09", "99999999999999999999999999999999999999999"] {
        let refusal = MoneyError::Overflow { value: text.to_owned(), currency: EUR };
        assert_eq!(Money::parse(text, EUR), Err(refusal));
    }
}

#[test]
fn refusals_name_the_value() {
    let words = |text: &str| text.parse::<Money>().map_err(|refusal| refusal.to_string());
    assert_eq!(words("ten EUR").unwrap_err(), "`ten` is not a plain decimal number");
    assert_eq!(words("1.5 JPY").unwrap_err(), "`1.5` has more than the 0 decimals of JPY");
    assert_eq!(words("1.5 BGN").unwrap_err(), "`BGN` is not an ISO 4217 currency that can be charged");
    assert_eq!(words("1.5").unwrap_err(), "`1.5` is not a plain decimal number");
}

#[test]
fn json_is_minor_units_and_a_code() {
    let json = r#"{"minor":-1000,"currency":"EUR"}"#;
    assert_eq!(serde_json::to_string(&Money::new(-1000, EUR)).unwrap(), json);
    assert_eq!(serde_json::from_str::<Money>(json).unwrap(), Money::new(-1000, EUR));
    for bad in [r#"{"minor":1.5,"currency":"EUR"}"#, r#"{"minor":1,"currency":"XAU"}"#, r#"{"minor":1}"#] {
        assert!(serde_json::from_str::<Money>(bad).is_err(), "{bad}");
    }
}

pub(crate) fn any_currency() -> impl Strategy<Value = Currency> {
    proptest::sample::select(Currency::all().collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn every_amount_survives_its_text_form(minor: i64, currency in any_currency()) {
        let money = Money::new(minor, currency);
        prop_assert_eq!(money.to_string().parse(), Ok(money));
        prop_assert_eq!(money.amount(), money.to_decimal().to_string());
    }

    #[test]
    fn reading_never_panics(text in "\\PC*", currency in any_currency()) {
        let _outcome = Money::parse(&text, currency);
    }
}
