//! Every source keeps the port's contract.

#[expect(dead_code, reason = "the stand-ins that misbehave are for the other tests")]
mod stand_in;

use std::future::Future;

use axum::Router;
use axum::routing::get;
use designia_core::money::Currency;
use designia_core::testing::conformance::rate_source::SourceUnderTest;
use designia_core::time::{Date, Timestamp};
use designia_http::{BundledRates, EcbRates, ExchangeRateApi, FileRates, HttpLimits};

fn now() -> Timestamp {
    "2026-10-30T15:05:00Z".parse().expect("an instant")
}

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

/// The stand-ins live as long as the runtime that drives the case.
fn block_on<F: Future>(case: F) -> F::Output {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(case)
}

mod bundled {
    use super::*;

    fn fresh() -> SourceUnderTest {
        SourceUnderTest::new(BundledRates, now()).with_past_day(day("2026-10-30"))
    }

    designia_core::rate_source_conformance!(block_on = block_on, fresh = async || fresh());
}

mod file {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Each case has a file of its own.
    static NEXT: AtomicU32 = AtomicU32::new(0);

    fn fresh() -> SourceUnderTest {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("designia-rates-{}-{number}.csv", std::process::id()));
        std::fs::write(&path, "Date,USD,JPY,\n2026-10-30,1.1172,175.68,\n2026-10-28,1.113,175.92,\n").expect("a file");
        SourceUnderTest::new(FileRates::new("treasury", path), now()).with_past_day(day("2026-10-29"))
    }

    designia_core::rate_source_conformance!(block_on = block_on, fresh = async || fresh());
}

mod exchangerate_api {
    use super::*;

    async fn fresh() -> SourceUnderTest {
        let body = r#"{"base":"USD","date":"2026-10-30","rates":{"USD":1,"EUR":0.895,"JPY":157.25}}"#;
        let base_url = stand_in::serve(Router::new().route("/v4/latest/USD", get(async move || body))).await;
        let source = ExchangeRateApi::new(&base_url, Currency::USD, HttpLimits::default()).expect("a source");
        SourceUnderTest::new(source, now())
    }

    designia_core::rate_source_conformance!(block_on = block_on, fresh = fresh);
}

mod ecb {
    use super::*;

    async fn fresh() -> SourceUnderTest {
        let cube = |day: &str, rate: &str| format!("<Cube time='{day}'><Cube currency='USD' rate='{rate}'/></Cube>");
        let envelope = |cubes: String| format!("<gesmes:Envelope><Cube>{cubes}</Cube></gesmes:Envelope>");
        let daily = envelope(cube("2026-10-30", "1.1172"));
        let history = envelope(cube("2026-10-30", "1.1172") + &cube("2026-10-28", "1.113"));
        let publisher = Router::new()
            .route("/eurofxref-daily.xml", get(async move || daily))
            .route("/eurofxref-hist-90d.xml", get(async move || history));
        let base_url = stand_in::serve(publisher).await;
        let source = EcbRates::new(&base_url, HttpLimits::default()).expect("a source");
        SourceUnderTest::new(source, now()).with_past_day(day("2026-10-29"))
    }

    designia_core::rate_source_conformance!(block_on = block_on, fresh = fresh);
}
