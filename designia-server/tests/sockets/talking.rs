//! Talking as the web client does it.

use serde_json::{Value, json};

use crate::stores::on_every_database;
use crate::support::Node;

on_every_database!(
    what_is_said_arrives_in_order_on_both_sides,
    what_is_sent_again_is_stored_once_and_acknowledged_again,
    a_client_that_was_away_gets_what_it_missed_in_order,
    typing_is_told_to_the_other_one_alone,
    reading_is_told_and_lowers_the_badge,
    the_activity_socket_shows_what_is_unread,
    the_inbox_has_the_latest_active_conversation_first,
    history_is_read_in_pages_newest_first,
    markup_arrives_as_text,
    a_hidden_message_disappears_at_once,
);

async fn what_is_said_arrives_in_order_on_both_sides(node: &Node) {
    let (seller, buyer, thread) = node.pair("").await;
    let (mut one, mut other) = (node.talk(&buyer, &thread, None).await, node.talk(&seller, &thread, None).await);
    for number in 1..=10 {
        if number % 3 == 0 {
            other.say(&number.to_string()).await;
        } else {
            one.say(&number.to_string()).await;
        }
        let expected = vec![(number, number.to_string())];
        assert_eq!(one.messages(1).await, expected);
        assert_eq!(other.messages(1).await, expected);
    }
    let (status, sent) =
        node.post(&seller, &format!("/api/chat/conversations/{thread}/messages/"), json!({"text": "by hand"})).await;
    assert_eq!((status, &sent["seq"]), (201, &json!(11)), "{sent}");
    let frame = one.next_of("chat.message").await;
    let expected = json!({
        "id": sent["id"], "thread_id": thread, "seq": 11, "sender_id": seller.id, "sender_username": seller.name,
        "message_type": "text", "text": "by hand", "image_url": null, "created_at": sent["created_at"], "hidden": false,
    });
    assert_eq!(frame["data"], expected);
}

async fn what_is_sent_again_is_stored_once_and_acknowledged_again(node: &Node) {
    let (_, buyer, thread) = node.pair("").await;
    let mut socket = node.talk(&buyer, &thread, None).await;
    let message = json!({"type": "chat.message", "payload": {"text": "once", "client_id": "temp-1"}});
    socket.send(message.clone()).await;
    let first = socket.next_of("chat.ack").await;
    assert_eq!((&first["data"]["client_id"], &first["data"]["seq"]), (&json!("temp-1"), &json!(1)));
    drop(socket);
    let mut socket = node.talk(&buyer, &thread, None).await;
    socket.send(message).await;
    assert_eq!(socket.next_of("chat.ack").await, first);
    let path = format!("/api/chat/conversations/{thread}/messages/");
    let (status, again) = node.post(&buyer, &path, json!({"text": "once", "client_id": "temp-1"})).await;
    assert_eq!((status, &again["id"]), (200, &first["data"]["id"]));
    assert_eq!(node.get(Some(&buyer), &path).await.1["count"], 1);
}

async fn a_client_that_was_away_gets_what_it_missed_in_order(node: &Node) {
    let (seller, buyer, thread) = node.pair("").await;
    let mut away = node.talk(&seller, &thread, None).await;
    let mut here = node.talk(&buyer, &thread, None).await;
    here.say("1").await;
    assert_eq!(away.messages(1).await, [(1, "1".to_owned())]);
    drop(away);
    for number in 2..=18 {
        here.say(&number.to_string()).await;
    }
    here.messages(18).await;
    let mut back = node.talk(&seller, &thread, Some(1)).await;
    here.say("19").await;
    let expected: Vec<_> = (2..=19).map(|number| (number, number.to_string())).collect();
    assert_eq!(back.messages(18).await, expected);
    back.send(json!({"type": "resume", "after": 16})).await;
    assert_eq!(back.messages(3).await, expected[15..]);
}

async fn typing_is_told_to_the_other_one_alone(node: &Node) {
    let (seller, buyer, thread) = node.pair("").await;
    let (mut one, mut other) = (node.talk(&buyer, &thread, None).await, node.talk(&seller, &thread, None).await);
    one.send(json!({"type": "chat.typing"})).await;
    let typing = other.next().await;
    assert_eq!((&typing["type"], &typing["username"]), (&json!("chat.typing"), &json!(buyer.name)));
    other.say("done?").await;
    assert_eq!(one.next().await["type"], "chat.message", "its own typing is not told to it");
}

