//! The least of an HTTP client: one connection, one request at a time, its bytes made before the clock runs. A real one would take as
//! much of the machine as the server does.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that stays open.
#[derive(Debug)]
pub(crate) struct Connection {
    address: String,
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.expect("the server listens");
        stream.set_nodelay(true).expect("a TCP socket");
        Self { address: address.to_owned(), stream, buffer: Vec::with_capacity(64 * 1024) }
    }

    /// A header of the last answer, by its name in small letters.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let end = self.buffer.windows(4).position(|window| window == b"\r\n\r\n")?;
        let mut lines = std::str::from_utf8(&self.buffer[..end]).ok()?.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Sends a request and reads the whole answer: its status, and its body.
    pub(crate) async fn send(&mut self, request: &[u8]) -> (u16, &[u8]) {
        self.stream.write_all(request).await.expect("the server reads");
        self.buffer.clear();
        let (head, length, closes) = loop {
            let read = self.stream.read_buf(&mut self.buffer).await.expect("the server answers");
            assert!(read > 0, "the server hung up within an answer");
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&self.buffer[..end]).to_lowercase();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                let length: usize = length.map_or(0, |text| text.parse().expect("a number"));
                break (end + 4, length, head.contains("\nconnection: close"));
            }
        };
        while self.buffer.len() < head + length {
            let read = self.stream.read_buf(&mut self.buffer).await.expect("the server answers");
            assert!(read > 0, "the server hung up within an answer");
        }
        let status = std::str::from_utf8(&self.buffer[9..12]).ok().and_then(|text| text.parse().ok());
        if closes {
            self.stream = Self::open(&self.address).await.stream;
        }
        (status.expect("a status"), &self.buffer[head..head + length])
    }
}

/// A request as it goes out. The server believes the address.
pub(crate) fn request(method: &str, path: &str, token: Option<&str>, from: u32, body: Option<&str>) -> Vec<u8> {
    let [_, a, b, c] = from.to_be_bytes();
    let token = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    let body = body.unwrap_or_default();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: bench\r\nx-forwarded-for: 10.{a}.{b}.{c}\r\n{token}content-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    format!("{head}{body}").into_bytes()
}
