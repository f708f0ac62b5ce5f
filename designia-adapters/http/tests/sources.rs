//! The sources over real HTTP on loopback, with publishers that misbehave in every way we know of.

mod stand_in;

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use designia_core::money::Currency;
use designia_core::ports::{RateSource, RateSourceError, RateSourceErrorKind};
use designia_core::time::{Date, Timestamp};
use designia_http::{BundledRates, EcbRates, ExchangeRateApi, FileRates, HttpLimits};

use RateSourceErrorKind::{BadAnswer, Unavailable, Unsupported};
use stand_in::{raw, serve};

const V4: &str = r#"{"base":"USD","date":"2026-10-30","rates":{"USD":1,"EUR":0.895,"JPY":157.25}}"#;

fn now() -> Timestamp {
    "2026-10-30T15:05:00Z".parse().expect("an instant")
}

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

fn limits() -> HttpLimits {
    HttpLimits { total_timeout: Duration::from_millis(500), max_body_bytes: 10_000, ..HttpLimits::default() }
}

fn v4(base_url: &str) -> ExchangeRateApi {
    ExchangeRateApi::new(base_url, Currency::USD, limits()).expect("a source")
}

/// What the source says about the body that a publisher answers with.
async fn refusal_of(base_url: &str) -> RateSourceError {
    v4(base_url).latest(now()).await.expect_err("a refusal")
}

async fn refusal_of_body(body: impl Into<String>) -> RateSourceError {
    let body = body.into();
    refusal_of(&serve(Router::new().route("/v4/latest/USD", get(async || body))).await).await
}

#[tokio::test]
async fn exchangerate_api_answers_with_todays_rates_and_none_of_the_past() {
    let base_url = serve(Router::new().route("/v4/latest/USD", get(async || V4))).await;
    let source = v4(&format!("{base_url}/"));
    let batch = source.latest(now()).await.unwrap();
    assert_eq!((batch.base(), batch.as_of(), batch.fetched_at()), (Currency::USD, day("2026-10-30"), now()));
    assert_eq!(batch.source().to_string(), source.name());
    assert_eq!(source.on(day("2026-10-29"), now()).await.unwrap_err().kind, Unsupported);
}

#[tokio::test]
async fn the_ecb_answers_with_todays_rates_and_those_of_ninety_days() {
    let cube = |day: &str, rate: &str| format!("<Cube time='{day}'><Cube currency='USD' rate='{rate}'/></Cube>");
    let envelope = |cubes: String| format!("<gesmes:Envelope><Cube>{cubes}</Cube></gesmes:Envelope>");
    let daily = envelope(cube("2026-10-30", "1.1172"));
    let history =
        envelope([cube("2026-10-30", "1.1172"), cube("2026-10-29", "1.113"), cube("2026-10-23", "1.1")].concat());
    let publisher = Router::new()
        .route("/eurofxref-daily.xml", get(async || daily))
        .route("/eurofxref-hist-90d.xml", get(async || history));
    let source = EcbRates::new(&serve(publisher).await, limits()).unwrap();

    let batch = source.latest(now()).await.unwrap();
    assert_eq!((batch.as_of(), batch.source().to_string().as_str()), (day("2026-10-30"), source.name()));
    for (asked, answered) in [("2026-10-29", "2026-10-29"), ("2026-10-25", "2026-10-23"), ("2026-10-30", "2026-10-30")]
    {
        assert_eq!(source.on(day(asked), now()).await.unwrap().as_of(), day(answered));
    }
    for asked in ["2026-10-22", "2026-10-31"] {
        let refusal = source.on(day(asked), now()).await.unwrap_err();
        assert_eq!((refusal.kind, refusal.to_string()), (Unsupported, format!("ecb: has no rates for {asked}")));
    }
}

