//! What only those who run the marketplace see.

use crate::matrix::row::{Row, get, post};
use crate::matrix::rule::admins;

pub(super) fn rows() -> Vec<Row> {
    vec![
        get("/api/admin/tasks/", admins(200)),
        post("/api/admin/tasks/", admins(400)),
        get("/api/admin/tasks/{id}/", admins(404)).about(&["none"]),
        post("/api/admin/tasks/{id}/revoke/", admins(404)).about(&["none"]),
        post("/api/admin/tasks/{id}/retry/", admins(404)).about(&["none"]),
        get("/api/admin/task-kinds/", admins(200)),
        get("/api/admin/queues/", admins(200)),
        post("/api/admin/queues/{name}/pause/", admins(404)).about(&["name of none"]),
        post("/api/admin/queues/{name}/resume/", admins(404)).about(&["name of none"]),
        post("/api/admin/queues/{name}/purge/", admins(404)).about(&["name of none"]),
        get("/api/admin/schedules/", admins(200)),
        get("/api/admin/schedules/{name}/", admins(404)).about(&["name of none"]),
        post("/api/admin/schedules/{name}/enable/", admins(404)).about(&["name of none"]),
        post("/api/admin/schedules/{name}/disable/", admins(404)).about(&["name of none"]),
        post("/api/admin/schedules/{name}/run/", admins(404)).about(&["name of none"]),
        get("/api/admin/workers/", admins(200)),
        // What mails say opens accounts: staff can't read them.
        get("/api/admin/mails/", admins(200)),
        get("/api/admin/mails/{id}/", admins(200)).about(&["mail"]),
        get("/api/admin/mails/{id}/html/", admins(200)).about(&["mail"]),
        post("/api/admin/mails/{id}/resend/", admins(404)).about(&["none"]),
    ]
}