async fn reading_is_told_and_lowers_the_badge(node: &Node) {
    let (seller, buyer, thread) = node.pair("").await;
    let mut socket = node.talk(&buyer, &thread, None).await;
    for text in ["one", "two"] {
        socket.say(text).await;
    }
    socket.messages(2).await;
    let mut activity = node.activity(&seller).await;
    let connected = activity.next().await;
    assert_eq!((&connected["type"], &connected["unread_messages_count"]), (&json!("connection_success"), &json!(2)));
    let (status, read) = node.post(&seller, &format!("/api/chat/conversations/{thread}/mark_read/"), Value::Null).await;
    assert_eq!((status, read), (200, json!({"marked_read": 2})));
    let frame = socket.next_of("chat.read").await;
    assert_eq!((&frame["data"]["reader_id"], &frame["data"]["seq"]), (&json!(seller.id), &json!(2)));
    assert_eq!(activity.next_of("unread_messages_count_update").await["unread_messages_count"], 0);
    let (_, page) = node.get(Some(&buyer), &format!("/api/chat/conversations/{thread}/messages/")).await;
    assert_eq!(page["results"][0]["is_read"], true);
}

/// D-43 of the first backend: nothing was ever pushed there.
async fn the_activity_socket_shows_what_is_unread(node: &Node) {
    let (seller, buyer, thread) = node.pair("").await;
    let mut activity = node.activity(&seller).await;
    assert_eq!(activity.next().await["user_id"], json!(seller.id));
    let mut socket = node.talk(&buyer, &thread, None).await;
    socket.say("hello").await;
    let frame = activity.next().await;
    assert_eq!(frame["type"], "chat.message");
    let data = &frame["data"];
    assert_eq!(
        (&data["thread_id"], &data["sender_username"], &data["text"]),
        (&json!(thread), &json!(buyer.name), &json!("hello"))
    );
    assert_eq!(activity.next().await, json!({"type": "unread_messages_count_update", "unread_messages_count": 1}));
    activity.send(json!({"type": "get_unread_count"})).await;
    assert_eq!(activity.next().await["unread_messages_count"], 1);
    activity.send(json!({"type": "get_cart_count"})).await;
    assert_eq!(activity.next().await, json!({"type": "cart_count_update", "cart_count": 0}));
    activity.send(json!({"type": "of a later release"})).await;
    activity.send(json!({"type": "ping"})).await;
    assert_eq!(activity.next().await["type"], "pong");
}

/// D-41 of the first backend: the order never changed. Also the shape that the web client reads, X7: `id` is the account's.
async fn the_inbox_has_the_latest_active_conversation_first(node: &Node) {
    let (seller, buyer, first) = node.pair("").await;
    let product = node.product_of(&seller).await;
    let start = json!({ "product_id": product });
    let second = node.post(&buyer, "/api/chat/conversations/", start.clone()).await.1["thread_id"].clone();
    assert_eq!(
        node.post(&buyer, "/api/chat/conversations/", start).await,
        (200, json!({"thread_id": second, "is_new": false}))
    );
    let inbox = async || node.get(Some(&seller), "/api/chat/conversations/").await.1;
    let order = |inbox: &Value| [inbox["results"][0]["id"].clone(), inbox["results"][1]["id"].clone()];
    assert_eq!(order(&inbox().await), [second.clone(), json!(first)]);
    node.post(&buyer, &format!("/api/chat/conversations/{first}/messages/"), json!({"text": "hello"})).await;
    let now = inbox().await;
    assert_eq!(order(&now), [json!(first), second]);
    let top = &now["results"][0];
    assert_eq!((&top["unread_count"], &top["last_message"]["text"]), (&json!(1), &json!("hello")));
    let participants = top["participants"].as_array().unwrap();
    let other = participants.iter().find(|it| it["id"] != json!(seller.id)).unwrap();
    assert_eq!(
        (&other["id"], &other["user"], &other["username"]),
        (&json!(buyer.id), &json!(buyer.id), &json!(buyer.name))
    );
    assert!(!now.to_string().contains("@example.com"), "no address is given away");
    let (_, shown) = node.get(Some(&buyer), &format!("/api/chat/conversations/{first}/")).await;
    assert!(shown["product"]["name"].is_string(), "{shown}");
}

