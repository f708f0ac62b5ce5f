//! Accounts: what is about oneself, and what those who run the marketplace may do about others.

use serde_json::json;

use crate::matrix::row::{Row, delete, get, patch, post};
use crate::matrix::rule::{accounts, admins, anybody, owner, staff};

pub(super) fn rows() -> Vec<Row> {
    [entering(), own(), selling(), others()].into_iter().flatten().collect()
}

fn entering() -> Vec<Row> {
    vec![
        post("/api/auth/register/", anybody(400)),
        post("/api/auth/verify-email/", anybody(400)),
        post("/api/auth/resend-verification/", anybody(400)),
        post("/api/auth/login/", anybody(400)),
        post("/api/auth/login/verify-2fa/", anybody(400)),
        post("/api/auth/google/login/", anybody(400)),
        post("/api/auth/token/refresh/", anybody(400)),
        post("/api/auth/password/reset/", anybody(400)),
        post("/api/auth/password/reset/verify/", anybody(400)),
        post("/api/auth/logout/", accounts(204)),
        post("/api/auth/logout/all/", accounts(204)),
        post("/api/auth/ws-ticket/", accounts(201)),
    ]
}

fn own() -> Vec<Row> {
    vec![
        get("/api/auth/sessions/", accounts(200)),
        delete("/api/auth/sessions/{id}/", owner(204)).about(&["a session"]),
        post("/api/auth/verify-password/", accounts(400)),
        post("/api/auth/password/change/", accounts(400)),
        post("/api/auth/2fa/send-code/", accounts(400)),
        post("/api/auth/2fa/enable/", accounts(400)),
        post("/api/auth/2fa/disable/", accounts(400)),
        post("/api/auth/2fa/totp/setup/", accounts(400)).json(json!({ "password": 5 })),
        post("/api/auth/2fa/totp/confirm/", accounts(400)),
        post("/api/auth/2fa/recovery-codes/", accounts(400)).json(json!({ "password": 5 })),
        get("/api/auth/account/status/", accounts(200)),
        get("/api/auth/profile/", accounts(200)),
        patch("/api/auth/profile/", accounts(200)),
        post("/api/auth/profile/picture/upload/", accounts(400)).form("nothing", "of use"),
        delete("/api/auth/profile/picture/delete/", accounts(200)),
        get("/api/auth/profile/export/", accounts(200)),
        get("/api/auth/profile/export/{id}/", owner(200)).about(&["export"]),
        post("/api/auth/profile/delete/", accounts(400)).json(json!({ "confirmation": "no" })),
        // Whoever sells is known to everybody; whoever buys, to nobody.
        get("/api/auth/users/{id}/", anybody(200)).about(&["seller"]),
        get("/api/auth/users/{id}/", anybody(404)).about(&["other customer"]),
    ]
}

fn selling() -> Vec<Row> {
    vec![
        post("/api/auth/seller/apply/", accounts(400)).form("business_name", "x"),
        get("/api/auth/seller/application/status/", accounts(200)),
        get("/api/auth/admin/seller/applications/", staff(200)),
        get("/api/auth/admin/seller/applications/{id}/", staff(200)).about(&["application"]),
        post("/api/auth/admin/seller/applications/{id}/", staff(200))
            .about(&["an application"])
            .json(json!({ "action": "review" })),
    ]
}

fn others() -> Vec<Row> {
    vec![
        get("/api/auth/admin/accounts/", staff(200)),
        get("/api/auth/admin/accounts/{id}/", staff(200)).about(&["owner"]),
        get("/api/auth/admin/accounts/{id}/events/", staff(200)).about(&["owner"]),
        post("/api/auth/admin/accounts/{id}/disable/", staff(200)).about(&["an account"]),
        post("/api/auth/admin/accounts/{id}/enable/", staff(409)).about(&["owner"]),
        post("/api/auth/admin/accounts/{id}/role/", admins(200))
            .about(&["an account"])
            .json(json!({ "role": "customer" })),
    ]
}
