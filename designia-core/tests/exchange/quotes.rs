//! What a quote promises.

use designia_core::exchange::{ExchangeError, Quote};
use designia_core::money::{Currency, Money, Rounding};
use designia_core::time::{HOUR, Timestamp};

use super::{at, per_euro};
use Currency::{EUR, GBP, USD};
use Rounding::HalfEven;

fn noon() -> Timestamp {
    at("2026-11-01T12:00:00Z")
}

fn quote() -> Quote {
    per_euro(&[(USD, "1.1172"), (GBP, "0.83380")]).quote(USD, GBP, noon(), HOUR).expect("a rate")
}

#[test]
fn a_quote_holds_until_the_instant_it_expires() {
    let amount = Money::new(10_000, USD);
    let last = at("2026-11-01T12:59:59.999999Z");
    assert_eq!(quote().convert(amount, noon(), HalfEven), Ok(Money::new(7463, GBP)));
    assert_eq!(quote().convert(amount, last, HalfEven), Ok(Money::new(7463, GBP)));
    let refusal = ExchangeError::QuoteExpired { expires_at: quote().expires_at(), now: noon() + HOUR };
    assert_eq!(quote().convert(amount, noon() + HOUR, HalfEven), Err(refusal.clone()));
    assert_eq!(refusal.to_string(), "quote expired at 2026-11-01T13:00:00Z, it is 2026-11-01T13:00:00Z");
}

#[test]
fn a_quote_converts_its_own_currency_only_and_in_one_direction() {
    for currency in [EUR, GBP] {
        let amount = Money::new(10_000, currency);
        let refusal = ExchangeError::WrongCurrency { expected: USD, amount };
        assert_eq!(quote().convert(amount, noon(), HalfEven), Err(refusal));
    }
}

#[test]
fn a_quote_has_no_rate_to_pin_for_a_currency_that_nobody_publishes() {
    assert!(per_euro(&[(USD, "1.1172")]).quote(USD, GBP, noon(), HOUR).is_err());
}

#[test]
fn the_agreed_rate_outlives_the_promise_for_refunds() {
    assert_eq!(quote().rate().convert(Money::new(10_000, USD), HalfEven), Ok(Money::new(7463, GBP)));
}

#[test]
fn a_quote_explains_itself_years_later() {
    let json = concat!(
        r#"{"rate":{"from":"USD","to":"GBP","numerator":"0.8338","denominator":"1.1172","path":"cross"},"#,
        r#""source":{"name":"ecb","bundled":false},"as_of":"2026-10-30","#,
        r#""quoted_at":"2026-11-01T12:00:00Z","expires_at":"2026-11-01T13:00:00Z"}"#,
    );
    assert_eq!(serde_json::to_string(&quote()).unwrap(), json);
    assert_eq!(serde_json::from_str::<Quote>(json).unwrap(), quote());
}

#[test]
fn a_stored_rate_that_contradicts_itself_is_refused() {
    let json = serde_json::to_string(&quote()).unwrap();
    for (good, bad) in [
        (r#""1.1172""#, r#""0""#),
        (r#""0.8338""#, r#""-0.8338""#),
        ("cross", "direct"),
        ("cross", "inverse"),
        ("cross", "identity"),
        (r#""to":"GBP""#, r#""to":"USD""#),
    ] {
        assert!(serde_json::from_str::<Quote>(&json.replacen(good, bad, 1)).is_err(), "{bad}");
    }
    let free_money = r#"{"from":"USD","to":"JPY","numerator":"1","denominator":"1","path":"identity"}"#;
    let refusal = serde_json::from_str::<designia_core::exchange::Rate>(free_money).unwrap_err();
    assert!(refusal.to_string().starts_with("1 / 1 from USD to JPY is no identity rate"));
}
