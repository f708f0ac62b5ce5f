//! Beginning to talk.

use std::sync::Arc;

use uuid::Uuid;

use crate::chat::{Conversation, Subject};
use crate::id::{OrderId, ProductId};
use crate::ports::{Opened, StoreErrorKind};
use crate::testing::conformance::ChatStores;
use crate::testing::conformance::chat_stores::{conversation, pair};
use crate::testing::fixtures::NOW;
use crate::time::MINUTE;

/// And comes back as it was made.
pub async fn a_conversation_begins_empty(stores: &ChatStores) {
    let expected = Conversation::begin(conversation(1), pair(1, 2), Subject::General, NOW);
    assert_eq!(stores.open(1, pair(1, 2), Subject::General, NOW).await, Opened::New(expected.clone()));
    assert_eq!(stores.load(1).await, expected);
    let found = stores.chats.conversation_of(pair(1, 2), Subject::General).await.expect("the store answers");
    assert_eq!(found, Some(expected));
}

/// Whoever of the two opens it.
pub async fn a_pair_has_one_conversation_for_each_subject(stores: &ChatStores) {
    let id = Uuid::from_u128(7);
    let subjects =
        [Subject::General, Subject::Product(ProductId::from_uuid(id)), Subject::Order(OrderId::from_uuid(id))];
    for (number, subject) in (1..).zip(subjects) {
        let Opened::New(made) = stores.open(number, pair(1, 2), subject, NOW).await else { panic!("it is new") };
        assert_eq!(stores.open(number + 10, pair(2, 1), subject, NOW + MINUTE).await, Opened::Known(made));
    }
    assert!(matches!(stores.open(20, pair(1, 3), Subject::General, NOW).await, Opened::New(_)));
}

/// All get the same one.
pub async fn of_sixteen_who_open_a_conversation_at_once_one_makes_it(stores: &ChatStores) {
    let opened = stores
        .at_once(16, |number| {
            let chats = Arc::clone(&stores.chats);
            async move { chats.open(conversation(number), pair(1, 2), Subject::General, NOW).await.expect("answers") }
        })
        .await;
    assert_eq!(opened.iter().filter(|it| matches!(it, Opened::New(_))).count(), 1);
    let first = opened[0].clone().conversation();
    assert!(opened.into_iter().all(|it| it.conversation() == first));
}

/// For two subjects there are two.
pub async fn an_id_names_one_conversation(stores: &ChatStores) {
    stores.begin().await;
    let error = stores.chats.open(conversation(1), pair(1, 3), Subject::General, NOW).await;
    assert_eq!(error.expect_err("it is another pair's").kind, StoreErrorKind::Invalid);
}

/// By no way.
pub async fn what_nobody_has_opened_is_not_there(stores: &ChatStores) {
    assert_eq!(stores.chats.conversation(conversation(1)).await.expect("the store answers"), None);
    let found = stores.chats.conversation_of(pair(1, 2), Subject::General).await.expect("the store answers");
    assert_eq!(found, None);
    assert_eq!(stores.listed(1, 10).await, []);
    assert_eq!(stores.after(0, 10).await, []);
}
