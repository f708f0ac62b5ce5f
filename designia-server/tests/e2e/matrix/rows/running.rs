//! What only those who run the marketplace see.

use serde_json::json;

use crate::matrix::row::{Row, get, patch, post};
use crate::matrix::rule::{admins, staff};

pub(super) fn rows() -> Vec<Row> {
    vec![
        get("/api/admin/overview/", staff(200)),
        get("/api/admin/orders/", staff(200)),
        get("/api/admin/orders/export/", staff(200)),
        get("/api/admin/orders/{id}/", staff(200)).about(&["order"]),
        // Nothing is done to a version that never was.
        post("/api/admin/orders/{id}/act/", admins(409))
            .about(&["order"])
            .json(json!({"action": "cancel", "version": 0})),
        get("/api/admin/webhooks/", staff(200)),
        get("/api/admin/webhooks/causes/", staff(200)),
        post("/api/admin/webhooks/replay/", admins(200)).json(json!({"preview": true})),
        get("/api/admin/webhooks/{id}/", staff(404)).about(&["name of none"]),
        post("/api/admin/webhooks/{id}/replay/", admins(404)).about(&["name of none"]),
        get("/api/admin/payments/", staff(200)),
        get("/api/admin/calls/", staff(200)),
        get("/api/admin/rates/", staff(200)),
        get("/api/admin/products/", staff(200)),
        get("/api/admin/products/{id}/", staff(200)).about(&["product id"]),
        patch("/api/admin/products/{id}/", admins(409)).about(&["product id"]).json(json!({"version": 0})),
        get("/api/admin/audit/", staff(200)),
        get("/api/admin/system/", staff(200)),
        // What a test logs is the test's own business.
        post("/api/admin/system/log/", admins(409)).json(json!({"filter": "loud"})),
        get("/api/admin/tasks/", staff(200)),
        post("/api/admin/tasks/", admins(400)),
        get("/api/admin/tasks/{id}/", staff(404)).about(&["none"]),
        post("/api/admin/tasks/{id}/revoke/", admins(404)).about(&["none"]),
        post("/api/admin/tasks/{id}/retry/", admins(404)).about(&["none"]),
        get("/api/admin/task-kinds/", staff(200)),
        get("/api/admin/task-failures/", staff(200)),
        get("/api/admin/queues/", staff(200)),
        post("/api/admin/queues/{name}/pause/", admins(404)).about(&["name of none"]),
        post("/api/admin/queues/{name}/resume/", admins(404)).about(&["name of none"]),
        post("/api/admin/queues/{name}/purge/", admins(404)).about(&["name of none"]),
        get("/api/admin/schedules/", staff(200)),
        get("/api/admin/schedules/{name}/", staff(404)).about(&["name of none"]),
        post("/api/admin/schedules/{name}/enable/", admins(404)).about(&["name of none"]),
        post("/api/admin/schedules/{name}/disable/", admins(404)).about(&["name of none"]),
        post("/api/admin/schedules/{name}/run/", admins(404)).about(&["name of none"]),
        get("/api/admin/workers/", staff(200)),
        // What mails say opens accounts: staff can't read them.
        get("/api/admin/mails/", admins(200)),
        get("/api/admin/mails/{id}/", admins(200)).about(&["mail"]),
        get("/api/admin/mails/{id}/html/", admins(200)).about(&["mail"]),
        post("/api/admin/mails/{id}/resend/", admins(404)).about(&["none"]),
    ]
}
