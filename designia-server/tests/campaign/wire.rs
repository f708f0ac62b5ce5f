//! The wire between a node and the provider, so that a node can die when its request is on the way and the reply is not.
//!
//! It runs inside the node and passes bytes on as they come. A connection that one side closes is closed on the other, so a
//! lost reply stays a lost reply.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use crate::cut::{Cut, Cuts};

/// Begins to listen; the address to send to in place of the provider's.
pub(crate) async fn lay(provider: SocketAddr, cuts: Cuts) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((node, _)) = listener.accept().await {
            tokio::spawn(connect(node, provider, cuts.clone()));
        }
    });
    address
}

async fn connect(node: TcpStream, provider: SocketAddr, cuts: Cuts) {
    let Ok(line) = TcpStream::connect(provider).await else { return };
    node.set_nodelay(true).unwrap_or_default();
    line.set_nodelay(true).unwrap_or_default();
    let ((from_node, to_node), (from_line, to_line)) = (node.into_split(), line.into_split());
    // Whichever direction ends first ends both: dropping the halves closes the connections.
    tokio::select! {
        () = send(from_node, to_line, cuts) => {}
        () = receive(from_line, to_node) => {}
    }
}

/// Passes requests on. That a write has returned means that the bytes are with the provider's end of the connection, whatever
/// becomes of ours.
async fn send(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, cuts: Cuts) {
    let mut request = Request::default();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let Ok(length @ 1..) = from.read(&mut buffer).await else { return };
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
        if request.is_complete_with(&buffer[..length]) {
            cuts.pass(Cut::AfterRequestSent);
        }
    }
}

async fn receive(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    tokio::io::copy(&mut from, &mut to).await.map(drop).unwrap_or_default();
}

/// What has been sent of the present request. A client sends the next one only after the reply.
#[derive(Debug, Default)]
struct Request(Vec<u8>);

impl Request {
    /// Whether with these bytes a request that changes something has been sent whole.
    fn is_complete_with(&mut self, bytes: &[u8]) -> bool {
        self.0.extend_from_slice(bytes);
        let text = String::from_utf8_lossy(&self.0);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
        let lengths = head.lines().filter_map(|line| line.split_once(':'));
        let length = lengths
            .filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .find_map(|(_, value)| value.trim().parse::<usize>().ok());
        if body.len() < length.unwrap_or(0) {
            return false;
        }
        let changes = head.starts_with("POST ");
        self.0.clear();
        changes
    }
}
