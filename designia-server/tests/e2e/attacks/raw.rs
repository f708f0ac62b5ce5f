//! Requests byte by byte: a client library would mend what is sent here.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::Server;

/// How long an answer may take, in real time.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends these bytes and reads all that is answered until the connection ends.
pub(super) async fn exchange(server: &Server, bytes: &[u8]) -> String {
    let mut stream = connect(server).await;
    // The server may have hung up before it has read everything.
    let _ = stream.write_all(bytes).await;
    rest(&mut stream).await
}

pub(super) async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.base.strip_prefix("http://").unwrap()).await.unwrap()
}

/// Everything that still comes.
pub(super) async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let reading = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer));
    // A connection that is reset has said what it had to say.
    let _ = reading.await.expect("the server neither answers nor hangs up");
    String::from_utf8_lossy(&answer).into_owned()
}

/// A GET of this path, as it stands.
pub(super) async fn get(server: &Server, path: &str) -> String {
    exchange(server, format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes()).await
}

pub(super) fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}
