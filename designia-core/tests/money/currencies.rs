//! Our ISO 4217 table against the independent one of the crate `iso_currency` 0.7.1.

use std::collections::BTreeMap;

use designia_core::money::Currency;
use iso_currency::IntoEnumIterator;

/// Codes that the other table keeps although list one of 2026-01-01 has no amounts in them.
const RETIRED: [&str; 5] = ["BGN", "CUC", "HRK", "SLL", "ZWL"];

#[test]
fn our_table_agrees_with_an_independent_one_apart_from_retired_codes() {
    let theirs: BTreeMap<_, _> = iso_currency::Currency::iter()
        .filter_map(|currency| Some((currency.code(), (currency.numeric(), currency.exponent()?))))
        .filter(|(code, _)| !RETIRED.contains(code))
        .map(|(code, (numeric, exponent))| (code.to_owned(), (numeric, exponent)))
        .collect();
    let ours: BTreeMap<_, _> = Currency::all()
        .map(|currency| (currency.code().to_owned(), (currency.numeric(), u16::from(currency.exponent()))))
        .collect();
    assert_eq!(ours, theirs);
}

#[test]
fn retired_codes_are_gone_from_ours_and_still_in_the_other() {
    for code in RETIRED {
        assert!(code.parse::<Currency>().is_err());
        assert!(iso_currency::Currency::from_code(code).is_some());
    }
}

/// Where libraries err: CLDR has no decimals for HUF and COP, `rusty-money` none for HUF and one for MGA and MRU, and
/// Stripe counts ISK and UGX in hundredths and MGA in units.
#[test]
fn the_exponents_that_others_get_wrong_are_those_of_iso() {
    use Currency::{BHD, CLF, CLP, COP, HUF, ISK, KWD, MGA, MRU, UGX, UYI, UYW};
    let expected = [
        (HUF, 2),
        (COP, 2),
        (MGA, 2),
        (MRU, 2),
        (ISK, 0),
        (UGX, 0),
        (CLP, 0),
        (UYI, 0),
        (BHD, 3),
        (KWD, 3),
        (CLF, 4),
        (UYW, 4),
    ];
    for (currency, exponent) in expected {
        assert_eq!(currency.exponent(), exponent, "{currency}");
    }
}
