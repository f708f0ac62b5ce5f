//! What the figures tell of sockets.

use designia_core::account::Role;
use serde_json::json;

use crate::stores::Place;
use crate::support::Node;

/// The value of a figure without or with labels; nothing if it was never told.
async fn figure(node: &Node, name: &str) -> Option<u64> {
    let (status, text) = node.get(None, "/metrics").await;
    let text = text.as_str().unwrap();
    assert_eq!(status, 200, "{text}");
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

#[tokio::test]
async fn sockets_are_counted_while_they_are_open_and_by_the_code_that_closed_them() {
    let place = Place::memory();
    let mut node = Node::start(&place, &["--metrics", "everyone"]).await;
    let (seller, buyer, thread) = node.pair("").await;
    let stranger = node.person("stranger", Role::Customer).await;
    let mut talk = node.talk(&buyer, &thread, None).await;
    let activity = node.activity(&seller).await;
    node.until("both are counted", async || figure(&node, "designia_sockets").await == Some(2)).await;
    for number in 1..=3 {
        talk.say(&number.to_string()).await;
    }
    talk.messages(3).await;
    assert_eq!(figure(&node, "designia_socket_messages_total").await, Some(3));
    let mut refused = node.connect(&format!("/ws/chat/{thread}/?token={}", stranger.token), &[]).await;
    let code = refused.closed().await;
    let closed = format!("designia_sockets_closed_total{{code=\"{code}\"}}");
    node.until("the refusal is counted", async || figure(&node, &closed).await == Some(1)).await;
    drop((talk, activity));
    node.until("nobody is left", async || figure(&node, "designia_sockets").await == Some(0)).await;
    node.stop().await;
    place.quiet().await;
}

#[tokio::test]
async fn what_the_first_backend_took_over_the_activity_socket_is_taken_without_an_answer() {
    let place = Place::memory();
    let mut node = Node::start(&place, &[]).await;
    let buyer = node.person("buyer", Role::Customer).await;
    let mut socket = node.activity(&buyer).await;
    assert_eq!(socket.next().await["type"], "connection_success");
    let product = "018f4e5c-0000-7000-8000-000000000001";
    socket.send(json!({ "type": "track_activity", "product_id": product, "action": "view" })).await;
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await, json!({ "type": "pong" }));
    drop(socket);
    node.stop().await;
    place.quiet().await;
}
