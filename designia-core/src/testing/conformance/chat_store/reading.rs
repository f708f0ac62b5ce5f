//! Reading, and what is left to be read.

use std::sync::Arc;

use crate::chat::{NewMessage, Subject};
use crate::testing::conformance::ChatStores;
use crate::testing::conformance::chat_stores::{account, conversation, pair, said};
use crate::testing::fixtures::NOW;
use crate::time::MINUTE;

/// What one says oneself never is.
pub async fn what_the_other_one_says_is_unread_until_it_is_read(stores: &ChatStores) {
    stores.talk(5).await;
    assert_eq!(stores.unread().await, [(2, 2), (3, 3)]);
    let read = stores.read(2, 5, NOW + MINUTE).await.expect("it is new");
    assert_eq!(read, stores.load(1).await);
    assert_eq!(
        read.side(account(2)).map(|side| (side.read, side.seen, side.read_at)),
        Some((5, 3, Some(NOW + MINUTE)))
    );
    assert_eq!(stores.unread().await, [(2, 2), (0, 0)]);
    stores.append(&said(6, 1)).await;
    assert_eq!(stores.unread().await, [(2, 2), (1, 1)]);
}

/// Counted without looking at each message.
pub async fn reading_in_the_middle_leaves_the_rest_unread(stores: &ChatStores) {
    stores.begin().await;
    for (number, sender) in (1..).zip([1, 1, 2, 1, 2, 2, 1]) {
        stores.append(&said(number, sender)).await;
    }
    for (up_to, left) in [(1, 3), (2, 2), (3, 2), (4, 1), (6, 1), (7, 0)] {
        stores.read(2, up_to, NOW).await.expect("it is new");
        assert_eq!(stores.unread().await[1], (left, left), "after reading up to {up_to}");
    }
    for (up_to, left) in [(2, 3), (3, 2), (5, 1), (6, 0)] {
        stores.read(1, up_to, NOW).await.expect("it is new");
        assert_eq!(stores.unread().await[0], (left, left), "after reading up to {up_to}");
    }
}

/// Nor does reading the same again change anything.
pub async fn a_read_mark_never_goes_back_nor_beyond_the_last_message(stores: &ChatStores) {
    stores.talk(4).await;
    assert_eq!(stores.read(2, 0, NOW).await, None);
    assert!(stores.read(2, 3, NOW).await.is_some());
    let marked = stores.load(1).await;
    for up_to in [0, 2, 3] {
        assert_eq!(stores.read(2, up_to, NOW + MINUTE).await, None);
    }
    assert_eq!(stores.load(1).await, marked);
    let read = stores.read(2, u64::MAX, NOW + MINUTE).await.expect("there was one more");
    assert_eq!(read.side(account(2)).map(|side| side.read), Some(4));
    stores.append(&said(5, 1)).await;
    assert_eq!(stores.unread().await[1], (1, 1), "what comes later is unread");
}

/// Nor does anybody where there is nothing.
pub async fn who_takes_no_part_reads_nothing(stores: &ChatStores) {
    stores.talk(2).await;
    assert_eq!(stores.read(3, 2, NOW).await, None);
    let nowhere = stores.chats.mark_read(conversation(9), account(1), 1, NOW).await.expect("the store answers");
    assert_eq!(nowhere, None);
    assert_eq!(stores.chats.unread(account(3)).await.expect("the store answers"), 0);
}

/// And only those of the account that asks.
pub async fn unread_messages_of_all_conversations_are_added_up(stores: &ChatStores) {
    stores.talk(4).await;
    stores.open(2, pair(1, 3), Subject::General, NOW).await;
    for number in 11..=13 {
        stores.append(&NewMessage { conversation: conversation(2), ..said(number, 3) }).await;
    }
    let unread = |number| async move { stores.chats.unread(account(number)).await.expect("the store answers") };
    assert_eq!([unread(1).await, unread(2).await, unread(3).await], [5, 2, 0]);
    stores.read(1, 4, NOW).await.expect("it is new");
    assert_eq!([unread(1).await, unread(2).await, unread(3).await], [3, 2, 0]);
}

/// At the end all is read, and nothing is left over or owed.
pub async fn sixteen_who_talk_and_read_at_once_miscount_nothing(stores: &ChatStores) {
    stores.begin().await;
    stores
        .at_once(16, |number| {
            let chats = Arc::clone(&stores.chats);
            async move {
                for turn in 0..4 {
                    let who = 1 + number % 2;
                    chats.append(&said(number * 100 + turn, who), &[]).await.expect("the store answers");
                    let up_to = u64::from(number * 4 + turn);
                    chats.mark_read(conversation(1), account(who), up_to, NOW).await.expect("the store answers");
                }
            }
        })
        .await;
    let before = stores.load(1).await;
    let owed = [1, 2].map(|number| before.unread(account(number)));
    assert_eq!(stores.unread().await, owed.map(|count| (count, count)));
    for number in [1, 2] {
        stores.read(number, 64, NOW).await;
    }
    assert_eq!(stores.unread().await, [(0, 0), (0, 0)]);
}