#[tokio::test]
async fn a_body_that_is_no_rates_is_a_bad_answer_with_the_reason() {
    for (body, expected) in [
        ("<html>Sorry</html>".to_owned(), "not exchangerate-api JSON: expected value at line 1 column 1"),
        (V4.replace(r#""base":"USD","#, ""), "missing field `base`"),
        (V4.replace("0.895", "0"), "rate 0 of EUR is not between"),
        (V4.replace("0.895", "\"NaN\""), "rate `NaN` of EUR is not an exact decimal number"),
        (V4.replace("\"USD\",", "\"GBP\","), "rates are per GBP, not per USD"),
        (V4[..V4.len() - 10].to_owned(), "EOF while parsing"),
        (String::new(), "EOF while parsing"),
    ] {
        let refusal = refusal_of_body(body).await;
        assert_eq!((refusal.kind, refusal.source_name.as_str()), (BadAnswer, "exchangerate-api"));
        assert!(refusal.message.contains(expected), "{refusal}");
    }
}

#[tokio::test]
async fn an_error_status_is_told_with_the_time_to_wait() {
    let answers = [
        (StatusCode::TOO_MANY_REQUESTS, Some("90"), Unavailable, Some(90)),
        (StatusCode::TOO_MANY_REQUESTS, None, Unavailable, Some(20 * 60)),
        (StatusCode::TOO_MANY_REQUESTS, Some("Wed, 21 Oct 2026 07:28:00 GMT"), Unavailable, Some(20 * 60)),
        (StatusCode::SERVICE_UNAVAILABLE, Some("5"), Unavailable, Some(5)),
        (StatusCode::INTERNAL_SERVER_ERROR, None, Unavailable, None),
        (StatusCode::NOT_FOUND, None, BadAnswer, None),
        (StatusCode::NO_CONTENT, None, BadAnswer, None),
    ];
    for (status, retry_after, kind, seconds) in answers {
        let headers = retry_after.map(|value| [("retry-after", value)]);
        let route = get(async move || match headers {
            Some(headers) => (status, headers, V4).into_response(),
            None => (status, V4).into_response(),
        });
        let refusal = refusal_of(&serve(Router::new().route("/v4/latest/USD", route)).await).await;
        assert_eq!((refusal.kind, refusal.retry_after), (kind, seconds.map(Duration::from_secs)), "{refusal}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let publisher = Router::new()
        .route("/v4/latest/USD", get(async || Redirect::temporary("/elsewhere")))
        .route("/elsewhere", get(async || V4));
    let refusal = refusal_of(&serve(publisher).await).await;
    assert_eq!((refusal.kind, refusal.message.as_str()), (BadAnswer, "answered 307 Temporary Redirect"));
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_given_up_whether_or_not_its_length_was_announced() {
    let padded = format!("{}{V4}", " ".repeat(20_000));
    let refusal = refusal_of_body(padded).await;
    assert_eq!((refusal.kind, refusal.message.as_str()), (BadAnswer, "answered with more than 10000 bytes"));

    let endless = raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "400\r\n", 1024, Duration::ZERO).await;
    let refusal = refusal_of(&endless).await;
    assert_eq!((refusal.kind, refusal.message.as_str()), (BadAnswer, "answered with more than 10000 bytes"));
}

#[tokio::test]
async fn a_body_shorter_than_announced_is_no_answer() {
    let refusal = refusal_of(&stand_in::broken("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"base\":").await).await;
    assert_eq!(refusal.kind, Unavailable);
    assert!(refusal.message.starts_with("broke off") && !refusal.message.contains("127.0.0.1"), "{refusal}");
}

#[tokio::test]
async fn a_publisher_that_does_not_answer_in_time_is_unavailable() {
    let silent = Router::new().route("/v4/latest/USD", get(async || tokio::time::sleep(Duration::from_secs(60)).await));
    let drip = raw("HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n", "", 1, Duration::from_millis(50)).await;
    for base_url in [serve(silent).await, drip] {
        let refusal = refusal_of(&base_url).await;
        assert_eq!((refusal.kind, refusal.message.as_str()), (Unavailable, "did not answer in time"));
    }
}

#[tokio::test]
async fn a_publisher_that_is_not_there_is_unavailable() {
    let refusal = refusal_of(&stand_in::nobody().await).await;
    assert_eq!((refusal.kind, refusal.to_string().as_str()), (Unavailable, "exchangerate-api: cannot be reached"));
}

#[tokio::test]
async fn a_file_is_read_at_every_fetch_and_answers_under_its_own_name() {
    let path = std::env::temp_dir().join(format!("designia-http-{}.csv", std::process::id()));
    let source = FileRates::new("treasury", &path);
    assert_eq!(source.latest(now()).await.unwrap_err().kind, Unavailable);
    std::fs::write(&path, "Date,USD,\n2026-10-30,1.1172,\n2026-10-26,1.1,\n").unwrap();
    let batch = source.latest(now()).await.unwrap();
    assert_eq!((batch.as_of(), batch.source().name()), (day("2026-10-30"), "treasury"));
    assert_eq!(source.on(day("2026-10-28"), now()).await.unwrap().as_of(), day("2026-10-26"));
    assert_eq!(source.on(day("2026-10-31"), now()).await.unwrap_err().kind, Unsupported);
    std::fs::write(&path, "nonsense").unwrap();
    assert_eq!(source.latest(now()).await.unwrap_err().kind, BadAnswer);
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn the_bundled_snapshot_answers_for_its_own_day_only() {
    let batch = BundledRates.latest(now()).await.unwrap();
    assert_eq!(batch.source().to_string(), BundledRates.name());
    assert_eq!(BundledRates.latest("2030-01-01T00:00:00Z".parse().unwrap()).await.unwrap(), batch);
    assert_eq!(BundledRates.on(day("2026-10-30"), now()).await.unwrap(), batch);
    for other in ["2026-10-29", "2026-10-31", "2030-01-01"] {
        assert_eq!(BundledRates.on(day(other), now()).await.unwrap_err().kind, Unsupported);
    }
}
