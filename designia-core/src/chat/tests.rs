use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::id::{AccountId, ConversationId, MessageId, OrderId, ProductId};
use crate::time::Timestamp;

fn account(number: u128) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(number))
}

fn message(text: &str, image: Option<&str>) -> Message {
    Message {
        id: MessageId::from_uuid(Uuid::from_u128(3)),
        conversation: ConversationId::from_uuid(Uuid::from_u128(4)),
        seq: 7,
        sender: account(1),
        client_id: Some("temp-1".parse().unwrap()),
        content: Content::new(text, image.map(|key| key.parse().unwrap())).unwrap(),
        created_at: Timestamp::EPOCH,
        hidden_at: None,
    }
}

#[test]
fn the_same_two_are_the_same_pair_and_nobody_pairs_with_themselves() {
    assert_eq!(Pair::of(account(1), account(2)), Pair::of(account(2), account(1)));
    assert_eq!(Pair::of(account(1), account(1)), None);
    let pair = Pair::of(account(2), account(1)).unwrap();
    assert_eq!((pair.lower(), pair.higher()), (account(1), account(2)));
    assert_eq!([1, 2, 3].map(|it| pair.other(account(it))), [Some(account(2)), Some(account(1)), None]);
}

#[test]
fn a_subject_survives_its_text_form() {
    let id = Uuid::from_u128(9);
    for subject in
        [Subject::General, Subject::Product(ProductId::from_uuid(id)), Subject::Order(OrderId::from_uuid(id))]
    {
        assert_eq!(subject.to_string().parse(), Ok(subject));
    }
    for text in ["", "general:", "product:7", "order", "parcel:00000000-0000-0000-0000-000000000009"] {
        assert!(text.parse::<Subject>().is_err(), "{text}");
    }
}

#[test]
fn what_is_unread_is_what_the_other_has_sent_and_i_have_not_seen() {
    let pair = Pair::of(account(1), account(2)).unwrap();
    let mut conversation =
        Conversation::begin(ConversationId::from_uuid(Uuid::nil()), pair, Subject::General, Timestamp::EPOCH);
    conversation.last_seq = 10;
    conversation.sides[0].sent = 4;
    conversation.sides[1] = Side { sent: 6, read: 8, seen: 3, ..conversation.sides[1] };
    assert_eq!([1, 2, 3].map(|it| conversation.unread(account(it))), [6, 1, 0]);
}

#[test]
fn a_message_says_something_and_not_too_much() {
    assert_eq!(Content::new(" \n ", None), Err(ContentError::Empty));
    let longest = "ü".repeat(Content::MAX_TEXT);
    assert_eq!(Content::new(&longest, None).unwrap().text(), longest);
    assert_eq!(Content::new(&(longest + "ü"), None), Err(ContentError::TooLong { length: 4_001 }));
    assert_eq!(Content::new("a\0b", None), Err(ContentError::Control('\0')));
    assert_eq!(Content::new("two\r\n\tlines", None).unwrap().text(), "two\r\n\tlines");
    let image = Content::new("", Some("chat/1.png".parse().unwrap())).unwrap();
    assert_eq!((image.text(), image.kind()), ("", MessageKind::Image));
}

#[test]
fn markup_is_text_like_any_other() {
    let text = "<script>alert(1)</script> {\"type\":\"chat.read\"} {0} %s ';--";
    let said = Said::of(&message(text, None), "<b>".to_owned(), str::to_owned);
    let frame = Frame::Message { data: said.clone() }.text().unwrap();
    let back: serde_json::Value = serde_json::from_str(&frame).unwrap();
    assert_eq!((&back["type"], &back["data"]["text"]), (&json!("chat.message"), &json!(text)));
    assert_eq!(back["data"]["sender_username"], json!("<b>"));
}

#[test]
fn a_key_that_leads_elsewhere_is_no_image() {
    assert!("chat/2026/0f-1.webp".parse::<ImageKey>().is_ok());
    let long = "a".repeat(201);
    for key in ["", "/etc/passwd", "a//b", "../a", "a/../b", "a/.b", "a b", "https://example.com/a.png", "a\\b", &long]
    {
        assert_eq!(key.parse::<ImageKey>(), Err(ContentError::NotAnImage), "{key}");
    }
}

#[test]
fn a_clients_name_for_a_message_is_short_and_visible() {
    assert!("temp-1790000000000".parse::<ClientId>().is_ok());
    for name in ["", "a b", "ü", "a\n", &"a".repeat(101)] {
        assert_eq!(name.parse::<ClientId>(), Err(ContentError::ClientId), "{name}");
    }
}

#[test]
fn what_is_hidden_says_nothing_and_keeps_its_place() {
    let mut hidden = message("buy here", Some("chat/1.png"));
    hidden.hidden_at = Some(Timestamp::EPOCH);
    let said = Said::of(&hidden, "mallory".to_owned(), str::to_owned);
    assert_eq!((said.text.as_str(), &said.image_url, said.hidden, said.seq), ("", &None, true, 7));
    let frame: serde_json::Value = serde_json::from_str(&Frame::hidden(&hidden).text().unwrap()).unwrap();
    assert_eq!(
        (&frame["type"], &frame["data"]["hidden"], &frame["data"]["seq"]),
        (&json!("chat.hidden"), &json!(true), &json!(7))
    );
}

#[test]
fn frames_have_the_shape_that_the_client_reads() {
    let (thread, reader) = (ConversationId::from_uuid(Uuid::from_u128(4)), account(1));
    let texts = [
        Frame::Typing { thread_id: thread, sender_id: reader, username: "ann".to_owned() },
        Frame::read(thread, reader, 7, Timestamp::EPOCH),
        Frame::Unread { unread_messages_count: 3 },
    ]
    .map(|frame| serde_json::from_str::<serde_json::Value>(&frame.text().unwrap()).unwrap());
    assert_eq!(
        texts,
        [
            json!({"type": "chat.typing", "thread_id": thread, "sender_id": reader, "username": "ann"}),
            json!({"type": "chat.read", "data": {
                "thread_id": thread, "reader_id": reader, "seq": 7, "read_at": "1970-01-01T00:00:00Z"
            }}),
            json!({"type": "unread_messages_count_update", "unread_messages_count": 3}),
        ]
    );
}
