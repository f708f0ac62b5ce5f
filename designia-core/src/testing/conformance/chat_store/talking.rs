//! Saying something, and reading what was said.

use std::sync::Arc;

use crate::chat::{ClientId, Content, Message, NewMessage, Subject};
use crate::ports::{Appended, ChatStore, MessageRange, StoreErrorKind};
use crate::testing::conformance::ChatStores;
use crate::testing::conformance::chat_stores::{account, conversation, message_id, pair, said};
use crate::testing::fixtures::{self, NOW};
use crate::time::MINUTE;

fn named(number: u32, sender: u32, name: &str) -> NewMessage {
    NewMessage { client_id: Some(name.parse().expect("a name")), ..said(number, sender) }
}

fn seqs(messages: &[Message]) -> Vec<u64> {
    messages.iter().map(|message| message.seq).collect()
}

/// From 1, whoever speaks.
pub async fn messages_are_numbered_without_gaps(stores: &ChatStores) {
    assert_eq!(seqs(&stores.talk(5).await), [1, 2, 3, 4, 5]);
    let conversation = stores.load(1).await;
    assert_eq!((conversation.last_seq, conversation.sides.map(|side| side.sent)), (5, [3, 2]));
}

/// Text and images, names and no names.
pub async fn a_message_of_any_kind_comes_back_as_it_was_sent(stores: &ChatStores) {
    stores.begin().await;
    let image = Some("chat/1/a.webp".parse().expect("a key"));
    let texts = ["plain", "<b>&amp;\"' {\"a\":1} \u{1F409} ; DROP TABLE x; --", "two\nlines", ""];
    for (number, text) in (1..).zip(texts) {
        let content = Content::new(text, image.clone().filter(|_| number % 2 == 0)).expect("it says something");
        let client_id: Option<ClientId> = (number > 2).then(|| format!("temp-{number}").parse().expect("a name"));
        let new = NewMessage { content, client_id, at: NOW + MINUTE * number, ..said(number, 1) };
        let stored = stores.append(&new).await;
        let expected = Message {
            id: new.id,
            conversation: new.conversation,
            seq: u64::from(number),
            sender: new.sender,
            client_id: new.client_id,
            content: new.content,
            created_at: new.at,
            hidden_at: None,
        };
        assert_eq!(stored, expected);
        assert_eq!(stores.chats.message(new.id).await.expect("the store answers"), Some(expected.clone()));
        assert_eq!(stores.after(u64::from(number) - 1, 1).await, [expected]);
    }
    assert_eq!(stores.chats.message(message_id(99)).await.expect("the store answers"), None);
}

/// By its id, and by its client's name for it. What came first stays.
pub async fn a_message_sent_again_is_stored_once(stores: &ChatStores) {
    stores.begin().await;
    let first = stores.append(&named(1, 1, "temp-1")).await;
    let by_id = NewMessage { content: Content::new("another", None).expect("a text"), ..said(1, 1) };
    for again in [by_id, named(2, 1, "temp-1")] {
        let answer = stores.chats.append(&again, &[]).await.expect("the store answers");
        assert_eq!(answer, Appended::Known(first.clone()));
    }
    assert_eq!(stores.append(&said(3, 1)).await.seq, 2, "no number was lost");
    assert_eq!(stores.after(0, 10).await.len(), 2);
}

/// Two clients may use the same name, and so may one client in two conversations.
pub async fn a_client_names_its_messages_for_itself_alone(stores: &ChatStores) {
    stores.begin().await;
    stores.open(2, pair(1, 3), Subject::General, NOW).await;
    stores.append(&named(1, 1, "temp-1")).await;
    stores.append(&named(2, 2, "temp-1")).await;
    stores.append(&NewMessage { conversation: conversation(2), ..named(3, 1, "temp-1") }).await;
    stores.append(&said(4, 1)).await;
    stores.append(&said(5, 1)).await;
    assert_eq!(stores.load(1).await.last_seq, 4);
}

/// Not even to somebody who knows its id.
pub async fn a_message_of_another_conversation_is_not_given_away(stores: &ChatStores) {
    stores.begin().await;
    stores.open(2, pair(3, 4), Subject::General, NOW).await;
    stores.append(&said(1, 1)).await;
    let stolen = NewMessage { conversation: conversation(2), ..said(1, 3) };
    let error = stores.chats.append(&stolen, &[]).await.expect_err("the id is another message's");
    assert_eq!(error.kind, StoreErrorKind::Invalid);
    assert_eq!(stores.load(2).await.last_seq, 0);
}

/// All get the same answer.
pub async fn of_sixteen_repetitions_at_once_one_is_stored(stores: &ChatStores) {
    stores.begin().await;
    let answers = stores
        .at_once(16, |number| {
            let chats = Arc::clone(&stores.chats);
            async move { chats.append(&named(number, 1, "temp-1"), &[]).await.expect("the store answers") }
        })
        .await;
    let new: Vec<_> = answers.iter().filter(|answer| matches!(answer, Appended::New(_))).collect();
    assert_eq!(new.len(), 1, "{answers:?}");
    let stored = stores.after(0, 100).await;
    assert_eq!(stored.len(), 1);
    for answer in answers {
        let (Appended::New(message) | Appended::Known(message)) = answer else { panic!("it is there") };
        assert_eq!(message, stored[0]);
    }
}

