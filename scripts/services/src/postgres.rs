//! A Postgres of this process's own: started, crashed and started again at will, gone afterwards.

mod builder;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::Signal;

use crate::error::Error;
use crate::process::Process;
use crate::skip::skipped;

pub use builder::Builder;
pub(crate) use builder::secret;

/// A crashed server first replays its log.
const START: Duration = Duration::from_secs(120);

/// A fast stop ends sessions and writes back what is not on the disk yet.
const STOP: Duration = Duration::from_secs(60);

/// How a start fails while sessions of a crashed server have not noticed the crash yet.
const STILL_ENDING: &str = "pre-existing shared memory block";

/// A Postgres server on a free port of 127.0.0.1, with the role and the database `designia`.
///
/// All methods take `&self`, so that one thread can crash the server that others use. Dropped, or when this process ends in
/// whatever way, it is stopped and its directory is removed.
#[derive(Debug)]
pub struct PrivatePostgres {
    process: Mutex<Process>,
    program: PathBuf,
    settings: Vec<(String, String)>,
    port: u16,
    password: String,
    admin_password: String,
}

impl PrivatePostgres {
    /// A server for tests: fast, and free to lose everything at a power cut (a crash of the server loses nothing).
    pub fn fast() -> Builder {
        Builder::fast()
    }

    /// A server with the settings of production, for benches and for crashes.
    pub fn durable() -> Builder {
        Builder::durable()
    }

    /// The address of the database `designia`, as its owner `designia`: may log in and create databases, no more.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of("designia")
    }

    /// The address of another database, as the role `designia`.
    #[must_use]
    pub fn url_of(&self, database: &str) -> String {
        format!("postgres://designia:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// The address of the database `postgres` as a superuser.
    #[must_use]
    pub fn admin_url(&self) -> String {
        format!("postgres://postgres:{}@127.0.0.1:{}/postgres", self.admin_password, self.port)
    }

    /// The port on 127.0.0.1, the same after a restart.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The id of the server's first process, or `None` while it is stopped.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process().id()
    }

    /// What the server logged last.
    #[must_use]
    pub fn log(&self) -> String {
        self.process().told()
    }

    /// Starts the server again, on the same port and data; returns when it takes connections. Does nothing if it runs.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] with what the server logged, if it doesn't start.
    pub fn start(&self) -> Result<(), Error> {
        let mut process = self.process();
        if process.id().is_some() {
            return Ok(());
        }
        let mut tries = 0;
        loop {
            match self.try_start(&mut process) {
                Err(Error::Failed { told, .. }) if told.contains(STILL_ENDING) && tries < 100 => tries += 1,
                outcome => return outcome,
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Stops the server in order: sessions are ended, everything is written back.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the process cannot be signalled.
    pub fn stop(&self) -> Result<(), Error> {
        self.process().end(Signal::INT, STOP)
    }

    /// Crashes the server: `SIGKILL`, at once. Its sessions notice within milliseconds.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the process cannot be signalled.
    pub fn kill(&self) -> Result<(), Error> {
        self.process().end(Signal::KILL, STOP)
    }

    /// [`Self::stop`] and [`Self::start`].
    ///
    /// # Errors
    ///
    /// Theirs.
    pub fn restart(&self) -> Result<(), Error> {
        self.stop()?;
        self.start()
    }

    fn try_start(&self, process: &mut Process) -> Result<(), Error> {
        let mut command = process.command(&self.program);
        command.arg("-D").arg(process.data().join("data"));
        for (name, value) in &self.settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command.arg("-c").arg(format!("port={}", self.port));
        let id = process.spawn(command)?.to_string();
        let file = process.data().join("data/postmaster.pid");
        process.wait_until(START, |_| {
            // A crash leaves this file behind, hence the look at whose it is.
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            let mut lines = text.lines().map(str::trim);
            lines.next() == Some(id.as_str()) && lines.nth(6) == Some("ready")
        })
    }

    fn process(&self) -> MutexGuard<'_, Process> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        // A crash leaves shared memory of the machine behind, which only the next start on the same data takes back.
        let was_crashed = self.pid().is_none() && self.process().data().join("data/postmaster.pid").exists();
        if was_crashed {
            let _ = self.start();
        }
    }
}

/// A fast server for a test that must stop or crash its own; `None` after a line `SKIPPED` if Postgres is not installed.
///
/// # Panics
///
/// If it is installed and doesn't start, or isn't installed where `CI` is `true`.
#[must_use]
pub fn private_postgres_or_skip() -> Option<PrivatePostgres> {
    PrivatePostgres::fast().launch_or_skip()
}

/// The service, or a loud skip if a program is missing.
pub(crate) fn or_skip<T>(service: Result<T, Error>) -> Option<T> {
    match service {
        Ok(service) => Some(service),
        Err(missing @ Error::Missing { .. }) => {
            skipped(&missing.to_string());
            None
        }
        Err(error) => panic!("{error}"),
    }
}
