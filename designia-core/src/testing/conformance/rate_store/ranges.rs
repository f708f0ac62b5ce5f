//! The rates of a range of days, for a chart.

use crate::exchange::RateBatch;
use crate::ports::{RATE_DAYS, StoreErrorKind};
use crate::testing::conformance::Stores;
use crate::testing::fixtures::{day, rates};
use crate::time::{Date, HOUR};

use super::batches::{batch, on, save};

/// Whatever was stored first; days without rates are left out.
pub async fn a_range_of_days_is_told_oldest_first(stores: &Stores) {
    save(stores, &[rates(day(0)), rates(day(7)), rates(day(3))]).await;
    assert_eq!(batches(stores, 9, 0).await, [rates(day(7)), rates(day(3)), rates(day(0))]);
}

/// Both among them, and no day more; nothing stands in for a day that has none.
pub async fn a_range_holds_its_first_and_last_day_and_no_other(stores: &Stores) {
    save(stores, &(0..6).map(|days| rates(day(days))).collect::<Vec<_>>()).await;
    assert_eq!(batches(stores, 4, 2).await, [rates(day(4)), rates(day(3)), rates(day(2))]);
    assert_eq!(batches(stores, 3, 3).await, [rates(day(3))]);
    assert_eq!(batches(stores, 9, 7).await, []);
    assert_eq!(batches(stores, 2, 4).await, [], "it ends before it begins");
}

/// The one fetched last, of whichever publisher.
pub async fn of_each_day_a_range_holds_the_batch_that_counts(stores: &Stores) {
    let noon = |days: u32| day(days).start() + HOUR * 12;
    let of_day = |days: u32| {
        let (first, later) = (noon(days), noon(days) + HOUR);
        let order = if days.is_multiple_of(2) { ["a", "b"] } else { ["b", "a"] };
        [batch(order[0], day(days), first, "1.1"), batch(order[1], day(days), later, "1.2")]
    };
    for days in 0..4 {
        let mut both = of_day(days);
        if days < 2 {
            both.reverse();
        }
        save(stores, &both).await;
    }
    let held = batches(stores, 3, 0).await;
    let mut counting = Vec::new();
    for days in (0..4).rev() {
        counting.extend(on(stores, day(days)).await);
    }
    assert_eq!(held, counting);
    assert_eq!(held, (0..4).rev().map(|days| of_day(days)[1].clone()).collect::<Vec<_>>());
}

/// A year and a month are enough for any chart.
pub async fn a_range_that_is_too_long_is_refused(stores: &Stores) {
    save(stores, &[rates(day(0))]).await;
    let first = |days: i32| Date::from_days_since_epoch(day(0).days_since_epoch() - days).expect("a day");
    let longest = stores.rates.batches(first(RATE_DAYS - 1), day(0)).await.expect("it is not too long");
    assert_eq!(longest.len(), 1);
    let refused = stores.rates.batches(first(RATE_DAYS), day(0)).await.expect_err("it is too long");
    assert_eq!(refused.kind, StoreErrorKind::Invalid);
}

async fn batches(stores: &Stores, from: u32, to: u32) -> Vec<RateBatch> {
    let found = stores.rates.batches(day(from), day(to)).await.expect("the store answers");
    found.iter().map(|batch| (**batch).clone()).collect()
}
