//! The conversations of an account.

use crate::chat::{NewMessage, Subject};
use crate::testing::conformance::ChatStores;
use crate::testing::conformance::chat_stores::{account, conversation, pair, said};
use crate::testing::fixtures::NOW;
use crate::time::{HOUR, MINUTE};

/// Accounts 1 and 11 to 15 talk in conversations 1 to 5, one begun a minute after the other.
async fn five(stores: &ChatStores) {
    for number in 1..=5 {
        stores.open(number, pair(1, 10 + number), Subject::General, NOW + MINUTE * number).await;
    }
}

async fn order(stores: &ChatStores, owner: u32, limit: u32) -> Vec<u32> {
    let listed = stores.listed(owner, limit).await;
    let number = |id| (1..=5).find(|number| conversation(*number) == id).expect("one of them");
    listed.iter().map(|listed| number(listed.conversation.id)).collect()
}

/// One without messages is as active as when it began.
pub async fn the_latest_active_conversation_comes_first(stores: &ChatStores) {
    five(stores).await;
    assert_eq!(order(stores, 1, 10).await, [5, 4, 3, 2, 1]);
}

/// Whoever spoke.
pub async fn a_message_moves_its_conversation_to_the_top_for_both(stores: &ChatStores) {
    five(stores).await;
    stores.open(6, pair(12, 13), Subject::General, NOW + MINUTE * 6).await;
    let message = NewMessage { conversation: conversation(2), at: NOW + HOUR, ..said(1, 12) };
    stores.append(&message).await;
    assert_eq!(order(stores, 1, 10).await, [2, 5, 4, 3, 1]);
    let others = stores.listed(12, 10).await;
    assert_eq!(others[0].conversation, stores.load(2).await);
    assert_eq!(others[0].conversation.active_at, NOW + HOUR);
}

/// Whatever the length of the page, also where several were active at the same moment.
pub async fn each_conversation_is_on_one_page(stores: &ChatStores) {
    for number in 1..=5 {
        stores.open(number, pair(1, 10 + number), Subject::General, NOW + MINUTE * (number / 3)).await;
    }
    let all = order(stores, 1, 10).await;
    assert_eq!(all.len(), 5);
    for limit in 1..=5 {
        assert_eq!(order(stores, 1, limit).await, all, "pages of {limit}");
    }
}

/// Nodes don't agree on the time to the microsecond.
pub async fn an_older_clock_never_moves_a_conversation_down(stores: &ChatStores) {
    five(stores).await;
    let message = NewMessage { conversation: conversation(5), at: NOW - HOUR, ..said(1, 1) };
    stores.append(&message).await;
    assert_eq!(stores.load(5).await.active_at, NOW + MINUTE * 5);
    assert_eq!(order(stores, 1, 10).await, [5, 4, 3, 2, 1]);
}

/// Those without messages show none.
pub async fn a_list_shows_the_last_message_and_nobody_elses_conversations(stores: &ChatStores) {
    let messages = stores.talk(3).await;
    stores.open(2, pair(2, 3), Subject::General, NOW - HOUR).await;
    let listed = stores.listed(2, 10).await;
    assert_eq!(listed.len(), 2);
    assert_eq!((&listed[0].conversation, listed[0].last.as_ref()), (&stores.load(1).await, messages.last()));
    assert_eq!((&listed[1].conversation, listed[1].last.as_ref()), (&stores.load(2).await, None));
    assert_eq!(stores.listed(3, 10).await.len(), 1);
    assert_eq!(stores.listed(4, 10).await, []);
    assert_eq!(listed[0].conversation.unread(account(2)), 2);
}
