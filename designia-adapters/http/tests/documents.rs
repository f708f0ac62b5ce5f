//! Which documents are believed to hold rates.

use designia_core::exchange::{ExchangeError, RateBatch};
use designia_core::money::Currency;
use designia_core::time::Timestamp;
use designia_http::{BundledRates, ExchangeRateApi, RatesError, ecb, parse_file};
use rust_decimal::Decimal;

use Currency::{EUR, GBP, JPY, USD};

const DAILY: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
    <gesmes:subject>Reference rates</gesmes:subject>
    <gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
    <Cube>
        <Cube time='2026-10-30'>
            <Cube currency='USD' rate='1.1172'/>
            <Cube currency='JPY' rate='175.68'/>
            <Cube currency='BGN' rate='1.9558'/>
            <Cube currency='GBP' rate='0.83380'/>
        </Cube>
    </Cube>
</gesmes:Envelope>"#;

const V4: &str = r#"{"provider":"https://www.exchangerate-api.com","WARNING_UPGRADE_TO_V6":"https://www.exchangerate-api.com/docs/free",
"terms":"https://www.exchangerate-api.com/terms","base":"USD","date":"2026-10-30","time_last_updated":1793318401,
"rates":{"USD":1,"EUR":0.895,"GBP":0.746,"JPY":157.25,"IRR":42000.0,"XDR":0.71,"FOK":6.69,"BTC":9.1e-6}}"#;

fn fetched_at() -> Timestamp {
    "2026-10-30T15:05:00Z".parse().expect("an instant")
}

fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).expect("a decimal")
}

fn listed(batch: &RateBatch) -> Vec<(Currency, String)> {
    batch.rates().map(|(currency, rate)| (currency, rate.to_string())).collect()
}

fn reason<T: std::fmt::Debug>(outcome: Result<T, RatesError>) -> String {
    outcome.expect_err("a refusal").to_string()
}

fn v4(document: &str) -> Result<RateBatch, RatesError> {
    ExchangeRateApi::parse(document.as_bytes(), USD, fetched_at())
}

fn daily(document: &str) -> Result<RateBatch, RatesError> {
    ecb::parse_daily(document.as_bytes(), fetched_at())
}

#[test]
fn the_ecb_daily_document_gives_one_batch_per_euro_without_dead_currencies() {
    let batch = daily(DAILY).unwrap();
    assert_eq!(
        (batch.base(), batch.as_of().to_string(), batch.fetched_at()),
        (EUR, "2026-10-30".to_owned(), fetched_at())
    );
    assert_eq!(batch.source().to_string(), "ecb");
    assert_eq!(listed(&batch), [(GBP, "0.8338".to_owned()), (JPY, "175.68".to_owned()), (USD, "1.1172".to_owned())]);
}

#[test]
fn an_ecb_document_cut_off_anywhere_is_refused() {
    for end in 0..DAILY.len() {
        assert!(daily(&DAILY[..end]).is_err(), "cut at {end}: {}", &DAILY[..end]);
    }
}

#[test]
fn an_ecb_document_with_a_wrong_detail_is_refused_whole() {
    for (good, bad, expected) in [
        ("1.1172", "0", "rate 0 of USD is not between 10^-14 and 10^14"),
        ("1.1172", "-1.1172", "rate -1.1172 of USD is not between 10^-14 and 10^14"),
        ("1.1172", "NaN", "rate `NaN` of USD is not an exact decimal number"),
        ("1.1172", "", "rate `` of USD is not an exact decimal number"),
        ("'JPY'", "'USD'", "two rates of USD: 1.1172 and 175.68"),
        ("2026-10-30", "30 October 2026", "`30 October 2026` is not a day like 2026-11-22"),
        ("2026-10-30", "2099-01-01", "rates as of 2099-01-01, but fetched at 2026-10-30T15:05:00Z"),
        (" rate='1.1172'", "", "not ECB XML: `currency='USD'` is no rate"),
        ("time='2026-10-30'", "", "not ECB XML: the rate of USD belongs to no day"),
        ("gesmes:Envelope", "html", "not ECB XML: the document is `html`"),
    ] {
        assert_eq!(reason(daily(&DAILY.replace(good, bad))), expected);
    }
    let twice = DAILY.replace(
        "<Cube time='2026-10-30'>",
        "<Cube time='2026-10-29'><Cube currency='USD' rate='1'/></Cube><Cube time='2026-10-30'>",
    );
    assert_eq!(reason(daily(&twice)), "rates of 2 days instead of one");
    assert_eq!(ecb::parse_history_xml(twice.as_bytes(), fetched_at()).unwrap().len(), 2);
}

#[test]
fn what_is_not_the_ecb_s_document_at_all_is_refused() {
    for text in ["", "   ", "Too many requests", "<!DOCTYPE html><html><body>Sorry</body></html>", "{}", "\u{feff}"] {
        assert!(matches!(daily(text), Err(RatesError::Malformed { .. })), "{text}");
    }
    assert!(ecb::parse_daily(b"<Envelope>\xff</Envelope>", fetched_at()).is_err());
    assert_eq!(reason(daily("<Envelope/>")), "rates of 0 days instead of one");
}

#[test]
fn the_ecb_csv_gives_a_batch_per_day_the_oldest_first() {
    let csv = "Date,USD,JPY,CYP,GBP,\n2026-10-30,1.1172,175.68,N/A,0.8338,\n2026-10-29,1.113,N/A,N/A,0.83578,\n";
    let batches = ecb::parse_history_csv(csv.as_bytes(), fetched_at()).unwrap();
    let days: Vec<String> = batches.iter().map(|batch| batch.as_of().to_string()).collect();
    assert_eq!(days, ["2026-10-29", "2026-10-30"]);
    assert_eq!(listed(&batches[0]), [(GBP, "0.83578".to_owned()), (USD, "1.113".to_owned())]);
}

