//! A server process, which does not outlive the measurement.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub(crate) struct Process {
    child: Child,
    pub(crate) base: String,
}

/// The settings that all of them share.
pub(crate) fn arguments(database: &str, directory: &Path) -> Vec<String> {
    let directory = directory.to_str().unwrap();
    let pairs = [
        ("--database-url", database),
        ("--data-dir", directory),
        ("--bind", "127.0.0.1:0"),
        ("--jwt-secret", "a secret of at least thirty-two bytes"),
        ("--demo", "off"),
        ("--log", "warn"),
        ("--stripe-secret-key", "sk_test_x"),
        ("--stripe-webhook-secret", "whsec_x"),
        ("--socket-connects", "1000000"),
    ];
    pairs.iter().flat_map(|(name, value)| [(*name).to_owned(), (*value).to_owned()]).collect()
}

impl Process {
    pub(crate) fn start(database: &str, redis: &str, directory: &Path) -> Self {
        let binary = std::env::var("DESIGNIA_SERVER").map_or_else(
            |_| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/release/designia-server"),
            PathBuf::from,
        );
        let mut command = Command::new(&binary);
        command.args(arguments(database, directory)).args(["--redis-url", redis, "serve"]);
        command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).current_dir(directory);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}; build it first", binary.display()));
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let line = lines.find(|line| line.contains("http://")).expect("it says where it listens");
        let base = line[line.find("http://").unwrap()..].split_whitespace().next().unwrap().to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        // Until the first look at the database is over.
        std::thread::sleep(Duration::from_secs(2));
        Self { child, base }
    }

    /// Resident memory in kB.
    pub(crate) fn memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
