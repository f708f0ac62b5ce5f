//! When the server, a neighbour or a caller makes trouble, the answer says so, nothing is half stored, and the store works
//! again once the trouble is over.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use designia_core::order::{Command, Order};
use designia_core::ports::{
    Claim, CommitError, OrderFilter, OrderQueries, OrderStore, PageRequest, RateStore, StoreError, StoreErrorKind,
};
use designia_core::testing::fixtures::{NOW, claim, commit, day, order_id, placed, placement, rates};
use designia_core::time::DAY;
use sqlx::Connection;

use super::{Subject, fresh, fresh_with, place, shelve};
use crate::{PostgresStore, Topic};

async fn placing(store: &PostgresStore, number: u32) -> Result<(), CommitError> {
    store.commit(commit(placed(placement(number)))).await
}

fn unavailable<T: std::fmt::Debug>(result: Result<T, CommitError>) -> String {
    match result {
        Err(CommitError::Store(StoreError { kind: StoreErrorKind::Unavailable, message, .. })) => message,
        other => panic!("expected that the store is unavailable, got {other:?}"),
    }
}

async fn is_sound_with(store: &PostgresStore, orders: u64) {
    let report = store.integrity_check().await.unwrap();
    assert!(report.is_sound(), "{report:#?}");
    assert_eq!(report.orders, orders);
}

