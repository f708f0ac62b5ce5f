//! The command line: one binary, its subcommands, and how a wrong value ends it.

mod console;
mod convert;
mod copy;
mod demo;
mod doctor;
mod engine;
mod migrate;
mod orders;
mod products;
mod rates;
mod schedules;
mod serve;
mod superuser;
mod table;
mod tasks;
mod workers;

use std::ffi::OsString;
use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub use convert::Convert;
pub use copy::Copy;
pub use migrate::Migrate;
pub use orders::Orders;
pub use products::Products;
pub use rates::Rates;
pub use schedules::Schedules;
pub use superuser::SuperUser;
pub use tasks::Tasks;
pub use workers::Workers;

use crate::config::{Config, DEFAULT_LOG, EnvFile, Environment, Log, Settings, layered, unknown_names};
use crate::telemetry::{self, Export};

/// Exit code of a wrong flag or value, as clap uses it.
const USAGE: u8 = 2;

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "designia-server", version, about, max_term_width = 120)]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,

    #[command(subcommand)]
    command: Option<Command>,
}

/// What to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Do what the roles say: by default serve the API and run the workers (the default)
    #[default]
    Serve,
    /// Do the work of the role worker alone: deadlines, outside calls, webhook events, background tasks
    Worker,
    /// Do the work of the role scheduler alone: ask for tasks at their times
    Scheduler,
    /// Show the whole journey of a paid and of an unpaid order, with a database and a clock of its own; then go on serving
    Demo {
        /// End when the journey has ended: with 0 if both orders ended as promised
        #[arg(long)]
        exit: bool,
    },
    /// Convert an amount, and say by which rate, whose, and of when
    Convert(Convert),
    /// Fetch, look at and import exchange rates
    #[command(subcommand)]
    Rates(Rates),
    /// Look after products
    #[command(subcommand)]
    Products(Products),
    /// Look after orders
    #[command(subcommand)]
    Orders(Orders),
    /// Look after background tasks and their queues
    Tasks(Tasks),
    /// Look after schedules
    Schedules(Schedules),
    /// List the workers that run background tasks
    Workers(Workers),
    /// Bring the database's schema up to date, or say what it lacks
    Migrate {
        /// What to do about it
        #[command(subcommand)]
        command: Option<Migrate>,
    },
    /// Copy everything into another, empty database, and verify it: to move from SQLite to PostgreSQL or back
    ///
    /// Sessions and codes stay behind, so that everybody logs in again, and so do answers that are kept for repeated requests, tasks and
    /// schedules: let the workers finish what waits before you stop them. Files are in the object storage, and are not copied.
    Copy(Copy),
    /// Make an account that runs the marketplace; the password is asked for, or stands in DESIGNIA_SUPERUSER_PASSWORD
    #[command(name = "createsuperuser")]
    CreateSuperUser(SuperUser),
    /// Check settings, database, gateway and rates, and say what is wrong
    Doctor,
}

/// The command line cannot be followed.
#[derive(Debug)]
pub enum CliError {
    /// clap's answer: a wrong flag, or help or version that was asked for.
    Clap(Box<clap::Error>),
    /// One line for the operator.
    Line(String),
}

/// Reads command and configuration.
///
/// # Errors
///
/// When help was asked for, or something is wrong.
pub fn parse(args: Vec<OsString>, environment: &Environment, file: &EnvFile) -> Result<(Command, Config), CliError> {
    let command = Cli::command();
    let unknown = unknown_names(&command, environment, file);
    let matches = layered(command, environment, file).try_get_matches_from(args.clone()).map_err(|error| {
        // The layered command would print the operator's values, secrets included, as defaults.
        match (error.kind(), documented().try_get_matches_from(args)) {
            (ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand, Err(help)) => help,
            _ => error,
        }
    });
    let matches = matches.map_err(|error| CliError::Clap(Box::new(error)))?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| CliError::Clap(Box::new(error)))?;
    let command = cli.command.unwrap_or_default();
    let settings = match &command {
        Command::Worker => cli.settings.in_role("worker"),
        Command::Scheduler => cli.settings.in_role("scheduler"),
        _ => cli.settings,
    };
    let mut config = settings.check().map_err(|error| CliError::Line(error.to_string()))?;
    config.warnings.extend(unknown.into_iter().map(|name| format!("{name} is not a setting of this server")));
    Ok((command, config))
}

