//! The settings of sockets.

use std::time::Duration;

use clap::Args;
use designia_core::ports::Quota;
use designia_core::time::MINUTE;

use super::values::{self, ConfigError};
use crate::chat::SocketLimits;

/// How many sockets there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sockets {
    /// On this node.
    pub most: u32,
    /// Of one account on this node.
    pub per_account: u32,
    /// So many connects of one address within a minute.
    pub connects: u32,
    /// How often each is looked after.
    pub beat: Duration,
}

/// The same as an operator writes them.
#[derive(Args, Clone, Debug)]
pub(super) struct SocketSettings {
    /// Most open sockets of this node
    #[arg(long, env = "DESIGNIA_SOCKETS", global = true, value_name = "NUMBER", default_value = "10000")]
    sockets: String,

    /// Most open sockets of one account on this node
    #[arg(long, env = "DESIGNIA_SOCKETS_PER_ACCOUNT", global = true, value_name = "NUMBER", default_value = "20")]
    sockets_per_account: String,

    /// How often one address may open a socket within a minute
    #[arg(long, env = "DESIGNIA_SOCKET_CONNECTS", global = true, value_name = "NUMBER", default_value = "120")]
    socket_connects: String,

    /// How often a socket is looked after: whether its other end and its session still live
    #[arg(long, env = "DESIGNIA_SOCKET_BEAT", global = true, value_name = "DURATION", default_value = "20s")]
    socket_beat: String,
}

impl SocketSettings {
    pub(super) fn check(&self) -> Result<Sockets, ConfigError> {
        Ok(Sockets {
            most: values::count("DESIGNIA_SOCKETS", &self.sockets, 1, 1_000_000)?,
            per_account: values::count("DESIGNIA_SOCKETS_PER_ACCOUNT", &self.sockets_per_account, 1, 1_000_000)?,
            connects: values::count("DESIGNIA_SOCKET_CONNECTS", &self.socket_connects, 1, 1_000_000)?,
            beat: values::duration("DESIGNIA_SOCKET_BEAT", &self.socket_beat, Duration::from_millis(100), MINUTE)?,
        })
    }
}

impl Sockets {
    /// What they come to.
    #[must_use]
    pub fn limits(self) -> SocketLimits {
        let size = |number| usize::try_from(number).unwrap_or(usize::MAX);
        SocketLimits {
            sockets: size(self.most),
            per_account: size(self.per_account),
            connects: Quota { burst: self.connects, per: Duration::from_secs(60) },
            beat: self.beat,
            // A sign of life may get lost; a client that takes nothing is not waited for until the next.
            silence: 7 * self.beat / 2,
            patience: self.beat / 2,
            check: 3 * self.beat / 4,
            origins: Vec::new(),
        }
    }
}
