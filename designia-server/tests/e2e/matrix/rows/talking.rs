//! Conversations and what people are told. Nobody reads what two say to each other, but for staff what was reported.

use serde_json::json;

use crate::matrix::row::{Row, get, post, put, socket};
use crate::matrix::rule::{accounts, owner, sides, staff};

pub(super) fn rows() -> Vec<Row> {
    [chat(), notifications()].into_iter().flatten().collect()
}

fn chat() -> Vec<Row> {
    vec![
        get("/api/chat/conversations/", accounts(200)),
        post("/api/chat/conversations/", accounts(404)).json(json!({ "product_id": "{none}" })),
        get("/api/chat/conversations/{id}/", sides(200)).about(&["conversation"]),
        get("/api/chat/conversations/{id}/messages/", sides(200)).about(&["conversation"]),
        post("/api/chat/conversations/{id}/messages/", sides(201))
            .about(&["conversation"])
            .json(json!({ "text": "Hello" })),
        post("/api/chat/upload-image/", accounts(400)).form("nothing", "of use"),
        post("/api/chat/conversations/{id}/mark_read/", sides(200)).about(&["conversation"]),
        // Nobody reports what they have said themselves.
        post("/api/chat/reports/", [401, 404, 201, 404, 400, 404, 404])
            .json(json!({ "message": "{message}", "reason": "spam" })),
        get("/api/chat/reports/", staff(200)),
        get("/api/chat/reports/{id}/", staff(200)).about(&["report"]),
        post("/api/chat/reports/{id}/resolve/", staff(400)).about(&["report"]),
        post("/api/chat/messages/{id}/hide/", staff(200)).about(&["message"]).json(json!({ "hidden": false })),
        socket("/ws/chat/{conversation}/", [4001, 4003, 101, 4003, 101, 4003, 4003]).about(&["conversation"]),
        socket("/ws/activity/", [4001, 101, 101, 101, 101, 101, 101]),
    ]
}

fn notifications() -> Vec<Row> {
    vec![
        get("/api/notifications/", accounts(200)),
        get("/api/notifications/unread_count/", accounts(200)),
        post("/api/notifications/read_all/", accounts(200)),
        post("/api/notifications/{id}/read/", owner(200)).about(&["notification"]),
        get("/api/notifications/preferences/", accounts(200)),
        put("/api/notifications/preferences/", accounts(200)).json(json!({ "muted": [] })),
    ]
}