/// The command as `--help` documents it: with the settings' names and defaults, without this machine's values.
#[must_use]
pub fn documented() -> clap::Command {
    Cli::command().mut_args(|arg| arg.hide_env_values(true))
}

/// Runs the process's command line.
#[must_use]
pub fn run() -> ExitCode {
    let parsed = EnvFile::read(".env".as_ref())
        .map_err(|error| CliError::Line(error.to_string()))
        .and_then(|file| parse(std::env::args_os().collect(), &Environment::of_process(), &file));
    match parsed {
        Ok((command, config)) => dispatch(&command, &config),
        Err(CliError::Clap(error)) => {
            // Printing fails only when nobody reads.
            let _ = error.print();
            ExitCode::from(if error.use_stderr() { USAGE } else { 0 })
        }
        Err(CliError::Line(line)) => {
            eprintln!("error: {line}");
            ExitCode::from(USAGE)
        }
    }
}

/// What the demo logs if nothing else was asked for: its story is on standard output, and the provider's refusal to close
/// what is closed already is part of it.
const DEMO_LOG: &str = "warn,designia_stripe=error";

fn dispatch(command: &Command, config: &Config) -> ExitCode {
    let is_quiet = matches!(command, Command::Demo { .. }) && config.log.filter == DEFAULT_LOG;
    let filter = if is_quiet { DEMO_LOG } else { &config.log.filter };
    // Whichever adapter talks TLS first, the choice is made. An error means that a host has made it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let is_server = matches!(command, Command::Serve | Command::Worker | Command::Scheduler);
    let export = config.traces.as_ref().filter(|_| is_server).map(Export::to).transpose();
    let export = match export {
        Ok(export) => export,
        Err(error) => return failed(&error),
    };
    telemetry::init(&Log { filter: filter.to_owned(), format: config.log.format }, export.as_ref());
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let result = match command {
        Command::Serve | Command::Worker | Command::Scheduler => block_on(serve::run(config)),
        Command::Demo { exit } => block_on(demo::run(config, *exit)),
        Command::Convert(ask) => block_on(convert::run(config, ask)),
        Command::Rates(command) => block_on(rates::run(config, command)),
        Command::Products(command) => block_on(products::run(config, command)),
        Command::Orders(command) => block_on(orders::run(config, command)),
        Command::Tasks(ask) => block_on(tasks::run(config, ask)),
        Command::Schedules(ask) => block_on(schedules::run(config, ask)),
        Command::Workers(ask) => block_on(workers::run(config, *ask)),
        Command::Migrate { command } => block_on(migrate::run(config, command.unwrap_or_default())),
        Command::Copy(ask) => block_on(copy::run(config, ask)),
        Command::CreateSuperUser(ask) => block_on(superuser::run(config, ask)),
        Command::Doctor => block_on(doctor::run(config)),
    };
    if let Some(export) = export {
        export.finish();
    }
    result.unwrap_or_else(|failure| failed(failure.as_ref()))
}

fn failed(failure: &dyn std::error::Error) -> ExitCode {
    eprintln!("error: {failure}");
    ExitCode::FAILURE
}

/// A failure of a command, told in one line.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How long whatever still runs after a command may take to let go of its thread: what was to be waited for has been by then.
const LET_GO: Duration = Duration::from_secs(1);

fn block_on(command: impl Future<Output = Result<ExitCode, Failure>>) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(command);
    // To drop it would wait for ever for a handler that holds a thread.
    runtime.shutdown_timeout(LET_GO);
    ended
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use tokio::sync::oneshot;

    use super::*;

    #[test]
    fn a_command_ends_though_something_holds_a_thread_for_ever() {
        let (_keep, held) = channel::<()>();
        let ended = block_on(async {
            let (enter, inside) = oneshot::channel();
            tokio::spawn(async move {
                enter.send(()).unwrap();
                held.recv()
            });
            inside.await?;
            Ok(ExitCode::SUCCESS)
        });
        assert!(ended.is_ok());
    }
}
