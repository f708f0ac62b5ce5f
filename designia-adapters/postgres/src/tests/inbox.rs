//! Lists and counters of webhook events, of more events than a page may look at.

use designia_core::ports::{Inbox, InboxFigures, InboxFilter, InboxState, PageRequest};
use designia_core::testing::fixtures::{NOW, event};
use designia_core::time::MINUTE;

use super::fresh;

/// One event a second from 1 January 2025 on, all of them dead, and every five thousandth of the rare kind.
const MANY: &str = "
    INSERT INTO designia.webhook_events (id, kind, received_at, body, state, due_at, note)
    SELECT 'evt_' || number, CASE WHEN number % 5000 = 0 THEN 'rare' ELSE 'common' END,
        to_timestamp(1735689600 + number), '', 'dead', to_timestamp(1735689600 + number), 'poison'
    FROM generate_series(1, 20001) AS number";

#[tokio::test]
async fn a_page_of_a_rare_kind_ends_where_enough_was_looked_at_and_goes_on_there() {
    let Some(store) = fresh().await else { return };
    store.run(MANY).await.unwrap();
    for state in [None, Some(InboxState::Dead)] {
        let filter = InboxFilter { state, kind: Some("rare".to_owned()), ..InboxFilter::default() };
        let mut pages: Vec<Vec<String>> = Vec::new();
        let mut after = None;
        loop {
            let page = store.events(&filter, PageRequest { after, limit: 3 }).await.unwrap();
            pages.push(page.rows.into_iter().map(|row| row.event.id).collect());
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(pages, [vec!["evt_20000", "evt_15000"], vec!["evt_10000", "evt_5000"], vec![]], "{state:?}");
    }
    let filter = InboxFilter { kind: Some("unheard of".to_owned()), ..InboxFilter::default() };
    let page = store.events(&filter, PageRequest { after: None, limit: 3 }).await.unwrap();
    assert!(page.rows.is_empty() && page.next.is_some(), "there may be one further back");
    let causes = store.dead_causes(10).await.unwrap();
    assert_eq!(causes.iter().map(|it| it.events).sum::<u64>(), 10_000, "and no others are counted");
}

#[tokio::test]
async fn upkeep_folds_the_minutes_and_forgets_those_that_nobody_asks_for() {
    let Some(store) = fresh().await else { return };
    store.run(MANY).await.unwrap();
    for number in 0..3 {
        store.accept(event(number)).await.unwrap();
    }
    let before = store.inbox_figures(NOW + MINUTE).await.unwrap();
    let start = InboxFigures::minute_start(InboxFigures::minute(NOW));
    assert_eq!(before.received_by_minute, [(start, 3)]);
    store.upkeep().await.unwrap();
    assert_eq!(store.inbox_figures(NOW + MINUTE).await.unwrap(), before);
    let kept = store.run("SELECT 1 FROM designia.tallies WHERE kind = 'webhook_minutes'").await.unwrap();
    assert_eq!(kept, 240, "of more than three hundred");
    let findings = store.integrity_check().await.unwrap().findings;
    assert!(findings.iter().all(|it| !it.rule.contains("counter")), "{findings:?}");
}
