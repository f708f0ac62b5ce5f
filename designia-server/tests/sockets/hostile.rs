//! Clients that are slow, broken or mean harm nobody but themselves.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::stores::on_every_database;
use crate::support::{Node, Person, Socket};

on_every_database!(
    what_is_not_text_or_too_large_ends_the_socket_alone,
    what_makes_no_sense_is_answered_and_costs_nothing,
    whoever_floods_is_thrown_out_and_nobody_notices,
    twenty_messages_at_once_are_enough,
    whoever_takes_nothing_is_closed_or_catches_up_and_nobody_waits,
    whoever_says_nothing_is_closed,
);

/// Two who talk all the while.
async fn goes_on(one: &mut Socket, other: &mut Socket, text: &str) {
    one.say(text).await;
    assert_eq!(other.messages(1).await[0].1, text);
    assert_eq!(one.messages(1).await[0].1, text);
}

async fn neighbours(node: &Node) -> (Socket, Socket) {
    let (seller, buyer, thread) = node.pair("-next-door").await;
    (node.talk(&buyer, &thread, None).await, node.talk(&seller, &thread, None).await)
}

async fn what_is_not_text_or_too_large_ends_the_socket_alone(node: &Node) {
    let (mut one, mut other) = neighbours(node).await;
    let (_, buyer, thread) = node.pair("").await;
    let long = json!({"type": "chat.message", "payload": {"text": "a".repeat(20_000)}}).to_string();
    let bad = [(Message::binary(vec![1, 2, 3]), 1003), (Message::text(long), 1009)];
    for (message, code) in bad {
        let mut socket = node.talk(&buyer, &thread, None).await;
        socket.0.send(message).await.unwrap();
        assert_eq!(socket.closed().await, code);
        goes_on(&mut one, &mut other, "and on").await;
    }
    let path = format!("/api/chat/conversations/{thread}/messages/");
    assert_eq!(node.get(Some(&buyer), &path).await.1["count"], 0);
}

async fn what_makes_no_sense_is_answered_and_costs_nothing(node: &Node) {
    let (_, buyer, thread) = node.pair("").await;
    let mut socket = node.talk(&buyer, &thread, None).await;
    let nonsense = [
        "",
        "no json",
        "[]",
        "7",
        "{}",
        r#"{"type":7}"#,
        r#"{"type":"chat.message"}"#,
        r#"{"type":"chat.message","payload":[]}"#,
        r#"{"type":"chat.message","payload":{}}"#,
        r#"{"type":"chat.message","payload":{"text":"  "}}"#,
        r#"{"type":"chat.message","payload":{"text":7}}"#,
        r#"{"type":"chat.message","payload":{"text":"a","client_id":""}}"#,
        r#"{"type":"chat.message","payload":{"image_url":"../../etc/passwd"}}"#,
        r#"{"type":"resume"}"#,
        r#"{"type":"chat.message","payload":{"text":"a\u0000b"}}"#,
        r#"{"type":"of a later release"}"#,
    ];
    for text in nonsense {
        socket.0.send(Message::text(text)).await.unwrap();
        let answer = socket.next().await;
        assert_eq!(answer["type"], "error", "{text}");
        assert!(answer["message"].is_string());
    }
    let too_long = json!({"type": "chat.message", "payload": {"text": "ü".repeat(4_001), "client_id": "temp-9"}});
    socket.send(too_long).await;
    let answer = socket.next().await;
    assert_eq!((&answer["code"], &answer["client_id"]), (&json!("invalid"), &json!("temp-9")));
    socket.say("fine").await;
    assert_eq!(socket.messages(1).await, [(1, "fine".to_owned())]);
}

