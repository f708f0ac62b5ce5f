//! The layers of the configuration: flags over environment over `.env` over defaults.
//!
//! clap reads the process environment by itself, but knows no `.env` and cannot be given another environment in a test.
//! So each setting's value from below the flags is handed to clap as that setting's default, where any flag beats it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;

use clap::builder::Resettable;
use clap::{Arg, Command};

use super::EnvFile;

/// Environment variables, read once. Prints the names only.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, OsString>);

impl Environment {
    /// The environment of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self(std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect())
    }

    fn get(&self, name: &str) -> Option<&OsString> {
        self.0.get(name)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Environment {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(values: I) -> Self {
        Self(values.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The command whose settings fall back to the environment, then to the file, then to their own defaults.
#[must_use]
pub fn layered(command: Command, environment: &Environment, file: &EnvFile) -> Command {
    command.mut_args(|setting| {
        let Some(name) = variable(&setting) else { return setting };
        let from_environment = environment.get(&name).filter(|value| !value.is_empty()).cloned();
        let value = from_environment.or_else(|| file.get(&name).filter(|value| !value.is_empty()).map(OsString::from));
        let setting = setting.env(Resettable::Reset);
        match value {
            Some(value) => setting.default_value(value),
            None => setting,
        }
    })
}

/// Names that look like settings of this server and are none: most likely a typing error.
#[must_use]
pub fn unknown_names(command: &Command, environment: &Environment, file: &EnvFile) -> Vec<String> {
    let of_commands = command.get_subcommands().flat_map(Command::get_arguments);
    let known: Vec<String> = command.get_arguments().chain(of_commands).filter_map(variable).collect();
    let unknown = |name: &&str| name.starts_with("DESIGNIA_") && !known.iter().any(|known| known == name);
    let mut names: Vec<String> = environment.names().chain(file.keys()).filter(unknown).map(str::to_owned).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn variable(setting: &Arg) -> Option<String> {
    setting.get_env().and_then(|name| name.to_str()).map(str::to_owned)
}
