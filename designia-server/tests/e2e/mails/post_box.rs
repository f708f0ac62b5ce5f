//! A mail server on loopback that is busy until it is told otherwise, and then takes everything.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

#[derive(Default)]
struct Shared {
    is_open: AtomicBool,
    turned_away: AtomicU32,
    taken: Mutex<Vec<String>>,
}

pub(super) struct PostBox {
    pub(super) address: SocketAddr,
    shared: Arc<Shared>,
}

impl PostBox {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, shared) = (listener.local_addr().unwrap(), Arc::new(Shared::default()));
        let host = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&host)));
            }
        });
        Self { address, shared }
    }

    pub(super) fn open(&self) {
        self.shared.is_open.store(true, Ordering::Release);
    }

    /// How many mails it was too busy for.
    pub(super) fn turned_away(&self) -> u32 {
        self.shared.turned_away.load(Ordering::Acquire)
    }

    pub(super) fn taken(&self) -> Vec<String> {
        self.shared.taken.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, shared: Arc<Shared>) -> Option<()> {
    let (reader, mut writer) = stream.split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 here\r\n").await.ok()?;
    while let Some(line) = lines.next_line().await.ok()? {
        let is_open = shared.is_open.load(Ordering::Acquire);
        let answer = match line.get(..4).unwrap_or_default() {
            "RCPT" if !is_open => {
                shared.turned_away.fetch_add(1, Ordering::AcqRel);
                "450 4.2.1 busy"
            }
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await.ok()?;
                let mut mail = String::new();
                loop {
                    let line = lines.next_line().await.ok()??;
                    if line == "." {
                        break;
                    }
                    mail.push_str(&line);
                    mail.push('\n');
                }
                shared.taken.lock().unwrap().push(mail);
                "250 taken"
            }
            _ => "250 ok",
        };
        writer.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
    Some(())
}
