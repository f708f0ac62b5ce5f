//! A private chromedriver, which starts Chromium for whoever speaks WebDriver with it.

use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::error::Error;
use crate::postgres::or_skip;
use crate::process::Process;
use crate::{ports, programs};

/// How often another port is tried, when somebody took ours between looking and listening.
const PORTS: u32 = 5;

/// A driver on a free port of 127.0.0.1, and the browser that it is to start.
///
/// Profiles and caches of its browsers are in a directory of its own. Dropped, or when this process ends in whatever way, the driver
/// and its browsers are killed and the directory is removed.
#[derive(Debug)]
pub struct ChromeDriver {
    port: u16,
    browser: PathBuf,
    process: Process,
}

impl ChromeDriver {
    /// Starts a driver; returns when it takes commands.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] if chromedriver or a browser for it is not installed, others with what the program said.
    pub fn launch() -> Result<Self, Error> {
        let (program, browser) = (programs::named("chromedriver")?, programs::chromium()?);
        let mut process = Process::new("chromedriver", None)?;
        let mut tries = 1;
        loop {
            let port = ports::free()?;
            let mut command = process.command(&program);
            command.args([format!("--port={port}"), "--log-level=WARNING".to_owned()]);
            // Where the driver makes profiles, and where a browser puts what it puts nowhere else.
            command.env("TMPDIR", process.data()).env("HOME", process.data());
            process.spawn(command)?;
            let listens = |_: &Process| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
            match process.wait_until(Duration::from_secs(20), listens) {
                Err(Error::Failed { told, .. }) if told.contains("in use") && tries < PORTS => tries += 1,
                Err(error) => return Err(error),
                Ok(()) => return Ok(Self { port, browser, process }),
            }
        }
    }

    /// [`Self::launch`], or `None` after a line `SKIPPED` if chromedriver or a browser for it is not installed.
    ///
    /// # Panics
    ///
    /// If they are installed and don't start, or aren't installed where `CI` is `true`.
    #[must_use]
    pub fn launch_or_skip() -> Option<Self> {
        or_skip(Self::launch())
    }

    /// Where it listens for WebDriver.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The browser that a session is to ask for.
    #[must_use]
    pub fn browser(&self) -> &Path {
        &self.browser
    }
}

impl Drop for ChromeDriver {
    fn drop(&mut self) {
        // What is left over is the watchdog's.
        let _ = self.process.end_all();
    }
}

/// The driver that all tests of this process share, each with a browser of its own.
///
/// # Panics
///
/// As [`ChromeDriver::launch_or_skip`].
#[must_use]
pub fn chromedriver() -> Option<&'static ChromeDriver> {
    static STARTING: Mutex<()> = Mutex::new(());
    static DRIVER: OnceLock<ChromeDriver> = OnceLock::new();
    let _one_at_a_time = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(driver) = DRIVER.get() {
        return Some(driver);
    }
    let driver = ChromeDriver::launch_or_skip()?;
    Some(DRIVER.get_or_init(|| driver))
}