async fn history_is_read_in_pages_newest_first(node: &Node) {
    let (_, buyer, thread) = node.pair("").await;
    let path = format!("/api/chat/conversations/{thread}/messages/");
    for number in 1..=5 {
        node.post(&buyer, &path, json!({ "text": number.to_string() })).await;
    }
    let seqs = |page: &Value| -> Vec<u64> {
        page["results"].as_array().unwrap().iter().map(|it| it["seq"].as_u64().unwrap()).collect()
    };
    let mut next = format!("{path}?page_size=2");
    let mut read = Vec::new();
    loop {
        let (status, page) = node.get(Some(&buyer), &next).await;
        assert_eq!((status, &page["count"]), (200, &json!(5)), "{page}");
        read.push(seqs(&page));
        let Some(link) = page["next"].as_str() else { break };
        next = link.to_owned();
    }
    assert_eq!(read, [vec![5, 4], vec![3, 2], vec![1]]);
    assert_eq!(seqs(&node.get(Some(&buyer), &format!("{path}?after=3")).await.1), [4, 5]);
    assert_eq!(seqs(&node.get(Some(&buyer), &format!("{path}?before=3")).await.1), [2, 1]);
    for query in ["page=0", "page_size=101", "page=1&after=2", "page=x"] {
        assert_eq!(node.get(Some(&buyer), &format!("{path}?{query}")).await.0, 400, "{query}");
    }
}

/// D-06 of the first backend.
async fn markup_arrives_as_text(node: &Node) {
    let (seller, buyer, thread) = node.pair("").await;
    let mut socket = node.talk(&seller, &thread, None).await;
    let text = "<img src=x onerror=alert(1)> {0} {{ }} </script> & \" '";
    let path = format!("/api/chat/conversations/{thread}/messages/");
    let (_, sent) = node.post(&buyer, &path, json!({ "text": text })).await;
    assert_eq!(socket.next_of("chat.message").await["data"]["text"], text);
    let report = json!({"message": sent["id"], "reason": "spam", "description": text});
    let (status, report) = node.post(&seller, "/api/chat/reports/", report).await;
    assert_eq!((status, &report["description"]), (201, &json!(text)));
    let admin = node.person("ada", designia_core::account::Role::Admin).await;
    let (_, detail) = node.get(Some(&admin), &format!("/api/chat/reports/{}/", report["id"].as_str().unwrap())).await;
    assert_eq!(detail["context"][0]["text"], text);
}

async fn a_hidden_message_disappears_at_once(node: &Node) {
    let (seller, buyer, thread) = node.pair("").await;
    let admin = node.person("ada", designia_core::account::Role::Admin).await;
    let mut socket = node.talk(&buyer, &thread, None).await;
    let path = format!("/api/chat/conversations/{thread}/messages/");
    let (_, sent) = node.post(&seller, &path, json!({"text": "pay me outside"})).await;
    let report = json!({"message": sent["id"], "reason": "scam"});
    let (_, report) = node.post(&buyer, "/api/chat/reports/", report).await;
    let path_of_report = format!("/api/chat/reports/{}/resolve/", report["id"].as_str().unwrap());
    let judgement = json!({"action": "uphold", "note": "warned"});
    assert_eq!(node.post(&buyer, &path_of_report, judgement.clone()).await.0, 403);
    assert_eq!(node.get(Some(&buyer), "/api/chat/reports/").await.0, 403);
    assert_eq!(node.get(Some(&admin), "/api/chat/reports/?state=open").await.1["results"][0]["id"], report["id"]);
    let (status, resolved) = node.post(&admin, &path_of_report, judgement.clone()).await;
    assert_eq!(
        (status, &resolved["state"], &resolved["note"]),
        (200, &json!("upheld"), &json!("warned")),
        "{resolved}"
    );
    assert_eq!(node.post(&admin, &path_of_report, judgement).await.0, 409);
    assert_eq!(socket.next_of("chat.hidden").await["data"]["id"], sent["id"]);
    let (_, page) = node.get(Some(&buyer), &path).await;
    assert_eq!((&page["results"][0]["text"], &page["results"][0]["hidden"]), (&json!(""), &json!(true)));
}
