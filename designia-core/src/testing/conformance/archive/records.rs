//! Plain records: refused where they are wrong, and a copy of them answers what the store answered.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Archives;
use super::shop::sale;
use super::subject::{contents, put, put_records};
use crate::catalog::{NewReview, ReviewId};
use crate::chat::Subject;
use crate::id::ConversationId;
use crate::ports::{AddedReview, FieldKind, Import, Opened, Record, StoreError, StoreErrorKind, Topic};
use crate::testing::conformance::chat_stores::{pair, said};
use crate::testing::conformance::shop_stores::{account, at, opinion};
use crate::testing::fixtures::{NOW, product_id};

/// Ratings, badges, counts and what a search finds among it.
pub async fn whatever_is_asked_is_answered_as_before_the_copy(archives: &Archives) {
    archives.copied().await;
    archives.assert_alike().await;
}

/// Numbers follow those that were copied, and what was done once isn't done again.
pub async fn a_shop_goes_on_where_it_was(archives: &Archives) {
    archives.copied().await;
    for around in &archives.around {
        let anew = around.shop.review(1, 3, 4).await;
        assert_eq!(anew.id, ReviewId::new(5), "the number after the last");
        assert_eq!(around.shop.add_category("Garden", None).await.get(), 4, "the number after the last");
        let liked = around.shop.favourites.set_favourite(account(3), product_id(4), true, at(99)).await;
        assert_eq!(liked.expect("the store answers"), Some(true));
        let cart = around.shop.carts.cart(account(1)).await.expect("the store answers");
        assert_eq!(around.shop.carts.save_cart(&cart).await.expect("the store answers"), Some(3));
        assert_eq!(around.chat.append(&said(30, 1)).await.seq, 6);
        assert!(around.chat.read(2, 6, NOW).await.is_some());
    }
    let before = archives.around[1].answers().await;
    for around in &archives.around {
        let again =
            NewReview { product: product_id(1), reviewer: account(1), content: opinion(1), verified: true, at: at(99) };
        let known = around.shop.reviews.add_review(&again).await.expect("the store answers");
        assert!(matches!(known, AddedReview::Known(_)), "{known:?}");
        assert!(!around.shop.figures.note_sale(&sale()).await.expect("the store answers"), "it was counted before");
        let known = around.chat.open(9, pair(1, 2), Subject::General, NOW).await;
        assert!(matches!(known, Opened::Known(_)), "{known:?}");
    }
    assert_eq!(archives.around[1].answers().await, before, "nothing has happened");
    let [from, to] = &archives.around;
    assert_eq!(to.answers().await, from.answers().await);
}

/// Messages come by their ids, whatever their numbers.
pub async fn records_of_any_page_length_make_the_same_copy(archives: &Archives) {
    archives.fill().await;
    let all = contents(&archives.from, 2).await;
    put(&archives.to, &all).await;
    let [from, to] = &archives.around;
    assert_eq!(to.answers().await, from.answers().await);
}

/// In whatever they differ; not overwritten, not passed over.
pub async fn another_record_under_a_key_is_refused_by_name(archives: &Archives) {
    archives.copied().await;
    let before = contents(&archives.to, 1_000).await;
    for topic in Topic::ALL {
        let own: Vec<_> = before.records.iter().filter(|it| it.topic() == *topic).collect();
        assert!(!own.is_empty(), "there is a record of {topic}");
        let record = own[0];
        for place in topic.key_fields()..topic.fields().len() {
            let mut values = record.values().to_vec();
            values[place] = match (&values[place], topic.fields()[place].1) {
                (Value::Number(number), _) => json!(number.as_i64().expect("a whole number") + 1),
                (Value::Bool(flag), _) => json!(!flag),
                (Value::String(_) | Value::Array(_) | Value::Object(_), _) => Value::Null,
                (Value::Null, FieldKind::Id) => json!(account(9)),
                (Value::Null, FieldKind::Moment) => json!(NOW),
                (Value::Null, FieldKind::Number) => json!(1),
                (Value::Null, FieldKind::Text | FieldKind::Flag | FieldKind::Json) => json!("something"),
            };
            let other = Record::new(*topic, values).expect("a record");
            let refused = archives.to.import_records(*topic, &[other]).await;
            assert_names(refused, &record.key().to_string());
        }
    }
    assert_eq!(contents(&archives.to, 1_000).await, before);
}

/// A name in addresses, an opinion of a product, a conversation about something: there is one of each.
pub async fn a_record_that_takes_anothers_place_is_refused(archives: &Archives) {
    archives.copied().await;
    let before = contents(&archives.to, 1_000).await;
    let other_id = json!(ConversationId::from_uuid(uuid::Uuid::from_u128(77)));
    for (topic, id) in [
        (Topic::Categories, json!(99)),
        (Topic::Reviews, json!(99)),
        (Topic::Conversations, other_id.clone()),
        (Topic::Messages, other_id),
    ] {
        let record = before.records.iter().find(|it| it.topic() == topic).expect("there is one");
        let mut values = record.values().to_vec();
        values[0] = id;
        let other = Record::new(topic, values).expect("a record");
        assert_invalid(archives.to.import_records(topic, &[other]).await);
    }
    assert_eq!(contents(&archives.to, 1_000).await, before);
}

/// It would be about nothing.
pub async fn a_record_comes_after_what_it_refers_to(archives: &Archives) {
    archives.fill().await;
    let all = contents(&archives.from, 1_000).await;
    let to: &Arc<dyn Import> = &archives.to;
    for topic in [Topic::Reviews, Topic::ReviewVotes, Topic::Favourites, Topic::Messages, Topic::Reports] {
        let own: Vec<_> = all.records.iter().filter(|it| it.topic() == topic).cloned().collect();
        assert_invalid(to.import_records(topic, &own).await);
    }
    assert_invalid(to.import_products(&all.products).await);
    let parts: Vec<_> = all.records.iter().filter(|it| it.topic() == Topic::Categories).take(2).cloned().collect();
    assert_invalid(to.import_records(Topic::Categories, &parts).await);
    assert!(to.totals().await.expect("the store answers").is_empty());
    put_records(to, &all.records, Topic::ALL.iter().take(2)).await;
    to.import_products(&all.products).await.expect("products are stored");
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
