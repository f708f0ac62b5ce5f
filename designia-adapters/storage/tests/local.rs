//! A folder: the conformance suite, and everything that tries to get out of it.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::fs;
use std::path::Path;

use designia_core::ports::{ObjectKey, ObjectStorage};
use designia_storage::LocalStorage;
use proptest::prelude::*;

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

/// A storage in a folder of its own, which lasts as long as it does.
#[derive(Debug)]
struct Kept {
    storage: LocalStorage,
    _folder: tempfile::TempDir,
}

#[async_trait::async_trait]
impl ObjectStorage for Kept {
    async fn put(&self, key: &ObjectKey, content: Vec<u8>) -> Result<(), designia_core::ports::StoreError> {
        self.storage.put(key, content).await
    }
    async fn get(&self, key: &ObjectKey) -> Result<Option<Vec<u8>>, designia_core::ports::StoreError> {
        self.storage.get(key).await
    }
    async fn delete(&self, key: &ObjectKey) -> Result<(), designia_core::ports::StoreError> {
        self.storage.delete(key).await
    }
    async fn signed_url(
        &self,
        key: &ObjectKey,
        valid_for: std::time::Duration,
    ) -> Result<Option<String>, designia_core::ports::StoreError> {
        self.storage.signed_url(key, valid_for).await
    }
}

designia_core::object_storage_conformance!(
    block_on = block_on,
    fresh = async || {
        let folder = tempfile::tempdir().unwrap();
        Kept { storage: LocalStorage::open(folder.path()).unwrap(), _folder: folder }
    },
);

fn key(text: &str) -> ObjectKey {
    text.parse().unwrap()
}

/// Every file below a folder, with what is in it, but for those that are being written.
fn files_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(files_below(&path));
        } else {
            found.push(path.display().to_string());
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whoever chooses the name: what is no key is refused, and what is one is a file in the folder and nowhere else.
    #[test]
    fn whatever_is_asked_for_nothing_outside_the_folder_is_touched(
        parts in prop::collection::vec(
            prop_oneof![
                Just("..".to_owned()), Just(".".to_owned()), Just(String::new()), Just("\\..\\".to_owned()),
                Just("c:".to_owned()), Just("%2e%2e".to_owned()), Just("a\0b".to_owned()), Just("\u{ff0e}\u{ff0e}".to_owned()),
                Just("link".to_owned()), "[a-z0-9_-]{1,8}", "\\PC{0,6}",
            ],
            0..5,
        ),
        absolute in any::<bool>(),
        ending in prop_oneof![Just(".jpg"), Just(".html"), Just(""), Just(".jpg\0.html")],
    ) {
        let around = tempfile::tempdir().unwrap();
        let (inside, outside) = (around.path().join("media"), around.path().join("secret"));
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("a.jpg"), "secret").unwrap();
        let storage = LocalStorage::open(&inside).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(&outside, inside.join("link")).unwrap();
        let text = format!("{}{}{ending}", if absolute { "/" } else { "" }, parts.join("/"));
        if let Ok(key) = text.parse::<ObjectKey>() {
            let put = block_on(storage.put(&key, b"mine".to_vec()));
            let got = block_on(storage.get(&key));
            match put {
                Ok(()) => prop_assert_eq!(got.unwrap().unwrap(), b"mine"),
                Err(_) => prop_assert!(text.starts_with("link/"), "{} was refused", text),
            }
            let _ = block_on(storage.delete(&key));
        }
        prop_assert_eq!(files_below(&outside), [outside.join("a.jpg").display().to_string()]);
        prop_assert_eq!(fs::read_to_string(outside.join("a.jpg")).unwrap(), "secret");
        prop_assert_eq!(fs::read_dir(around.path()).unwrap().count(), 2);
    }
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_whether_they_stand_for_a_folder_or_for_a_file() {
    let around = tempfile::tempdir().unwrap();
    let secret = around.path().join("secret.jpg");
    fs::write(&secret, "secret").unwrap();
    let storage = LocalStorage::open(around.path().join("media")).unwrap();
    std::os::unix::fs::symlink(around.path(), storage.folder().join("folder")).unwrap();
    std::os::unix::fs::symlink(&secret, storage.folder().join("file.jpg")).unwrap();
    assert!(block_on(storage.get(&key("folder/secret.jpg"))).is_err());
    assert!(block_on(storage.put(&key("folder/secret.jpg"), b"mine".to_vec())).is_err());
    assert!(block_on(storage.delete(&key("folder/secret.jpg"))).is_err());
    assert!(block_on(storage.get(&key("file.jpg"))).is_err());
    block_on(storage.put(&key("file.jpg"), b"mine".to_vec())).unwrap();
    assert_eq!(
        block_on(storage.get(&key("file.jpg"))).unwrap().unwrap(),
        b"mine",
        "the link was replaced, not followed"
    );
    assert_eq!(fs::read_to_string(&secret).unwrap(), "secret");
}

#[test]
fn a_write_that_fails_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let storage = LocalStorage::open(folder.path()).unwrap();
    fs::create_dir(folder.path().join("a.jpg")).unwrap();
    assert!(block_on(storage.put(&key("a.jpg"), b"mine".to_vec())).is_err(), "a folder is in the way");
    assert_eq!(files_below(folder.path()), Vec::<String>::new());
}

#[test]
fn a_storage_needs_a_folder_that_it_can_make() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    assert!(LocalStorage::open(folder.path().join("file")).is_err());
    assert!(LocalStorage::open(folder.path().join("new/and/deep")).is_ok());
}
