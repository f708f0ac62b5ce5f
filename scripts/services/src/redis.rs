//! A Redis of this process's own: started, crashed and started again at will, gone afterwards.

mod builder;
mod shared;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::Signal;

use crate::error::Error;
use crate::process::Process;

pub use builder::{Persistence, RedisBuilder};
pub use shared::{Namespace, SharedRedis, redis};

/// A server that has been crashed first reads its log.
const START: Duration = Duration::from_secs(120);

/// A stop in order writes back what is not on the disk yet.
const STOP: Duration = Duration::from_secs(60);

/// A Redis server on a free port of 127.0.0.1, with a password.
///
/// All methods take `&self`, so that one thread can crash the server that others use. Dropped, or when this process ends in
/// whatever way, it is stopped and its directory is removed.
#[derive(Debug)]
pub struct PrivateRedis {
    process: Mutex<Process>,
    program: PathBuf,
    configuration: String,
    has_tls: bool,
    port: u16,
    password: String,
}

impl PrivateRedis {
    /// A server that keeps everything in memory, as a cache does: what it holds is lost whenever it stops.
    ///
    /// # Errors
    ///
    /// Those of [`RedisBuilder::launch`].
    pub fn start() -> Result<Self, Error> {
        Self::builder().launch()
    }

    /// Settings of a server to be.
    pub fn builder() -> RedisBuilder {
        RedisBuilder::new()
    }

    /// Its address with the password: `redis://`, or `rediss://` if it speaks TLS.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.has_tls { "rediss" } else { "redis" };
        format!("{scheme}://:{}@127.0.0.1:{}", self.password, self.port)
    }

    /// The password of the user `default`.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The port on 127.0.0.1, the same after a restart.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The id of the server's process, or `None` while it is stopped.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process().id()
    }

    /// What the server logged last.
    #[must_use]
    pub fn log(&self) -> String {
        self.process().told()
    }

    /// Starts the server again, on the same port and data; returns when it takes commands. Does nothing if it runs.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] with what the server logged, if it doesn't start.
    pub fn start_again(&self) -> Result<(), Error> {
        let mut process = self.process();
        if process.id().is_some() {
            return Ok(());
        }
        self.try_start(&mut process)
    }

    /// Stops the server in order: what its settings want kept is written.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the process cannot be signalled.
    pub fn stop(&self) -> Result<(), Error> {
        self.process().end(Signal::TERM, STOP)
    }

    /// Crashes the server: `SIGKILL`, at once.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the process cannot be signalled.
    pub fn kill(&self) -> Result<(), Error> {
        self.process().end(Signal::KILL, STOP)
    }

    /// Stops the server's process where it stands, like a machine that hangs; it answers nobody and closes no connection.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the process cannot be signalled.
    pub fn freeze(&self) -> Result<(), Error> {
        self.process().signal(Signal::STOP)
    }

    /// Ends [`Self::freeze`].
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the process cannot be signalled.
    pub fn thaw(&self) -> Result<(), Error> {
        self.process().signal(Signal::CONT)
    }

    /// [`Self::stop`] and [`Self::start_again`].
    ///
    /// # Errors
    ///
    /// Theirs.
    pub fn restart(&self) -> Result<(), Error> {
        self.stop()?;
        self.start_again()
    }

    fn try_start(&self, process: &mut Process) -> Result<(), Error> {
        let port = if self.has_tls { "tls-port" } else { "port" };
        // In a file, since everybody on this machine may read a command line.
        let file = process.write("redis.conf", &format!("{}{port} {}\n", self.configuration, self.port))?;
        let mut command = process.command(&self.program);
        command.arg(file);
        let id = process.spawn(command)?.to_string();
        process.wait_until(START, |process| {
            let told = process.told();
            let mut lines = told.lines().filter(|line| line.split(':').next() == Some(id.as_str()));
            lines.any(|line| line.contains("Ready to accept connections"))
        })
    }

    fn process(&self) -> MutexGuard<'_, Process> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for PrivateRedis {
    fn drop(&mut self) {
        // The data goes, too; and one that is frozen takes no other signal.
        let _ = self.kill();
    }
}

/// A server in memory for a test that must stop or crash its own; `None` after a line `SKIPPED` if Redis is not installed.
///
/// # Panics
///
/// If it is installed and doesn't start, or isn't installed where `CI` is `true`.
#[must_use]
pub fn private_redis_or_skip() -> Option<PrivateRedis> {
    PrivateRedis::builder().launch_or_skip()
}
