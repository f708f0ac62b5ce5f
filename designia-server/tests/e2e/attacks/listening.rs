//! Finding out who has an account. Every answer is the same for an address that has one and for one that has none; what differs is
//! told by mail, to whom the address belongs. That the work is the same, too, is a rule of the service and tested there; how long it
//! takes is measured by `benches/http`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Place, Server};
use crate::visitor::{Reply, Visitor};

/// An answer without what is different in any two.
fn shape(reply: &Reply) -> (u16, Value, BTreeMap<String, String>) {
    let mut body = reply.json();
    if let Some(fields) = body.as_object_mut() {
        for name in ["request_id", "trace_id", "user_id"] {
            fields.remove(name);
        }
    }
    let told = ["content-type", "www-authenticate", "cache-control", "set-cookie", "location"];
    let headers = told.iter().filter_map(|name| Some(((*name).to_owned(), reply.header(name)?.to_owned())));
    (reply.status, body, headers.collect())
}

#[tokio::test]
async fn no_answer_tells_whether_an_address_has_an_account() {
    let server = Server::start(&Place::memory(), &[]).await;
    let admin = Visitor::of(&server).demo("admin").await;
    let guest = Visitor::of(&server);
    let known = admin.at.join("known", &admin.at).await.email;
    let asks = [
        ("/api/auth/login/", json!({ "password": "not this one" })),
        ("/api/auth/password/reset/", json!({})),
        ("/api/auth/password/reset/verify/", json!({ "code": "000000", "password": "another kiln" })),
        ("/api/auth/resend-verification/", json!({})),
    ];
    for (path, mut body) in asks {
        let mut ask = async |email: &str| {
            body["email"] = json!(email);
            shape(&guest.post(path, body.clone()).await)
        };
        let (theirs, nobodys) = (ask(&known).await, ask("unknown@example.net").await);
        assert_eq!(theirs, nobodys, "{path}");
        assert_ne!(theirs.0, 404);
    }
}

#[tokio::test]
async fn registering_an_address_that_has_an_account_looks_as_it_always_does_and_only_its_owner_hears_of_it() {
    let server = Server::start(&Place::memory(), &[]).await;
    let admin = Visitor::of(&server).demo("admin").await;
    let guest = Visitor::of(&server);
    let owner = admin.at.join("owner", &admin.at).await;
    let register = async |email: &str| {
        let body = json!({ "username": "fresh", "email": email, "first_name": "Jo", "last_name": "Doe",
            "password": "a kiln and a wheel", "password_confirm": "a kiln and a wheel" });
        guest.post("/api/auth/register/", body).await
    };
    let kinds = |value: &Value| {
        let fields = value["user"].as_object().unwrap().iter();
        let kind = |value: &Value| if value.is_string() { "text".to_owned() } else { value.to_string() };
        let fields = fields.filter(|(name, _)| *name != "profile").map(|(name, value)| (name.clone(), kind(value)));
        fields.collect::<BTreeMap<_, _>>()
    };
    let (taken, free) = (register(&owner.email).await, register("free@example.net").await);
    assert_eq!((taken.status, free.status), (201, 201), "{}", taken.text);
    assert_eq!(kinds(&taken.json()), kinds(&free.json()));
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&taken.json()["user"]["profile"]), keys(&free.json()["user"]["profile"]));
    admin.at.mail(&owner.email, "address_in_use").await;
    assert_eq!(guest.log_in(&owner.email, "a kiln and a wheel").await.status, 401, "nothing has changed");
    assert_eq!(guest.log_in(&owner.email, &owner.password).await.status, 200);
}

#[tokio::test]
async fn nobody_lists_people_or_finds_them_by_address() {
    let server = Server::start(&Place::memory(), &[]).await;
    let admin = Visitor::of(&server).demo("admin").await;
    let person = admin.at.join("someone", &admin.at).await;
    for path in [
        "/api/auth/users/",
        "/api/marketplace/profiles/",
        "/api/chat/search-users/?q=example",
        "/api/internal/auth/check-email/someone@example.net/",
        "/internal/auth/check-email/someone@example.net/",
        "/internal/auth/users/batch/",
        "/internal/payments/payments/",
    ] {
        for visitor in [&Visitor::of(&server), &person.at] {
            let reply = visitor.get(path).await;
            assert!(matches!(reply.status, 401 | 403 | 404 | 405), "{path}: {} {}", reply.status, reply.text);
        }
    }
    assert_eq!(person.at.get("/api/auth/admin/accounts/?q=someone").await.status, 403);
}
