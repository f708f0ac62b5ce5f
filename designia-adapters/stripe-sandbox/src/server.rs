//! The accept loop: HTTP/1.1 on a loopback socket, with connections that can be cut.
//!
//! `axum::serve` answers every request; a lost reply is a connection that closes without one, and only a loop of our own
//! can do that. It also owns its connections, so dropping it ends them all.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use bytes::Bytes;
use futures_util::Stream;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower::ServiceExt;

/// Marks an answer that must not arrive.
#[derive(Clone, Copy, Debug)]
struct Severed;

/// An answer that closes the connection in its place.
pub(crate) fn severed() -> axum::response::Response {
    // A server other than ours sends the head and breaks off; ours sends nothing at all.
    let mut response = Response::new(Body::from_stream(Broken));
    response.extensions_mut().insert(Severed);
    response
}

/// Serves until it is dropped.
pub(crate) async fn serve(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, router.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::task::yield_now().await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, router: Router) {
    stream.set_nodelay(true).unwrap_or_default();
    let service = service_fn(move |request: Request<Incoming>| answer(router.clone(), request));
    let served = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn answer(router: Router, request: Request<Incoming>) -> Result<Response<Body>, io::Error> {
    let answered: Result<_, Infallible> = router.oneshot(request.map(Body::new)).await;
    let Ok(response) = answered;
    if response.extensions().get::<Severed>().is_some() {
        return Err(lost());
    }
    Ok(response)
}

fn lost() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "the reply is lost on purpose")
}

struct Broken;

impl Stream for Broken {
    type Item = Result<Bytes, io::Error>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(Some(Err(lost())))
    }
}
