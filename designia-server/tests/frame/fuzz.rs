//! Requests that no client means, made from the document: whatever is sent, the fault is never the server's.

use std::time::Duration;

use designia_server::cli;
use designia_server::config::{EnvFile, Environment};
use designia_server::instance::Instance;
use designia_services::postgres;
use designia_stripe_sandbox::SandboxClock;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::document::operations;
use crate::support::client;

/// So many requests of each operation.
const TRIES: usize = 4;

/// Bodies are answered by 400, not by a server that gives up.
const DEPTH: usize = 400;

/// Chance that is the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len())]
    }

    fn text(&mut self) -> &'static str {
        TEXTS[self.roll(TEXTS.len())]
    }
}

const TEXTS: [&str; 16] = [
    "",
    " ",
    "null",
    "-1",
    "0",
    "99999999999999999999999999",
    "1e999",
    "NaN",
    "\u{0}",
    "\u{202e}\u{1f600}e\u{301}",
    "'; DROP TABLE orders; --",
    "../../../etc/passwd",
    "%00%ff",
    "01995f2e-7e5c-7bbb-8a3a-1c2d3e4f5a6b",
    "00000000-0000-0000-0000-000000000000",
    "<script>alert(1)</script>",
];

fn odd(dice: &mut Dice) -> Value {
    match dice.roll(12) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(u64::MAX),
        4 => json!(i64::MIN),
        5 => json!(1.5e300),
        6 => json!([]),
        7 => json!({}),
        8 => json!("x".repeat(20_000)),
        9 => (0..DEPTH).fold(json!(1), |inner, _| json!([inner])),
        10 => json!({"a": [{"b": [null, {"c": "\u{0}"}]}]}),
        _ => json!(dice.text()),
    }
}

/// The example with one thing wrong, or another.
fn body(example: &Value, dice: &mut Dice) -> Value {
    let mut body = example.clone();
    let Some(members) = body.as_object_mut() else { return odd(dice) };
    let names: Vec<String> = members.keys().cloned().collect();
    match dice.roll(6) {
        0 => return odd(dice),
        1 => members.retain(|_, _| dice.roll(2) == 0),
        2 => members.values_mut().for_each(|value| *value = odd(dice)),
        3 => drop(members.insert("__proto__".to_owned(), odd(dice))),
        _ if names.is_empty() => {}
        4 => drop(members.insert(dice.pick(&names).clone(), odd(dice))),
        _ => {
            if let Some(inner) = members.values_mut().find_map(Value::as_array_mut) {
                inner.push(odd(dice));
            }
        }
    }
    body
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02x}") })
        .collect()
}

fn path_of(path: &str, operation: &Value, dice: &mut Dice) -> String {
    let filled: Vec<String> = path
        .split('/')
        .map(|part| if part.starts_with('{') { encoded(dice.text()) } else { part.to_owned() })
        .collect();
    let names = operation["parameters"].as_array().into_iter().flatten().filter(|it| it["in"] == "query");
    let names: Vec<&str> = names.filter_map(|it| it["name"].as_str()).collect();
    let mut query = Vec::new();
    for name in names {
        if dice.roll(2) == 0 {
            query.push(format!("{name}={}", encoded(dice.text())));
        }
    }
    format!("{}?{}", filled.join("/"), query.join("&"))
}

struct Server {
    url: String,
    tokens: Vec<Option<String>>,
    stop: oneshot::Sender<()>,
    running: tokio::task::JoinHandle<()>,
}

async fn server(database: &str, name: &str) -> Server {
    let data = std::env::temp_dir().join(format!("designia-fuzz-{}-{name}", std::process::id()));
    let args =
        ["designia-server", "--bind", "127.0.0.1:0", "--database-url", database, "--data-dir", data.to_str().unwrap()];
    let more =
        ["--rate-limits", "off", "--jwt-secret", "a secret of at least thirty-two bytes", "--body-limit", "100000"];
    let args = args.iter().chain(&more).map(Into::into).collect();
    let config = cli::parse(args, &Environment::default(), &EnvFile::default()).unwrap().1;
    let instance = Instance::prepare(&config, SandboxClock::real()).await.unwrap();
    let url = format!("http://{}", instance.address);
    let people: Vec<_> = instance.demo_people().map(|(person, password)| (person.email, password)).collect();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(async move {
        instance
            .run(async move {
                let _ = stopped.await;
            })
            .await
            .unwrap();
    });
    // A new database is migrated while the server already listens.
    let ready = async {
        while client().get(format!("{url}/health/ready")).send().await.unwrap().status() != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ready).await.expect("the server becomes ready");
    let mut tokens = vec![None];
    for (email, password) in people {
        let body = json!({"email": email, "password": password.expose()});
        let answer = client().post(format!("{url}/api/auth/login/")).json(&body).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        tokens.push(answer["access"].as_str().map(str::to_owned));
    }
    assert!(tokens.len() > 2 && tokens[1..].iter().all(Option::is_some), "everybody has logged in");
    Server { url, tokens, stop, running }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_sent_the_fault_is_never_the_servers() {
    attack(server("memory:", "memory").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_that_of_a_server_on_postgres_which_refuses_more() {
    let Some(postgres) = postgres() else { return };
    let database = postgres.fresh_database(None).unwrap();
    attack(server(database.url(), "postgres").await).await;
}

/// A server that has refused a request before it read all of it hangs up (RFC 9112, section 9.6), and a client that sends the next
/// one over the same connection at that moment loses it.
fn client_of_one_request() -> reqwest::Client {
    let builder = reqwest::Client::builder().timeout(Duration::from_secs(30)).no_proxy().tls_certs_only([]);
    builder.pool_max_idle_per_host(0).build().unwrap()
}

async fn attack(server: Server) {
    let document = designia_server::app::document().unwrap();
    let (http, mut dice) = (client_of_one_request(), Dice(0x5eed_0fde_516a));
    let mut wrong = Vec::new();
    let mut asked = 0;
    for (method, path, operation) in operations(&document) {
        // These end the session of the token that the others use.
        if path.contains("logout") || path.contains("delete/") {
            continue;
        }
        for _ in 0..TRIES {
            let example = operation.pointer("/requestBody/content/application~1json/example");
            let url = format!("{}{}", server.url, path_of(&path, &operation, &mut dice));
            let mut request = http.request(Method::from_bytes(method.to_uppercase().as_bytes()).unwrap(), &url);
            if let Some(token) = dice.pick(&server.tokens) {
                request = request.bearer_auth(token);
            }
            let mut sent = String::new();
            if let Some(example) = example {
                sent = body(example, &mut dice).to_string();
                if dice.roll(10) == 0 {
                    sent.truncate(sent.floor_char_boundary(sent.len() / 2));
                }
                request = request.header("content-type", "application/json").body(sent.clone());
            }
            asked += 1;
            let answer = request.send().await.unwrap_or_else(|error| panic!("{method} {url}: {error}"));
            let status = answer.status().as_u16();
            let text = answer.text().await.unwrap_or_default();
            let hides =
                !["SELECT ", "sqlx", "panicked", "password_hash", ".rs:"].iter().any(|inside| text.contains(inside));
            // Whether it can do its work is what a probe asks.
            if (status >= 500 && !path.starts_with("/health")) || !hides {
                sent.truncate(sent.floor_char_boundary(300));
                wrong.push(format!("{method} {url}\n    {sent}\n    {status} {text}"));
            }
        }
    }
    let _ = server.stop.send(());
    server.running.await.unwrap();
    assert!(asked > 300, "{asked}");
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
}
