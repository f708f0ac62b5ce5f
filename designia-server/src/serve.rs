//! Serving until told to stop, and stopping without breaking what runs.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every request that had started got its answer.
    Drained,
    /// Requests were still running when the grace ran out.
    Cut,
}

/// Serves until `stop` completes, then takes no new connection and gives running requests `grace` to finish.
///
/// # Errors
///
/// When the listener fails.
pub async fn serve<F>(listener: TcpListener, routes: Router, stop: F, grace: Duration) -> io::Result<Ended>
where
    F: Future<Output = ()> + Send + 'static,
{
    let (stopped, told) = oneshot::channel();
    let stop = async move {
        stop.await;
        // Nobody listens only if serving ended by itself.
        let _ = stopped.send(());
    };
    let mut serving = pin!(axum::serve(listener, routes).with_graceful_shutdown(stop).into_future());
    let grace_is_over = async move {
        // A dropped sender means that the server is gone, and then the other branch ends this.
        match told.await {
            Ok(()) => tokio::time::sleep(grace).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        result = &mut serving => result.map(|()| Ended::Drained),
        () = grace_is_over => Ok(Ended::Cut),
    }
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
