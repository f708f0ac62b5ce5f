//! Tasks of a host's own in the commits that they follow from.
#![cfg(feature = "testing")]
#![expect(clippy::unwrap_used, reason = "test helpers stand outside of #[test] functions")]

use std::sync::Arc;

use designia_core::decorate::Reacting;
use designia_core::id::TaskId;
use designia_core::memory::MemoryStore;
use designia_core::order::{Command, Event};
use designia_core::ports::{Commit, CommitError, IdGenerator, OrderStore, TaskConsole, TaskFilter, TaskPage};
use designia_core::task::{Json, Kind, KindName, QueueName, Task};
use designia_core::testing::conformance::Stores;
use designia_core::testing::fixtures::{claim, commit, order_id, placed, placement, product};
use designia_core::testing::{SequentialIds, block_on};
use designia_core::time::DAY;

/// Asks for one task for each event but reminders.
fn reacting<S>(inner: S) -> Reacting<S> {
    let (kind, ids) = (Kind::new(KindName::fixed("test.follow"), QueueName::fixed("test")), SequentialIds::new());
    Reacting::new(inner, move |commit| {
        let events = commit.events.iter().filter(|it| !matches!(it.event, Event::Reminded { .. }));
        let task = |at| kind.task(TaskId::from_uuid(ids.next()), Json::of(&commit.order.id()).unwrap(), at);
        events.map(|it| task(it.at)).collect()
    })
}

fn tasks(store: &MemoryStore) -> Vec<Task> {
    let page = TaskPage { below: None, limit: 100 };
    let rows = block_on(store.tasks(&TaskFilter::default(), page)).unwrap();
    rows.into_iter().map(|row| row.task).collect()
}

fn placing(number: u32) -> Commit {
    commit(placed(placement(number)))
}

fn open() -> (Reacting<MemoryStore>, MemoryStore) {
    let store = MemoryStore::new();
    for number in 1..=2 {
        block_on(designia_core::ports::CatalogStore::put(&store, &product(number))).unwrap();
    }
    (reacting(store.clone()), store)
}

#[test]
fn what_follows_from_a_commit_waits_as_soon_as_it_is_stored() {
    let (orders, store) = open();
    block_on(orders.commit(placing(1))).unwrap();
    let [task] = &tasks(&store)[..] else { panic!("one event, one task") };
    assert_eq!(task.args, Json::of(&order_id(1)).unwrap());
}

#[test]
fn nothing_follows_from_a_commit_that_is_refused() {
    let (orders, store) = open();
    block_on(orders.commit(placing(1))).unwrap();
    assert!(matches!(block_on(orders.commit(placing(1))), Err(CommitError::Conflict)));
    assert_eq!(tasks(&store).len(), 1);
}

#[test]
fn what_comes_due_is_reacted_to_like_what_is_asked_for() {
    let (orders, store) = open();
    block_on(orders.commit(placing(1))).unwrap();
    let now = placing(1).order.updated_at() + DAY * 3;
    let tick = |order: &designia_core::order::Order| {
        let decision = order.decide(&Command::Tick, now).ok()?;
        Some(commit(decision))
    };
    let due = block_on(orders.change_due(claim(now), &tick)).unwrap();
    assert!(matches!(due[0].outcome, Ok(true)), "{due:?}");
    assert_eq!(tasks(&store).len(), 2, "it was placed, and it was cancelled");
}

designia_core::order_store_conformance! {
    block_on = block_on,
    fresh = async || {
        let mut stores = Stores::of(MemoryStore::new());
        stores.orders = Arc::new(reacting(Arc::clone(&stores.orders)));
        stores
    },
}
