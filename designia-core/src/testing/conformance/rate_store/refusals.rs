//! Rates that were not taken.

use std::sync::Arc;
use std::time::Duration;

use crate::exchange::RateRefusal;
use crate::ports::REFUSALS_KEPT;
use crate::testing::conformance::Stores;
use crate::testing::fixtures::NOW;
use crate::time::Timestamp;

/// With every character.
pub async fn refusals_are_told_newest_first(stores: &Stores) {
    assert_eq!(told(stores, 10).await, []);
    let odd = RateRefusal::new(NOW, "ecb «daily»", "answered '503'; \\ 50% {}\n");
    let longest = RateRefusal::new(seconds(1), &"é".repeat(999), &"🏺".repeat(9_999));
    for refusal in [&longest, &odd] {
        note(stores, refusal).await;
    }
    assert_eq!(told(stores, 10).await, [longest.clone(), odd]);
    assert_eq!(told(stores, 1).await, [longest]);
    assert_eq!(told(stores, 0).await, []);
}

/// Noting is free to happen again after a lost reply.
pub async fn a_refusal_that_is_noted_again_is_there_once(stores: &Stores) {
    for reason in ["it was away", "it was away", "it was away, again"] {
        note(stores, &RateRefusal::new(NOW, "a", reason)).await;
    }
    note(stores, &RateRefusal::new(NOW, "b", "it was away")).await;
    let expected = ["b", "a"].map(|source| RateRefusal::new(NOW, source, "it was away"));
    assert_eq!(told(stores, 10).await, expected);
}

/// However many are asked for.
pub async fn old_refusals_make_room_for_new_ones(stores: &Stores) {
    let refusal = |number: u32| RateRefusal::new(seconds(number), "ecb", &format!("refusal {number}"));
    for number in 0..REFUSALS_KEPT + 20 {
        note(stores, &refusal(number)).await;
    }
    let expected: Vec<_> = (20..REFUSALS_KEPT + 20).rev().map(refusal).collect();
    assert_eq!(told(stores, 1_000).await, expected);
}

/// However they are interleaved, each is there in the end.
pub async fn refusals_noted_at_once_are_all_there(stores: &Stores) {
    stores
        .at_once(8, |number| {
            let store = Arc::clone(&stores.rates);
            let refusal = RateRefusal::new(seconds(number), "ecb", "it was away");
            async move { store.note_refusal(&refusal).await.expect("the store answers") }
        })
        .await;
    assert_eq!(told(stores, 100).await.len(), 8);
}

async fn note(stores: &Stores, refusal: &RateRefusal) {
    stores.rates.note_refusal(refusal).await.expect("the store answers");
}

async fn told(stores: &Stores, limit: u32) -> Vec<RateRefusal> {
    stores.rates.refusals(limit).await.expect("the store answers")
}

/// So many seconds after [`NOW`].
fn seconds(number: u32) -> Timestamp {
    NOW + Duration::from_secs(u64::from(number))
}
