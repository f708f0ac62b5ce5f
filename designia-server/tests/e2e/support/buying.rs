//! What buyers do on a server, and what becomes of it.

use serde_json::{Value, json};

use super::{Answer, GOOD, Server};

impl Server {
    pub(crate) async fn product(&self, slug: &str) -> Value {
        self.get("", &format!("/api/marketplace/products/{slug}/")).await.ok()
    }

    pub(crate) async fn stock(&self, slug: &str) -> u64 {
        self.product(slug).await["stock_quantity"].as_u64().unwrap()
    }

    pub(crate) async fn cart(&self, cart: &[(&str, u32)]) -> Value {
        let mut items = Vec::new();
        for (slug, quantity) in cart {
            items.push(json!({ "product_id": self.product(slug).await["id"], "quantity": quantity }));
        }
        Value::Array(items)
    }

    /// The buyer orders; the answer of the checkout. A page that is late is asked for again, as its client does.
    pub(crate) async fn checkout(&self, cart: &[(&str, u32)]) -> Value {
        let items = self.cart(cart).await;
        let body = json!({ "items": items, "currency": "EUR" });
        let checkout = self.post("buyer", "/api/payments/checkout_session/", body).await.ok();
        self.with_page(checkout).await
    }

    /// The buyer's checkout once its page is open: on a busy machine the answer comes before it.
    pub(crate) async fn with_page(&self, mut checkout: Value) -> Value {
        while checkout["expires_at"].is_null() {
            checkout = self.get("buyer", checkout["retry_url"].as_str().unwrap()).await.ok();
        }
        checkout
    }

    pub(crate) async fn order(&self, who: &str, id: &str) -> Value {
        self.get(who, &format!("/api/marketplace/orders/{id}/")).await.ok()
    }

    pub(crate) async fn act(&self, who: &str, id: &str, action: &str, body: Value) -> Answer {
        self.post(who, &format!("/api/marketplace/orders/{id}/{action}/"), body).await
    }

    /// Fills in the form of the payment page.
    pub(crate) async fn pay(&self, checkout: &Value, card: &str) {
        let form = [("pay_with", format!("card:{card}"))];
        self.http.post(checkout["url"].as_str().unwrap()).form(&form).send().await.unwrap();
    }

    /// Money that arrives although the page has closed.
    pub(crate) async fn pay_late(&self, checkout: &Value) {
        let session = checkout["url"].as_str().unwrap().rsplit('/').next().unwrap();
        self.control(&format!("sessions/{session}/pay"), json!({ "card": GOOD, "force": true })).await;
    }

    /// Waits until the order, as the buyer sees it, has this status.
    pub(crate) async fn until_status(&self, id: &str, status: &str) -> Value {
        self.until(&format!("{id} is {status}"), async || self.order("buyer", id).await["status"] == status).await;
        self.order("buyer", id).await
    }

    /// Waits until the order's money has this status.
    pub(crate) async fn until_paid(&self, id: &str, payment_status: &str) -> Value {
        let holds = async || self.order("buyer", id).await["payment_status"] == payment_status;
        self.until(&format!("the money of {id} is {payment_status}"), holds).await;
        self.order("buyer", id).await
    }
}

/// The kinds of what happened to an order, oldest first.
pub(crate) fn kinds(order: &Value) -> Vec<&str> {
    order["timeline"].as_array().unwrap().iter().map(|entry| entry["type"].as_str().unwrap()).collect()
}

pub(crate) fn id(checkout: &Value) -> &str {
    checkout["order_id"].as_str().unwrap()
}