/// Waits until a call of the store waits for a lock.
async fn somebody_waits(store: &Subject) {
    let waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while store.run(waiting).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_given_up_by_the_server() {
    let Some(store) = fresh_with(|config| config.statement_timeout = Duration::from_millis(200)).await else { return };
    shelve(&store).await;
    let mut other = store.connection().await;
    let mut transaction = other.begin().await.unwrap();
    sqlx::query("LOCK TABLE designia.products").execute(&mut *transaction).await.unwrap();
    let refusal = unavailable(placing(&store, 1).await);
    assert!(refusal.contains("it took too long"), "{refusal}");
    transaction.rollback().await.unwrap();
    placing(&store, 1).await.unwrap();
    is_sound_with(&store, 1).await;
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_middle_of_a_commit_is_said_and_replaced() {
    let Some(store) = fresh().await else { return };
    shelve(&store).await;
    let mut other = store.connection().await;
    let mut transaction = other.begin().await.unwrap();
    sqlx::query("LOCK TABLE designia.products").execute(&mut *transaction).await.unwrap();
    let committing = tokio::spawn({
        let store = store.store.clone();
        async move { placing(&store, 1).await }
    });
    somebody_waits(&store).await;
    let terminated = store.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    assert_eq!(terminated.await, Ok(1));
    let refusal = unavailable(committing.await.unwrap());
    assert!(refusal.contains("shutting down"), "{refusal}");
    transaction.rollback().await.unwrap();
    placing(&store, 1).await.unwrap();
    is_sound_with(&store, 1).await;
}

#[tokio::test]
async fn connections_that_broke_while_nobody_used_them_are_nobodys_trouble() {
    let Some(store) = fresh().await else { return };
    shelve(&store).await;
    // What was used a moment ago is lent again unasked, so it has to be left alone for real.
    tokio::time::sleep(crate::open::IDLE + Duration::from_millis(100)).await;
    let gone = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'designia'";
    assert!(store.run(gone).await.unwrap() > 0);
    placing(&store, 1).await.unwrap();
}

#[tokio::test]
async fn a_database_that_can_only_be_read_is_said_and_can_still_be_read() {
    let Some(store) = fresh_with(|config| config.max_connections = 1).await else { return };
    shelve(&store).await;
    placing(&store, 1).await.unwrap();
    let set = |to: &str| format!("ALTER DATABASE {} SET default_transaction_read_only = {to}", store.database.name());
    store.run(&set("on")).await.unwrap();
    let reader = PostgresStore::open(store.config()).await.unwrap();
    let refusal = unavailable(placing(&reader, 2).await);
    assert!(refusal.contains("it can only be read now"), "{refusal}");
    assert!(reader.load(order_id(1)).await.unwrap().is_some());
    is_sound_with(&reader, 1).await;
}

#[tokio::test]
async fn a_call_that_waits_longer_for_a_connection_than_it_is_ready_to_says_so() {
    let configured = fresh_with(|config| (config.max_connections, config.patience) = (1, Duration::from_secs(3)));
    let Some(store) = configured.await else { return };
    shelve(&store).await;
    let session = store.session().await.unwrap();
    let refusal = unavailable(placing(&store, 1).await);
    assert!(refusal.contains("no connection was to be had in time"), "{refusal}");
    drop(session);
    placing(&store, 1).await.unwrap();
}

#[tokio::test]
async fn a_commit_that_fails_at_its_very_end_stores_nothing() {
    let Some(store) = fresh().await else { return };
    shelve(&store).await;
    for statement in [
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'spoilt' USING ERRCODE = '23514'; END $$",
        "CREATE CONSTRAINT TRIGGER spoil AFTER INSERT ON designia.orders DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION spoil()",
    ] {
        store.run(statement).await.unwrap();
    }
    let refusal = placing(&store, 1).await.unwrap_err();
    assert!(matches!(&refusal, CommitError::Store(error) if error.kind == StoreErrorKind::Invalid), "{refusal:?}");
    store.run("DROP TRIGGER spoil ON designia.orders").await.unwrap();
    is_sound_with(&store, 0).await;
    placing(&store, 1).await.unwrap();
    is_sound_with(&store, 1).await;
}

#[tokio::test]
async fn what_others_make_fail_once_is_tried_again_and_not_for_ever() {
    let Some(store) = fresh().await else { return };
    shelve(&store).await;
    for statement in [
        "CREATE SEQUENCE public.tries",
        "CREATE FUNCTION yield() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('public.tries') % 1000 < 4 THEN
                RAISE 'deadlock detected' USING ERRCODE = '40P01';
            END IF;
            RETURN NEW;
        END $$",
        "CREATE TRIGGER yield BEFORE INSERT ON designia.orders FOR EACH ROW EXECUTE FUNCTION yield()",
    ] {
        store.run(statement).await.unwrap();
    }
    placing(&store, 1).await.unwrap();
    store.run("ALTER SEQUENCE public.tries RESTART INCREMENT 1000").await.unwrap();
    let refusal = unavailable(placing(&store, 2).await);
    assert!(refusal.contains("others were in the way"), "{refusal}");
    is_sound_with(&store, 1).await;
}

/// Polls a call so often and then goes away from it; whether it was finished by then.
async fn is_finished_after<T>(polls: u32, call: impl Future<Output = T>) -> bool {
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
    let Some(store) = fresh().await else { return };
    shelve(&store).await;
    let tick = |order: &Order| order.decide(&Command::Tick, NOW + DAY * 100).ok().map(commit);
    let mut calls_left_behind = 0;
    // Logging in alone takes many hundred polls where passwords are hashed.
    for polls in (0..40).chain((40..6_000).step_by(149)) {
        let number = polls + 1;
        let is_placed = is_finished_after(polls, placing(&store, number)).await;
        let later = Claim { limit: 1, ..claim(NOW + DAY * 100) };
        let is_changed = is_finished_after(polls, store.change_due(later, &tick)).await;
        let effects = is_finished_after(polls, store.claim_effects(None, later)).await;
        let batches: Vec<_> = (0..5).map(|before| rates(day(before))).collect();
        let is_saved = is_finished_after(polls, store.save(&batches)).await;
        if is_placed && is_changed && effects && is_saved {
            break;
        }
        calls_left_behind += 1;
        // Whatever was left behind is in nobody's way.
        placing(&store, number + 1_000).await.unwrap();
    }
    assert!((1..80).contains(&calls_left_behind), "{calls_left_behind}");
    // What goes on at the server without a listener is over soon.
    let busy = "SELECT 1 FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'designia' AND state = 'active'";
    while store.run(busy).await.unwrap() > 0 {
        tokio::task::yield_now().await;
    }
    let counts = store.counts(NOW).await.unwrap();
    is_sound_with(&store, counts.orders.iter().map(|(_, count)| count).sum()).await;
}

#[tokio::test]
async fn after_closing_every_call_says_that_the_store_is_closed() {
    let Some(store) = fresh().await else { return };
    store.close().await.unwrap();
    store.close().await.unwrap();
    assert!(unavailable(placing(&store, 1).await).contains("it has been closed"));
    assert_eq!(store.load(order_id(1)).await.unwrap_err().kind, StoreErrorKind::Unavailable);
    assert_eq!(store.listen().await.unwrap_err().kind, StoreErrorKind::Unavailable);
}

#[tokio::test]
async fn an_order_that_can_not_be_read_is_named_and_stands_in_nobodys_way() {
    let Some(store) = fresh().await else { return };
    shelve(&store).await;
    for number in [1, 2] {
        place(&store, number).await;
    }
    let damage = format!("UPDATE designia.orders SET state = '{{}}' WHERE id = '{}'", order_id(1));
    assert_eq!(store.run(&damage).await, Ok(1));

    let error = store.load(order_id(1)).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Corrupt);
    assert!(error.message.starts_with(&format!("order {} can't be read back", order_id(1))), "{}", error.message);
    let page = PageRequest { after: None, limit: 10 };
    let error = store.orders(&OrderFilter::default(), page).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Corrupt);

    let now = NOW + DAY * 10;
    let due = store.change_due(claim(now), &|_| None).await.unwrap();
    assert_eq!(due.iter().map(|it| it.order).collect::<Vec<_>>(), [order_id(2)]);
    let again = Claim { limit: 2, ..claim(now + DAY) };
    let tick = |order: &Order| order.decide(&Command::Tick, now + DAY).ok().map(commit);
    assert_eq!(store.change_due(again, &tick).await.unwrap().len(), 1);
    let alone = claim(now + DAY * 2);
    assert_eq!(
        store.change_due(alone, &|_| None).await.unwrap_err().kind,
        StoreErrorKind::Corrupt,
        "there is nothing else"
    );
    assert_eq!(store.change_due(alone, &|_| None).await.unwrap().len(), 0, "the next claim passes it by");
}

