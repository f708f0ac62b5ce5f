//! What a store takes in, and what it refuses.

use super::Archives;
use super::subject::{Contents, REQUESTED, contents, put, put_records};
use crate::account::{Account, AccountEventKind};
use crate::catalog::Product;
use crate::exchange::{RateBatch, Source};
use crate::ports::{AccountArchive, InboxRecord, InboxState, OrderArchive, StoreError, StoreErrorKind, Topic};
use crate::testing::conformance::account_stores::{application, event as event_of, person, stranger};
use crate::testing::conformance::steps::cancel;
use crate::testing::fixtures::{NOW, currency, day, event, order_id, product, product_id};
use crate::time::HOUR;

/// After a lost reply, a killed copy, or for good measure.
pub async fn a_page_may_be_imported_again(archives: &Archives) {
    archives.copied().await;
    let all = contents(&archives.to, 1_000).await;
    let before = archives.target.trace(&Archives::ids()).await;
    for _ in 0..2 {
        put(&archives.to, &all).await;
    }
    assert_eq!(archives.target.trace(&Archives::ids()).await, before);
    assert_eq!(contents(&archives.to, 1_000).await, all);
}

/// Not overwritten, not passed over.
pub async fn another_product_under_an_id_is_refused_by_name(archives: &Archives) {
    let other = Product { name: "Coruja".to_owned(), ..product(1) };
    archives.to.import_products(&[product(1)]).await.expect("a product is stored");
    let refused = archives.to.import_products(&[product(2), other]).await;
    assert_names(refused, &product_id(1).to_string());
    assert_eq!(contents(&archives.to, 10).await.products, [product(1)]);
}

/// A name in addresses belongs to one product.
pub async fn another_product_under_a_slug_is_refused_by_name(archives: &Archives) {
    archives.to.import_products(&[product(1)]).await.expect("a product is stored");
    let other = Product { slug: product(1).slug, ..product(2) };
    assert_names(archives.to.import_products(&[other]).await, "product-1");
}

/// In whatever they differ.
pub async fn another_order_under_an_id_is_refused_by_name(archives: &Archives) {
    archives.copied().await;
    let before = contents(&archives.to, 1_000).await;
    let stored = before.orders.iter().find(|it| it.order.id() == order_id(1)).expect("the order is there");
    let mut others = vec![stored.clone(); 5];
    others[0].due_at = Some(stored.order.updated_at());
    others[1].effects[0].note = Some("another".to_owned());
    others[2].movements[0].quantity += 1;
    others[3].journals.clear();
    others[4].requests.push(crate::ports::AnsweredRequest {
        key: crate::ports::RequestKey { key: "another".to_owned(), ..Archives::request() },
        answered_at: stored.order.updated_at(),
    });
    for other in others {
        assert_names(archives.to.import_orders(&[other]).await, &order_id(1).to_string());
    }
    assert_eq!(contents(&archives.to, 1_000).await, before);
}

/// The source was in use: the copy says so, and doesn't guess which is right.
pub async fn an_order_that_was_copied_and_has_changed_since_is_refused_by_name(archives: &Archives) {
    archives.copied().await;
    let order = archives.source.load(order_id(REQUESTED)).await;
    archives.source.keep(cancel(&order)).await;
    let orders = contents(&archives.from, 1_000).await.orders;
    assert_names(archives.to.import_orders(&orders).await, &order_id(REQUESTED).to_string());
    assert_eq!(archives.target.load(order_id(REQUESTED)).await, order);
}

/// In body or fate.
pub async fn another_webhook_event_under_an_id_is_refused_by_name(archives: &Archives) {
    archives.copied().await;
    let stored = contents(&archives.to, 1_000).await.events.remove(0);
    let mut body = stored.clone();
    body.event.body.push(b' ');
    let mut state = stored.clone();
    state.state = InboxState::Waiting;
    for other in [body, state] {
        assert_names(archives.to.import_events(&[other]).await, &event(1).id);
    }
    assert_eq!(contents(&archives.to, 1_000).await.events.remove(0), stored);
}

/// Even if they were fetched later.
pub async fn other_rates_of_a_day_are_refused_by_name(archives: &Archives) {
    let batch = |hours, cents| {
        let rates = [(currency("USD"), rust_decimal::Decimal::new(cents, 2))];
        RateBatch::new(currency("EUR"), day(0), day(0).start() + HOUR * hours, Source::new("ecb"), rates)
            .expect("rates that are in order")
    };
    archives.to.import_rates(&[batch(1, 108)]).await.expect("rates are stored");
    archives.to.import_rates(&[batch(1, 108)]).await.expect("they are the same");
    for other in [batch(2, 108), batch(1, 109)] {
        let refused = archives.to.import_rates(&[other]).await;
        assert_names(refused, &day(0).to_string());
    }
    assert_eq!(contents(&archives.to, 10).await.rates, [batch(1, 108)]);
}

/// In whatever they differ.
pub async fn another_account_under_an_id_is_refused_by_name(archives: &Archives) {
    archives.copied().await;
    let before = contents(&archives.to, 1_000).await;
    let stored = &before.accounts[0];
    let mut others = vec![stored.clone(); 4];
    others[0].account.first_name = "another".to_owned();
    others[1].application = None;
    others[2].events.truncate(1);
    others[3].account.version += 1;
    for other in others {
        assert_names(archives.to.import_accounts(&[other]).await, &stored.account.id.to_string());
    }
    assert_eq!(contents(&archives.to, 1_000).await, before);
}

