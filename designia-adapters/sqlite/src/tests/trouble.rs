//! When the disk, the file, a neighbour or a caller makes trouble, the answer says so, nothing is half stored, and the store
//! works again once the trouble is over.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use designia_core::ports::{
    Claim, CommitError, OrderFilter, OrderQueries, OrderStore, PageRequest, RateStore, StoreError, StoreErrorKind,
};
use designia_core::testing::fixtures::{NOW, claim, commit, day, order_id, placed, placement, rates};
use designia_core::time::DAY;
use sqlx::Connection;

use super::{in_memory, place, run, shelve};
use crate::{Config, SqliteStore};

/// A store in a file, which is removed with the folder.
pub(super) struct InFile {
    pub(super) store: SqliteStore,
    folder: std::path::PathBuf,
}

impl InFile {
    pub(super) async fn open(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("designia-sqlite-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let mut config = Config::file(folder.join("designia.db"));
        config.patience = Duration::from_millis(100);
        let store = SqliteStore::open(&config).await.unwrap();
        shelve(&store).await;
        Self { store, folder }
    }

    async fn placing(&self, number: u32) -> Result<(), CommitError> {
        self.store.commit(commit(placed(placement(number)))).await
    }

    pub(super) async fn is_sound_with(&self, orders: u64) {
        let report = self.store.integrity_check().await.unwrap();
        assert!(report.is_sound(), "{report:#?}");
        assert_eq!(report.orders, orders);
    }
}

impl Drop for InFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn unavailable(result: Result<(), CommitError>) -> String {
    match result {
        Err(CommitError::Store(StoreError { kind: StoreErrorKind::Unavailable, message, .. })) => message,
        other => panic!("expected that the store is unavailable, got {other:?}"),
    }
}

#[tokio::test]
async fn a_full_disk_is_said_and_leaves_no_trace() {
    let file = InFile::open("full").await;
    run(&file.store, "PRAGMA max_page_count = 1").await.unwrap();
    let mut placed = 0;
    // The pages at hand still hold some orders.
    let refusal = loop {
        match file.placing(placed + 1).await {
            Ok(()) => placed += 1,
            refusal => break unavailable(refusal),
        }
        assert!(placed < 1_000, "the disk is never full");
    };
    assert!(refusal.contains("the disk is full"), "{refusal}");
    file.is_sound_with(u64::from(placed)).await;
    assert_eq!(file.store.load(order_id(placed + 1)).await.unwrap(), None);

    run(&file.store, "PRAGMA max_page_count = 1000000").await.unwrap();
    file.placing(placed + 1).await.unwrap();
    file.is_sound_with(u64::from(placed) + 1).await;
}

#[tokio::test]
async fn a_file_that_can_not_be_written_to_is_said_and_can_still_be_read() {
    let file = InFile::open("read-only").await;
    file.placing(1).await.unwrap();
    run(&file.store, "PRAGMA query_only = ON").await.unwrap();
    let refusal = unavailable(file.placing(2).await);
    assert!(refusal.contains("the file can't be written to"), "{refusal}");
    assert!(file.store.load(order_id(1)).await.unwrap().is_some());
    run(&file.store, "PRAGMA query_only = OFF").await.unwrap();
    file.placing(2).await.unwrap();
    file.is_sound_with(2).await;
}

#[tokio::test]
async fn a_writer_elsewhere_that_does_not_end_is_said() {
    let file = InFile::open("locked").await;
    let other = SqliteStore::open(file.store.config()).await.unwrap();
    let mut lane = other.lane().await.unwrap();
    let transaction = lane.begin().await.unwrap();
    let refusal = unavailable(file.placing(1).await);
    assert!(refusal.contains("another process is writing to it"), "{refusal}");
    transaction.end::<(), StoreError>(Ok(())).await.unwrap();
    file.placing(1).await.unwrap();
}

#[tokio::test]
async fn a_call_that_waits_longer_for_its_turn_than_it_is_ready_to_says_so() {
    let file = InFile::open("waiting").await;
    let lane = file.store.lane().await.unwrap();
    let refusal = unavailable(file.placing(1).await);
    assert!(refusal.contains("too many calls are waiting"), "{refusal}");
    drop(lane);
    file.placing(1).await.unwrap();
}

#[tokio::test]
async fn a_commit_that_fails_at_its_very_end_stores_nothing() {
    let file = InFile::open("end").await;
    run(&file.store, "CREATE TABLE broken (id BLOB REFERENCES products (id) DEFERRABLE INITIALLY DEFERRED)")
        .await
        .unwrap();
    let spoil = "CREATE TRIGGER spoil AFTER INSERT ON orders BEGIN INSERT INTO broken VALUES (x'00'); END";
    run(&file.store, spoil).await.unwrap();
    let refusal = file.placing(1).await.unwrap_err();
    assert!(matches!(&refusal, CommitError::Store(error) if error.kind == StoreErrorKind::Invalid), "{refusal:?}");
    run(&file.store, "DROP TRIGGER spoil").await.unwrap();
    file.is_sound_with(0).await;
    file.placing(1).await.unwrap();
    file.is_sound_with(1).await;
}

/// Polls a call so often and then goes away from it; whether it was finished by then.
pub(super) async fn is_finished_after<T>(polls: u32, call: impl Future<Output = T>) -> bool {
    let (mut call, mut left) = (pin!(call), polls);
    poll_fn(|context| match left.checked_sub(1) {
        None => Poll::Ready(false),
        Some(fewer) => {
            left = fewer;
            call.as_mut().poll(context).map(|_| true)
        }
    })
    .await
}

#[tokio::test]
async fn a_call_whose_caller_goes_away_is_carried_out_whole_or_not_at_all() {
    let file = InFile::open("dropped").await;
    let mut calls_left_behind = 0;
    for polls in 0..100 {
        let number = polls + 1;
        let is_placed = is_finished_after(polls, file.placing(number)).await;
        let later = claim(NOW + DAY * (3 + number));
        let is_claimed = is_finished_after(polls, file.store.change_due(later, &|_| None)).await;
        let effects = is_finished_after(polls, file.store.claim_effects(None, later)).await;
        let batches: Vec<_> = (0..5).map(|before| rates(day(before))).collect();
        let is_saved = is_finished_after(polls, file.store.save(&batches)).await;
        if is_placed && is_claimed && effects && is_saved {
            break;
        }
        calls_left_behind += 1;
        // Whatever was left behind is in nobody's way.
        file.placing(number + 1_000).await.unwrap();
    }
    assert!((1..100).contains(&calls_left_behind), "{calls_left_behind}");
    let counts = file.store.counts(NOW).await.unwrap();
    file.is_sound_with(counts.orders.iter().map(|(_, count)| count).sum()).await;
}

#[tokio::test]
async fn after_closing_every_call_says_that_the_store_is_closed() {
    let file = InFile::open("closed").await;
    file.store.close().await.unwrap();
    file.store.close().await.unwrap();
    assert!(unavailable(file.placing(1).await).contains("it has been closed"));
    let error = file.store.load(order_id(1)).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    assert!(!file.folder.join("designia.db-wal").exists(), "everything is in the file itself");
}

#[tokio::test]
async fn an_order_that_can_not_be_read_is_named_and_stands_in_nobodys_way() {
    let store = in_memory().await;
    shelve(&store).await;
    for number in [1, 2] {
        place(&store, number).await;
    }
    let damage = format!("UPDATE orders SET state = '{{\"contents\"' WHERE id = x'{}'", order_id(1).as_uuid().simple());
    assert_eq!(run(&store, &damage).await, Ok(1));

    let error = store.load(order_id(1)).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Corrupt);
    assert!(error.message.starts_with(&format!("order {} can't be read back", order_id(1))), "{}", error.message);
    let page = PageRequest { after: None, limit: 10 };
    let error = store.orders(&OrderFilter::default(), page).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Corrupt);

    let now = NOW + DAY * 10;
    let due: Vec<_> = store.change_due(claim(now), &|_| None).await.unwrap().iter().map(|it| it.order).collect();
    assert_eq!(due, [order_id(2)]);
    let again = claim(now + DAY);
    let alone = Claim { limit: 1, ..again };
    assert_eq!(
        store.change_due(alone, &|_| None).await.unwrap_err().kind,
        StoreErrorKind::Corrupt,
        "there is nothing else"
    );
    assert_eq!(store.change_due(alone, &|_| None).await.unwrap().len(), 1, "the next claim passes it by");
}

#[tokio::test]
async fn a_table_that_is_gone_is_for_a_person_to_look_at() {
    let file = InFile::open("gone").await;
    run(&file.store, "DROP TABLE rate_batches").await.unwrap();
    let error = file.store.latest().await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Corrupt);
    // The connection itself goes on working.
    file.store.reader().await.unwrap().ping().await.unwrap();
}
