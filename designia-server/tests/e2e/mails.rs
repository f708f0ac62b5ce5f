//! What people are told, by mail and on the site: out of a running server, read in the inbox of its console.

mod post_box;

use serde_json::{Value, json};

use crate::support::{GOOD, HOUR, Place, Server, id, on_every_database};
use post_box::PostBox;

const PASSWORD: &str = "correct horse battery staple 7";

on_every_database! {
    an_order_is_told_and_mailed_to_everybody_in_it_with_the_right_amounts,
    somebody_who_registers_is_mailed_a_link_that_verifies_the_address,
    a_new_password_is_set_with_what_was_mailed,
}

impl Server {
    /// The mails of a filter, each by its kind, the latest first.
    async fn mails(&self, filter: &str) -> Vec<(String, Value)> {
        let page = self.get("admin", &format!("/api/admin/mails/?page_size=100&{filter}")).await.ok();
        let mails = page["results"].as_array().unwrap().iter();
        mails.map(|mail| (mail["kind"].as_str().unwrap().to_owned(), mail.clone())).collect()
    }

    /// How many mails of a kind a filter has brought so far.
    async fn count(&self, filter: &str, kind: &str) -> usize {
        self.mails(filter).await.iter().filter(|(it, mail)| it == kind && mail["state"] == "sent").count()
    }

    /// What the latest mail of a kind to an address says, when it has come.
    async fn mail_to(&self, email: &str, kind: &str) -> String {
        let latest = async || {
            let mails = self.mails("").await.into_iter().find(|(it, mail)| it == kind && mail["to_email"] == email);
            mails.map(|(_, mail)| mail["id"].as_str().unwrap().to_owned())
        };
        self.until(&format!("{kind} is mailed"), async || latest().await.is_some()).await;
        self.text(&latest().await.unwrap()).await
    }

    async fn text(&self, mail: &str) -> String {
        let detail = self.get("admin", &format!("/api/admin/mails/{mail}/")).await.ok();
        detail["text"].as_str().unwrap().to_owned()
    }

    async fn told(&self, who: &str) -> Vec<String> {
        let page = self.get(who, "/api/notifications/?page_size=100").await.ok();
        let told = page["results"].as_array().unwrap().iter();
        told.map(|told| told["notification_type"].as_str().unwrap().to_owned()).collect()
    }

    async fn unread(&self, who: &str) -> u64 {
        self.get(who, "/api/notifications/unread_count/").await.ok()["unread_count"].as_u64().unwrap()
    }
}

/// What follows these words in a text, up to the end of its line.
fn after<'t>(text: &'t str, words: &str) -> &'t str {
    text.split_once(words).and_then(|(_, rest)| rest.lines().next()).unwrap_or_else(|| panic!("no {words} in {text}"))
}

