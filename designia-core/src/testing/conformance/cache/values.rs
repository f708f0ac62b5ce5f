//! Values that are kept for a while.

use std::time::Duration;

use crate::ports::Cache;
use crate::testing::conformance::UnderTest;
use crate::testing::conformance::steps::MICROSECOND;
use crate::testing::fixtures::NOW;
use crate::time::{DAY, HOUR, MINUTE, Timestamp};

/// By the clock of whoever asks, and not a microsecond longer.
pub async fn what_was_put_is_there_until_its_time_is_over<C: Cache>(cache: &UnderTest<C>) {
    put(cache, "key", b"value").await;
    for later in [Duration::ZERO, MINUTE, HOUR - MICROSECOND] {
        assert_eq!(get(cache, "key", NOW + later).await.as_deref(), Some(b"value".as_slice()));
    }
    for later in [HOUR, HOUR + MICROSECOND, DAY * 365] {
        assert_eq!(get(cache, "key", NOW + later).await, None);
    }
    cache.put("no time", b"value", Duration::ZERO, NOW).await.expect("the cache answers");
    assert_eq!(get(cache, "no time", NOW).await, None);
}

/// Absent is `None`, not an error.
pub async fn what_was_never_put_is_not_there<C: Cache>(cache: &UnderTest<C>) {
    assert_eq!(get(cache, "key", NOW).await, None);
    cache.remove("key").await.expect("nothing is to be removed");
    assert_eq!(get(cache, "key", NOW).await, None);
}

/// Whether the new time is longer or shorter.
pub async fn what_is_put_again_replaces_value_and_time<C: Cache>(cache: &UnderTest<C>) {
    put(cache, "key", b"first").await;
    cache.put("key", b"second", DAY, NOW + MINUTE).await.expect("the cache answers");
    assert_eq!(get(cache, "key", NOW + HOUR * 2).await.as_deref(), Some(b"second".as_slice()));
    cache.put("key", b"", MINUTE, NOW + HOUR * 2).await.expect("the cache answers");
    assert_eq!(get(cache, "key", NOW + HOUR * 2).await.as_deref(), Some(b"".as_slice()));
    assert_eq!(get(cache, "key", NOW + HOUR * 3).await, None);
}

/// It alone.
pub async fn what_was_removed_is_gone<C: Cache>(cache: &UnderTest<C>) {
    put(cache, "key", b"value").await;
    put(cache, "other", b"value").await;
    for _ in 0..2 {
        cache.remove("key").await.expect("the cache answers");
        assert_eq!(get(cache, "key", NOW).await, None);
    }
    assert_eq!(get(cache, "other", NOW).await.as_deref(), Some(b"value".as_slice()));
    put(cache, "key", b"again").await;
    assert_eq!(get(cache, "key", NOW).await.as_deref(), Some(b"again".as_slice()));
}

/// They pass through unread.
pub async fn any_bytes_under_any_key_survive<C: Cache>(cache: &UnderTest<C>) {
    let every_byte: Vec<u8> = (0..=255).collect();
    let large = every_byte.repeat(400);
    let long = "k".repeat(1_000);
    let values = [("", &every_byte), ("a\r\nb\0 \"{}*?[x]«Zoë» 🎁", &large), (long.as_str(), &every_byte)];
    for (key, value) in values {
        put(cache, key, value).await;
    }
    for (key, value) in values {
        assert_eq!(get(cache, key, NOW).await.as_ref(), Some(value));
    }
}

/// By every letter.
pub async fn keys_are_told_apart_exactly<C: Cache>(cache: &UnderTest<C>) {
    let keys = ["key", "Key", "key ", " key", "k\u{e9}y", "ke\u{301}y", "key:1", "key:", "k*"];
    for key in keys {
        put(cache, key, key.as_bytes()).await;
    }
    for key in keys {
        assert_eq!(get(cache, key, NOW).await.as_deref(), Some(key.as_bytes()));
    }
}

/// Nobody reads half of one and half of another.
pub async fn of_eight_that_put_at_once_one_value_stays_whole<C: Cache>(cache: &UnderTest<C>) {
    let seen = cache
        .at_once(8, |number, cache| async move {
            let mine = vec![u8::try_from(number).expect("a small number"); 10_000];
            let mut seen = Vec::new();
            for _ in 0..20 {
                cache.put("key", &mine, HOUR, NOW).await.expect("the cache answers");
                seen.extend(cache.get("key", NOW).await.expect("the cache answers"));
            }
            seen
        })
        .await;
    for value in seen.iter().flatten() {
        assert!(value.len() == 10_000 && value.iter().all(|byte| *byte == value[0]));
    }
}

async fn put<C: Cache>(cache: &UnderTest<C>, key: &str, value: &[u8]) {
    cache.put(key, value, HOUR, NOW).await.expect("the cache answers");
}

async fn get<C: Cache>(cache: &UnderTest<C>, key: &str, now: Timestamp) -> Option<Vec<u8>> {
    cache.get(key, now).await.expect("the cache answers")
}
