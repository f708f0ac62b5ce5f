//! A client as it should be: keeps what was not acknowledged, and comes back with the number of the last message that it has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// When each message was first sent.
static SENT: LazyLock<Mutex<BTreeMap<usize, Instant>>> = LazyLock::new(Mutex::default);

/// A message that a client was told.
pub(crate) struct Told {
    pub(crate) conversation: usize,
    pub(crate) side: usize,
    pub(crate) seq: u64,
    /// Which of all that were sent it is.
    pub(crate) number: usize,
    pub(crate) at: Instant,
    /// How long it took from the other side.
    pub(crate) latency: Option<Duration>,
}

pub(crate) struct Client {
    conversation: usize,
    side: usize,
    thread: String,
    token: String,
    bases: Arc<[String; 2]>,
    open: Arc<AtomicUsize>,
    told: mpsc::UnboundedSender<Told>,
    last: u64,
    pending: BTreeMap<usize, bool>,
    /// What it has said itself.
    own: BTreeSet<usize>,
}

impl Client {
    pub(crate) fn new(
        conversation: usize,
        side: usize,
        thread: &str,
        token: &str,
        bases: &Arc<[String; 2]>,
        open: &Arc<AtomicUsize>,
        told: &mpsc::UnboundedSender<Told>,
    ) -> Self {
        Self {
            conversation,
            side,
            thread: thread.to_owned(),
            token: token.to_owned(),
            bases: Arc::clone(bases),
            open: Arc::clone(open),
            told: told.clone(),
            last: 0,
            pending: BTreeMap::new(),
            own: BTreeSet::new(),
        }
    }

    /// Runs until the program ends; says each number that it is given.
    pub(crate) fn start(mut self) -> mpsc::UnboundedSender<usize> {
        let (hand, mut numbers) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut node = self.side;
            loop {
                let base = self.bases[node].replacen("http", "ws", 1);
                let url = format!("{base}/ws/chat/{}/?token={}&after={}", self.thread, self.token, self.last);
                if let Ok((socket, _)) = connect_async(url).await {
                    self.serve(socket, &mut numbers).await;
                }
                // The other node, sooner or later.
                node = 1 - node;
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        });
        hand
    }

    async fn serve(&mut self, mut socket: Socket, numbers: &mut mpsc::UnboundedReceiver<usize>) {
        let hello = json!({"type": "ping"}).to_string();
        if socket.send(Message::text(hello)).await.is_err() {
            return;
        }
        let mut again = tokio::time::interval(Duration::from_secs(1));
        for is_sent in self.pending.values_mut() {
            *is_sent = false;
        }
        loop {
            tokio::select! {
                Some(number) = numbers.recv() => {
                    SENT.lock().unwrap().insert(number, Instant::now());
                    self.pending.insert(number, false);
                    self.own.insert(number);
                }
                next = socket.next() => match next {
                    Some(Ok(Message::Text(text))) => self.hear(&text),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => {}
                },
                _ = again.tick() => {}
            }
            for (number, is_sent) in self.pending.iter_mut().filter(|(_, is_sent)| !**is_sent) {
                let payload = json!({"text": number.to_string(), "client_id": number.to_string()});
                let frame = json!({"type": "chat.message", "payload": payload}).to_string();
                if socket.send(Message::text(frame)).await.is_err() {
                    return;
                }
                *is_sent = true;
            }
        }
    }

    fn hear(&mut self, text: &str) {
        let frame: Value = serde_json::from_str(text).unwrap();
        let data = &frame["data"];
        match frame["type"].as_str().unwrap() {
            "pong" if self.last == 0 => {
                self.open.fetch_add(1, Ordering::SeqCst);
            }
            "chat.ack" => {
                self.pending.remove(&data["client_id"].as_str().unwrap().parse().unwrap());
            }
            "error" => {
                if let Some(name) = frame["client_id"].as_str() {
                    self.pending.insert(name.parse().unwrap(), false);
                }
            }
            "chat.message" => {
                let (seq, number) = (data["seq"].as_u64().unwrap(), data["text"].as_str().unwrap().parse().unwrap());
                self.last = seq;
                let at = Instant::now();
                let sent = SENT.lock().unwrap().get(&number).copied();
                let latency = sent.filter(|_| !self.own.contains(&number)).map(|sent| at - sent);
                let (conversation, side) = (self.conversation, self.side);
                self.told.send(Told { conversation, side, seq, number, at, latency }).unwrap();
            }
            _ => {}
        }
    }
}
