//! The setting of the operations console.

use clap::Args;

use super::values::{self, ConfigError};

/// What the operations console does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Console {
    /// Shows, and acts for admins.
    #[default]
    On,
    /// Shows, and acts for nobody: for a demonstration, a freeze, or a replica.
    ReadOnly,
    /// Is not there.
    Off,
}

/// The same as an operator writes it.
#[derive(Args, Clone, Debug)]
pub(super) struct ConsoleSettings {
    /// The operations console at /admin/: on, read-only (it shows everything and changes nothing), or off
    #[arg(long, env = "DESIGNIA_CONSOLE", global = true, value_name = "MODE", default_value = "on")]
    console: String,
}

impl ConsoleSettings {
    pub(super) fn check(&self) -> Result<Console, ConfigError> {
        let modes = [("on", Console::On), ("read-only", Console::ReadOnly), ("off", Console::Off)];
        values::one_of("DESIGNIA_CONSOLE", &self.console, &modes)
    }
}
