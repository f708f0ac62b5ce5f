//! Who is let in, and who is sent away with which code. A browser sees the code because the socket is opened first: D-42 of the
//! first backend.

use designia_core::account::Role;
use designia_core::ports::{AccountCommit, AccountKey, EndSessions};
use serde_json::{Value, json};

use crate::stores::{Place, on_every_database};
use crate::support::Node;

on_every_database!(
    whoever_has_no_good_token_is_told_to_log_in,
    a_conversation_of_others_is_closed,
    a_ticket_lets_in_once,
    a_socket_dies_with_its_session,
);

const NOWHERE: &str = "00000000-0000-7000-8000-000000000000";

async fn whoever_has_no_good_token_is_told_to_log_in(node: &Node) {
    let (_, buyer, thread) = node.pair("").await;
    let forged = format!("{}x", buyer.token);
    for query in ["", "?token=", "?token=abc", &format!("?token={forged}"), "?ticket=abc"] {
        for path in [format!("/ws/chat/{thread}/{query}"), format!("/ws/activity/{query}")] {
            assert_eq!(node.connect(&path, &[]).await.closed().await, 4001, "{path}");
        }
    }
    let bearer = format!("Bearer {}", buyer.token);
    let mut socket = node.connect(&format!("/ws/chat/{thread}/"), &[("authorization", &bearer)]).await;
    socket.send(json!({"type": "ping"})).await;
    assert_eq!(socket.next().await["type"], "pong");
}

async fn a_conversation_of_others_is_closed(node: &Node) {
    let (_, buyer, thread) = node.pair("").await;
    let stranger = node.person("stranger", Role::Seller).await;
    let admin = node.person("ada", Role::Admin).await;
    for who in [&stranger, &admin] {
        for thread in [&*thread, NOWHERE, "nonsense"] {
            let path = format!("/ws/chat/{thread}/?token={}", who.token);
            assert_eq!(node.connect(&path, &[]).await.closed().await, 4003, "{thread}");
        }
        let below = format!("/api/chat/conversations/{thread}/");
        for path in [below.clone(), format!("{below}messages/")] {
            assert_eq!(node.get(Some(who), &path).await.0, 404, "{path}");
        }
        for path in [format!("{below}messages/"), format!("{below}mark_read/")] {
            assert_eq!(node.post(who, &path, json!({"text": "let me in"})).await.0, 404, "{path}");
        }
        assert_eq!(node.get(Some(who), "/api/chat/conversations/").await.1["results"], json!([]));
    }
    let (_, sent) =
        node.post(&buyer, &format!("/api/chat/conversations/{thread}/messages/"), json!({"text": "hi"})).await;
    let report = json!({"message": sent["id"], "reason": "spam"});
    assert_eq!(node.post(&stranger, "/api/chat/reports/", report.clone()).await.0, 404);
    assert_eq!(node.post(&buyer, "/api/chat/reports/", report).await.0, 400, "one's own");
}

async fn a_ticket_lets_in_once(node: &Node) {
    let (_, buyer, thread) = node.pair("").await;
    let (status, ticket) = node.post(&buyer, "/api/auth/ws-ticket/", Value::Null).await;
    assert_eq!((status, &ticket["expires_in"]), (201, &json!(30)));
    let path = format!("/ws/chat/{thread}/?ticket={}", ticket["ticket"].as_str().unwrap());
    let mut socket = node.connect(&path, &[]).await;
    socket.say("hello").await;
    assert_eq!(socket.messages(1).await, [(1, "hello".to_owned())]);
    assert_eq!(node.connect(&path, &[]).await.closed().await, 4001);
}

/// D-41 of the first backend: an open socket outlived its token.
async fn a_socket_dies_with_its_session(node: &Node) {
    let (seller, buyer, thread) = node.pair("").await;
    let (mut talk, mut activity) = (node.talk(&buyer, &thread, None).await, node.activity(&buyer).await);
    let mut others = node.talk(&seller, &thread, None).await;
    let store = &node.accounts.ports().store;
    let account = store.account(&AccountKey::Id(buyer.id)).await.unwrap().unwrap();
    let mut commit = AccountCommit::of(account, node.accounts.ports().clock.now());
    commit.ends = EndSessions::All;
    store.commit_account(commit).await.unwrap();
    assert_eq!(talk.closed().await, 4001);
    assert_eq!(activity.closed().await, 4001);
    others.say("still here").await;
    assert_eq!(others.messages(1).await.len(), 1);
    node.until("its places are free", async || node.hub.open_sockets() == 1).await;
}

#[tokio::test]
async fn pages_of_unknown_origins_may_not_connect() {
    let place = Place::memory();
    let mut node = Node::start(&place, &["--cors-origins", "https://shop.example"]).await;
    let (_, buyer, thread) = node.pair("").await;
    let path = format!("/ws/chat/{thread}/?token={}", buyer.token);
    for origin in ["https://evil.example", "https://shop.example.evil.example", "null", "http://shop.example"] {
        assert_eq!(node.connect(&path, &[("origin", origin)]).await.closed().await, 4003, "{origin}");
    }
    for origin in ["https://shop.example", &node.base] {
        let mut socket = node.connect(&path, &[("origin", origin)]).await;
        socket.send(json!({"type": "ping"})).await;
        assert_eq!(socket.next().await["type"], "pong", "{origin}");
    }
    node.stop().await;
}

#[tokio::test]
async fn nobody_has_more_sockets_than_are_allowed() {
    let place = Place::memory();
    let mut node = Node::start(&place, &["--sockets-per-account", "2", "--sockets", "3"]).await;
    let (seller, buyer, thread) = node.pair("").await;
    let (first, second) = (node.talk(&buyer, &thread, None).await, node.activity(&buyer).await);
    assert_eq!(node.activity(&buyer).await.closed().await, 4029);
    let third = node.talk(&seller, &thread, None).await;
    assert_eq!(node.activity(&seller).await.closed().await, 4029, "the node is full");
    drop((first, second, third));
    node.until("all have left", async || node.hub.open_sockets() == 0).await;
    assert_eq!(node.activity(&buyer).await.next().await["type"], "connection_success");
    node.stop().await;
}

#[tokio::test]
async fn an_address_that_connects_too_often_is_sent_away() {
    let place = Place::memory();
    let mut node = Node::start(&place, &["--socket-connects", "3"]).await;
    let buyer = node.person("buyer", Role::Customer).await;
    for _ in 0..3 {
        assert_eq!(node.activity(&buyer).await.next().await["type"], "connection_success");
    }
    assert_eq!(node.activity(&buyer).await.closed().await, 4029);
    node.stop().await;
}

#[tokio::test]
async fn a_node_that_stops_sends_its_clients_to_others() {
    let place = Place::memory();
    let mut node = Node::start(&place, &[]).await;
    let (seller, buyer, thread) = node.pair("").await;
    let (mut talk, mut activity) = (node.talk(&buyer, &thread, None).await, node.activity(&seller).await);
    let (_, talk_code, activity_code) = tokio::join!(node.stop(), talk.closed(), activity.closed());
    assert_eq!((talk_code, activity_code), (1012, 1012));
}

#[tokio::test]
async fn a_request_that_is_no_websocket_is_told_so() {
    let place = Place::memory();
    let mut node = Node::start(&place, &[]).await;
    let (status, problem) = node.get(None, "/ws/activity/").await;
    assert_eq!((status, &problem["code"]), (400, &json!("bad_request")), "{problem}");
    node.stop().await;
}
