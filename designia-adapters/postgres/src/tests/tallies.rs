//! What is counted as it changes is what there is, before it is folded, while it is, and after.

use designia_core::order::{Actor, Command};
use designia_core::ports::{Counts, Inbox, OrderQueries, OrderStore};
use designia_core::testing::fixtures::{NOW, claim, commit, event};
use designia_core::time::{DAY, HOUR};

use super::{fresh, lived_in, place, shelve};

fn sorted(mut counts: Counts) -> Counts {
    counts.orders.sort_unstable();
    counts.effects.sort_unstable();
    counts
}

#[tokio::test]
async fn folding_changes_no_answer() {
    let Some(store) = lived_in().await else { return };
    store.accept(event(1)).await.unwrap();
    let (counts, mut balance) = (sorted(store.counts(NOW).await.unwrap()), store.trial_balance().await.unwrap());
    balance.sort_unstable();
    assert!(store.run("SELECT 1 FROM designia.tally_changes").await.unwrap() > 50);
    store.upkeep().await.unwrap();
    assert_eq!(store.run("SELECT 1 FROM designia.tally_changes").await.unwrap(), 0);
    assert_eq!(sorted(store.counts(NOW).await.unwrap()), counts);
    let mut after = store.trial_balance().await.unwrap();
    after.sort_unstable();
    assert_eq!(after, balance);
    store.upkeep().await.unwrap();
    assert!(store.integrity_check().await.unwrap().findings.iter().all(|it| !it.rule.contains("counter")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_may_fold_while_everybody_writes() {
    let Some(store) = fresh().await else { return };
    shelve(&store).await;
    let writers = (0..2).map(|writer| {
        let store = store.store.clone();
        tokio::spawn(async move {
            for number in 1..=25 {
                let order = place(&store, writer * 25 + number).await;
                let cancel = Command::Cancel { by: Actor::Operator, reason: "r".to_owned() };
                store.commit(commit(order.decide(&cancel, NOW + HOUR).unwrap())).await.unwrap();
                store.claim_effects(Some(order.id()), claim(NOW + DAY)).await.unwrap();
            }
        })
    });
    let folders = (0..2).map(|_| {
        let store = store.store.clone();
        tokio::spawn(async move {
            for _ in 0..25 {
                store.upkeep().await.unwrap();
                let counts = store.counts(NOW).await.unwrap();
                assert!(counts.orders.iter().map(|(_, count)| count).sum::<u64>() <= 50);
            }
        })
    });
    for task in writers.chain(folders).collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let report = store.integrity_check().await.unwrap();
    assert!(report.is_sound(), "{report:#?}");
}

#[tokio::test]
async fn what_is_deleted_or_changed_by_hand_is_counted_too() {
    let Some(store) = lived_in().await else { return };
    store.accept(event(1)).await.unwrap();
    store.accept(event(2)).await.unwrap();
    for statement in [
        "DELETE FROM designia.webhook_events WHERE id = 'evt_0001'",
        "UPDATE designia.webhook_events SET state = 'dead'",
        "UPDATE designia.effects SET state = 'done' WHERE state = 'planned'",
        "DELETE FROM designia.effects WHERE kind = 'notify'",
    ] {
        assert!(store.run(statement).await.unwrap() > 0, "{statement}");
    }
    let report = store.integrity_check().await.unwrap();
    let counters: Vec<_> = report.findings.iter().filter(|it| it.rule == "every counter is right").collect();
    assert!(counters.is_empty(), "{counters:#?}");
}
