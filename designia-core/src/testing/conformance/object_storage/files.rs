//! Files: put, read, deleted.

use crate::ports::{ObjectKey, ObjectStorage};
use crate::testing::conformance::UnderTest;

/// Empty ones and large ones, too.
pub async fn what_was_put_is_there_byte_for_byte<S: ObjectStorage>(storage: &UnderTest<S>) {
    let every_byte: Vec<u8> = (0..=255).collect();
    for (name, content) in
        [("empty.png", Vec::new()), ("all.png", every_byte.clone()), ("large.png", every_byte.repeat(8_000))]
    {
        put(storage, name, &content).await;
        assert_eq!(get(storage, name).await, Some(content), "{name}");
    }
}

/// And that is no error.
pub async fn what_was_never_put_is_not_there<S: ObjectStorage>(storage: &UnderTest<S>) {
    assert_eq!(get(storage, "nothing.png").await, None);
    assert_eq!(get(storage, "no/such/folder/nothing.png").await, None);
}

/// A shorter file leaves nothing of a longer one.
pub async fn what_is_put_again_replaces_what_was_there<S: ObjectStorage>(storage: &UnderTest<S>) {
    put(storage, "a/one.png", b"the first and longer one").await;
    put(storage, "a/one.png", b"second").await;
    assert_eq!(get(storage, "a/one.png").await.as_deref(), Some(b"second".as_slice()));
}

/// Deleting what is not there is no error.
pub async fn what_was_deleted_is_gone_and_may_be_deleted_again<S: ObjectStorage>(storage: &UnderTest<S>) {
    put(storage, "a/one.png", b"one").await;
    put(storage, "a/two.png", b"two").await;
    for _ in 0..2 {
        storage.delete(&key("a/one.png")).await.expect("the storage answers");
        assert_eq!(get(storage, "a/one.png").await, None);
    }
    storage.delete(&key("no/such/folder/one.png")).await.expect("the storage answers");
    assert_eq!(get(storage, "a/two.png").await.as_deref(), Some(b"two".as_slice()));
}

/// By every letter.
pub async fn keys_are_told_apart_exactly<S: ObjectStorage>(storage: &UnderTest<S>) {
    let names = ["a.png", "a.jpg", "a.webp", "a/a.png", "a-a.png", "a_a.png", "aa.png", "a/b/a.png"];
    for name in names {
        put(storage, name, name.as_bytes()).await;
    }
    for name in names {
        assert_eq!(get(storage, name).await.as_deref(), Some(name.as_bytes()));
    }
}

/// What is a folder to one may not be a file to another; a key is never both.
pub async fn a_key_below_another_is_another_file<S: ObjectStorage>(storage: &UnderTest<S>) {
    put(storage, "shop/1/cup.png", b"in").await;
    put(storage, "shop/1.png", b"beside").await;
    storage.delete(&key("shop/1/cup.png")).await.expect("the storage answers");
    put(storage, "shop/1/cup.png", b"again").await;
    assert_eq!(get(storage, "shop/1/cup.png").await.as_deref(), Some(b"again".as_slice()));
    assert_eq!(get(storage, "shop/1.png").await.as_deref(), Some(b"beside".as_slice()));
}

/// Nobody reads half of one and half of another.
pub async fn of_eight_that_put_at_once_one_file_stays_whole<S: ObjectStorage>(storage: &UnderTest<S>) {
    let seen = storage
        .at_once(8, |number, storage| async move {
            let mine = vec![u8::try_from(number).expect("a small number"); 40_000];
            let mut seen = Vec::new();
            for _ in 0..5 {
                storage.put(&key("a/one.png"), mine.clone()).await.expect("the storage answers");
                seen.extend(storage.get(&key("a/one.png")).await.expect("the storage answers"));
            }
            seen
        })
        .await
        .concat();
    assert_eq!(seen.len(), 40, "there was always a file");
    for file in seen {
        assert!(file.len() == 40_000 && file.iter().all(|byte| *byte == file[0]));
    }
}

fn key(name: &str) -> ObjectKey {
    name.parse().expect("a key")
}

async fn put<S: ObjectStorage>(storage: &UnderTest<S>, name: &str, content: &[u8]) {
    storage.put(&key(name), content.to_vec()).await.expect("the storage answers");
}

async fn get<S: ObjectStorage>(storage: &UnderTest<S>, name: &str) -> Option<Vec<u8>> {
    storage.get(&key(name)).await.expect("the storage answers")
}
