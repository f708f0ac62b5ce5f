//! Stand-ins for publishers, on loopback.

use std::time::Duration;

use axum::Router;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Serves `publisher` until the test ends, and gives its base URL.
pub(crate) async fn serve(publisher: Router) -> String {
    let (listener, base_url) = listen().await;
    tokio::spawn(async move { axum::serve(listener, publisher).await });
    base_url
}

/// Answers every connection with `head`, then `prefix` and `bytes` spaces for ever, pausing before each.
pub(crate) async fn raw(head: &'static str, prefix: &'static str, bytes: usize, pause: Duration) -> String {
    let (listener, base_url) = listen().await;
    let end = if prefix.is_empty() { "" } else { "\r\n" };
    let piece = format!("{prefix}{}{end}", " ".repeat(bytes));
    tokio::spawn(async move {
        while let Ok(mut connection) = begin(&listener, head).await {
            while connection.write_all(piece.as_bytes()).await.is_ok() {
                tokio::time::sleep(pause).await;
            }
        }
    });
    base_url
}

/// Answers every connection with `beginning` and closes it.
pub(crate) async fn broken(beginning: &'static str) -> String {
    let (listener, base_url) = listen().await;
    tokio::spawn(async move { while begin(&listener, beginning).await.is_ok() {} });
    base_url
}

/// An address where nobody listens.
pub(crate) async fn nobody() -> String {
    listen().await.1
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base_url = format!("http://{}", listener.local_addr().expect("an address"));
    (listener, base_url)
}

async fn begin(listener: &TcpListener, head: &str) -> std::io::Result<TcpStream> {
    let (mut connection, _) = listener.accept().await?;
    let mut request = [0; 4096];
    let _length = connection.read(&mut request).await?;
    connection.write_all(head.as_bytes()).await?;
    Ok(connection)
}
