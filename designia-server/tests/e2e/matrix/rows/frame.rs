//! What every node answers.

use crate::matrix::row::{Row, get};
use crate::matrix::rule::{admins, anybody};

pub(super) fn rows() -> Vec<Row> {
    vec![
        get("/", anybody(200)),
        get("/health/live", anybody(200)),
        get("/health/ready", anybody(200)),
        get("/metrics", admins(200)),
        get("/media/images/{folder}/{name}", anybody(200)).about(&["media folder", "media name"]),
    ]
}