#[test]
fn a_csv_line_that_is_cut_off_or_unreadable_refuses_the_whole_file() {
    let parse = |csv: &str| reason(ecb::parse_history_csv(csv.as_bytes(), fetched_at()));
    assert_eq!(parse(""), "not ECB CSV: it does not begin with `Date,`");
    assert_eq!(parse("Date,USD,\n2026-10-30,1.1172\n"), "not ECB CSV: 2026-10-30 has 1 columns, the header 2");
    assert_eq!(parse("Date,USD,\n2026-10-30,1.1,\n2026-10-29,-,\n"), "rate `-` of USD is not an exact decimal number");
    assert_eq!(parse("Date,USD,\n30 October 2026,1.1,\n"), "`30 October 2026` is not a day like 2026-11-22");
    assert_eq!(parse("Date,USD,\n2026-10-30,1,\n2026-10-30,1,\n"), "two lists of rates for 2026-10-30");
    assert_eq!(parse("Date,USD,\n2026-10-30,N/A,\n"), "no rates per EUR");
}

#[test]
fn exchangerate_api_v4_gives_a_batch_per_the_base_asked_for() {
    let batch = v4(V4).unwrap();
    assert_eq!((batch.base(), batch.as_of().to_string()), (USD, "2026-10-30".to_owned()));
    assert_eq!(batch.source().to_string(), "exchangerate-api");
    let expected = [(EUR, "0.895"), (GBP, "0.746"), (Currency::IRR, "42000"), (JPY, "157.25")];
    assert_eq!(listed(&batch), expected.map(|(currency, rate)| (currency, rate.to_owned())));
}

#[test]
fn twenty_digits_of_a_json_number_arrive_unchanged() {
    let batch = v4(&V4.replace("0.895", "0.89512345678901234567")).unwrap();
    assert_eq!(batch.rate(USD, EUR).unwrap().value(), decimal("0.89512345678901234567"));
}

#[test]
fn an_exchangerate_api_answer_with_a_wrong_detail_is_refused_whole() {
    for (good, bad, expected) in [
        (r#""base":"USD""#, r#""base":"EUR""#, "rates are per EUR, not per USD"),
        ("2026-10-30", "yesterday", "`yesterday` is not a day like 2026-11-22"),
        ("0.895", "0", "rate 0 of EUR is not between 10^-14 and 10^14"),
        ("\"USD\":1,", "\"USD\":1.2,", "rate 1.2 of the base USD is not 1"),
        ("\"GBP\"", "\"EUR\"", "two rates of EUR: 0.895 and 0.746"),
    ] {
        assert_eq!(reason(v4(&V4.replace(good, bad))), expected);
    }
    for (good, bad, expected) in [
        ("0.895", "NaN", "expected value"),
        ("0.895", "\"NaN\"", "rate `NaN` of EUR is not an exact decimal number"),
        ("0.895", "null", "rate `null` of EUR is not an exact decimal number"),
        (r#""base":"USD","#, "", "missing field `base`"),
        (r#""rates""#, r#""conversion_rates""#, "missing field `rates`"),
    ] {
        let reason = reason(v4(&V4.replace(good, bad)));
        assert!(reason.starts_with("not exchangerate-api JSON: ") && reason.contains(expected), "{reason}");
    }
    let only_base = r#"{"base":"USD","date":"2026-10-30","rates":{"USD":1}}"#;
    assert!(matches!(v4(only_base), Err(RatesError::Rates(ExchangeError::NoRates { base: USD }))));
    for end in 0..V4.len() {
        assert!(v4(&V4[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn a_file_is_recognised_by_its_first_character() {
    let one = r#" {"source":"treasury","base":"EUR","as_of":"2026-10-30","rates":{"USD":"1.1172","GBP":0.8338}}"#;
    let two = format!(r#"[{one},{{"base":"USD","as_of":"2026-10-29","rates":{{"EUR":0.9}}}}]"#);
    let csv = "Date,USD,\n2026-10-30,1.1172,\n";
    let sources = |text: &str| -> Vec<String> {
        let batches = parse_file(text.as_bytes(), fetched_at()).expect("rates");
        batches.iter().map(|batch| format!("{} {}", batch.source(), batch.as_of())).collect()
    };
    assert_eq!(sources(one), ["treasury 2026-10-30"]);
    assert_eq!(sources(&two), ["file 2026-10-29", "treasury 2026-10-30"]);
    assert_eq!(sources(DAILY), ["ecb 2026-10-30"]);
    assert_eq!(sources(csv), ["ecb 2026-10-30"]);
    for bad in ["", "hello", "{}", "[{}]", r#"{"base":"EUR","as_of":"2026-10-30","rates":{"USD":1},"margin":2}"#] {
        assert!(parse_file(bad.as_bytes(), fetched_at()).is_err(), "{bad}");
    }
}

#[test]
fn the_bundled_snapshot_is_the_ecb_s_of_its_day_and_says_that_it_is_bundled() {
    let batch = BundledRates::snapshot().unwrap();
    assert_eq!((batch.base(), batch.as_of().to_string()), (EUR, "2026-10-30".to_owned()));
    assert_eq!(batch.source().to_string(), "ecb (bundled snapshot)");
    assert!(batch.source().is_bundled());
    assert_eq!(batch.rates().count(), 29);
    assert_eq!(batch.rate(EUR, USD).unwrap().value(), decimal("1.1172"));
    assert_eq!(batch.rate(EUR, Currency::ZAR).unwrap().value(), decimal("18.6455"));
}
