//! Lists and counters of webhook events, of more events than a page may look at.

use designia_core::ports::{Inbox, InboxFigures, InboxFilter, InboxState, PageRequest};
use designia_core::testing::fixtures::{NOW, event};
use designia_core::time::MINUTE;

use super::in_memory;
use crate::SqliteStore;

/// One event a second from 1 January 2025 on, all of them dead, and every five thousandth of the rare kind.
const MANY: &str = "
    WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 20001)
    INSERT INTO webhook_events (id, kind, received_at, body, state, due_at, note)
    SELECT 'evt_' || number, iif(number % 5000 = 0, 'rare', 'common'), (1735689600 + number) * 1000000, x'', 'dead',
        (1735689600 + number) * 1000000, 'poison'
    FROM numbers";

async fn run(store: &SqliteStore, statement: &'static str) {
    sqlx::raw_sql(statement).execute(&mut *store.lane().await.unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_page_of_a_rare_kind_ends_where_enough_was_looked_at_and_goes_on_there() {
    let store = in_memory().await;
    run(&store, MANY).await;
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
async fn minutes_that_nobody_asks_for_are_forgotten() {
    let store = in_memory().await;
    run(&store, MANY).await;
    for number in 0..3 {
        store.accept(event(number)).await.unwrap();
    }
    let start = InboxFigures::minute_start(InboxFigures::minute(NOW));
    assert_eq!(store.inbox_figures(NOW + MINUTE).await.unwrap().received_by_minute, [(start, 3)]);
    let count = "SELECT count(*) FROM counters WHERE kind = 'webhook_minutes'";
    let kept: i64 = sqlx::query_scalar(count).fetch_one(&mut *store.lane().await.unwrap()).await.unwrap();
    assert_eq!(kept, 240, "of more than three hundred");
    let findings = store.integrity_check().await.unwrap().findings;
    assert!(findings.iter().all(|it| !it.rule.contains("counter")), "{findings:?}");
}

#[tokio::test]
async fn a_page_of_all_states_merges_three_ranges_as_they_are_read() {
    let store = in_memory().await;
    let mut lane = store.lane().await.unwrap();
    for statement in [crate::sql::inbox::PAGE, crate::sql::inbox::WALK_END] {
        let plan = super::statements::plan(&mut lane, statement).await;
        let ranges = plan.iter().filter(|step| {
            step.contains("webhook_events_newest (state=? AND (received_at,id)>(?,?) AND (received_at,id)<(?,?))")
        });
        assert_eq!(ranges.count(), 3, "{plan:?}");
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:?} sorts");
    }
}
