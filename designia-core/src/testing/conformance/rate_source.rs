//! What every [`RateSource`] must do. The cases are named for the rules.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::exchange::RateBatch;
use crate::ports::{RateSource, RateSourceErrorKind};
use crate::time::{DAY, Date, Timestamp};

/// A source under test, and what is known about it.
pub struct SourceUnderTest {
    source: Arc<dyn RateSource>,
    now: Timestamp,
    past_day: Option<Date>,
    _guard: Box<dyn Any>,
}

impl SourceUnderTest {
    /// A source that has rates for `now`, and none for past days.
    #[must_use]
    pub fn new(source: impl RateSource, now: Timestamp) -> Self {
        Self { source: Arc::new(source), now, past_day: None, _guard: Box::new(()) }
    }

    /// Says that the source also has rates for that day, or for one before it.
    #[must_use]
    pub fn with_past_day(self, day: Date) -> Self {
        Self { past_day: Some(day), ..self }
    }

    /// Keeps a value for as long as the source lives, such as a server on loopback.
    #[must_use]
    pub fn guarded_by(self, guard: impl Any) -> Self {
        Self { _guard: Box::new(guard), ..self }
    }

    async fn latest(&self) -> RateBatch {
        self.source.latest(self.now).await.expect("the source has rates for now")
    }
}

impl fmt::Debug for SourceUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceUnderTest").field("source", &self.source).field("now", &self.now).finish_non_exhaustive()
    }
}

/// Whoever is shown a converted price can be told whose rates they were.
pub async fn its_name_is_in_every_answer(it: &SourceUnderTest) {
    assert!(!it.source.name().is_empty());
    assert_eq!(it.latest().await.source().to_string(), it.source.name());
    if let Some(day) = it.past_day {
        let batch = it.source.on(day, it.now).await.expect("the source has rates for that day");
        assert_eq!(batch.source().to_string(), it.source.name());
    }
}

/// Not of tomorrow, but where tomorrow has begun.
pub async fn the_latest_rates_are_of_no_day_to_come(it: &SourceUnderTest) {
    let batch = it.latest().await;
    assert!(batch.as_of() <= (it.now + DAY).date(), "rates as of {}, and it is {}", batch.as_of(), it.now);
    assert!(batch.fetched_at() <= it.now, "fetched at {}, and it is {}", batch.fetched_at(), it.now);
}

/// Nothing is made up: the same question has the same answer.
pub async fn asking_again_gives_the_same_rates(it: &SourceUnderTest) {
    let (first, second) = (it.latest().await, it.latest().await);
    assert_eq!((first.base(), first.as_of()), (second.base(), second.as_of()));
    assert!(first.rates().eq(second.rates()));
}

/// The day's rates, or the last ones before it; never a later day's. A source without a past says so.
pub async fn a_past_day_has_no_later_days_rates(it: &SourceUnderTest) {
    let asked = it.past_day.unwrap_or_else(|| (it.now - DAY * 400).date());
    match (it.past_day, it.source.on(asked, it.now).await) {
        (Some(_), Ok(batch)) => assert!(batch.as_of() <= asked, "{} was served for {asked}", batch.as_of()),
        (Some(_), Err(error)) => panic!("the source has rates for {asked}, and says: {error}"),
        (None, Ok(batch)) => panic!("{} was served for {asked}, of which the source knows nothing", batch.as_of()),
        (None, Err(error)) => assert_eq!(error.kind, RateSourceErrorKind::Unsupported, "got {error}"),
    }
}

/// No rate is better than a wrong rate.
pub async fn a_day_before_all_rates_is_unsupported(it: &SourceUnderTest) {
    let day = Date::from_ymd(1900, 1, 1).expect("a day");
    let error = it.source.on(day, it.now).await.expect_err("nobody has rates of 1900");
    assert_eq!(error.kind, RateSourceErrorKind::Unsupported, "got {error}");
    assert_eq!(error.source_name, it.source.name());
}

/// Runs the suite of [`RateSource`](crate::ports::RateSource). `fresh` is an async function that makes a
/// [`SourceUnderTest`](crate::testing::conformance::rate_source::SourceUnderTest), `block_on` drives a future to its end.
#[macro_export]
macro_rules! rate_source_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_cases! { { $block_on } { $fresh } rate_source {
            its_name_is_in_every_answer,
            the_latest_rates_are_of_no_day_to_come,
            asking_again_gives_the_same_rates,
            a_past_day_has_no_later_days_rates,
            a_day_before_all_rates_is_unsupported,
        } }
    };
}
