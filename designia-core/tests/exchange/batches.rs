//! What a batch of rates may hold.

use designia_core::exchange::{ExchangeError, RateBatch, Source};
use designia_core::money::Currency;
use rust_decimal::Decimal;

use super::{at, day, decimal, per_euro};
use Currency::{EUR, GBP, USD};

fn new(rates: &[(Currency, &str)]) -> Result<RateBatch, ExchangeError> {
    let rates = rates.iter().map(|&(currency, rate)| (currency, decimal(rate)));
    RateBatch::new(EUR, day("2026-10-30"), at("2026-10-30T15:05:00Z"), Source::new("ecb"), rates)
}

#[test]
fn a_rate_that_cannot_be_true_is_refused_with_its_currency() {
    for rate in ["0", "-1.1", "-0.0", "0.000000000000001", "100000000000001"] {
        let refusal = ExchangeError::BadRate { currency: USD, rate: decimal(rate) };
        assert_eq!(new(&[(GBP, "0.8"), (USD, rate)]), Err(refusal), "{rate}");
    }
    for rate in ["0.00000000000001", "100000000000000"] {
        assert!(new(&[(USD, rate)]).is_ok(), "{rate}");
    }
}

#[test]
fn the_base_may_be_listed_as_one_and_as_nothing_else() {
    assert_eq!(new(&[(EUR, "1"), (USD, "1.1")]), new(&[(USD, "1.1")]));
    assert_eq!(new(&[(EUR, "1.000"), (USD, "1.1")]), new(&[(USD, "1.1")]));
    let refusal = ExchangeError::BadBase { base: EUR, rate: decimal("1.01") };
    assert_eq!(new(&[(EUR, "1.01"), (USD, "1.1")]), Err(refusal));
}

#[test]
fn two_rates_of_one_currency_are_refused_even_if_equal() {
    let refusal = ExchangeError::DuplicateRate { currency: USD, first: decimal("1.1"), second: decimal("1.10") };
    assert_eq!(new(&[(USD, "1.1"), (USD, "1.10")]), Err(refusal));
    assert!(new(&[(EUR, "1"), (EUR, "1"), (USD, "1.1")]).is_err());
}

#[test]
fn a_batch_without_rates_is_refused() {
    assert_eq!(new(&[]), Err(ExchangeError::NoRates { base: EUR }));
    assert_eq!(new(&[(EUR, "1")]), Err(ExchangeError::NoRates { base: EUR }));
}

#[test]
fn rates_of_a_day_that_has_not_begun_are_refused() {
    let fetched_at = at("2026-10-30T15:05:00Z");
    let dated = |as_of| RateBatch::new(EUR, day(as_of), fetched_at, Source::new("ecb"), [(USD, Decimal::ONE)]);
    assert!(dated("2026-10-31").is_ok(), "it is already tomorrow in Auckland");
    assert_eq!(dated("2026-11-01"), Err(ExchangeError::FutureRates { as_of: day("2026-11-01"), fetched_at }));
}

#[test]
fn rates_are_listed_in_the_order_of_the_codes_without_the_base() {
    let batch = per_euro(&[(USD, "1.1172"), (EUR, "1"), (GBP, "0.83380")]);
    let listed: Vec<_> = batch.rates().collect();
    assert_eq!(listed, [(GBP, decimal("0.8338")), (USD, decimal("1.1172"))]);
}

#[test]
fn json_keeps_rates_as_decimal_text_and_is_checked_when_read() {
    let batch = per_euro(&[(USD, "1.1172"), (GBP, "0.83380")]);
    let json = r#"{"base":"EUR","as_of":"2026-10-30","fetched_at":"2026-10-30T15:05:00Z","source":{"name":"ecb","bundled":false},"rates":{"GBP":"0.8338","USD":"1.1172"}}"#;
    assert_eq!(serde_json::to_string(&batch).unwrap(), json);
    assert_eq!(serde_json::from_str::<RateBatch>(json).unwrap(), batch);
    for (good, bad) in
        [("1.1172", "0"), ("1.1172", "-1"), (r#""1.1172""#, "1.1172"), ("EUR", "XAU"), ("2026-10-30\"", "2027-10-30\"")]
    {
        assert!(serde_json::from_str::<RateBatch>(&json.replacen(good, bad, 1)).is_err(), "{bad}");
    }
}

#[test]
fn a_bundled_source_says_so() {
    let source = Source::bundled("ecb");
    assert!(source.is_bundled());
    assert_eq!(source.to_string(), "ecb (bundled snapshot)");
    assert_eq!(Source::new("ecb").to_string(), "ecb");
    assert_ne!(source, Source::new("ecb"));
    assert_eq!(serde_json::to_string(&source).unwrap(), r#"{"name":"ecb","bundled":true}"#);
}
