//! What the matrix asks about: people, and one of everything that can be named in a path.

use std::collections::BTreeMap;

use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

use super::row::{Body, Row};
use super::rule::Caller;
use crate::samples::PNG;
use crate::support::{GOOD, Server};
use crate::visitor::{Part, Person, Visitor};

/// Things that are gone when a request about them was let in: the next request gets another.
const SPENT: [&str; 6] = ["a review", "a session", "a picture", "a product", "an account", "an application"];

/// Where the owner lives.
pub(super) const STREET: &str = "17 Whispering Lane";

/// What the owner logs in with.
pub(super) const EMAIL: &str = "buyer@example.com";

/// One place with one of everything.
pub(super) struct World<'a> {
    server: &'a Server,
    nobody: Visitor,
    people: BTreeMap<&'static str, Person>,
    things: BTreeMap<&'static str, String>,
    made: usize,
}

impl<'a> World<'a> {
    pub(super) async fn build(server: &'a Server) -> Self {
        let nobody = Visitor::of(server);
        let admin = nobody.demo("admin").await;
        let mut people = BTreeMap::new();
        for (who, name) in [("owner", "buyer"), ("seller", "seller"), ("other seller", "seller2")] {
            people.insert(who, nobody.demo(name).await);
        }
        for (who, name) in [("other customer", "otto"), ("staff", "stella")] {
            people.insert(who, nobody.join(name, &admin.at).await);
        }
        let staff = &people["staff"].id;
        let role = json!({ "role": "customer", "is_staff": true });
        admin.at.post(&format!("/api/auth/admin/accounts/{staff}/role/"), role).await.ok();
        people.insert("admin", admin);
        let mut world = Self { server, nobody, people, things: BTreeMap::new(), made: 0 };
        world.furnish().await;
        world
    }

    fn person(&self, who: &str) -> &Person {
        &self.people[who]
    }

    fn keep(&mut self, name: &'static str, value: &Value) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        assert_ne!(text, "null", "{name}");
        self.things.insert(name, text);
    }

    async fn furnish(&mut self) {
        for (name, who) in [("owner", "owner"), ("seller", "seller"), ("other customer", "other customer")] {
            let id = self.person(who).id.clone();
            self.things.insert(name, id);
        }
        self.things.insert("product", "tea-bowl".to_owned());
        self.things.insert("none", "0192f0c1-a2b3-7d4e-8f90-1234567890ab".to_owned());
        self.things.insert("name of none", "nobodys".to_owned());
        self.shopping().await;
        self.talking().await;
        self.selling().await;
        self.running().await;
    }

    /// A paid order, a delivered one, and a review.
    async fn shopping(&mut self) {
        let address = json!({ "street_address": STREET, "city": "Leith", "postal_code": "EH6 6AA", "country": "GB" });
        self.person("owner").at.patch("/api/auth/profile/", address).await.ok();
        let product = self.server.product("tea-bowl").await["id"].clone();
        self.keep("product id", &product);
        let order = self.paid(&product).await;
        self.keep("order", &Value::from(order));
        let (order, review) = self.review("salt-cellar").await;
        self.keep("delivered order", &Value::from(order));
        self.keep("review", &review);
        self.things.insert("reviewed", "salt-cellar".to_owned());
        let category = self.nobody.get("/api/marketplace/products/categories/").await.ok();
        self.keep("category", &category[0]["slug"]);
    }

    async fn talking(&mut self) {
        let (owner, seller) = (self.person("owner").at.clone(), self.person("seller").at.clone());
        let product = json!({ "product_id": self.things["product id"] });
        let talk = owner.post("/api/chat/conversations/", product).await.ok();
        self.keep("conversation", &talk["thread_id"]);
        let said = format!("/api/chat/conversations/{}/messages/", self.things["conversation"]);
        let message = seller.post(&said, json!({ "text": "It is glazed." })).await.ok();
        self.keep("message", &message["id"]);
        let report = json!({ "message": message["id"], "reason": "other", "description": "it is not" });
        let report = owner.post("/api/chat/reports/", report).await.ok();
        self.keep("report", &report["id"]);
    }

