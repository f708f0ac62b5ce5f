//! Stopping: what runs is finished, what is new is refused, and patience ends.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use designia_server::serve::{Ended, Patience, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};

struct Running {
    entered: Arc<Notify>,
    finish: Arc<Notify>,
    stop: oneshot::Sender<()>,
    server: tokio::task::JoinHandle<std::io::Result<Ended>>,
    client: TcpStream,
}

/// A server with one request inside its handler.
async fn with_a_request_running(grace: Duration) -> Running {
    let (entered, finish) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (entered.clone(), finish.clone());
    let slow = move || {
        let (tell, wait) = (tell.clone(), wait.clone());
        async move {
            tell.notify_one();
            wait.notified().await;
            "done"
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let (stop, stopped) = oneshot::channel();
    let stopped = async move {
        let _ = stopped.await;
    };
    let patience = Patience { headers: Duration::from_secs(30), grace };
    let server = tokio::spawn(serve(listener, Router::new().route("/slow", get(slow)), stopped, patience));
    let mut client = TcpStream::connect(address).await.expect("the server listens");
    client.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("the server reads");
    entered.notified().await;
    Running { entered, finish, stop, server, client }
}

#[tokio::test]
async fn a_request_that_runs_when_the_signal_comes_gets_its_answer() {
    let mut running = with_a_request_running(Duration::from_secs(60)).await;
    running.stop.send(()).unwrap();
    running.finish.notify_one();
    let mut answer = String::new();
    running.client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
    assert_eq!(running.server.await.unwrap().unwrap(), Ended::Drained);
    drop(running.entered);
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_keep_the_server_alive() {
    let running = with_a_request_running(Duration::from_millis(1)).await;
    running.stop.send(()).unwrap();
    assert_eq!(running.server.await.unwrap().unwrap(), Ended::Cut);
}
