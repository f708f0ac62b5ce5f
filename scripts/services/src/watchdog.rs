//! Nothing is left behind, even after `kill -9` of the process that started it.
//!
//! A destructor runs for neither a signal nor a static. So a shell waits at the end of a pipe: when the pipe closes, for whatever
//! reason, it ends the service and removes its directories.

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::error::Error;

/// Reads one process group a line, the last one counts, 0 is none; then its arguments are removed.
///
/// A program that still writes can make the removal fail, hence the second try.
const SCRIPT: &str = r#"
trap "" INT TERM HUP QUIT
group=0
while read -r line; do group=$line; done
if [ "$group" != 0 ]; then
    kill -s QUIT -- "-$group" 2>/dev/null
    tries=0
    while kill -s 0 -- "-$group" 2>/dev/null && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
    kill -s KILL -- "-$group" 2>/dev/null
fi
rm -rf -- "$@" 2>/dev/null || { sleep 1; rm -rf -- "$@"; }
"#;

/// The shell at the other end. Dropped, it removes the directories before it returns.
#[derive(Debug)]
pub(crate) struct Watchdog {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Watchdog {
    /// Begins to watch over directories that we made.
    pub(crate) fn over(directories: &[&Path]) -> Result<Self, Error> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "designia-watchdog"]).args(directories.iter().map(AsRef::<OsStr>::as_ref));
        // Neither Ctrl-C nor whoever waits for the end of our output may depend on it.
        command.process_group(0).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut shell = command.spawn().map_err(Error::io("start the watchdog"))?;
        let pipe = shell.stdin.take();
        Ok(Self { shell, pipe })
    }

    /// The process group to end; `None` after its end, when its number may be given to others.
    pub(crate) fn guard(&mut self, group: Option<u32>) -> Result<(), Error> {
        let Some(pipe) = self.pipe.as_mut() else { return Ok(()) };
        pipe.write_all(format!("{}\n", group.unwrap_or(0)).as_bytes()).map_err(Error::io("tell the watchdog"))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.pipe.take());
        // It is our child: the only way to fail is that it was reaped already.
        let _ = self.shell.wait();
    }
}
