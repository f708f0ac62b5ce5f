//! A client that costs as little as possible, so that the servers are measured and not it: one connection, one request as
//! bytes made beforehand, answers read by their length.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that is kept.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// A request as it goes over the wire.
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: bench\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("the server listens");
        stream.set_nodelay(true).expect("a socket option");
        Self { stream, buffer: Vec::with_capacity(1 << 16) }
    }

    /// Sends a request and reads the answer: its status and how long the body was.
    pub(crate) async fn send(&mut self, request: &[u8]) -> (u16, usize) {
        self.stream.write_all(request).await.expect("the server reads");
        self.buffer.clear();
        let (head, length) = loop {
            assert!(
                self.stream.read_buf(&mut self.buffer).await.expect("the server answers") > 0,
                "the server hung up"
            );
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break (end + 4, self.length_in(end));
            }
        };
        while self.buffer.len() < head + length {
            assert!(
                self.stream.read_buf(&mut self.buffer).await.expect("the server answers") > 0,
                "the server hung up"
            );
        }
        let status = std::str::from_utf8(&self.buffer[9..12]).ok().and_then(|digits| digits.parse().ok());
        (status.expect("a status line"), length)
    }

    /// The answer that was read last, with its head.
    pub(crate) fn answer(&self) -> String {
        String::from_utf8_lossy(&self.buffer).into_owned()
    }

    fn length_in(&self, end: usize) -> usize {
        let head = std::str::from_utf8(&self.buffer[..end]).expect("a head of text").to_ascii_lowercase();
        let line = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        line.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
    }
}
