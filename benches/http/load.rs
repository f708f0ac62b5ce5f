//! What is asked for, and how.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::client::{Connection, request};
use crate::figures::Seen;
use crate::fill::{PASSWORD, PEOPLE, Stock, email};
use crate::server::Server;

/// A request by its number: each is another one.
pub(crate) type Requests = Arc<dyn Fn(u64) -> Vec<u8> + Send + Sync>;

/// Every call that is measured.
pub(crate) async fn calls(server: &Server, stock: &Stock) -> Vec<(&'static str, Requests)> {
    // Once, so that the first of a call doesn't pay for what is only made once.
    let mut warm = Connection::open(&server.address).await;
    let (status, body) = warm.send(&request("GET", "/api/marketplace/products/?page_size=12", None, 0, None)).await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(body));
    let ids: Vec<String> = (0..10_000).map(|number| stock.id(scattered(number)).to_string()).collect();
    let slugs: Vec<String> = (0..10_000).map(|number| stock.slug(scattered(number))).collect();
    let (ids, slugs, tokens) = (Arc::new(ids), Arc::new(slugs), Arc::new(stock.tokens.clone()));
    let get = |path: String, from: u64| request("GET", &path, None, short(from), None);
    let list: Requests = Arc::new(move |n| get("/api/marketplace/products/?page_size=12".to_owned(), n));
    let priced: Requests = Arc::new(move |n| {
        get("/api/marketplace/products/?page_size=12&ordering=price&price_min=10&price_max=50".to_owned(), n)
    });
    let detail: Requests = Arc::new(move |n| get(format!("/api/marketplace/products/{}/", pick(&slugs, n)), n));
    let search: Requests =
        Arc::new(move |n| get(format!("/api/marketplace/products/search/?q={}&page_size=12", Stock::words(n)), n));
    let log_in = |n: u64, email: String, password: &str| {
        let body = format!(r#"{{"email":"{email}","password":"{password}"}}"#);
        request("POST", "/api/auth/login/", None, short(n), Some(&body))
    };
    let good: Requests = Arc::new(move |n| log_in(n, email(short(n) % PEOPLE), PASSWORD));
    let wrong: Requests = Arc::new(move |n| log_in(n, email(short(n) % PEOPLE), "not this one at all"));
    let unknown: Requests = Arc::new(move |n| log_in(n, format!("nobody{n}@example.com"), "not this one at all"));
    let (own, goods) = (Arc::clone(&tokens), Arc::clone(&ids));
    let add: Requests = Arc::new(move |n| {
        // A cart holds a hundred products: each person adds one of a few.
        let body = format!(r#"{{"product_id":"{}","quantity":1}}"#, pick(&goods, n % 50));
        request("POST", "/api/marketplace/cart/add_item/", Some(pick(&own, n)), short(n), Some(&body))
    });
    let own = Arc::clone(&tokens);
    let cart: Requests =
        Arc::new(move |n| request("GET", "/api/marketplace/cart/", Some(pick(&own, n)), short(n), None));
    let checkout: Requests = Arc::new(move |n| {
        let body = format!(r#"{{"items":[{{"product_id":"{}","quantity":1}}],"currency":"EUR"}}"#, pick(&ids, n));
        request("POST", "/api/payments/checkout_session/", Some(pick(&tokens, n)), short(n), Some(&body))
    });
    vec![
        ("product list", list),
        ("product list by price", priced),
        ("product detail", detail),
        ("search", search),
        ("log-in", good),
        ("log-in, wrong", wrong),
        ("log-in, unknown", unknown),
        ("cart add", add),
        ("cart", cart),
        ("checkout", checkout),
    ]
}

/// Sends requests over so many connections for so long.
pub(crate) async fn run(server: &Server, requests: Requests, connections: usize, each: Duration) -> Seen {
    let next = Arc::new(AtomicU64::new(0));
    let mut running = Vec::new();
    for _ in 0..connections {
        let (requests, next, address) = (Arc::clone(&requests), Arc::clone(&next), server.address.clone());
        running.push(tokio::spawn(async move {
            let mut connection = Connection::open(&address).await;
            let (mut seen, begun) = (Seen::default(), Instant::now());
            while begun.elapsed() < each {
                let request = requests(next.fetch_add(1, Ordering::Relaxed));
                let sent = Instant::now();
                let (status, _) = connection.send(&request).await;
                seen.note(status, sent.elapsed());
            }
            seen.lasted(begun.elapsed());
            seen
        }));
    }
    let mut all = Seen::default();
    for one in running {
        all.add(one.await.expect("a connection does not fail"));
    }
    all
}

/// Numbers that are far from each other, the same in each run.
const fn scattered(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}

fn short(number: u64) -> u32 {
    u32::try_from(number % u64::from(u32::MAX)).unwrap_or(0)
}

fn pick(from: &[String], number: u64) -> &String {
    &from[usize::try_from(number).unwrap_or(0) % from.len()]
}