async fn an_order_is_told_and_mailed_to_everybody_in_it_with_the_right_amounts(place: &Place) {
    let server = Server::start(place, &[]).await;
    let checkout = server.checkout(&[("tea-bowl", 2), ("tide-print", 1)]).await;
    let order = id(&checkout);
    server.pay(&checkout, GOOD).await;
    server.until_status(order, "payment_confirmed").await;
    for seller in ["seller", "seller2"] {
        server.act(seller, order, "prepare", json!({})).await.ok();
        let tracking = json!({ "shipping_carrier": "DHL", "tracking_number": "JD0146" });
        server.act(seller, order, "ship", tracking).await.ok();
    }
    server.act("buyer", order, "deliver", json!({})).await.ok();

    let of_order = format!("order={order}");
    for (kind, count) in [("receipt", 1), ("seller_order", 2), ("shipped", 2), ("delivered", 2)] {
        server.until(kind, async || server.count(&of_order, kind).await == count).await;
    }
    let mails = server.mails(&of_order).await;
    let of_kind = |kind| mails.iter().find(|(it, _)| it == kind).map(|(_, mail)| mail.clone()).unwrap();
    let seen = server.order("buyer", order).await;
    let receipt = of_kind("receipt");
    assert_eq!(receipt["to_email"], "buyer@example.com");
    let text = server.text(receipt["id"].as_str().unwrap()).await;
    let total = format!("{} EUR", seen["total_amount"].as_str().unwrap());
    assert_eq!(after(&text, "Total: "), total);
    assert!(text.contains(&format!("Thank you: {total} has arrived")), "{text}");
    assert!(text.contains(&format!("/orders/{order}")), "{text}");
    let shipped = server.text(of_kind("shipped")["id"].as_str().unwrap()).await;
    assert!(shipped.contains("Carrier: DHL. Tracking number: JD0146."), "{shipped}");

    let told = server.told("buyer").await;
    for (kind, count) in [("payment_received", 1), ("shipped", 2), ("delivered", 2)] {
        assert_eq!(told.iter().filter(|it| *it == kind).count(), count, "{kind} in {told:?}");
    }
    assert!(server.told("seller").await.contains(&"seller_order".to_owned()));

    let unread = server.unread("buyer").await;
    assert_eq!(unread, told.len() as u64);
    let first = server.get("buyer", "/api/notifications/?unread=true").await.ok()["results"][0].clone();
    let path = format!("/api/notifications/{}/read/", first["id"].as_str().unwrap());
    assert_eq!(server.post("buyer", &path, json!({})).await.ok()["is_read"], true);
    server.post("seller", &path, json!({})).await.refused(404, "not_found");
    assert_eq!(server.unread("buyer").await, unread - 1);
    assert_eq!(server.post("buyer", "/api/notifications/read_all/", json!({})).await.ok()["marked"], unread - 1);
    assert_eq!(server.unread("buyer").await, 0);
}

async fn somebody_who_registers_is_mailed_a_link_that_verifies_the_address(place: &Place) {
    let server = Server::start(place, &["--frontend-url", "https://shop.example"]).await;
    register(&server, "zoe", "Zoe@example.com").await;
    let text = server.mail_to("Zoe@example.com", "verify_email").await;
    let token = after(&text, "https://shop.example/verify-email/");
    server.post("", "/api/auth/verify-email/", json!({ "token": token })).await.ok();
    let login = json!({ "email": "zoe@example.com", "password": PASSWORD });
    assert!(server.post("", "/api/auth/login/", login).await.ok()["access"].is_string());

    // Whoever registers again with that address learns nothing; whoever reads there learns it all.
    register(&server, "zoe2", "zoe@EXAMPLE.com").await;
    let text = server.mail_to("Zoe@example.com", "address_in_use").await;
    assert!(text.contains("You already have an account"), "{text}");
}

async fn a_new_password_is_set_with_what_was_mailed(place: &Place) {
    let server = Server::start(place, &["--frontend-url", "https://shop.example"]).await;
    register(&server, "zoe", "zoe@example.com").await;
    let text = server.mail_to("zoe@example.com", "verify_email").await;
    let token = after(&text, "https://shop.example/verify-email/");
    server.post("", "/api/auth/verify-email/", json!({ "token": token })).await.ok();

    server.post("", "/api/auth/password/reset/", json!({ "email": "zoe@example.com" })).await.ok();
    let text = server.mail_to("zoe@example.com", "reset_password").await;
    let code = after(&text, "https://shop.example/reset-password?email=zoe%40example.com&code=");
    let new = "another horse and its battery 8";
    let body = json!({ "email": "zoe@example.com", "code": code, "password": new, "password_confirm": new });
    server.post("", "/api/auth/password/reset/verify/", body).await.ok();
    let login = json!({ "email": "zoe@example.com", "password": new });
    server.post("", "/api/auth/login/", login).await.ok();
    server.mail_to("zoe@example.com", "password_changed").await;
}

async fn register(server: &Server, username: &str, email: &str) {
    let body = json!({ "username": username, "email": email, "password": PASSWORD, "password_confirm": PASSWORD });
    assert_eq!(server.post("", "/api/auth/register/", body).await.status, 201);
}

