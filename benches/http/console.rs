//! What staff look at: each page of the console with fifty rows, and what `/api/admin/` says about the same.

use std::sync::Arc;

use crate::client::{Connection, request};
use crate::fill::{ADMIN, PASSWORD, Stock, email};
use crate::load::Requests;
use crate::server::Server;

/// Each view: what it is called, and where it is.
const VIEWS: [(&str, &str); 16] = [
    ("overview", "/admin/"),
    ("orders", "/admin/orders/"),
    ("orders, page in the middle", "/admin/orders/?after=CURSOR"),
    ("orders paid", "/admin/orders/?status=payment_confirmed"),
    ("orders due", "/admin/orders/?list=due"),
    ("orders of a buyer", "/admin/orders/?q=00000000-0000-7000-9000-000000000007"),
    ("order", "/admin/orders/00000000-0000-7000-8000-000000001000/"),
    ("webhooks", "/admin/webhooks/"),
    ("webhooks dead", "/admin/webhooks/?state=dead"),
    ("tasks", "/admin/tasks/"),
    ("tasks failed", "/admin/tasks/?state=FAILURE"),
    ("tasks of a rare kind", "/admin/tasks/?kind=rates.update"),
    ("task", "/admin/tasks/00000000-0000-7000-8000-000000001000/"),
    ("overview, JSON", "/api/admin/overview/"),
    ("orders, JSON", "/api/admin/orders/?page_size=50"),
    ("tasks, JSON", "/api/admin/tasks/?page_size=50"),
];

/// Requests for each of the views, by somebody who has logged in.
pub(crate) async fn calls(server: &Server, stock: &Stock) -> Vec<(&'static str, Requests)> {
    let mut client = Connection::open(&server.address).await;
    let cookie = log_in(&mut client).await;
    let middle = middle(&mut client, &stock.admin).await;
    let mut calls = Vec::new();
    for (name, path) in VIEWS {
        let path = path.replace("CURSOR", &middle);
        let asked = if path.starts_with("/api/") {
            request("GET", &path, Some(&stock.admin), 0, None)
        } else {
            page(&path, &cookie)
        };
        let (status, body) = client.send(&asked).await;
        let body = String::from_utf8_lossy(body);
        assert!(status == 200 && !body.contains("role=\"alert\""), "{path}: {status} {body}");
        let requests: Requests = Arc::new(move |_| asked.clone());
        calls.push((name, requests));
    }
    calls
}

/// The console's cookie, for the right address and password.
async fn log_in(client: &mut Connection) -> String {
    let form = format!("email={}&password={}", email(ADMIN), PASSWORD.replace(' ', "+"));
    let asked = format!(
        "POST /admin/login/ HTTP/1.1\r\nhost: bench\r\nsec-fetch-site: same-origin\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    let (status, body) = client.send(asked.as_bytes()).await;
    assert_eq!(status, 303, "{}", String::from_utf8_lossy(body));
    let cookie = client.header("set-cookie").expect("whoever comes in gets one");
    cookie.split(';').next().unwrap_or_default().to_owned()
}

/// Where a page of orders goes on that are neither the latest nor the first.
async fn middle(client: &mut Connection, token: &str) -> String {
    let path = "/api/admin/orders/?page_size=100";
    let mut after = String::new();
    for _ in 0..20 {
        let asked = request("GET", &format!("{path}{after}"), Some(token), 0, None);
        let (status, body) = client.send(&asked).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(body));
        let page: serde_json::Value = serde_json::from_slice(body).expect("it is JSON");
        let next = page["next"].as_str().unwrap_or_else(|| panic!("{after} is not the end: {page}"));
        after = format!("&after={next}");
    }
    after.split_off("&after=".len())
}

fn page(path: &str, cookie: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\ncookie: {cookie}\r\n\r\n").into_bytes()
}
