//! What the staff does, written down: who, what, why, from where, and what came of it.
//!
//! A row is written when the outcome is known, whether it was done, refused or failed. If it can't be written the caller hears of
//! it, and the log has the row: an action without its row must not go unnoticed.

use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use designia_core::audit::{AuditAction, AuditEntry, AuditOutcome, AuditSubject};
use designia_core::id::AuditId;
use designia_core::ports::{AuditLog, Clock, IdGenerator};
use designia_core::task::Json;
use serde_json::Value;

use crate::app::App;
use crate::http::auth::{Admin, Caller, Staff};
use crate::http::client::ClientAddress;
use crate::http::request_id;
use crate::problem::{Code, Problem};

/// Writes the audit log.
#[derive(Clone, Debug)]
pub struct Audit {
    log: Arc<dyn AuditLog>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

/// Somebody of the staff who does something.
#[derive(Clone, Debug)]
pub struct Doer {
    /// Who.
    pub caller: Caller,
    request_id: Option<String>,
    from: Option<String>,
}

/// Somebody of the staff who moderates.
#[derive(Clone, Debug)]
pub struct Moderator(pub Doer);

/// What is done.
#[derive(Clone, Debug)]
pub struct Deed {
    action: String,
    subject: Option<AuditSubject>,
    reason: Option<String>,
    detail: Value,
}

impl Deed {
    /// An action by its dotted name.
    #[must_use]
    pub fn new(action: &str) -> Self {
        Self { action: action.to_owned(), subject: None, reason: None, detail: Value::Null }
    }

    /// What it is done to.
    #[must_use]
    pub fn about(self, kind: &str, id: impl Display) -> Self {
        Self { subject: Some(AuditSubject::new(kind, id)), ..self }
    }

    /// Why, unless nothing is said.
    #[must_use]
    pub fn because(self, reason: &str) -> Self {
        Self { reason: Some(reason.trim().to_owned()).filter(|it| !it.is_empty()), ..self }
    }

    /// What was asked for; never a secret.
    #[must_use]
    pub fn with(self, detail: Value) -> Self {
        Self { detail, ..self }
    }
}

impl Doer {
    /// This caller, in this request.
    pub(crate) fn of(caller: Caller, parts: &Parts) -> Self {
        let from = parts.extensions.get::<ClientAddress>().map(|address| address.0.to_string());
        Self { caller, request_id: request_id::of(parts), from }
    }
}

impl FromRequestParts<App> for Doer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Admin(caller) = Admin::from_request_parts(parts, app).await?;
        Ok(Self::of(caller, parts))
    }
}

impl FromRequestParts<App> for Moderator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Staff(caller) = Staff::from_request_parts(parts, app).await?;
        Ok(Self(Doer::of(caller, parts)))
    }
}

impl Audit {
    /// One over this log.
    #[must_use]
    pub fn new(log: Arc<dyn AuditLog>, clock: Arc<dyn Clock>, ids: Arc<dyn IdGenerator>) -> Self {
        Self { log, clock, ids }
    }

    /// The log itself.
    #[must_use]
    pub fn log(&self) -> &Arc<dyn AuditLog> {
        &self.log
    }

    /// Does it, and writes down what came of it.
    ///
    /// # Errors
    ///
    /// What the doing comes to; or that it was done and could not be written down.
    pub async fn keep<T>(
        &self,
        doer: &Doer,
        deed: Deed,
        doing: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        let done = doing.await;
        let outcome = match &done {
            Ok(_) => AuditOutcome::Done,
            Err(problem) if problem.code().status().is_client_error() => {
                AuditOutcome::Refused(problem.detail().to_owned())
            }
            Err(problem) => AuditOutcome::Failed(problem.detail().to_owned()),
        };
        if let Err(why) = self.write(doer, deed, outcome).await {
            tracing::error!(why, "an action could not be written into the audit log");
            let told = "the action was carried out, but the audit log can't be written";
            return done.and(Err(Problem::new(Code::Unavailable, told)));
        }
        done
    }

    async fn write(&self, doer: &Doer, deed: Deed, outcome: AuditOutcome) -> Result<(), String> {
        let action: AuditAction = deed.action.parse().map_err(|error| format!("{}: {error}", deed.action))?;
        let entry = AuditEntry {
            id: AuditId::from_uuid(self.ids.next()),
            at: self.clock.now(),
            actor: doer.caller.account,
            actor_name: doer.caller.name.clone(),
            action,
            subject: deed.subject,
            reason: deed.reason,
            detail: Json::of(&deed.detail).map_err(|error| error.to_string())?,
            outcome,
            request_id: doer.request_id.clone(),
            from: doer.from.clone(),
        };
        let entry = entry.cut();
        self.log.append(&entry).await.map_err(|error| format!("{entry:?}: {error}"))
    }
}