async fn whoever_floods_is_thrown_out_and_nobody_notices(node: &Node) {
    let (mut one, mut other) = neighbours(node).await;
    let (_, buyer, thread) = node.pair("").await;
    let flooding = async {
        let socket = node.talk(&buyer, &thread, None).await;
        let (mut sink, mut stream) = socket.0.split();
        let send = async {
            for _ in 0..10_000 {
                if sink.send(Message::text(r#"{"type":"chat.typing"}"#)).await.is_err() {
                    break;
                }
            }
        };
        let close = async {
            loop {
                match stream.next().await {
                    Some(Ok(Message::Close(frame))) => return frame.map(|frame| u16::from(frame.code)),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return None,
                }
            }
        };
        tokio::join!(send, close).1
    };
    let talking = async {
        for number in 0..10 {
            goes_on(&mut one, &mut other, &number.to_string()).await;
        }
    };
    let (closed, ()) = tokio::join!(flooding, talking);
    // Where the close was lost in what was still being sent, the connection is cut all the same.
    assert!(matches!(closed, Some(4029) | None), "{closed:?}");
    node.until("it is out", async || node.hub.open_sockets() == 2).await;
}

async fn twenty_messages_at_once_are_enough(node: &Node) {
    let (_, buyer, thread) = node.pair("").await;
    let mut socket = node.talk(&buyer, &thread, None).await;
    for number in 0..40 {
        let payload = json!({"text": number.to_string(), "client_id": format!("temp-{number}")});
        socket.send(json!({"type": "chat.message", "payload": payload})).await;
    }
    let refused = socket.next_of("error").await;
    assert_eq!(refused["code"], "throttled", "{refused}");
    assert!(refused["retry_after_ms"].as_u64().is_some_and(|wait| wait <= 1_000), "{refused}");
    assert!(refused["client_id"].as_str().unwrap().starts_with("temp-"));
    let path = format!("/api/chat/conversations/{thread}/messages/");
    node.until("the next is taken", async || node.post(&buyer, &path, json!({"text": "later"})).await.0 == 201).await;
}

/// A connection with a small window, of which nothing is read.
async fn deaf(node: &Node, who: &Person, thread: &str) -> tokio_tungstenite::WebSocketStream<tokio::net::TcpStream> {
    let address = node.base.strip_prefix("http://").unwrap();
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2 * 1024).unwrap();
    let stream = socket.connect(address.parse().unwrap()).await.unwrap();
    let request = format!("ws://{address}/ws/chat/{thread}/?token={}", who.token).into_client_request().unwrap();
    tokio_tungstenite::client_async(request, stream).await.unwrap().0
}

async fn whoever_takes_nothing_is_closed_or_catches_up_and_nobody_waits(node: &Node) {
    let (seller, buyer, thread) = node.pair("").await;
    let mut quick = node.talk(&buyer, &thread, None).await;
    let deaf = deaf(node, &seller, &thread).await;
    node.until("both are there", async || node.hub.open_sockets() == 2).await;
    let (mut count, long) = (0, "long ".repeat(790));
    // Until the window is full, and what waits for it has waited too long. Messages are stored directly, or the limit on them
    // would take its time.
    let chat = node.hub.chat();
    let me = designia_core::service::chat::Person { account: buyer.id, name: buyer.name.clone() };
    while node.hub.open_sockets() == 2 {
        assert!(count < 20_000, "a socket that takes nothing is closed");
        let draft = designia_core::service::chat::Draft { text: format!("{long}{count}"), ..Default::default() };
        match chat.say(&me, thread.parse().unwrap(), draft).await {
            Ok(sent) => {
                chat.announce(&sent).await;
                count += 1;
                assert_eq!(quick.messages(1).await[0].0, count, "nobody waits for the other one");
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
        if count % 7 == 0 {
            // More than the window holds, at once: frames that nobody limits.
            for _ in 0..200 {
                chat.read(buyer.id, thread.parse().unwrap(), None).await.unwrap();
                let frame =
                    json!({"type": "chat.typing", "thread_id": thread, "sender_id": buyer.id, "username": long});
                let channel = format!("chat:{thread}");
                chat.ports().broadcast.publish(&channel, frame.to_string().as_bytes()).await.unwrap();
            }
        }
    }
    drop(deaf);
    let mut back = node.talk(&seller, &thread, Some(0)).await;
    let seqs: Vec<u64> = back.messages(usize::try_from(count).unwrap()).await.into_iter().map(|it| it.0).collect();
    assert_eq!(seqs, (1..=count).collect::<Vec<_>>(), "it misses nothing");
}

async fn whoever_says_nothing_is_closed(node: &Node) {
    let (seller, buyer, thread) = node.pair("").await;
    let address = node.base.strip_prefix("http://").unwrap();
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("ws://{address}/ws/chat/{thread}/?token={}", seller.token).into_client_request().unwrap();
    // Never read again, so pings are never answered.
    let silent = tokio_tungstenite::client_async(request, stream).await.unwrap().0;
    let mut alive = node.talk(&buyer, &thread, None).await;
    let listening = tokio::spawn(async move {
        alive.closed().await;
    });
    node.until("the silent one is out", async || node.hub.open_sockets() == 1).await;
    drop(silent);
    listening.abort();
}