#[tokio::test]
async fn a_batch_that_can_not_be_written_is_written_one_by_one_but_for_what_is_at_fault() {
    let Some(store) = fresh().await else { return };
    shelve(&store).await;
    for number in 1..=5 {
        place(&store, number).await;
    }
    // Something that the next event of one order will stumble over.
    let stone = format!(
        "INSERT INTO designia.events SELECT order_id, 2, at, cause, event FROM designia.events WHERE order_id = '{}'",
        order_id(3)
    );
    assert_eq!(store.run(&stone).await, Ok(1));
    let now = NOW + DAY * 30;
    let tick = |order: &Order| order.decide(&Command::Tick, now).ok().map(commit);
    let changed = store.change_due(claim(now), &tick).await.unwrap();
    assert_eq!(changed.len(), 5);
    for it in changed {
        match it.outcome {
            Err(CommitError::Store(error)) => {
                assert_eq!((it.order, error.kind), (order_id(3), StoreErrorKind::Invalid));
            }
            outcome => assert!(matches!(outcome, Ok(true)) && it.order != order_id(3), "{}: {outcome:?}", it.order),
        }
    }
    assert_eq!(store.change_due(claim(now), &tick).await.unwrap().len(), 0, "it stands in nobody's way");
}

#[tokio::test]
async fn a_batch_that_others_keep_waiting_changes_nothing_and_puts_off_nothing() {
    let Some(store) = fresh_with(|config| config.statement_timeout = Duration::from_millis(200)).await else { return };
    shelve(&store).await;
    for number in [1, 2] {
        place(&store, number).await;
    }
    let mut other = store.connection().await;
    let mut transaction = other.begin().await.unwrap();
    sqlx::query("LOCK TABLE designia.products").execute(&mut *transaction).await.unwrap();
    let now = NOW + DAY * 30;
    let tick = |order: &Order| order.decide(&Command::Tick, now).ok().map(commit);
    let error = store.change_due(claim(now), &tick).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    transaction.rollback().await.unwrap();
    assert_eq!(store.change_due(claim(now), &tick).await.unwrap().len(), 2);
    is_sound_with(&store, 2).await;
}

#[tokio::test]
async fn a_table_that_is_gone_is_for_a_person_to_look_at() {
    let Some(store) = fresh().await else { return };
    store.run("DROP TABLE designia.rate_batches").await.unwrap();
    assert_eq!(store.latest().await.unwrap_err().kind, StoreErrorKind::Corrupt);
    // The connection itself goes on working.
    assert_eq!(store.setting("other").await.unwrap(), None);
}

#[tokio::test]
async fn a_listener_hears_what_any_node_tells_and_says_when_it_is_deaf() {
    let Some(store) = fresh().await else { return };
    let mut listener = store.listen().await.unwrap();
    store.notify(&[Topic::Inbox, Topic::Tasks, Topic::Effects]).await.unwrap();
    let heard = [listener.next().await.unwrap(), listener.next().await.unwrap(), listener.next().await.unwrap()];
    assert_eq!(heard, [Topic::Inbox, Topic::Tasks, Topic::Effects]);
    store.run("SELECT pg_notify('designia', 'a word of a later release')").await.unwrap();
    store.notify(&[Topic::Effects]).await.unwrap();
    assert_eq!(listener.next().await.unwrap(), Topic::Effects);
    store.notify(&[]).await.unwrap();
    let gone = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    assert_eq!(store.run(gone).await, Ok(1));
    assert_eq!(listener.next().await.unwrap_err().kind, StoreErrorKind::Unavailable);
    let mut again = store.listen().await.unwrap();
    store.notify(&[Topic::Inbox]).await.unwrap();
    assert_eq!(again.next().await.unwrap(), Topic::Inbox);
}
