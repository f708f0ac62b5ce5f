//! Who is in the journey, and what they have so far.

use serde_json::{Value, json};

use super::reads::{ORDER, USER, reads};
use crate::support::{GOOD, Place, Server};
use crate::visitor::{Person, Visitor};

/// One server as the web client's operator runs it, and who comes to it.
pub(crate) struct Story {
    pub(crate) server: Server,
    /// Somebody who has only just opened the page.
    pub(crate) guest: Visitor,
    pub(crate) admin: Person,
}

impl Story {
    pub(crate) async fn begin(place: &Place) -> Self {
        let server = Server::start(place, &["--checkout-ui", "embedded"]).await;
        let guest = Visitor::of(&server);
        let admin = guest.demo("admin").await;
        Self { server, guest, admin }
    }

    /// Registers as the form does: the username is the local part of the address, the name is split at its first space.
    pub(crate) async fn register(&self, email: &str, name: &str, password: &str) -> Value {
        let username = email.split('@').next().unwrap();
        let (first_name, last_name) = name.split_once(' ').unwrap_or((name, ""));
        let body = json!({ "username": username, "email": email, "first_name": first_name, "last_name": last_name,
            "password": password, "password_confirm": password });
        self.guest.post("/api/auth/register/", body).await.with_status(201)
    }

    /// Registers, opens the mail's link as the page of the client does, and logs in.
    pub(crate) async fn join(&self, email: &str, name: &str) -> Person {
        let password = format!("kiln and wheel for {email}");
        self.register(email, name, &password).await;
        let token = self.admin.at.mail(email, "verify_email").await.after("/verify-email/");
        self.guest.post("/api/auth/verify-email/", json!({ "token": token })).await.with_status(200);
        let tokens = self.guest.log_in(email, &password).await.with_status(200);
        reads(&tokens["user"], USER);
        self.guest.person(&tokens, email, &password)
    }

    /// Somebody with an address to ship to.
    pub(crate) async fn buyer(&self, email: &str) -> Person {
        let buyer = self.join(email, "Bela Buyer").await;
        let address = json!({ "street_address": "1 Kiln Lane", "city": "Leith", "state_province": "",
            "postal_code": "EH6 6AA", "country": "GB" });
        buyer.at.patch("/api/auth/profile/", address).await.ok();
        buyer
    }

    /// Puts something into the cart, checks out as the page does, and pays in the provider's form. The order, when it is paid.
    pub(crate) async fn buy(&self, buyer: &Person, slugs: &[&str]) -> Value {
        for slug in slugs {
            let product = self.guest.get(&format!("/api/marketplace/products/{slug}/")).await.ok();
            let line = json!({ "product_id": product["id"], "quantity": 1 });
            buyer.at.post("/api/marketplace/cart/add_item/", line).await.ok();
        }
        let checkout = buyer.at.post("/api/payments/checkout_session/", Value::Null).await.with_status(200);
        self.pay(buyer, &checkout).await
    }

    /// Pays what was checked out. The secret of the embedded form begins with the session's id.
    pub(crate) async fn pay(&self, buyer: &Person, checkout: &Value) -> Value {
        let session = checkout["clientSecret"].as_str().unwrap().split("_secret").next().unwrap();
        self.server.control(&format!("sessions/{session}/pay"), json!({ "card": GOOD })).await;
        let path = format!("/api/marketplace/orders/{}/", checkout["order_id"].as_str().unwrap());
        let is_paid = async || buyer.at.get(&path).await.ok()["payment_status"] == "paid";
        self.server.until("it is paid", is_paid).await;
        let order = buyer.at.get(&path).await.ok();
        reads(&order, ORDER);
        order
    }
}
