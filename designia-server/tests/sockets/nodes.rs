//! Two nodes over one database and one Redis.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use designia_services::private_redis_or_skip;
use serde_json::json;

use crate::stores::Place;
use crate::support::{Node, Person, Socket};

/// The settings of one of several nodes over this Redis.
fn over(redis: &str) -> [&str; 8] {
    let [key, secret] = ["--stripe-secret-key", "--stripe-webhook-secret"];
    ["--redis-url", redis, "--socket-beat", "5s", key, "sk_test_x", secret, "whsec_x"]
}

async fn talk(socket: &mut Socket, name: &str, numbers: std::ops::Range<u32>) {
    for number in numbers {
        let payload = json!({"text": format!("{name} {number}"), "client_id": format!("{name}-{number}")});
        socket.send(json!({"type": "chat.message", "payload": payload})).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_is_said_on_one_node_is_heard_on_the_other_in_order() {
    let (Some(redis), Some(place)) = (private_redis_or_skip(), Place::postgres()) else { return };
    let url = redis.url();
    let args = over(&url);
    let (mut one, mut other) = (Node::start(&place, &args).await, Node::start(&place, &args).await);
    let (seller, buyer, thread) = one.pair("").await;
    let mut left = one.talk(&buyer, &thread, None).await;
    let mut right = other.talk(&seller, &thread, None).await;
    let mut activity = one.activity(&seller).await;
    activity.next_of("connection_success").await;
    // Both talk at once on different nodes: the bells overtake each other, the numbers don't.
    let (mut left_talks, mut right_talks) =
        (one.talk(&buyer, &thread, None).await, other.talk(&seller, &thread, None).await);
    tokio::join!(talk(&mut left_talks, "left", 0..20), talk(&mut right_talks, "right", 0..20));
    let (heard, also_heard) = tokio::join!(left.messages(40), right.messages(40));
    assert_eq!(heard, also_heard);
    assert_eq!(heard.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), (1..=40).collect::<Vec<_>>());
    let of = |name: &str| {
        heard.iter().filter(|(_, text)| text.starts_with(name)).map(|(_, text)| text.clone()).collect::<Vec<_>>()
    };
    assert_eq!(of("left"), (0..20).map(|number| format!("left {number}")).collect::<Vec<_>>());
    assert_eq!(of("right"), (0..20).map(|number| format!("right {number}")).collect::<Vec<_>>());
    assert_eq!(activity.next_of("chat.message").await["data"]["sender_username"], buyer.name);
    one.stop().await;
    other.stop().await;
    place.quiet().await;
}

#[tokio::test]
async fn while_redis_is_away_what_is_said_is_stored_and_arrives_a_little_later() {
    let (Some(redis), Some(place)) = (private_redis_or_skip(), Place::postgres()) else { return };
    let url = redis.url();
    let args = [
        "--redis-url",
        &*url,
        "--socket-beat",
        "1s",
        "--stripe-secret-key",
        "sk_test_x",
        "--stripe-webhook-secret",
        "whsec_x",
    ];
    let (mut one, mut other) = (Node::start(&place, &args).await, Node::start(&place, &args).await);
    let (seller, buyer, thread) = one.pair("").await;
    let mut left = one.talk(&buyer, &thread, None).await;
    let mut right = other.talk(&seller, &thread, None).await;
    redis.kill().unwrap();
    left.send(json!({"type": "chat.message", "payload": {"text": "anybody?", "client_id": "temp-1"}})).await;
    assert_eq!(left.next_of("chat.ack").await["data"]["seq"], 1);
    assert_eq!(right.messages(1).await, [(1, "anybody?".to_owned())]);
    redis.start_again().unwrap();
    right.say("here").await;
    assert_eq!(left.messages(2).await, [(1, "anybody?".to_owned()), (2, "here".to_owned())]);
    one.stop().await;
    other.stop().await;
    place.quiet().await;
}

/// A server process that is killed, and doesn't get to say goodbye.
struct Process {
    child: Child,
    base: String,
}

impl Process {
    fn start(place: &Place, redis: &str) -> Self {
        let args = ["--redis-url", redis, "--stripe-secret-key", "sk_test_x", "--stripe-webhook-secret", "whsec_x"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_designia-server"));
        command.args(place.arguments(&args).into_iter().skip(1)).arg("serve").env_clear().stdin(Stdio::null());
        let mut child = command.current_dir(&place.directory).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let base = lines.find_map(|line| line.find("http://").map(|at| line[at..].trim().to_owned())).unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, base: base.split_whitespace().next().unwrap().to_owned() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends until everything is acknowledged, on whichever node is there, as a client does that keeps what has no answer yet.
async fn insist(nodes: &[&Node], dying: &str, who: &Person, thread: &str, count: u32) {
    let (mut acknowledged, mut turn) = (0, 0);
    while acknowledged < count {
        // The first node is the one that dies.
        let base = if turn == 0 { dying } else { &nodes[0].base };
        turn += 1;
        let request = format!("{}/ws/chat/{thread}/?token={}", base.replacen("http", "ws", 1), who.token);
        let Ok((stream, _)) = tokio_tungstenite::connect_async(request).await else { continue };
        let mut socket = Socket(stream);
        while acknowledged < count {
            let name = format!("{}-{acknowledged}", who.name);
            let frame = json!({"type": "chat.message", "payload": {"text": name, "client_id": name}});
            use futures_util::SinkExt;
            let message = tokio_tungstenite::tungstenite::Message::text(frame.to_string());
            if socket.0.send(message).await.is_err() {
                break;
            }
            let answer = loop {
                match socket.next_or_close().await {
                    Ok(frame) if frame["type"] == "chat.ack" => break Some(true),
                    Ok(frame) if frame["type"] == "error" => break Some(false),
                    Ok(_) => {}
                    Err(_) => break None,
                }
            };
            match answer {
                Some(true) => acknowledged += 1,
                Some(false) => tokio::time::sleep(Duration::from_millis(200)).await,
                None => break,
            }
        }
    }
}

#[tokio::test]
async fn a_node_killed_in_the_middle_loses_nothing_for_clients_that_come_back() {
    let (Some(redis), Some(place)) = (private_redis_or_skip(), Place::postgres()) else { return };
    let url = redis.url();
    let args = over(&url);
    let mut survivor = Node::start(&place, &args).await;
    let mut victim = Process::start(&place, &url);
    let (seller, buyer, thread) = survivor.pair("").await;
    let mut listener = survivor.talk(&buyer, &thread, None).await;
    let (base, killed) = (victim.base.clone(), async {
        // In the middle: some have been said, most have not.
        let first = listener.messages(10).await;
        victim.child.kill().unwrap();
        (first, listener.messages(50).await)
    });
    let nodes = [&survivor];
    let (_, _, (mut heard, rest)) =
        tokio::join!(insist(&nodes, &base, &buyer, &thread, 30), insist(&nodes, &base, &seller, &thread, 30), killed);
    heard.extend(rest);
    assert_eq!(
        heard.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(),
        (1..=60).collect::<Vec<_>>(),
        "in order, without a gap"
    );
    for who in [&buyer, &seller] {
        let said: Vec<_> =
            heard.iter().filter(|(_, text)| text.starts_with(&who.name)).map(|(_, text)| text.clone()).collect();
        assert_eq!(said, (0..30).map(|number| format!("{}-{number}", who.name)).collect::<Vec<_>>(), "each once");
    }
    let mut back = survivor.talk(&seller, &thread, Some(0)).await;
    assert_eq!(back.messages(60).await, heard, "whoever comes back gets the same");
    survivor.stop().await;
    place.quiet().await;
}