/// Address, public name or identity; and the page with it.
pub async fn an_account_that_takes_anothers_name_is_refused(archives: &Archives) {
    let first = AccountArchive { account: Account { version: 3, ..person(1) }, application: None, events: vec![] };
    archives.to.import_accounts(std::slice::from_ref(&first)).await.expect("an account is stored");
    let new = Account { version: 1, ..stranger(2) };
    for account in [
        Account { email: first.account.email.clone(), ..new.clone() },
        Account { username: first.account.username.clone(), ..new.clone() },
        Account { identities: first.account.identities.clone(), ..new.clone() },
    ] {
        let bystander = AccountArchive { account: Account { version: 1, ..stranger(3) }, ..first.clone() };
        let page = [bystander, AccountArchive { account, ..first.clone() }];
        assert_names(archives.to.import_accounts(&page).await, &new.id.to_string());
    }
    assert_eq!(contents(&archives.to, 10).await.accounts, [first]);
}

/// Or one that was never stored.
pub async fn an_account_with_anothers_part_is_refused(archives: &Archives) {
    let account = Account { version: 1, ..stranger(1) };
    let bare = AccountArchive { account, application: None, events: vec![] };
    let wrong = [
        AccountArchive { application: Some(application(1, 2)), ..bare.clone() },
        AccountArchive { events: vec![event_of(2, AccountEventKind::Verified, NOW)], ..bare.clone() },
        AccountArchive { account: stranger(1), ..bare.clone() },
    ];
    for archive in wrong {
        assert_names(archives.to.import_accounts(&[archive]).await, &bare.account.id.to_string());
    }
    assert_eq!(contents(&archives.to, 10).await.accounts, []);
}

/// What a host keeps is the host's to change.
pub async fn another_value_of_a_setting_is_refused_by_name(archives: &Archives) {
    let setting = |value: &str| [("demo".to_owned(), value.to_owned())];
    archives.to.import_settings(&setting("on")).await.expect("a setting is stored");
    assert_names(archives.to.import_settings(&setting("off")).await, "demo");
    assert_eq!(contents(&archives.to, 10).await.settings, setting("on"));
}

/// What is in order on it is not stored either.
pub async fn a_refused_page_leaves_no_trace(archives: &Archives) {
    archives.fill().await;
    let Contents { products, records, orders, .. } = contents(&archives.from, 1_000).await;
    put_records(&archives.to, &records, Topic::ALL.iter().take(2)).await;
    archives.to.import_products(&products).await.expect("products are stored");
    archives.to.import_orders(&orders[1..2]).await.expect("an order is stored");
    let before = archives.target.trace(&Archives::ids()).await;
    let mut page = orders;
    page[1].due_at = Some(page[1].order.updated_at());
    assert_names(archives.to.import_orders(&page).await, &page[1].order.id().to_string());
    assert_eq!(archives.target.trace(&Archives::ids()).await, before);
}

/// An order is what its history makes it.
pub async fn an_order_without_its_whole_history_is_refused(archives: &Archives) {
    let mut archive = one_order(archives).await;
    archive.history.pop();
    assert_names(archives.to.import_orders(&[archive]).await, &order_id(1).to_string());
}

/// Whoever made the page mixed something up.
pub async fn an_order_with_anothers_part_is_refused(archives: &Archives) {
    let mut archive = one_order(archives).await;
    archive.movements[0].order = order_id(2);
    assert_names(archives.to.import_orders(&[archive]).await, &order_id(1).to_string());
}

/// Its stock would be that of nothing.
pub async fn an_order_comes_after_its_products(archives: &Archives) {
    archives.fill().await;
    let orders = contents(&archives.from, 1_000).await.orders;
    assert_invalid(archives.to.import_orders(&orders[..1]).await);
    assert!(archives.to.totals().await.expect("the store answers").is_empty());
}

/// It would have changed nothing.
pub async fn an_event_comes_after_its_order(archives: &Archives) {
    archives.fill().await;
    let is_folded = |it: &InboxRecord| it.order.is_some();
    let folded: Vec<_> = contents(&archives.from, 1_000).await.events.into_iter().filter(is_folded).collect();
    assert_eq!(folded.len(), 1);
    assert_invalid(archives.to.import_events(&folded).await);
}

/// A copy of a copy doesn't take the note of the first one along.
pub async fn progress_is_kept_and_is_no_setting(archives: &Archives) {
    assert_eq!(archives.to.progress().await.expect("the store answers"), None);
    for note in ["half", "all"] {
        archives.to.note_progress(note).await.expect("a note is kept");
        assert_eq!(archives.to.progress().await.expect("the store answers").as_deref(), Some(note));
    }
    assert_eq!(archives.to.export_settings().await.expect("the store answers"), []);
    assert!(archives.to.totals().await.expect("the store answers").is_empty());
}

async fn one_order(archives: &Archives) -> OrderArchive {
    archives.fill().await;
    let Contents { products, records, mut orders, .. } = contents(&archives.from, 1_000).await;
    put_records(&archives.to, &records, Topic::ALL.iter().take(2)).await;
    archives.to.import_products(&products).await.expect("products are stored");
    orders.remove(0)
}

#[track_caller]
fn assert_names(refused: Result<(), StoreError>, name: &str) {
    let error = refused.expect_err("the page is refused");
    assert!(error.kind == StoreErrorKind::Invalid && error.message.contains(name), "{error:?} doesn't name {name}");
}

#[track_caller]
fn assert_invalid(refused: Result<(), StoreError>) {
    let error = refused.expect_err("the page is refused");
    assert_eq!(error.kind, StoreErrorKind::Invalid, "{error:?}");
}
