//! Many sockets on two server processes over one Redis: does everything arrive, in order, how soon, and what does a socket cost.
//!
//! ```text
//! cargo build --release -p designia-server && cargo bench --bench chat --features postgres,testing
//! ```
//!
//! `CHAT_SOCKETS` (2000), `CHAT_RATE` messages a second (200), `CHAT_SECONDS` (30) say how much; `DESIGNIA_SERVER` is another binary to
//! measure. Each conversation has one socket on each node. In the middle one node is killed; its clients connect to the other with the number of
//! the last message that they have, and send again what was not acknowledged. It ends with an error if anything was lost, came
//! twice or came out of order.

#![expect(clippy::unwrap_used, reason = "a measurement that can't be made ends with a panic")]
#![expect(clippy::disallowed_methods, reason = "latencies are what is measured")]

mod client;
mod people;
mod process;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use designia_services::{private_postgres_or_skip, private_redis_or_skip};
use tokio::sync::mpsc;

use client::{Client, Told};
use process::Process;

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[tokio::main]
async fn main() {
    let (sockets, rate, seconds) =
        (setting("CHAT_SOCKETS", 2_000), setting("CHAT_RATE", 200), setting("CHAT_SECONDS", 30));
    let (Some(postgres), Some(redis)) = (private_postgres_or_skip(), private_redis_or_skip()) else { return };
    let directory = std::env::temp_dir().join(format!("designia-bench-chat-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let (database, redis) = (postgres.url(), redis.url());
    let pairs = people::settle(&database, &directory, sockets / 2).await;
    println!("{} conversations of two accounts each are there", pairs.len());
    let mut nodes = [Process::start(&database, &redis, &directory), Process::start(&database, &redis, &directory)];
    let before = [nodes[0].memory(), nodes[1].memory()];

    let (told, mut reports) = mpsc::unbounded_channel();
    let bases: Arc<[String; 2]> = Arc::new([nodes[0].base.clone(), nodes[1].base.clone()]);
    let began = Instant::now();
    let open = Arc::new(AtomicUsize::new(0));
    let mut hands = Vec::new();
    for (number, pair) in pairs.iter().enumerate() {
        for (side, token) in pair.tokens.iter().enumerate() {
            let client = Client::new(number, side, &pair.thread, token, &bases, &open, &told);
            hands.push(client.start());
            if hands.len() % 50 == 0 {
                until(|| open.load(Ordering::SeqCst) + 50 > hands.len()).await;
            }
        }
    }
    until(|| open.load(Ordering::SeqCst) == hands.len()).await;
    println!("{} sockets were opened in {:.1} s", hands.len(), began.elapsed().as_secs_f32());
    tokio::time::sleep(Duration::from_secs(5)).await;
    for (node, before) in nodes.iter().zip(before) {
        let more = node.memory().saturating_sub(before);
        println!(
            "a node has {before} kB without and {more} kB more with its sockets: {} bytes for each",
            more * 1024 / (hands.len() / 2).max(1)
        );
    }

    let total = rate * seconds;
    let (began, mut killed) = (Instant::now(), None);
    for number in 0..total {
        if number == total / 2 {
            nodes[0].kill();
            killed = Some(Instant::now());
            println!("killed one node after {number} messages");
        }
        let due = began + Duration::from_secs(1) * u32::try_from(number).unwrap() / u32::try_from(rate).unwrap();
        tokio::time::sleep_until(due.into()).await;
        // Every conversation in turn, each side in turn.
        let (conversation, side) = (number % pairs.len(), (number / pairs.len()) % 2);
        hands[conversation * 2 + side].send(number).unwrap();
    }
    let spread = Spread::gather(&mut reports, total, killed.unwrap_or(began)).await;
    spread.judge(total, pairs.len());
    let _ = std::fs::remove_dir_all(&directory);
}

/// What everybody was told.
struct Spread {
    /// Of each client, the numbers and names of the messages in the order in which they came.
    heard: BTreeMap<(usize, usize), Vec<(u64, usize)>>,
    before: Vec<Duration>,
    after: Vec<Duration>,
}

impl Spread {
    /// Listens until everybody has what there is, or nothing has come for a while.
    async fn gather(reports: &mut mpsc::UnboundedReceiver<Told>, total: usize, killed: Instant) -> Self {
        let mut spread = Self { heard: BTreeMap::new(), before: Vec::new(), after: Vec::new() };
        let mut count = 0;
        while count < total * 2 {
            let Ok(Some(told)) = tokio::time::timeout(Duration::from_secs(40), reports.recv()).await else { break };
            count += 1;
            spread.heard.entry((told.conversation, told.side)).or_default().push((told.seq, told.number));
            if let Some(latency) = told.latency {
                if told.at < killed { spread.before.push(latency) } else { spread.after.push(latency) }
            }
        }
        spread
    }

    fn judge(mut self, total: usize, conversations: usize) {
        show("before the kill", &mut self.before);
        show("after it", &mut self.after);
        let heard: usize = self.heard.values().map(Vec::len).sum();
        let disordered =
            self.heard.values().filter(|heard| !heard.iter().map(|(seq, _)| *seq).eq(1..=heard.len() as u64)).count();
        let mut different = 0;
        for conversation in 0..conversations {
            different += usize::from(self.heard.get(&(conversation, 0)) != self.heard.get(&(conversation, 1)));
        }
        let mut numbers: Vec<usize> = self
            .heard
            .iter()
            .filter(|((_, side), _)| *side == 0)
            .flat_map(|(_, heard)| heard.iter().map(|(_, number)| *number))
            .collect();
        numbers.sort_unstable();
        let is_complete = numbers.iter().copied().eq(0..total);
        println!(
            "{total} messages were sent, {heard} of {} were heard; {disordered} clients out of order or with a gap, {different} conversations whose sides differ",
            2 * total
        );
        assert!(
            is_complete && heard == 2 * total && disordered == 0 && different == 0,
            "something was lost, came twice, or came out of order"
        );
        println!("nothing was lost, nothing came twice, and everything in order");
    }
}

fn show(when: &str, latencies: &mut [Duration]) {
    latencies.sort_unstable();
    let at = |share: usize| latencies.get(latencies.len() * share / 100).copied().unwrap_or_default();
    println!(
        "{when}: {} messages reached the other side, p50 {:?}, p99 {:?}, slowest {:?}",
        latencies.len(),
        at(50),
        at(99),
        latencies.last()
    );
}

async fn until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