    async fn selling(&mut self) {
        let picture = self.picture().await;
        self.keep("picture", &picture["id"]);
        let url = picture["url"].as_str().unwrap();
        let (folder, name) = url.split_once("/media/images/").unwrap().1.split_once('/').unwrap();
        self.things.insert("media folder", folder.to_owned());
        self.things.insert("media name", name.to_owned());
        let table = "sku,name,price,currency,stock_quantity\nCUP-1,Cup,12.00,EUR,4\n";
        let part = Part::file("file", "cups.csv", "text/csv", table.as_bytes());
        let import =
            self.person("seller").at.form(Method::POST, "/api/marketplace/products/import/", &[part]).await.ok();
        self.keep("import", &import["id"]);
        let application = self.application().await;
        self.keep("application", &application);
    }

    /// What those who run the marketplace look at, and what the owner is told.
    async fn running(&mut self) {
        let (owner, admin) = (self.person("owner").at.clone(), self.person("admin").at.clone());
        let mail = admin.mail(EMAIL, "receipt").await;
        self.things.insert("mail", mail.id);
        let told = async || owner.get("/api/notifications/").await.ok()["results"][0]["id"].clone();
        self.server.until("the owner is told", async || !told().await.is_null()).await;
        self.keep("notification", &told().await);
        let export = owner.get("/api/auth/profile/export/").await.ok()["url"].as_str().unwrap().to_owned();
        self.server.until("the export is there", async || owner.get(&export).await.status == 200).await;
        self.things.insert("export", export.rsplit('/').nth(1).unwrap().to_owned());
    }

    /// The owner's order of a product of the seller's, paid.
    async fn paid(&self, product: &Value) -> String {
        let owner = &self.person("owner").at;
        let body = json!({ "items": [{ "product_id": product, "quantity": 1 }], "currency": "EUR" });
        let checkout = owner.post("/api/payments/checkout_session/", body).await.ok();
        self.server.pay(&checkout, GOOD).await;
        let path = format!("/api/marketplace/orders/{}/", checkout["order_id"].as_str().unwrap());
        let is_paid = async || owner.get(&path).await.ok()["payment_status"] == "paid";
        self.server.until("it is paid", is_paid).await;
        checkout["order_id"].as_str().unwrap().to_owned()
    }

    /// The owner's review of a product that they bought and got.
    async fn review(&self, slug: &str) -> (String, Value) {
        let product = self.server.product(slug).await;
        let (owner, seller) = (&self.person("owner").at, &self.person("seller").at);
        let id = self.paid(&product["id"]).await;
        let order = format!("/api/marketplace/orders/{id}");
        let ship = json!({ "shipping_carrier": "DHL", "tracking_number": "00340434161094042557" });
        seller.post(&format!("{order}/prepare/"), json!({})).await.ok();
        seller.post(&format!("{order}/ship/"), ship).await.ok();
        owner.post(&format!("{order}/deliver/"), json!({})).await.ok();
        let body = json!({ "rating": 4, "comment": "Prettier than in the picture." });
        let review = owner.post(&format!("/api/marketplace/products/{slug}/reviews/"), body).await.ok()["id"].clone();
        (id, review)
    }

    /// A picture of the seller's product.
    async fn picture(&self) -> Value {
        let part = Part::file("image", "bowl.png", "image/png", PNG);
        let path = "/api/marketplace/products/tea-bowl/images/";
        let pictures = self.person("seller").at.form(Method::POST, path, &[part]).await.ok();
        pictures.as_array().unwrap().last().unwrap().clone()
    }

    /// An application that waits, of somebody who is nobody else here.
    async fn application(&self) -> Value {
        let admin = &self.person("admin").at;
        let applicant = self.nobody.join(&format!("applicant{}", self.made), admin).await;
        applicant.secure(admin).await;
        applicant.apply(&[]).await.ok()["application_id"].clone()
    }

