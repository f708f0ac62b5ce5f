//! Which currencies and amounts Stripe takes: its own table, which is neither ISO's nor CLDR's.

use crate::error::ApiError;

const SUPPORTED: &str = "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn \
    bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg \
    huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur \
    mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd \
    shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw";

/// Sent in whole units. UGX is in Stripe's list too, but its special case (×100) wins.
const ZERO_DECIMAL: [&str; 15] =
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"];
const THREE_DECIMAL: [&str; 5] = ["bhd", "jod", "kwd", "omr", "tnd"];

/// Smallest charge, in the currency's Stripe minor unit.
const MINIMUM: [(i64, &[&str]); 10] = [
    (
        50,
        &[
            "usd", "aud", "brl", "cad", "chf", "eur", "inr", "nzd", "sgd", "zar", "ars", "cop", "idr", "ils", "php",
            "rub",
        ],
    ),
    (200, &["aed", "myr", "pln", "ron"]),
    (1_500, &["czk"]),
    (250, &["dkk"]),
    (30, &["gbp"]),
    (400, &["hkd"]),
    (17_500, &["huf"]),
    (50, &["jpy", "krw"]),
    (1_000, &["mxn", "thb"]),
    (300, &["nok", "sek"]),
];

const LARGEST_CARD: i64 = 999_999_999_999;
const LARGEST_OTHER: i64 = 99_999_999;

/// The lowercase code, if Stripe takes the currency. It takes either case.
pub(crate) fn parse(code: &str, param: &str) -> Result<String, ApiError> {
    let lower = code.to_ascii_lowercase();
    if SUPPORTED.split_whitespace().any(|known| known == lower) {
        return Ok(lower);
    }
    let list = SUPPORTED.split_whitespace().collect::<Vec<_>>().join(", ");
    Err(ApiError::invalid(
        format!("Invalid currency: {lower}. Stripe currently supports these currencies: {list}"),
        param,
    ))
}

pub(crate) fn exponent(currency: &str) -> usize {
    if ZERO_DECIMAL.contains(&currency) {
        0
    } else if THREE_DECIMAL.contains(&currency) {
        3
    } else {
        2
    }
}

/// Positive, and of the granularity that the currency asks for.
pub(crate) fn check_unit(amount: i64, currency: &str, param: &str) -> Result<(), ApiError> {
    if amount < 1 {
        let message = "This value must be greater than or equal to 1.";
        return Err(ApiError::invalid(message, param).code("parameter_invalid_integer"));
    }
    check_multiple(amount, currency, param)
}

pub(crate) fn check_multiple(amount: i64, currency: &str, param: &str) -> Result<(), ApiError> {
    let step = match currency {
        "isk" | "ugx" => 100,
        _ if THREE_DECIMAL.contains(&currency) => 10,
        _ => 1,
    };
    if amount % step == 0 {
        return Ok(());
    }
    let message = format!("Invalid amount: an amount in {currency} must be a multiple of {step}.");
    Err(ApiError::invalid(message, param).code("parameter_invalid_integer"))
}

/// Bounds of a whole payment. `card_only` decides how many digits there may be.
pub(crate) fn check_charge(amount: i64, currency: &str, param: &str, card_only: bool) -> Result<(), ApiError> {
    let smallest = minimum(currency);
    if amount < smallest {
        let message = format!("Amount must be at least {}", display(smallest, currency));
        return Err(ApiError::invalid(message, param).code("amount_too_small"));
    }
    let largest = if card_only { LARGEST_CARD } else { LARGEST_OTHER };
    if amount > largest {
        let message = format!("Amount must be no more than {}", display(largest, currency));
        return Err(ApiError::invalid(message, param).code("amount_too_large"));
    }
    Ok(())
}

fn minimum(currency: &str) -> i64 {
    MINIMUM.iter().find(|(_, codes)| codes.contains(&currency)).map_or(1, |(amount, _)| *amount)
}

/// `12.34 EUR`, for people.
pub(crate) fn display(amount: i64, currency: &str) -> String {
    let places = exponent(currency);
    let code = currency.to_ascii_uppercase();
    let sign = if amount < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", amount.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    if places == 0 { format!("{sign}{whole} {code}") } else { format!("{sign}{whole}.{fraction} {code}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_print_in_stripes_exponent() {
        for (amount, currency, text) in [
            (1_234, "eur", "12.34 EUR"),
            (5, "eur", "0.05 EUR"),
            (-1_250, "usd", "-12.50 USD"),
            (500, "jpy", "500 JPY"),
            (1_230, "kwd", "1.230 KWD"),
            (10_000, "isk", "100.00 ISK"),
        ] {
            assert_eq!(display(amount, currency), text);
        }
    }

    #[test]
    fn special_granularities_are_enforced() {
        for (amount, currency, fine) in [
            (100, "isk", true),
            (150, "isk", false),
            (100, "ugx", true),
            (101, "ugx", false),
            (1_230, "kwd", true),
            (1_234, "kwd", false),
            (1, "eur", true),
            (0, "eur", false),
            (-5, "eur", false),
        ] {
            assert_eq!(check_unit(amount, currency, "amount").is_ok(), fine, "{amount} {currency}");
        }
    }

    #[test]
    fn minimums_and_maximums_are_enforced() {
        for (amount, currency, card_only, expected) in [
            (49, "usd", true, Some("amount_too_small")),
            (50, "usd", true, None),
            (17_499, "huf", true, Some("amount_too_small")),
            (29, "gbp", true, Some("amount_too_small")),
            (30, "gbp", true, None),
            (100_000_000, "eur", true, None),
            (100_000_000, "eur", false, Some("amount_too_large")),
            (1_000_000_000_000, "eur", true, Some("amount_too_large")),
        ] {
            let code = check_charge(amount, currency, "amount", card_only).err().map(|error| error.code_name());
            assert_eq!(code, expected, "{amount} {currency}");
        }
    }

    #[test]
    fn an_unknown_currency_is_refused() {
        assert!(parse("zzz", "currency").is_err());
        assert_eq!(parse("EUR", "currency").unwrap(), "eur");
    }
}
