//! One service: a directory of its own, a program that runs in it, and the watchdog over both.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::account::Account;
use crate::error::Error;
use crate::watchdog::Watchdog;

/// How often a condition is looked at.
const PACE: Duration = Duration::from_millis(5);

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A service's directory and, at most, one running program.
#[derive(Debug)]
pub(crate) struct Process {
    program: &'static str,
    account: Account,
    directory: PathBuf,
    data: PathBuf,
    child: Option<Child>,
    // The last field: dropped after everything else, it removes the directories.
    watchdog: Watchdog,
}

impl Process {
    /// Makes a directory that only the service's account may read, and one for its data if that is to be elsewhere.
    pub(crate) fn new(program: &'static str, data_under: Option<&Path>) -> Result<Self, Error> {
        let account = Account::find()?;
        let (name, directory) = loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("designia-{program}-{}-{number}", std::process::id());
            match made(&std::env::temp_dir().join(&name), account) {
                // Left by a process of our number whose watchdog was ended, too.
                Err(Error::Io { source, .. }) if source.kind() == ErrorKind::AlreadyExists => {}
                outcome => break (name, outcome?),
            }
        };
        let data = match data_under {
            Some(parent) => made(&parent.join(&name), account).inspect_err(|_| drop(fs::remove_dir(&directory)))?,
            None => directory.clone(),
        };
        let watchdog = Watchdog::over(&[&directory, &data])?;
        Ok(Self { program, account, directory, data, child: None, watchdog })
    }

    /// Where the service's data is.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Writes a file that only the service's account can read.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf, Error> {
        let path = self.directory.join(name);
        fs::write(&path, text).map_err(Error::io(format!("write {}", path.display())))?;
        self.account.own(&path)?;
        Ok(path)
    }

    /// A command of the service's account.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = self.account.command(program);
        // Ctrl-C is for who uses the service; the service ends afterwards.
        command.process_group(0);
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&mut self, mut command: Command, program: &'static str, input: &str) -> Result<(), Error> {
        let stdin = self.write("input", input)?;
        let open = fs::File::open(&stdin).map_err(Error::io(format!("read {}", stdin.display())))?;
        command.stdin(open).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().map_err(Error::io(format!("start {program}")))?;
        self.watchdog.guard(Some(child.id()))?;
        let output = child.wait_with_output().map_err(Error::io(format!("wait for {program}")))?;
        self.watchdog.guard(None)?;
        if output.status.success() {
            return Ok(());
        }
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Err(Error::Failed { program, told: format!("{}: {}", output.status, last_lines(&format!("{out}\n{err}"))) })
    }

    /// Starts the service and returns without waiting for it to be ready; what it says goes to its log.
    pub(crate) fn spawn(&mut self, mut command: Command) -> Result<u32, Error> {
        let log = fs::File::options().create(true).append(true).open(self.log());
        let log = log.map_err(Error::io(format!("open {}", self.log().display())))?;
        let again = log.try_clone().map_err(Error::io(format!("open {}", self.log().display())))?;
        command.stdin(Stdio::null()).stdout(log).stderr(again);
        let child = command.spawn().map_err(Error::io(format!("start {}", self.program)))?;
        let id = child.id();
        self.child = Some(child);
        self.watchdog.guard(Some(id))?;
        Ok(id)
    }

    /// The process's id while it runs.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Waits until a condition holds.
    ///
    /// # Errors
    ///
    /// The program ended, or the time was over before.
    pub(crate) fn wait_until(&mut self, patience: Duration, ready: impl Fn(&Self) -> bool) -> Result<(), Error> {
        for _ in 0..patience.as_millis() / PACE.as_millis() {
            if ready(self) {
                return Ok(());
            }
            if self.ended_within(Duration::ZERO)? {
                return Err(self.failed("ended early"));
            }
            sleep(PACE);
        }
        Err(self.failed("is not ready"))
    }

    /// Sends a signal to the program, if it runs.
    pub(crate) fn signal(&mut self, signal: Signal) -> Result<(), Error> {
        let Some(child) = self.child.as_ref() else { return Ok(()) };
        // We have not waited for this child yet, so the number is still its own.
        let sent = kill_process(Pid::from_child(child), signal);
        sent.map_err(|error| Error::io(format!("send {signal:?} to {}", self.program))(error.into()))
    }

    /// Asks the program to end, and makes it end if it doesn't within the patience.
    pub(crate) fn end(&mut self, signal: Signal, patience: Duration) -> Result<(), Error> {
        self.signal(signal)?;
        if !self.ended_within(patience)? {
            self.signal(Signal::KILL)?;
            self.ended_within(Duration::from_secs(60))?;
        }
        Ok(())
    }

    /// Kills the program and all that it has started.
    pub(crate) fn end_all(&mut self) -> Result<(), Error> {
        let Some(child) = self.child.as_ref() else { return Ok(()) };
        // It leads a group of its own, and we have not waited for it yet.
        let sent = kill_process_group(Pid::from_child(child), Signal::KILL);
        sent.map_err(|error| Error::io(format!("kill {}", self.program))(error.into()))?;
        self.ended_within(Duration::from_secs(60)).map(drop)
    }

    /// What the service said last.
    pub(crate) fn told(&self) -> String {
        last_lines(&fs::read_to_string(self.log()).unwrap_or_default())
    }

    fn log(&self) -> PathBuf {
        self.directory.join("log")
    }

    fn failed(&self, how: &str) -> Error {
        Error::Failed { program: self.program, told: format!("{how}: {}", self.told()) }
    }

    fn ended_within(&mut self, patience: Duration) -> Result<bool, Error> {
        let Some(child) = self.child.as_mut() else { return Ok(true) };
        for _ in 0..=patience.as_millis() / PACE.as_millis() {
            if child.try_wait().map_err(Error::io(format!("wait for {}", self.program)))?.is_some() {
                self.child = None;
                self.watchdog.guard(None)?;
                return Ok(true);
            }
            if !patience.is_zero() {
                sleep(PACE);
            }
        }
        Ok(false)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The data goes, too, so there is nothing to write back. What is left over is the watchdog's.
        let _ = self.end(Signal::QUIT, Duration::from_secs(10));
    }
}

/// Makes a directory that must not exist yet, for one account alone.
fn made(path: &Path, account: Account) -> Result<PathBuf, Error> {
    DirBuilder::new().mode(0o700).create(path).map_err(Error::io(format!("make {}", path.display())))?;
    account.own(path)?;
    Ok(path.to_owned())
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}
