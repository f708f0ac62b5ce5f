//! Somebody with an HTTP client of their own: sends what they like, with the token they like, and sees the whole answer.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use designia_server::config::Secret;
use designia_server::demo::people::DemoPerson;

use crate::samples::PNG;
use crate::support::Server;

/// How long a mail may take to be written, in real time.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the test servers sign with.
pub(crate) const JWT_SECRET: &str = "a secret of at least thirty-two bytes";

/// Good by every rule, and different for everybody.
const PASSWORD: &str = "a kiln and a wheel and";

/// A client, which may hold a token.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    base: String,
    http: reqwest::Client,
    token: Option<String>,
}

/// A visitor who has an account.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) at: Visitor,
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) password: String,
    pub(crate) refresh: String,
}

/// A whole answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

/// What is sent as the file of a form.
#[derive(Clone, Debug)]
pub(crate) struct Part<'a> {
    pub(crate) name: &'a str,
    pub(crate) filename: Option<&'a str>,
    pub(crate) content_type: Option<&'a str>,
    pub(crate) content: &'a [u8],
}

impl Visitor {
    /// Somebody without a token.
    pub(crate) fn of(server: &Server) -> Self {
        Self::at(&server.base)
    }

    /// The same, of a server that runs elsewhere.
    pub(crate) fn at(base: &str) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().tls_certs_only([]);
        Self { base: base.to_owned(), http: http.build().unwrap(), token: None }
    }

    /// The same client with this token.
    pub(crate) fn with(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same client without a token.
    pub(crate) fn nobody(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    pub(crate) fn token(&self) -> &str {
        self.token.as_deref().unwrap()
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub(crate) async fn answer(request: RequestBuilder) -> Reply {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap();
        Reply { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        Self::answer(self.request(Method::GET, path)).await
    }

    /// A request with a JSON body. `null` is sent as none.
    pub(crate) async fn send(&self, method: Method, path: &str, body: &Value) -> Reply {
        let request = self.request(method, path);
        Self::answer(if body.is_null() { request } else { request.json(body) }).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, &body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PATCH, path, &body).await
    }

    pub(crate) async fn delete(&self, path: &str, body: Value) -> Reply {
        self.send(Method::DELETE, path, &body).await
    }

    /// A form with files, written by hand: what stands in a part's head is for the test to say.
    pub(crate) async fn form(&self, method: Method, path: &str, parts: &[Part<'_>]) -> Reply {
        let boundary = "----a-boundary-that-no-file-holds";
        let mut body = Vec::new();
        for part in parts {
            let filename = part.filename.map(|name| format!("; filename=\"{name}\"")).unwrap_or_default();
            let content_type = part.content_type.map(|it| format!("Content-Type: {it}\r\n")).unwrap_or_default();
            let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"{filename}\r\n", part.name);
            body.extend_from_slice(format!("{head}{content_type}\r\n").as_bytes());
            body.extend_from_slice(part.content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        let content_type = format!("multipart/form-data; boundary={boundary}");
        Self::answer(self.request(method, path).header("content-type", content_type).body(body)).await
    }

    /// Logs in with what a person types. The answer is the whole one: it may ask for a second step.
    pub(crate) async fn log_in(&self, email: &str, password: &str) -> Reply {
        self.nobody().post("/api/auth/login/", json!({ "email": email, "password": password })).await
    }

    /// Logs in where one step is enough.
    pub(crate) async fn enter(&self, email: &str, password: &str) -> Person {
        self.person(&self.log_in(email, password).await.ok(), email, password)
    }

    /// Whoever these tokens were given to.
    pub(crate) fn person(&self, tokens: &Value, email: &str, password: &str) -> Person {
        Person {
            at: self.with(tokens["access"].as_str().unwrap()),
            id: tokens["user"]["id"].as_str().unwrap().to_owned(),
            email: email.to_owned(),
            password: password.to_owned(),
            refresh: tokens["refresh"].as_str().unwrap().to_owned(),
        }
    }

    /// Somebody of the demo.
    pub(crate) async fn demo(&self, name: &str) -> Person {
        let person = DemoPerson::named(name).unwrap();
        self.enter(person.email, person.password(&Secret::new(JWT_SECRET)).expose()).await
    }

    /// Registers, follows the link of the mail, and logs in. `post` reads the mails.
    pub(crate) async fn join(&self, name: &str, post: &Visitor) -> Person {
        let (email, password) = (format!("{name}@example.net"), format!("{PASSWORD} {name}"));
        let body = json!({ "username": name, "email": email, "first_name": "Jo", "last_name": name,
            "password": password, "password_confirm": password });
        self.nobody().post("/api/auth/register/", body).await.ok();
        let token = post.mail(&email, "verify_email").await.after("/verify-email/");
        self.nobody().post("/api/auth/verify-email/", json!({ "token": token })).await.ok();
        self.enter(&email, &password).await
    }

    /// The latest mail of this kind to this address, when it is there. Only the admin reads the inbox.
    pub(crate) async fn mail(&self, email: &str, kind: &str) -> Mail {
        self.later_mail(email, kind, "").await
    }

    /// The same, but not the one that was read before.
    pub(crate) async fn later_mail(&self, email: &str, kind: &str, read: &str) -> Mail {
        let waiting = async {
            loop {
                let mails = self.get("/api/admin/mails/?page_size=100").await.ok();
                let is_it = |mail: &&Value| mail["to_email"] == email && mail["kind"] == kind && mail["id"] != read;
                if let Some(mail) = mails["results"].as_array().unwrap().iter().find(is_it) {
                    let id = mail["id"].as_str().unwrap().to_owned();
                    let mail = self.get(&format!("/api/admin/mails/{id}/")).await.ok();
                    return Mail { id, text: mail["text"].as_str().unwrap().to_owned() };
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let mail = tokio::time::timeout(PATIENCE, waiting).await;
        mail.unwrap_or_else(|_| panic!("no mail of kind {kind} to {email}"))
    }
}

impl Person {
    /// Turns codes by mail on. `post` reads the mails.
    pub(crate) async fn secure(&self, post: &Visitor) {
        self.at.post("/api/auth/2fa/send-code/", json!({ "purpose": "enable_2fa" })).await.ok();
        let code = post.mail(&self.email, "enable_second_factor").await.code();
        self.at.post("/api/auth/2fa/enable/", json!({ "code": code })).await.ok();
    }

    /// Applies to become a seller, as the client's form does, with these fields in the place of what is usual.
    pub(crate) async fn apply(&self, other: &[(&str, &str)]) -> Reply {
        let usual = [
            ("business_name", "Aurora Ceramics"),
            ("motivation", "I throw and fire porcelain, and want to sell it."),
            ("seller_type", "individual"),
        ];
        let usual = usual.iter().filter(|(name, _)| !other.iter().any(|(other, _)| other == name));
        let field = |(name, value): &(&'static str, &'static str)| (*name, *value);
        let mut parts: Vec<Part<'_>> = usual.map(field).map(|(name, value)| Part::field(name, value)).collect();
        parts.extend(other.iter().map(|(name, value)| Part::field(name, value)));
        parts.push(Part::file("shop_logo", "logo.png", "image/png", PNG));
        parts.push(Part::file("uploaded_images", "one.png", "image/png", PNG));
        parts.push(Part::file("uploaded_images", "two.png", "image/png", PNG));
        self.at.form(Method::POST, "/api/auth/seller/apply/", &parts).await
    }
}

impl<'a> Part<'a> {
    pub(crate) const fn field(name: &'a str, value: &'a str) -> Self {
        Self { name, filename: None, content_type: None, content: value.as_bytes() }
    }

    pub(crate) const fn file(name: &'a str, filename: &'a str, content_type: &'a str, content: &'a [u8]) -> Self {
        Self { name, filename: Some(filename), content_type: Some(content_type), content }
    }
}

/// A mail as its reader sees it.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) id: String,
    pub(crate) text: String,
}

impl Mail {
    /// What follows in it, up to where a person would see that it ends.
    pub(crate) fn after(&self, before: &str) -> String {
        let (_, rest) = self.text.split_once(before).unwrap_or_else(|| panic!("no {before} in: {}", self.text));
        rest.split(|c: char| c.is_whitespace() || c == '&').next().unwrap().to_owned()
    }

    /// The six digits that stand by themselves.
    pub(crate) fn code(&self) -> String {
        let mut words = self.text.split_whitespace();
        let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
        words.find(is_code).unwrap_or_else(|| panic!("no code in: {}", self.text)).to_owned()
    }
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The body of an answer that says yes.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text);
        self.json()
    }

    /// The body of an answer with just this status.
    #[track_caller]
    pub(crate) fn with_status(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()
    }
}
