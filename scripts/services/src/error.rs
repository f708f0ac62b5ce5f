//! What goes wrong with a service: one type, because a caller can only tell a person.

use std::fmt;
use std::io;

/// Why a service could not be had.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A program that the service consists of is not installed.
    Missing {
        /// Its name.
        program: &'static str,
    },
    /// The operating system refused.
    Io {
        /// What was tried.
        action: String,
        /// Why it failed.
        source: io::Error,
    },
    /// A program ran and failed.
    Failed {
        /// Its name.
        program: &'static str,
        /// What it said last.
        told: String,
    },
    /// A name or an address that we don't touch or can't use.
    Refused {
        /// The value, and why.
        reason: String,
    },
    /// The server refused a statement.
    #[cfg(feature = "databases")]
    Sql {
        /// What was tried.
        action: String,
        /// What the server said.
        source: sqlx::Error,
    },
}

impl Error {
    pub(crate) fn io(action: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let action = action.into();
        |source| Self::Io { action, source }
    }

    #[cfg(feature = "databases")]
    pub(crate) fn sql(action: impl Into<String>) -> impl FnOnce(sqlx::Error) -> Self {
        let action = action.into();
        |source| Self::Sql { action, source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { program } => write!(f, "{program} is not installed"),
            Self::Io { action, source } => write!(f, "cannot {action}: {source}"),
            Self::Failed { program, told } => write!(f, "{program} failed: {told}"),
            Self::Refused { reason } => f.write_str(reason),
            #[cfg(feature = "databases")]
            Self::Sql { action, source } => write!(f, "cannot {action}: {source}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            #[cfg(feature = "databases")]
            Self::Sql { source, .. } => Some(source),
            Self::Missing { .. } | Self::Failed { .. } | Self::Refused { .. } => None,
        }
    }
}
