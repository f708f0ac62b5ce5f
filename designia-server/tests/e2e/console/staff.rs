//! Somebody in front of the console: a browser's cookie, and forms as its pages hold them.

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Method, RequestBuilder};

use crate::support::Server;
use crate::visitor::{Reply, Visitor};

/// Every route of the console, as its own table names them: what is added there is looked at here.
const ROUTES: &str = include_str!("../../../src/console.rs");

/// A route of the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// As the table writes it.
    pub(crate) path: String,
    pub(crate) is_page: bool,
    pub(crate) is_action: bool,
}

/// Every route of the console.
pub(crate) fn routes() -> Vec<Route> {
    let lines = ROUTES.lines().filter_map(|line| line.trim().strip_prefix(".route(\""));
    let route = |line: &str| {
        let (path, handlers) = line.split_once('"').unwrap();
        Route { path: path.to_owned(), is_page: handlers.contains("get("), is_action: handlers.contains("post(") }
    };
    lines.map(route).collect()
}

/// Who uses the console.
pub(crate) struct StaffMember {
    at: Visitor,
    base: String,
    cookie: String,
}

impl StaffMember {
    /// Nobody yet.
    pub(crate) fn nobody(server: &Server) -> Self {
        Self { at: Visitor::of(server), base: server.base.clone(), cookie: String::new() }
    }

    /// Logs in through the form.
    pub(crate) async fn enter(server: &Server, email: &str, password: &str) -> Self {
        let nobody = Self::nobody(server);
        let reply = nobody.submit("/admin/login/", &[("email", email), ("password", password)]).await;
        assert_eq!(reply.status, 303, "{}", reply.text);
        assert_eq!(reply.headers[LOCATION], "/admin/");
        let cookie = reply.headers[SET_COOKIE].to_str().unwrap().to_owned();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self { cookie, ..nobody }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.at.request(method, path);
        if self.cookie.is_empty() { request } else { request.header(COOKIE, &self.cookie) }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        Visitor::answer(self.request(Method::GET, path)).await
    }

    /// A page that is there.
    pub(crate) async fn page(&self, path: &str) -> String {
        let reply = self.get(path).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        reply.text
    }

    /// What pages of this session put into their forms.
    pub(crate) async fn form_token(&self) -> String {
        let page = self.page("/admin/").await;
        let (_, rest) = page.split_once("name=\"form_token\" value=\"").expect("a form");
        rest.split('"').next().unwrap().to_owned()
    }

    /// Sends a form of this origin with its fields as they are.
    pub(crate) async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.submit_from(&self.base, path, fields).await
    }

    /// The same, from a page of this origin.
    pub(crate) async fn submit_from(&self, origin: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
        let request = self.request(Method::POST, path).header("origin", origin);
        let body = serde_urlencoded::to_string(fields).unwrap();
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        Visitor::answer(request).await
    }

    /// Sends a form as a page of this session does.
    pub(crate) async fn act(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let token = self.form_token().await;
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("form_token", token.as_str())]).collect();
        self.submit(path, &fields).await
    }
}
