//! The client's two sockets, with the frames that it sends and reads.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::reads::{Is, reads};
use super::story::Story;
use crate::support::Place;
use crate::visitor::Person;

/// A socket of the client, which opens it with its access token in the address.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(story: &Story, path: &str, person: &Person) -> Self {
        let url = format!("{}{path}?token={}", story.server.base.replacen("http", "ws", 1), person.at.token());
        Self(tokio_tungstenite::connect_async(url).await.unwrap().0)
    }

    async fn send(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// The next frame of this type; the client passes over every other. Whatever comes is JSON, or its reader throws.
    async fn next(&mut self, kind: &str) -> Value {
        loop {
            match self.0.next().await.unwrap().unwrap() {
                Message::Text(text) => {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    if frame["type"] == kind {
                        return frame;
                    }
                }
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn two_people_talk_over_their_sockets_in_the_clients_frames() {
    let story = Story::begin(&Place::memory()).await;
    let (buyer, seller) = (story.join("zoe@example.net", "Zoe Jones").await, story.guest.demo("seller").await);
    let product = story.guest.get("/api/marketplace/products/tea-bowl/").await.ok();
    let started = buyer.at.post("/api/chat/conversations/", json!({ "product_id": product["id"] })).await.ok();
    let thread = started["thread_id"].as_str().unwrap();
    let path = format!("/ws/chat/{thread}/");
    let (mut hers, mut his) = (Socket::open(&story, &path, &buyer).await, Socket::open(&story, &path, &seller).await);
    his.send(json!({ "type": "ping" })).await;
    his.next("pong").await;
    hers.send(json!({ "type": "chat.typing" })).await;
    reads(&his.next("chat.typing").await, &[("username", Is::Text)]);
    hers.send(json!({ "type": "chat.message", "payload": { "text": "Is it glazed?" } })).await;
    for socket in [&mut hers, &mut his] {
        let frame = socket.next("chat.message").await;
        reads(&frame["data"], &[("id", Is::Text), ("sender_id", Is::Text), ("sender_username", Is::Text)]);
        reads(&frame["data"], &[("text", Is::Text), ("image_url", Is::TextOrNull), ("created_at", Is::Time)]);
        assert_eq!((&frame["data"]["text"], &frame["data"]["sender_id"]), (&json!("Is it glazed?"), &json!(buyer.id)));
    }
    seller.at.post(&format!("/api/chat/conversations/{thread}/mark_read/"), Value::Null).await.ok();
    assert_eq!(hers.next("chat.read").await["data"]["reader_id"], json!(seller.id));
}

#[tokio::test]
async fn x08_the_inbox_hears_of_a_message_while_no_conversation_is_open() {
    let story = Story::begin(&Place::memory()).await;
    let (buyer, seller) = (story.join("zoe@example.net", "Zoe Jones").await, story.guest.demo("seller").await);
    let mut activity = Socket::open(&story, "/ws/activity/", &seller).await;
    activity.next("connection_success").await;
    let product = story.guest.get("/api/marketplace/products/tea-bowl/").await.ok();
    let started = buyer.at.post("/api/chat/conversations/", json!({ "product_id": product["id"] })).await.ok();
    let thread = started["thread_id"].as_str().unwrap();
    let text = json!({ "text": "Is it glazed?" });
    buyer.at.post(&format!("/api/chat/conversations/{thread}/messages/"), text).await.ok();
    let frame = activity.next("chat.message").await;
    reads(&frame["data"], &[("thread_id", Is::Text), ("sender_username", Is::Text), ("text", Is::Text)]);
    assert_eq!((&frame["data"]["thread_id"], &frame["data"]["text"]), (&json!(thread), &json!("Is it glazed?")));
    activity.next("unread_messages_count_update").await;
}
