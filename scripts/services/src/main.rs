//! `services COMMAND ARGUMENTS…`: runs a command with a Postgres and a Redis in its environment, and stops what it started for it.
//!
//! What the environment names already is used as it is. The command's exit code, or the signal it died of, becomes ours.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitCode, ExitStatus};

use designia_services::{Error, PrivatePostgres, PrivateRedis};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// What shells answer for a command that cannot be started.
const NOT_STARTED: u8 = 127;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!("usage: services COMMAND ARGUMENTS…");
        return ExitCode::from(2);
    };
    let outcome = run(&program, arguments);
    // Everything is stopped by now, so dying of the command's signal leaves nothing behind.
    match outcome {
        Ok(status) => {
            if let Some(signal) = status.signal() {
                let _ = emulate_default_handler(signal);
            }
            ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
        }
        Err(error) => {
            eprintln!("services: {error}");
            ExitCode::from(NOT_STARTED)
        }
    }
}

fn run(program: &OsString, arguments: impl Iterator<Item = OsString>) -> Result<ExitStatus, Error> {
    let failed = |source| Error::Io { action: format!("run {}", program.display()), source };
    let (postgres, redis) = (database()?, redis()?);
    let mut command = Command::new(program);
    command.args(arguments);
    // What `cargo run` says about this package is wrong for a cargo inside, which would build some crates anew for it.
    for (name, _) in std::env::vars_os() {
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    if let Some(postgres) = &postgres {
        command.env("DATABASE_URL", postgres.url());
    }
    if let Some(redis) = &redis {
        command.env("REDIS_URL", redis.url());
    }
    // Before the command starts, so that its end cannot be missed.
    let mut signals = Signals::new([SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM]).map_err(failed)?;
    let mut child = command.spawn().map_err(failed)?;
    wait(&mut child, &mut signals).map_err(failed)
}

/// A Postgres, unless the environment names one or none is installed here.
fn database() -> Result<Option<PrivatePostgres>, Error> {
    if std::env::var_os("DATABASE_URL").is_some_and(|url| !url.is_empty()) {
        eprintln!("services: using DATABASE_URL as it is, starting nothing");
        return Ok(None);
    }
    match PrivatePostgres::fast().launch() {
        Ok(postgres) => {
            eprintln!("services: started a private postgres on 127.0.0.1:{} as DATABASE_URL", postgres.port());
            Ok(Some(postgres))
        }
        Err(missing @ Error::Missing { .. }) if std::env::var("CI").as_deref() != Ok("true") => {
            eprintln!("SKIPPED: {missing}, so DATABASE_URL stays unset");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// A Redis, unless the environment names one or none is installed here.
fn redis() -> Result<Option<PrivateRedis>, Error> {
    if std::env::var_os("REDIS_URL").is_some_and(|url| !url.is_empty()) {
        eprintln!("services: using REDIS_URL as it is, starting nothing");
        return Ok(None);
    }
    match PrivateRedis::start() {
        Ok(redis) => {
            eprintln!("services: started a private redis on 127.0.0.1:{} as REDIS_URL", redis.port());
            Ok(Some(redis))
        }
        Err(missing @ Error::Missing { .. }) if std::env::var("CI").as_deref() != Ok("true") => {
            eprintln!("SKIPPED: {missing}, so REDIS_URL stays unset");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn wait(child: &mut Child, signals: &mut Signals) -> std::io::Result<ExitStatus> {
    // A child that ended before the first look has left its signal.
    for signal in signals.forever() {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        let passed_on = match signal {
            SIGTERM => Signal::TERM,
            SIGHUP => Signal::HUP,
            // What a terminal sends, it sends to the command as well; we stay until the command is done with it.
            _ => continue,
        };
        kill_process(Pid::from_child(child), passed_on)?;
    }
    child.wait()
}
