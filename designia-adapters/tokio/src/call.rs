//! Calls of a store that may hang or panic, and still must not end a loop.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use designia_core::ports::StoreError;
use futures_util::FutureExt;

/// The call's answer; a call without one for so long, or that panics, has failed like any other.
pub(crate) async fn answered<T>(
    within: Duration,
    call: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let call = AssertUnwindSafe(call).catch_unwind();
    match tokio::time::timeout(within, call).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(StoreError::unavailable("the call panicked")),
        Err(_) => Err(StoreError::unavailable(format!("no answer within {} s", within.as_secs()))),
    }
}

/// A pause up to a fifth shorter than this one, by chance: so that nodes which were started together don't ask the store in
/// step for ever.
pub(crate) fn jittered(pause: Duration) -> Duration {
    let [chance, ..] = RandomState::new().hash_one(pause).to_le_bytes();
    pause - pause / 5 * u32::from(chance) / u32::from(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jittered_pause_is_at_most_a_fifth_shorter_and_not_always_the_same() {
        let pause = Duration::from_secs(1);
        let pauses: Vec<Duration> = (0..100).map(|_| jittered(pause)).collect();
        assert!(pauses.iter().all(|it| (Duration::from_millis(800)..=pause).contains(it)));
        assert!(pauses.iter().any(|it| *it != pauses[0]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_hangs_or_panics_has_failed() {
        let hung = answered(Duration::from_secs(3), std::future::pending::<Result<(), _>>()).await;
        assert_eq!(hung.unwrap_err().to_string(), "the store can't be used now: no answer within 3 s");
        let panicked = answered(Duration::from_secs(3), async { panic!("a defect") as Result<(), _> }).await;
        assert_eq!(panicked.unwrap_err().to_string(), "the store can't be used now: the call panicked");
    }
}
