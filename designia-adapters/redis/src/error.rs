//! Errors: why a server can't be used, and what its answers mean to a caller of a port.

use designia_core::ports::{StoreError, StoreErrorKind};
use redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::config::{Config, ConfigError};

/// Why a server can't be used. No text of it holds the password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The address can't be understood.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Nobody answers there, or it is still reading its data: trying again later may help.
    #[error("the Redis server of {place} can't be reached: {why}")]
    Unreachable {
        /// Host, port and database.
        place: String,
        /// What the system or the server says.
        why: String,
    },
    /// The server and this program don't agree on a safe connection.
    #[error("no safe connection to {place} can be made: {why}")]
    Tls {
        /// Host, port and database.
        place: String,
        /// What is wrong.
        why: String,
    },
    /// The server refuses the user or the password.
    #[error("the user `{user}` may not log in to {place}: {why}; check the user and the password")]
    Login {
        /// The user that was tried.
        user: String,
        /// Host, port and database.
        place: String,
        /// What the server says.
        why: String,
    },
    /// The server is too old.
    #[error("the server of {place} is Redis {found}, and {needed} or later is needed")]
    OldServer {
        /// Host, port and database.
        place: String,
        /// The version found.
        found: String,
        /// The version needed.
        needed: &'static str,
    },
    /// The server can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OpenError {
    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Store(error) => error.kind == StoreErrorKind::Unavailable,
            Self::Config(_) | Self::Tls { .. } | Self::Login { .. } | Self::OldServer { .. } => false,
        }
    }

    /// What it means that no connection could be made.
    pub(crate) fn connecting(error: &RedisError, config: &Config) -> Self {
        let (place, why) = (config.place(), plain(error));
        let code = error.code().unwrap_or_default();
        match error.kind() {
            _ if ["NOAUTH", "WRONGPASS", "NOPERM"].contains(&code) => Self::login(config, why),
            ErrorKind::AuthenticationFailed => Self::login(config, why),
            ErrorKind::InvalidClientConfig => Self::Tls { place, why },
            _ if config.has_tls() && is_about_certificates(&why) => Self::Tls { place, why },
            _ => Self::Unreachable { place, why },
        }
    }

    fn login(config: &Config, why: String) -> Self {
        Self::Login { user: config.user().to_owned(), place: config.place(), why }
    }

    /// What it means to a call that was waiting for a connection: whatever it is, it may be mended while this program runs.
    pub(crate) fn into_store_error(self) -> StoreError {
        match self {
            Self::Store(error) => error,
            other => StoreError { kind: StoreErrorKind::Unavailable, message: other.to_string(), source: None },
        }
    }
}

/// What a failed call means to a caller of a port.
pub(crate) fn store_error(error: &RedisError) -> StoreError {
    let (kind, words) = meaning(error);
    StoreError { kind, message: format!("redis: {words} ({})", plain(error)), source: None }
}

/// What is stored under `what` can't be read back.
pub(crate) fn corrupt(what: &str, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::corrupt(what, why)
}

/// The answer did not come in time.
pub(crate) fn no_answer() -> RedisError {
    std::io::Error::from(std::io::ErrorKind::TimedOut).into()
}

/// Whether the connection is to be given up: what is asked on it next would fail as well.
pub(crate) fn is_of_the_connection(error: &RedisError) -> bool {
    // A demoted server goes on answering, so a connection to whoever has taken its place must be asked for.
    error.is_io_error()
        || error.is_unrecoverable_error()
        || error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly)
}

/// What the server's codes mean (<https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors>).
fn meaning(error: &RedisError) -> (StoreErrorKind, &'static str) {
    use StoreErrorKind::{Corrupt, Unavailable};
    match (error.kind(), error.code().unwrap_or_default()) {
        (_, "OOM") => (Unavailable, "it is full: raise maxmemory"),
        (_, "MISCONF") => (Unavailable, "it can't write to its disk"),
        (_, "LOADING") => (Unavailable, "it is still reading its data"),
        (_, "READONLY") => (Unavailable, "it is a replica: name the primary in the address"),
        (_, "MOVED" | "ASK") => {
            (Unavailable, "another node of this cluster has the namespace's keys: name that one in the address")
        }
        (_, "CLUSTERDOWN" | "MASTERDOWN" | "TRYAGAIN" | "NOREPLICAS" | "BUSY") => (Unavailable, "it is not ready"),
        (_, "NOAUTH" | "WRONGPASS") => (Unavailable, "it refuses the login"),
        (_, "NOPERM") => (Corrupt, "the user lacks a permission"),
        (_, "WRONGTYPE") => (Corrupt, "another program has used our keys"),
        (ErrorKind::Io, _) => (Unavailable, "the connection is lost"),
        (ErrorKind::Parse | ErrorKind::UnexpectedReturnType, _) => (Corrupt, "its answer can't be read"),
        (ErrorKind::Server(_) | ErrorKind::Extension, _) => (Corrupt, "it refuses the call"),
        _ => (Unavailable, "it can't be used now"),
    }
}

/// Whether a failed handshake is about who the server is.
fn is_about_certificates(why: &str) -> bool {
    ["certificate", "handshake", "tls", "TLS"].iter().any(|word| why.contains(word))
}

/// The words of the server or the system.
fn plain(error: &RedisError) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    error.to_string()
}