/// Each number once.
pub async fn sixteen_who_talk_at_once_leave_no_gap(stores: &ChatStores) {
    stores.begin().await;
    let talk = |number: u32| {
        let chats = Arc::clone(&stores.chats);
        async move {
            for turn in 0..4 {
                let new = said(number * 100 + turn, 1 + number % 2);
                let answer = chats.append(&new, &[]).await.expect("the store answers");
                assert!(matches!(answer, Appended::New(_)), "{answer:?}");
            }
        }
    };
    stores.at_once(16, talk).await;
    let all = stores.after(0, 100).await;
    assert_eq!(seqs(&all), (1..=64).collect::<Vec<_>>());
    let conversation = stores.load(1).await;
    assert_eq!((conversation.last_seq, conversation.sides.map(|side| side.sent)), (64, [32, 32]));
}

/// While many talk: a reader that goes on after the last one it saw misses none.
pub async fn who_sees_a_message_can_see_all_before_it(stores: &ChatStores) {
    stores.begin().await;
    let work = |number: u32| {
        let chats = Arc::clone(&stores.chats);
        async move {
            if number > 0 {
                for turn in 0..12 {
                    chats.append(&said(number * 100 + turn, 1), &[]).await.expect("the store answers");
                }
                return;
            }
            let mut last = 0;
            while last < 36 {
                for message in after(&*chats, last).await {
                    assert_eq!(message.seq, last + 1, "a number came before the one below it");
                    last = message.seq;
                }
            }
        }
    };
    stores.at_once(4, work).await;
}

async fn after(chats: &dyn ChatStore, seq: u64) -> Vec<Message> {
    chats.messages(conversation(1), MessageRange::After(seq), 7).await.expect("the store answers")
}

/// Nor does anybody in a conversation that there isn't.
pub async fn who_takes_no_part_says_nothing(stores: &ChatStores) {
    stores.begin().await;
    let elsewhere = NewMessage { conversation: conversation(9), ..said(2, 1) };
    for message in [said(1, 3), elsewhere] {
        let answer = stores.chats.append(&message, &[fixtures::task(1)]).await.expect("the store answers");
        assert_eq!(answer, Appended::NoSuchConversation);
    }
    assert_eq!(stores.after(0, 10).await, []);
    assert_eq!(stores.load(1).await.last_seq, 0);
    assert_eq!(stores.tasks.task(fixtures::task(1).id).await.expect("the store answers"), None);
}

/// A task that is known already is left out, and so are those of a repetition.
pub async fn what_a_message_asks_for_is_enqueued_with_it_and_once(stores: &ChatStores) {
    stores.begin().await;
    let (first, second) = (fixtures::task(1), fixtures::task(2));
    let append = |message: NewMessage, tasks: Vec<_>| async move {
        stores.chats.append(&message, &tasks).await.expect("the store answers")
    };
    assert!(matches!(append(said(1, 1), vec![first.clone()]).await, Appended::New(_)));
    assert!(matches!(append(said(2, 1), vec![first.clone()]).await, Appended::New(_)));
    assert!(matches!(append(said(2, 1), vec![second.clone()]).await, Appended::Known(_)));
    let task = |id| async move { stores.tasks.task(id).await.expect("the store answers") };
    assert_eq!(task(first.id).await.map(|record| record.task), Some(first));
    assert_eq!(task(second.id).await, None);
}

/// Neither the message nor the other task.
pub async fn a_message_with_an_invalid_task_leaves_no_trace(stores: &ChatStores) {
    stores.begin().await;
    let mut invalid = fixtures::task(2);
    invalid.max_attempts = 0;
    let error = stores.chats.append(&said(1, 1), &[fixtures::task(1), invalid]).await.expect_err("it is refused");
    assert_eq!(error.kind, StoreErrorKind::Invalid);
    assert_eq!(stores.after(0, 10).await, []);
    assert_eq!(stores.tasks.task(fixtures::task(1).id).await.expect("the store answers"), None);
}

/// As much as was asked for.
pub async fn what_came_after_is_read_in_order(stores: &ChatStores) {
    let all = stores.talk(5).await;
    assert_eq!(stores.after(0, 10).await, all);
    assert_eq!(seqs(&stores.after(2, 2).await), [3, 4]);
    assert_eq!(seqs(&stores.after(5, 2).await), [] as [u64; 0]);
    assert_eq!(seqs(&stores.after(u64::MAX, 2).await), [] as [u64; 0]);
}

/// As much as was asked for.
pub async fn what_came_before_is_read_backwards(stores: &ChatStores) {
    stores.talk(5).await;
    assert_eq!(stores.before(6, 10).await, [5, 4, 3, 2, 1]);
    assert_eq!(stores.before(4, 2).await, [3, 2]);
    assert_eq!(stores.before(u64::MAX, 1).await, [5]);
    assert_eq!(stores.before(1, 2).await, [] as [u64; 0]);
    assert_eq!(stores.before(0, 2).await, [] as [u64; 0]);
}

/// Of those that there are.
pub async fn the_last_numbers_of_many_conversations_come_at_once(stores: &ChatStores) {
    stores.talk(3).await;
    stores.open(2, pair(1, 3), Subject::General, NOW).await;
    let asked = [conversation(1), conversation(2), conversation(9)];
    let mut found = stores.chats.last_seqs(&asked).await.expect("the store answers");
    found.sort_unstable();
    assert_eq!(found, [(conversation(1), 3), (conversation(2), 0)]);
    assert_eq!(stores.chats.last_seqs(&[]).await.expect("the store answers"), []);
    assert_eq!(stores.load(2).await.side(account(3)).map(|side| side.sent), Some(0));
}
