//! What a store gives away.

use std::fmt::Debug;

use super::Archives;
use super::subject::{Contents, REQUESTED, contents};
use crate::ports::{
    AccountCommit, AccountKey, ApplicationKey, InboxState, PageRequest, RateKey, Record, Topic, Total, Totals,
};
use crate::testing::conformance::steps::{LATER, at_most, cancel};
use crate::testing::fixtures::{claim, event, order_id, product_id};
use crate::time::DAY;

/// Also after a key that is not there.
pub async fn an_empty_store_has_nothing_to_give(archives: &Archives) {
    assert_eq!(contents(&archives.from, 10).await, Contents::default());
    assert!(totals(archives).await.is_empty());
    assert_eq!(archives.from.export_events(Some("evt_9"), 10).await.expect("the store answers"), []);
}

/// Whatever their length, and whichever page is the last.
pub async fn pages_of_any_length_hold_everything_once(archives: &Archives) {
    archives.fill().await;
    let all = contents(&archives.from, 1_000).await;
    assert_eq!((all.products.len(), all.orders.len(), all.events.len(), all.rates.len()), (6, 10, 6, 3));
    assert_eq!(all.accounts.len(), 3);
    for limit in [1, 2, 3, 5, 10] {
        assert_eq!(contents(&archives.from, limit).await, all, "on pages of {limit}");
    }
}

/// So that a copy knows where to go on.
pub async fn pages_come_by_rising_key(archives: &Archives) {
    archives.fill().await;
    let all = contents(&archives.from, 1_000).await;
    assert_rising(all.products.iter().map(|it| it.id));
    assert_rising(all.orders.iter().map(|it| it.order.id()));
    assert_rising(all.events.iter().map(|it| it.event.id.as_str()));
    assert_rising(all.rates.iter().map(RateKey::of));
    assert_rising(all.accounts.iter().map(|it| it.account.id));
    for topic in Topic::ALL {
        assert_rising(all.records.iter().filter(|it| it.topic() == *topic).map(Record::key));
    }
    assert_rising(all.settings.iter().map(|(name, _)| name));
}

/// History, effects, movements, journals, requests.
pub async fn an_order_comes_with_all_that_belongs_to_it(archives: &Archives) {
    archives.fill().await;
    for archive in contents(&archives.from, 1_000).await.orders {
        let id = archive.order.id();
        assert!(archive.check().is_ok() && archive == archive.clone().in_order());
        assert_eq!(archive.order, archives.source.load(id).await);
        assert_eq!(archive.history, archives.source.history(id).await);
        assert_eq!(archive.effects, archives.source.effects(id).await);
        assert!(!archive.movements.is_empty(), "every order has reserved something");
        let requests: Vec<_> = archive.requests.iter().map(|it| it.key.clone()).collect();
        let expected = if id == order_id(REQUESTED) { vec![Archives::request()] } else { vec![] };
        assert_eq!(requests, expected, "of order {id}");
    }
}

/// Application and events; and what stays behind is counted nowhere.
pub async fn an_account_comes_with_all_that_belongs_to_it_but_sessions_and_challenges(archives: &Archives) {
    archives.fill().await;
    let accounts = &archives.accounts[0];
    for archive in contents(&archives.from, 1_000).await.accounts {
        let id = archive.account.id;
        assert!(archive.check().is_ok());
        let stored = accounts.account(&AccountKey::Id(id)).await.expect("the store answers");
        assert_eq!(stored.as_ref(), Some(&archive.account));
        let application = accounts.application(ApplicationKey::Account(id)).await.expect("the store answers");
        assert_eq!(archive.application, application);
        let page = PageRequest { after: None, limit: 9 };
        let mut events = accounts.account_events(id, page).await.expect("the store answers").rows;
        events.reverse();
        assert_eq!(archive.events, events);
    }
}

/// A product that nobody can buy now is part of the shop.
pub async fn inactive_products_are_given_away_with_their_stock(archives: &Archives) {
    archives.fill().await;
    let all = contents(&archives.from, 1_000).await.products;
    let inactive = all.iter().find(|it| it.id == product_id(3)).expect("the product is given away");
    assert_eq!((inactive.active, inactive.stock), (false, 7));
}

/// Each line, by adding up what was given away.
pub async fn totals_count_what_the_pages_hold(archives: &Archives) {
    archives.fill().await;
    let all = contents(&archives.from, 1_000).await;
    let mut counted = Totals::default();
    for product in &all.products {
        counted.add(Total::Products, 1);
        counted.add(Total::Stock, i64::from(product.stock));
    }
    all.orders.iter().for_each(|archive| archive.count_into(&mut counted));
    for archive in &all.events {
        counted.add(Total::WebhookEvents(archive.state), 1);
        counted.add(Total::WebhookClaims, i64::from(archive.claims));
    }
    counted.count(Total::Rates, all.rates.len());
    all.accounts.iter().for_each(|archive| archive.count_into(&mut counted));
    all.records.iter().for_each(|record| counted.add(Total::Records(record.topic()), 1));
    assert_eq!(totals(archives).await, counted);
    assert_eq!((counted.orders(), counted.webhook_events()), (10, 6));
}

/// What shows that a source was not at rest.
pub async fn totals_show_every_change(archives: &Archives) {
    archives.fill().await;
    let source = &archives.source;
    let mut before = totals(archives).await;
    let order = source.load(order_id(REQUESTED)).await;
    source.keep(cancel(&order)).await;
    before = changed(archives, before, "a commit").await;
    assert!(!source.claim_effects(None, at_most(1, LATER + DAY)).await.is_empty());
    before = changed(archives, before, "a claim of an effect").await;
    source.set_stock(1, 5).await;
    before = changed(archives, before, "a change of stock").await;
    source.inbox.accept(event(7)).await.expect("the store answers");
    before = changed(archives, before, "a webhook event").await;
    source.inbox.claim_events(claim(LATER + DAY)).await.expect("the store answers");
    before = changed(archives, before, "a claim of webhook events").await;
    let dead = source.events(InboxState::Dead).await.remove(0).event.id;
    assert!(source.inbox.revive(&dead, LATER).await.expect("the store answers"));
    before = changed(archives, before, "a revived event").await;
    let account = contents(&archives.from, 1).await.accounts.remove(0).account;
    let commit = AccountCommit::of(account, LATER);
    archives.accounts[0].commit_account(commit).await.expect("the commit is stored");
    changed(archives, before, "a commit of an account").await;
}

async fn changed(archives: &Archives, before: Totals, what: &str) -> Totals {
    let after = totals(archives).await;
    assert!(before.differences(&after).next().is_some(), "{what} doesn't show in the totals");
    after
}

async fn totals(archives: &Archives) -> Totals {
    archives.from.totals().await.expect("the store answers")
}

#[track_caller]
fn assert_rising<K: Ord + Debug>(keys: impl Iterator<Item = K>) {
    let keys: Vec<_> = keys.collect();
    assert!(keys.is_sorted_by(|one, next| one < next), "{keys:?}");
}