    /// Something that may be spent.
    async fn spare(&mut self, name: &str) -> String {
        self.made += 1;
        let made = match name {
            "a review" => {
                // One review for each buyer and product: the one that there is goes first.
                let path = format!("/api/marketplace/reviews/{}/", self.things["review"]);
                self.person("owner").at.delete(&path, Value::Null).await;
                let (_, review) = self.review("salt-cellar").await;
                self.keep("review", &review);
                review
            }
            "a session" => {
                let owner = self.person("owner");
                let other = self.nobody.enter(&owner.email, &owner.password).await;
                let sessions = other.at.get("/api/auth/sessions/").await.ok();
                let sessions = sessions["results"].as_array().unwrap();
                sessions.iter().find(|it| it["is_current"] == true).unwrap()["id"].clone()
            }
            "a picture" => self.picture().await["id"].clone(),
            "a product" => {
                let offer = json!({ "name": format!("Spare {}", self.made), "price": "5.00", "stock_quantity": 1,
                    "condition": "new", "description": "Nobody needs it." });
                self.person("seller").at.post("/api/marketplace/products/", offer).await.ok()["slug"].clone()
            }
            "an account" => {
                let (admin, name) = (&self.person("admin").at, format!("spare{}", self.made));
                Value::from(self.nobody.join(&name, admin).await.id)
            }
            "an application" => self.application().await,
            name => panic!("nothing is called {name}"),
        };
        made.as_str().map_or_else(|| made.to_string(), str::to_owned)
    }

    /// What this caller is answered.
    pub(super) async fn ask(&mut self, row: &Row, caller: Caller) -> (u16, String) {
        let mut path = row.path.to_owned();
        for name in row.things {
            let thing = match self.things.get(name) {
                Some(thing) => thing.clone(),
                None => {
                    let spare = self.spare(name).await;
                    self.things.insert(name, spare.clone());
                    spare
                }
            };
            let (start, end) = (path.find('{').unwrap(), path.find('}').unwrap());
            path.replace_range(start..=end, &thing);
        }
        assert!(!path.contains('{'), "{}: a thing is missing", row.operation());
        path.push_str(row.query);
        let visitor = self.visitor(row, caller).await;
        if let Body::Socket = row.body {
            return (self.knock(&visitor, caller, &path).await, String::new());
        }
        let method: Method = row.method.parse().unwrap();
        let reply = match &row.body {
            Body::Form(name, value) => {
                let part = Part::field(name, value);
                visitor.form(method, &path, &[part]).await
            }
            Body::Json(_) | Body::Nothing | Body::Socket => {
                let request = visitor.request(method, &path);
                let request = row.headers.iter().fold(request, |it, (name, value)| it.header(*name, *value));
                Visitor::answer(match &row.body {
                    Body::Json(body) => request.json(&self.filled(body)),
                    Body::Nothing | Body::Form(..) | Body::Socket => request,
                })
                .await
            }
        };
        if row.path == "/api/auth/logout/all/" && reply.status < 300 {
            let who = caller.name().unwrap();
            let again = self.nobody.enter(&self.person(who).email, &self.person(who).password).await;
            self.people.insert(who, again);
        }
        if reply.status < 300 {
            self.things.retain(|name, _| !SPENT.contains(name) || !row.things.contains(name));
        }
        (reply.status, reply.text)
    }

    async fn visitor(&self, row: &Row, caller: Caller) -> Visitor {
        let Some(who) = caller.name() else { return self.nobody.clone() };
        let person = self.person(who);
        // Whoever logs out does so with a log-in of its own.
        if row.path.starts_with("/api/auth/logout/") {
            return self.nobody.enter(&person.email, &person.password).await.at;
        }
        person.at.clone()
    }

    /// A body in which `{name}` stands for a thing.
    fn filled(&self, body: &Value) -> Value {
        match body {
            Value::String(text) => match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
                Some(name) => Value::from(self.things[name].clone()),
                None => body.clone(),
            },
            Value::Array(values) => values.iter().map(|value| self.filled(value)).collect(),
            Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), self.filled(value))).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => body.clone(),
        }
    }

    /// Connects: the code that the socket is closed with, or 101 if it answers.
    async fn knock(&self, visitor: &Visitor, caller: Caller, path: &str) -> u16 {
        let url = format!("{}{path}", self.server.base.replacen("http", "ws", 1));
        let mut request = url.into_client_request().unwrap();
        if caller != Caller::Nobody {
            request.headers_mut().insert("authorization", format!("Bearer {}", visitor.token()).parse().unwrap());
        }
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        // Whoever is sent away may be gone before this arrives.
        let _ = socket.send(Message::text(r#"{"type":"ping"}"#)).await;
        while let Some(Ok(message)) = socket.next().await {
            match message {
                Message::Close(Some(frame)) => return frame.code.into(),
                Message::Text(text) if text.contains("pong") => return 101,
                _ => {}
            }
        }
        panic!("{path}: the socket ended without a word");
    }
}
