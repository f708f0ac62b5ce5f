//! Up to where the provider's own record has been compared.

use std::sync::Arc;
use std::time::Duration;

use crate::testing::conformance::Stores;
use crate::testing::fixtures::NOW;
use crate::time::Timestamp;

/// A fresh store has been compared with nothing.
pub async fn at_first_nothing_has_been_compared(stores: &Stores) {
    assert_eq!(reconciled(stores).await, None);
}

/// To the microsecond, and before 1970, too: a moment is a moment.
pub async fn what_was_noted_is_kept(stores: &Stores) {
    for until in [Timestamp::from_micros(-1), Timestamp::EPOCH, NOW, NOW + Duration::from_micros(1)] {
        note(stores, until).await;
        assert_eq!(reconciled(stores).await, Some(until));
    }
}

/// Whoever was slower has compared less.
pub async fn a_comparison_is_never_taken_back(stores: &Stores) {
    note(stores, NOW).await;
    // The last of these has more digits than any other number of microseconds that is noted here.
    for earlier in [NOW - Duration::from_micros(1), Timestamp::EPOCH, Timestamp::from_micros(i64::MIN)] {
        note(stores, earlier).await;
        assert_eq!(reconciled(stores).await, Some(NOW));
    }
}

/// Sixteen nodes that note different moments at once leave the latest.
pub async fn of_sixteen_notes_at_once_the_latest_stands(stores: &Stores) {
    stores
        .at_once(16, |number| {
            let inbox = Arc::clone(&stores.inbox);
            let until = NOW + Duration::from_secs(u64::from(number * 7 % 16));
            async move { inbox.note_reconciled(until).await.expect("the store answers") }
        })
        .await;
    assert_eq!(reconciled(stores).await, Some(NOW + Duration::from_secs(15)));
}

async fn note(stores: &Stores, until: Timestamp) {
    stores.inbox.note_reconciled(until).await.expect("the store answers");
}

async fn reconciled(stores: &Stores) -> Option<Timestamp> {
    stores.inbox.reconciled_until().await.expect("the store answers")
}
