//! Numbers and rate lists of JSON documents, read as decimal text.

use std::fmt;

use designia_core::money::Currency;
use rust_decimal::Decimal;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::RatesError;

/// The decimal number that `text` denotes in JSON's grammar, exactly; `None` if it is no such number, or has more
/// digits than a [`Decimal`] holds.
pub(crate) fn exact(text: &str) -> Option<Decimal> {
    let (base, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, decimals) = base.split_once('.').map_or((base, None), |(whole, decimals)| (whole, Some(decimals)));
    let unsigned = whole.strip_prefix('-').unwrap_or(whole);
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(unsigned) || !decimals.is_none_or(is_digits) {
        return None;
    }
    // Zeros at the end carry no value, but would count against the digits that can be kept.
    let decimals = decimals.unwrap_or("").trim_end_matches('0');
    let mantissa: i128 = format!("{whole}{decimals}").parse().ok()?;
    let scale = i32::try_from(decimals.len()).ok()?.checked_sub(exponent.parse().ok()?)?;
    match u32::try_from(scale) {
        Ok(scale) => Decimal::try_from_i128_with_scale(mantissa, scale).ok(),
        Err(_) => {
            let factor = 10_i128.checked_pow(scale.unsigned_abs())?;
            Decimal::try_from_i128_with_scale(mantissa.checked_mul(factor)?, 0).ok()
        }
    }
}

/// [`exact`], or the refusal that names the currency.
pub(crate) fn rate(currency: Currency, text: &str) -> Result<Decimal, RatesError> {
    exact(text).ok_or_else(|| RatesError::BadNumber { currency, text: text.to_owned() })
}

/// A JSON object of rates by currency code, each a number or a string with a number in it.
///
/// Codes that are no currency of ours, such as metals, crypto-currencies and retired ones, are skipped: feeds carry
/// dozens. Repeated codes are kept, so that a batch refuses them.
#[derive(Debug)]
pub(crate) struct RateList(pub(crate) Vec<(Currency, Decimal)>);

impl<'de> Deserialize<'de> for RateList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RateListVisitor)
    }
}

struct RateListVisitor;

impl<'de> Visitor<'de> for RateListVisitor {
    type Value = RateList;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rates by currency code")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut rates = Vec::new();
        while let Some((code, value)) = entries.next_entry::<String, &RawValue>()? {
            let Ok(currency) = code.parse() else { continue };
            let text = value.get();
            let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
            rates.push((currency, rate(currency, text).map_err(A::Error::custom)?));
        }
        Ok(RateList(rates))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly_up_to_28_digits() {
        for (text, expected) in [
            ("1", "1"),
            ("0.82", "0.82"),
            ("-0.5", "-0.5"),
            ("1.2345678901234567890", "1.234567890123456789"),
            ("0.1234567890123456789012345678", "0.1234567890123456789012345678"),
            ("1.0000000000000000000000000000000000000000", "1"),
            ("9.7e-7", "0.00000097"),
            ("2.5E3", "2500"),
            ("1e+2", "100"),
            ("20275.17", "20275.17"),
        ] {
            assert_eq!(exact(text), Some(Decimal::from_str_exact(expected).unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_no_exact_decimal_is_not_a_number() {
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "+1",
            "1_000",
            "NaN",
            "Infinity",
            "null",
            "true",
            "0x1",
            "1e",
            "e5",
            "1e2.5",
            "1 ",
            "--1",
            "1e-29",
            "1e99999999999",
            "1e2147483647",
            "1e-2147483648",
            "0.12345678901234567890123456789",
            "N/A",
            "１",
        ] {
            assert_eq!(exact(text), None, "{text}");
        }
    }

    #[test]
    fn a_rate_list_skips_codes_that_are_no_currency_and_names_the_currency_of_a_bad_rate() {
        let list: RateList =
            serde_json::from_str(r#"{"USD":1,"XAU":0.0005,"BTC":1e-5,"EUR":"0.82","EUR":0.83}"#).unwrap();
        let decimal = |text| Decimal::from_str_exact(text).unwrap();
        let expected =
            [(Currency::USD, decimal("1")), (Currency::EUR, decimal("0.82")), (Currency::EUR, decimal("0.83"))];
        assert_eq!(list.0, expected);
        for bad in [r#""NaN""#, "null", "[1]", "true", r#""1\u0030""#] {
            let refusal = serde_json::from_str::<RateList>(&format!(r#"{{"USD":{bad}}}"#)).unwrap_err().to_string();
            assert!(refusal.contains("of USD is not an exact decimal number"), "{refusal}");
        }
    }
}
