//! Batches of exchange rates.

use std::sync::Arc;

use rust_decimal::Decimal;

use crate::exchange::{RateBatch, Source};
use crate::money::Currency;
use crate::testing::conformance::Stores;
use crate::testing::fixtures::{currency, day, rates};
use crate::time::{DAY, Date, HOUR, Timestamp};

/// No rate is better than a wrong rate.
pub async fn without_batches_there_are_no_rates(stores: &Stores) {
    assert_eq!(latest(stores).await, None);
    assert_eq!(on(stores, day(0)).await, None);
}

/// Every digit, the day, the publisher, and when it was fetched.
pub async fn a_batch_comes_back_exactly(stores: &Stores) {
    save(stores, &[rates(day(0))]).await;
    assert_eq!(latest(stores).await, Some(rates(day(0))));
    assert_eq!(on(stores, day(0)).await, Some(rates(day(0))));
}

/// The least and the greatest rate that is believed, the most digits, a bundled source, a day before the epoch.
pub async fn a_batch_at_the_edges_survives(stores: &Stores) {
    let rate = |text: &str| text.parse::<Decimal>().expect("a decimal number");
    let extremes = [
        (currency("JPY"), rate("0.00000000000001")),
        (currency("VND"), rate("100000000000000")),
        (currency("USD"), rate("1.2345678901234567890123456789")),
        (currency("KWD"), rate("0.3000000000000000000000000001")),
    ];
    let long_ago = Date::from_ymd(1953, 3, 1).expect("a day");
    let fetched_at = long_ago.start() + HOUR + std::time::Duration::from_micros(1);
    let source = Source::bundled("ECB «historical», 100%");
    let batch = RateBatch::new(currency("CHF"), long_ago, fetched_at, source, extremes).expect("rates in order");
    save(stores, std::slice::from_ref(&batch)).await;
    assert_eq!(latest(stores).await, Some(batch));
}

/// As many currencies as there are.
pub async fn a_batch_of_every_currency_survives(stores: &Stores) {
    let all = (1..).zip(Currency::all()).map(|(number, currency)| (currency, Decimal::new(number, 3)));
    let all: Vec<_> = all.filter(|(code, _)| *code != currency("EUR")).collect();
    let batch =
        RateBatch::new(currency("EUR"), day(0), day(0).start(), Source::new("all"), all).expect("rates in order");
    save(stores, std::slice::from_ref(&batch)).await;
    assert_eq!(latest(stores).await, Some(batch));
}

/// Saving is free to happen again after a lost reply.
pub async fn a_batch_may_be_saved_again(stores: &Stores) {
    for _ in 0..3 {
        save(stores, &[rates(day(0)), rates(day(1))]).await;
    }
    save(stores, &[rates(day(1)), rates(day(1))]).await;
    assert_eq!(latest(stores).await, Some(rates(day(0))));
    assert_eq!(on(stores, day(1)).await, Some(rates(day(1))));
}

/// Nothing to save.
pub async fn no_batches_may_be_saved(stores: &Stores) {
    save(stores, &[]).await;
    assert_eq!(latest(stores).await, None);
}

/// Whatever is imported later, and whenever it was fetched.
pub async fn the_latest_batch_is_of_the_latest_day(stores: &Stores) {
    save(stores, &[rates(day(1))]).await;
    save(stores, &[batch("import", day(9), day(0).start() + DAY, "3")]).await;
    assert_eq!(latest(stores).await, Some(rates(day(1))));
}

/// A day's rates, or the last ones before it; never those of a later day.
pub async fn a_past_day_has_its_own_rates_or_the_last_before_it(stores: &Stores) {
    save(stores, &[rates(day(0)), rates(day(3)), rates(day(7))]).await;
    for (asked, found) in [(0, 0), (1, 3), (2, 3), (3, 3), (4, 7), (7, 7)] {
        assert_eq!(on(stores, day(asked)).await, Some(rates(day(found))), "{asked} days ago");
    }
    assert_eq!(on(stores, day(8)).await, None, "there are no rates before the first");
    let tomorrow = (day(0).start() + DAY).date();
    assert_eq!(on(stores, tomorrow).await, Some(rates(day(0))));
}

/// A publisher may correct a day.
pub async fn of_two_batches_for_a_day_the_one_fetched_later_counts(stores: &Stores) {
    let noon = day(0).start() + HOUR * 12;
    let (first, second) = (batch("ecb", day(0), noon, "1.1"), batch("ecb", day(0), noon + HOUR, "1.2"));
    for order in [[&first, &second], [&second, &first]] {
        for batch in order {
            save(stores, std::slice::from_ref(batch)).await;
        }
        assert_eq!(latest(stores).await.as_ref(), Some(&second));
        assert_eq!(on(stores, day(0)).await.as_ref(), Some(&second));
    }
}

/// Other publishers' batches are no corrections, but of one day the one fetched last is the latest.
pub async fn of_two_publishers_the_one_fetched_last_is_the_latest(stores: &Stores) {
    let noon = day(0).start() + HOUR * 12;
    save(stores, &[batch("a", day(0), noon, "1.1"), batch("b", day(0), noon + HOUR, "1.2")]).await;
    assert_eq!(latest(stores).await, Some(batch("b", day(0), noon + HOUR, "1.2")));
    save(stores, &[batch("a", day(0), noon + HOUR * 2, "1.3")]).await;
    assert_eq!(latest(stores).await, Some(batch("a", day(0), noon + HOUR * 2, "1.3")));
}

/// However they are interleaved, each is there in the end.
pub async fn batches_saved_at_once_are_all_there(stores: &Stores) {
    stores
        .at_once(8, |number| {
            let store = Arc::clone(&stores.rates);
            async move { store.save(&[rates(day(number)), rates(day(number + 1))]).await.expect("the store answers") }
        })
        .await;
    for number in 0..=8 {
        assert_eq!(on(stores, day(number)).await, Some(rates(day(number))));
    }
}

/// As many as a publisher's whole history has.
pub async fn a_history_is_saved_in_one_call(stores: &Stores) {
    let history: Vec<_> = (0..500).map(|days| rates(day(days))).collect();
    save(stores, &history).await;
    assert_eq!(on(stores, day(499)).await, Some(rates(day(499))));
    assert_eq!(on(stores, day(250)).await, Some(rates(day(250))));
    assert_eq!(latest(stores).await, Some(rates(day(0))));
}

pub(super) async fn save(stores: &Stores, batches: &[RateBatch]) {
    stores.rates.save(batches).await.expect("the store answers");
}

async fn latest(stores: &Stores) -> Option<RateBatch> {
    stores.rates.latest().await.expect("the store answers").map(|batch| (*batch).clone())
}

pub(super) async fn on(stores: &Stores, day: Date) -> Option<RateBatch> {
    stores.rates.on(day).await.expect("the store answers").map(|batch| (*batch).clone())
}

pub(super) fn batch(publisher: &str, as_of: Date, fetched_at: Timestamp, dollars: &str) -> RateBatch {
    let rate = (currency("USD"), dollars.parse().expect("a decimal number"));
    RateBatch::new(currency("EUR"), as_of, fetched_at, Source::new(publisher), [rate]).expect("rates in order")
}