#[tokio::test]
async fn a_mail_is_shown_as_a_page_in_which_nothing_runs_and_can_be_sent_again() {
    let server = Server::start(&Place::memory(), &[]).await;
    let checkout = server.checkout(&[("tea-bowl", 1)]).await;
    server.pay(&checkout, GOOD).await;
    let of_order = format!("order={}", id(&checkout));
    server.until("the receipt is sent", async || server.count(&of_order, "receipt").await == 1).await;
    let mails = server.mails(&of_order).await;
    let mail = mails.iter().find(|(kind, _)| kind == "receipt").unwrap().1["id"].as_str().unwrap().to_owned();

    let detail = server.get("admin", &format!("/api/admin/mails/{mail}/")).await.ok();
    let page = server.get_page("admin", detail["html_url"].as_str().unwrap()).await;
    let header = |name: &str| page.headers()[name].to_str().unwrap().to_owned();
    assert!(header("content-security-policy").starts_with("sandbox; default-src 'none'"));
    assert!(header("content-type").starts_with("text/html"));
    assert_eq!(
        (header("x-content-type-options"), header("cache-control")),
        ("nosniff".to_owned(), "no-store".to_owned())
    );
    assert!(page.text().await.unwrap().contains("Your receipt"));

    let path = format!("/api/admin/mails/{mail}/resend/");
    assert_eq!(server.post("admin", &path, json!({})).await.status, 202);
    let attempts = async || server.get("admin", &format!("/api/admin/mails/{mail}/")).await.ok();
    server.until("it is sent again", async || attempts().await["attempts"] == 2).await;
    server.until("and has arrived", async || attempts().await["state"] == "sent").await;

    for who in ["buyer", "seller"] {
        for path in
            ["/api/admin/mails/", &format!("/api/admin/mails/{mail}/"), &format!("/api/admin/mails/{mail}/html/")]
        {
            server.get(who, path).await.refused(403, "forbidden");
        }
        server.post(who, &path, json!({})).await.refused(403, "forbidden");
    }
}

#[tokio::test]
async fn somebody_says_what_they_do_not_want_by_mail_and_may_not_turn_off_what_they_need() {
    let server = Server::start(&Place::memory(), &[]).await;
    let path = "/api/notifications/preferences/";
    let put = async |muted: Value| server.send("buyer", reqwest::Method::PUT, path, json!({ "muted": muted })).await;
    assert_eq!(put(json!(["shipped", "delivered"])).await.ok()["muted"], json!(["shipped", "delivered"]));
    assert_eq!(server.get("buyer", path).await.ok()["muted"], json!(["shipped", "delivered"]));
    assert_eq!(server.get("seller", path).await.ok()["muted"], json!([]));
    for kind in ["security", "payment_received", "refunded", "nonsense"] {
        let problem = put(json!([kind])).await.refused(400, "invalid_field");
        assert!(problem.to_string().contains("order_placed"), "it says what there is: {problem}");
    }
    assert_eq!(put(json!([])).await.ok()["muted"], json!([]));
}

#[tokio::test]
async fn a_mail_server_that_is_away_holds_up_no_order_and_gets_each_mail_once_when_it_is_back() {
    let post_box = PostBox::start().await;
    let url = format!("smtp://{}?tls=none", post_box.address);
    let args = ["--smtp-url", &url, "--mail-from", "My Shop <mail@shop.example>"];
    let server = Server::start(&Place::memory(), &args).await;
    let checkout = server.checkout(&[("tea-bowl", 1)]).await;
    server.pay(&checkout, GOOD).await;
    server.until_status(id(&checkout), "payment_confirmed").await;
    server.until("the receipt was tried", async || post_box.turned_away() > 0).await;
    assert!(server.told("buyer").await.contains(&"payment_received".to_owned()), "it is told on the site meanwhile");

    post_box.open();
    let of_order = format!("order={}", id(&checkout));
    let is_sent = async || {
        server.clock.advance(HOUR);
        server.count(&of_order, "receipt").await == 1
    };
    server.until("the receipt is sent", is_sent).await;
    let receipts = || post_box.taken().into_iter().filter(|mail| mail.contains("Subject: Your receipt")).count();
    assert_eq!(receipts(), 1);
    let mails = server.mails(&of_order).await;
    let receipt = mails.iter().find(|(kind, _)| kind == "receipt").unwrap().1.clone();
    assert!(receipt["attempts"].as_u64() > Some(1), "{receipt}");
    assert!(post_box.taken().iter().any(|mail| mail.contains("Message-ID: <notify-")), "its key is the effect's");
}
