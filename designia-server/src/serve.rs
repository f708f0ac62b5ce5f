//! Serving until told to stop, and stopping without breaking what runs.
//!
//! The accept loop is our own because the one of the framework waits for ever for the headers of a request: a client that sends a
//! byte now and then would hold a connection for nothing, and enough of them all there are.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower::ServiceExt as _;

use crate::edge::jittered;

/// How long no connection is taken after the system had no room for one.
const PAUSE: Duration = Duration::from_millis(200);

/// How serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every request that had started got its answer.
    Drained,
    /// Requests were still running when the grace ran out.
    Cut,
}

/// How connections are treated.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How long until the headers of a request are there; a connection without a request is closed after as long.
    pub headers: Duration,
    /// How long running requests may take to finish after the word to stop.
    pub grace: Duration,
}

/// Serves until `stop` completes, then takes no new connection and gives running requests the grace to finish.
///
/// # Errors
///
/// When the listener fails.
pub async fn serve<F>(listener: TcpListener, routes: Router, stop: F, patience: Patience) -> io::Result<Ended>
where
    F: Future<Output = ()> + Send + 'static,
{
    let stopping = watch::Sender::new(false);
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Small answers are not to wait for company. Where this can't be said, they do.
                let _ = stream.set_nodelay(true);
                tokio::spawn(attend(stream, peer, routes.clone(), patience.headers, stopping.subscribe()));
            }
            // The client is gone already.
            Err(error) if is_about_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be taken for a moment");
                tokio::time::sleep(jittered(PAUSE)).await;
            }
        }
    }
    drop(listener);
    stopping.send_replace(true);
    let ended = tokio::time::timeout(patience.grace, stopping.closed()).await;
    Ok(if ended.is_ok() { Ended::Drained } else { Ended::Cut })
}

/// One connection, to its end.
async fn attend(
    stream: TcpStream,
    peer: SocketAddr,
    routes: Router,
    patience: Duration,
    mut stopping: watch::Receiver<bool>,
) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = routes.clone().oneshot(request.map(Body::new));
        async move { answer.await as Result<_, Infallible> }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(patience);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let result = tokio::select! {
        result = &mut connection => result,
        () = async { drop(stopping.wait_for(|stopping| *stopping).await) } => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "a connection ended early");
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Completes when the operator or the system asks this process to stop.
///
/// # Errors
///
/// When signals cannot be received.
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    #[cfg(unix)]
    let mut interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    })
}
