//! What the dashboard and the alerts in `contrib/` ask Prometheus for is what a node tells it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{GOOD, Place, Server, id};

/// What Prometheus adds by itself to all that it reads.
const OF_PROMETHEUS: [&str; 2] = ["instance", "job"];

/// The names of the figures that a text asks for.
fn names(text: &str) -> BTreeSet<&str> {
    let words = text.split(|letter: char| !letter.is_ascii_lowercase() && letter != '_');
    words.filter(|word| word.starts_with("designia_")).collect()
}

/// Every figure that a node tells, with the names of its labels.
fn told(text: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut told = BTreeMap::<_, BTreeSet<_>>::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (name, labels) = line.split_once(['{', ' ']).unwrap();
        let labels = labels.split(['{', ',']).filter_map(|label| Some(label.split_once("=\"")?.0));
        told.entry(name).or_default().extend(labels);
    }
    told
}

/// The selectors of a text, each as the name of a figure and the label that it is to have.
fn selected(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for (place, _) in text.match_indices("designia_") {
        let name = text[place..].split(|letter: char| !letter.is_ascii_lowercase() && letter != '_').next().unwrap();
        let Some(labels) = text[place + name.len()..].strip_prefix('{').and_then(|rest| rest.split('}').next()) else {
            continue;
        };
        found.extend(labels.split(',').map(|label| (name, label.split(['=', '!']).next().unwrap().trim())));
    }
    found
}

/// Somebody opens sockets: one talks, and one is sent away.
async fn talk(server: &Server) -> impl Sized {
    let product = server.product("tea-bowl").await;
    let asked = json!({ "product_id": product["id"] });
    let thread = server.post("buyer", "/api/chat/conversations/", asked).await.ok();
    let thread = thread["thread_id"].as_str().unwrap();
    let token = server.token("buyer").await.ok().unwrap();
    let path = |token: &str| format!("{}/ws/chat/{thread}/?token={token}", server.base.replacen("http", "ws", 1));
    let (mut refused, _) = connect_async(path("nobody's")).await.unwrap();
    while let Some(Ok(frame)) = refused.next().await {
        if frame.is_close() {
            break;
        }
    }
    let (mut socket, _) = connect_async(path(&token)).await.unwrap();
    let message = json!({ "type": "chat.message", "payload": { "text": "Is it glazed?" } });
    socket.send(Message::text(message.to_string())).await.unwrap();
    while !socket.next().await.unwrap().unwrap().to_string().contains("glazed") {}
    socket
}

/// All that a node tells once everything has happened to it that it counts.
async fn figures(server: &Server) -> String {
    let checkout = server.checkout(&[("tea-bowl", 1)]).await;
    server.pay(&checkout, GOOD).await;
    server.until_status(id(&checkout), "payment_confirmed").await;
    let rates = json!({ "kind": "rates.update" });
    let task = server.post_with_key("admin", "/api/admin/tasks/", "a-key", &rates).await.ok();
    let path = task["status_url"].as_str().unwrap();
    server.until("the task is done", async || server.get("admin", path).await.body["state"] == "SUCCESS").await;
    let guess = json!({ "email": "somebody@example.com", "password": "a guess" });
    let too_many = async || server.post("", "/api/auth/login/", guess.clone()).await.status == 429;
    server.until("somebody guesses too often", too_many).await;
    let _socket = talk(server).await;
    let Value::String(figures) = server.get("admin", "/metrics").await.ok() else { panic!("figures are text") };
    figures
}

#[tokio::test]
async fn what_the_dashboard_shows_and_the_alerts_watch_is_what_a_node_tells() {
    let place = Place::memory();
    let server = Server::start(&place, &["--rate-limits", "auth=5/1m"]).await;
    let figures = figures(&server).await;
    let told = told(&figures);
    let contrib = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("contrib");
    let mut used = BTreeSet::new();
    for file in ["grafana/designia.json", "prometheus/alerts.yml"] {
        let text = std::fs::read_to_string(contrib.join(file)).unwrap();
        let unknown: Vec<_> = names(&text).into_iter().filter(|name| !told.contains_key(name)).collect();
        assert!(unknown.is_empty(), "{file} asks for {unknown:?}, and a node tells\n{figures}");
        for (name, label) in selected(&text) {
            let has_it = told[name].contains(label) || OF_PROMETHEUS.contains(&label);
            assert!(has_it, "{file} asks for {name} by {label}, which has {:?}", told[name]);
        }
        used.extend(names(&text).into_iter().map(str::to_owned));
    }
    let base =
        |name: &str| ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).map(str::to_owned);
    let used: BTreeSet<_> = used.into_iter().map(|name| base(&name).unwrap_or(name)).collect();
    let shown = |name: &&str| used.contains(&base(name).unwrap_or((*name).to_owned()));
    let unseen: Vec<_> = told.keys().filter(|name| name.starts_with("designia_") && !shown(name)).collect();
    assert!(unseen.is_empty(), "nobody looks at {unseen:?}");
}
