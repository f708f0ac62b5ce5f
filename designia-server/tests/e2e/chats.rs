//! Conversations over HTTP: requests that are sent again, pictures, and too much of anything.

use serde_json::{Value, json};

use crate::samples::PNG;
use crate::support::{Place, Server, on_every_database};

on_every_database! {
    what_is_asked_again_under_its_key_is_done_once,
    a_picture_is_uploaded_and_sent_by_those_who_talk_alone,
}

const CONVERSATIONS: &str = "/api/chat/conversations/";
const UPLOAD: &str = "/api/chat/upload-image/";

/// The same request twice under one key, and another under that key: what the first two answered.
async fn twice(server: &Server, who: &str, path: &str, key: &str, body: Value) -> Value {
    let first = server.post_with_key(who, path, key, &body).await;
    assert_eq!(first.status, 201, "{}", first.body);
    let again = server.post_with_key(who, path, key, &body).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    server.post_with_key(who, path, key, &json!({})).await.refused(422, "idempotency_key_reused");
    first.body
}

/// What the buyer talks about with the seller.
async fn thread(server: &Server) -> String {
    let product = server.product("moon-jar").await;
    let started = twice(server, "buyer", CONVERSATIONS, "begin", json!({ "product_id": product["id"] })).await;
    assert_eq!(started["is_new"], true);
    format!("{CONVERSATIONS}{}/", started["thread_id"].as_str().unwrap())
}

async fn what_is_asked_again_under_its_key_is_done_once(place: &Place) {
    let server = Server::start(place, &[]).await;
    let thread = thread(&server).await;
    let path = format!("{thread}messages/");
    let said = twice(&server, "buyer", &path, "say", json!({ "text": "Is it still there?" })).await;
    // The name that a client gives to a message does as well, also on a device that knows nothing of the key.
    let named = json!({ "text": "Is it still there?", "client_id": "say" });
    let again = server.post("buyer", &path, named).await;
    assert_eq!((again.status, &again.body["id"]), (200, &said["id"]));
    let both = json!({ "text": "And the lid?", "client_id": "temp-1" });
    let second = twice(&server, "buyer", &path, "lid", both.clone()).await;
    let under_another_key = server.post_with_key("buyer", &path, "another", &both).await;
    assert_eq!((under_another_key.status, &under_another_key.body["id"]), (200, &second["id"]));
    // A key may be longer than a name.
    twice(&server, "buyer", &path, &"k".repeat(255), json!({ "text": "Hello?" })).await;
    assert_eq!(server.get("buyer", &path).await.ok()["count"], 3);
    let complaint = json!({ "message": said["id"], "reason": "spam" });
    let report = twice(&server, "seller", "/api/chat/reports/", "complain", complaint).await;
    let reports = server.get("admin", "/api/chat/reports/").await.ok();
    assert_eq!((&reports["results"][0]["id"], reports["results"].as_array().unwrap().len()), (&report["id"], 1));
}

/// A form with this picture under this name.
fn form(field: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("--x\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"a.png\"\r\n\r\n");
    [head.as_bytes(), content, b"\r\n--x--\r\n"].concat()
}

async fn a_picture_is_uploaded_and_sent_by_those_who_talk_alone(place: &Place) {
    let server = Server::start(place, &[]).await;
    let path = format!("{}messages/", thread(&server).await);
    let upload =
        async |who: &str, body: Vec<u8>| server.post_file(who, UPLOAD, "multipart/form-data; boundary=x", body).await;
    let kept = upload("buyer", form("image", PNG)).await;
    assert_eq!((kept.status, &kept.body["content_type"]), (201, &json!("image/png")), "{}", kept.body);
    let size = kept.body["size"].as_u64().unwrap();
    let message = json!({ "image_url": kept.body["image_url"] });
    let said = server.post("buyer", &path, message.clone()).await.ok();
    assert_eq!((&said["message_type"], &said["image_url"]), (&json!("image"), &kept.body["image_temp_url"]));
    let shown = server.get("seller", &path).await.ok()["results"][0]["image_url"].as_str().unwrap().to_owned();
    let picture = server.get_page("", &shown[shown.find("/media/").unwrap()..]).await;
    assert_eq!((picture.status().as_u16(), picture.content_length()), (200, Some(size)));

    server.post("seller2", &path, message).await.refused(404, "not_found");
    upload("", form("image", PNG)).await.refused(401, "unauthenticated");
    let large = [PNG, &vec![0; 10 * 1024 * 1024]].concat();
    for (field, content) in
        [("image", &b"<svg onload=alert(1)>"[..]), ("image", &large), ("picture", PNG), ("image", b"")]
    {
        assert_eq!(upload("buyer", form(field, content)).await.refused(400, "invalid_field")["field"], "image");
    }
    server.post_file("buyer", UPLOAD, "image/png", PNG.to_vec()).await.refused(415, "unsupported_media_type");
    let body_limit = vec![b' '; 65 * 1024 * 1024];
    upload("buyer", form("image", &body_limit)).await.refused(413, "payload_too_large");
}

#[tokio::test]
async fn whoever_talks_too_much_is_told_when_to_go_on() {
    let server = Server::start(&Place::memory(), &[]).await;
    let path = format!("{}messages/", thread(&server).await);
    let said = server.post("buyer", &path, json!({ "text": "hey" })).await.ok();
    let complaint = json!({ "message": said["id"], "reason": "spam" });
    let mut refused = server.post("seller", "/api/chat/reports/", complaint.clone()).await;
    // Thirty in an hour.
    for _ in 0..30 {
        refused = server.post("seller", "/api/chat/reports/", complaint.clone()).await;
    }
    let wait: u64 = refused.retry_after.as_deref().unwrap().parse().unwrap();
    assert!((1..=120).contains(&wait), "{wait}");
    refused.refused(429, "too_many_requests");
}
