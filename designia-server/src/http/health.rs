//! Probes: alive means that this process answers, ready means that it can do its work.
//!
//! The two differ on purpose. A database that is away makes the server unready, so that a balancer leaves it alone; it
//! does not make it dead, because restarting it would not bring the database back.

use std::future::{Future, Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use futures_util::future::join_all;
use serde::Serialize;
use utoipa::ToSchema;

/// Longest time a check may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(2);

/// One thing the server cannot work without.
#[async_trait]
pub trait Check: std::fmt::Debug + Send + Sync + 'static {
    /// What is checked, in one word.
    fn name(&self) -> &'static str;

    /// Whether it works.
    ///
    /// # Errors
    ///
    /// The reason, in words that anyone may read: probes need no token.
    async fn check(&self) -> Result<(), String>;
}

/// The checks of this server, and whether it is going down.
#[derive(Clone, Debug, Default)]
pub struct Health {
    checks: Arc<[Box<dyn Check>]>,
    stopping: Arc<AtomicBool>,
}

impl Health {
    /// Ready when all these checks succeed.
    #[must_use]
    pub fn new(checks: Vec<Box<dyn Check>>) -> Self {
        Self { checks: checks.into(), stopping: Arc::default() }
    }

    /// From now on not ready, so that no new work is sent here.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether the server goes down.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Runs every check, all at once.
    pub async fn readiness(&self) -> Readiness {
        let mut checks = Vec::with_capacity(self.checks.len() + 1);
        if self.is_stopping() {
            checks.push(Finding::of("server", Err("shutting down".to_owned())));
        }
        let running = self.checks.iter().map(|check| bounded(check.name(), check.check()));
        checks.extend(join_all(running).await);
        let ready = checks.iter().all(|finding| finding.ok);
        Readiness { status: if ready { "ready" } else { "not ready" }, checks }
    }
}

/// Whether the server can do its work.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// `ready` or `not ready`.
    pub status: &'static str,
    /// Every check with its result.
    pub checks: Vec<Finding>,
}

impl Readiness {
    /// Whether every check succeeded.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.checks.iter().all(|finding| finding.ok)
    }
}

/// The result of one check.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Finding {
    /// What was checked.
    pub name: &'static str,
    /// Whether it works.
    pub ok: bool,
    /// Why it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Finding {
    fn of(name: &'static str, result: Result<(), String>) -> Self {
        Self { name, ok: result.is_ok(), reason: result.err() }
    }
}

async fn bounded(name: &'static str, check: impl Future<Output = Result<(), String>>) -> Finding {
    let late = |_| Err(format!("no answer within {PATIENCE:?}"));
    Finding::of(name, tokio::time::timeout(PATIENCE, check).await.unwrap_or_else(late))
}

/// Whether this process answers.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Liveness {
    /// Always `live`.
    status: &'static str,
}

/// This process answers.
#[utoipa::path(get, path = "/health/live", tag = "health", responses((status = 200, body = Liveness)))]
pub(crate) fn live() -> Ready<Json<Liveness>> {
    ready(Json(Liveness { status: "live" }))
}

/// This server can do its work; if not, the answer says why.
#[utoipa::path(get, path = "/health/ready", tag = "health",
    responses((status = 200, body = Readiness), (status = 503, body = Readiness)))]
pub(crate) async fn is_ready(State(health): State<Health>) -> (StatusCode, Json<Readiness>) {
    let readiness = health.readiness().await;
    let status = if readiness.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Fixed(Result<(), &'static str>);

    #[async_trait]
    impl Check for Fixed {
        fn name(&self) -> &'static str {
            "database"
        }

        async fn check(&self) -> Result<(), String> {
            self.0.map_err(str::to_owned)
        }
    }

    #[tokio::test]
    async fn one_failing_check_makes_the_server_unready_and_says_why() {
        let health = Health::new(vec![Box::new(Fixed(Ok(()))), Box::new(Fixed(Err("is locked")))]);
        let (status, Json(readiness)) = is_ready(State(health)).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(readiness.status, "not ready");
        assert_eq!(readiness.checks[1].reason.as_deref(), Some("is locked"));
    }

    #[tokio::test]
    async fn a_server_that_goes_down_is_not_ready_but_alive() {
        let health = Health::new(vec![Box::new(Fixed(Ok(())))]);
        assert!(health.readiness().await.is_ready());
        health.stop();
        assert!(!health.readiness().await.is_ready());
        assert_eq!(live().await.0.status, "live");
    }
}
