//! The server that is measured: a process of its own, which does not outlive the measurement.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Long, and the same for the process that fills the store.
const SECRET: &str = "a secret of at least thirty-two bytes";

#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Host and port.
    pub(crate) address: String,
}

/// A directory of this run's own.
pub(crate) fn directory() -> PathBuf {
    let directory = std::env::temp_dir().join(format!("designia-bench-http-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory for temporary files");
    directory
}

/// The settings that all of them share.
pub(crate) fn arguments(database: &str, directory: &Path) -> Vec<String> {
    let directory = directory.to_str().expect("a path of letters");
    let pairs = [
        ("--database-url", database),
        ("--data-dir", directory),
        ("--bind", "127.0.0.1:0"),
        ("--jwt-secret", SECRET),
        ("--log", "error"),
        ("--rate-limits", "off"),
        ("--access-lifetime", "24h"),
        ("--trusted-proxies", "127.0.0.1"),
    ];
    pairs.iter().flat_map(|(name, value)| [(*name).to_owned(), (*value).to_owned()]).collect()
}

impl Server {
    pub(crate) fn start(database: &str, directory: &Path) -> Self {
        let binary = std::env::var("DESIGNIA_SERVER").expect("DESIGNIA_SERVER: run benches/http/run");
        let mut command = Command::new(&binary);
        command.args(arguments(database, directory)).arg("serve");
        command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).current_dir(directory);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{binary}: {error}"));
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines().map_while(Result::ok);
        let line = lines.find(|line| line.contains("http://")).expect("it says where it listens");
        let base = &line[line.find("http://").expect("it was found") + 7..];
        let address = base.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or(base).to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        let server = Self { child, address };
        server.until_ready();
        server
    }

    fn until_ready(&self) {
        for _ in 0..600 {
            if self.is_ready() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("the server is not ready after a minute");
    }

    fn is_ready(&self) -> bool {
        use std::io::{Read as _, Write as _};
        let Ok(mut stream) = TcpStream::connect(&self.address) else { return false };
        let sent = stream.write_all(b"GET /health/ready HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n");
        let mut answer = String::new();
        sent.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 200")
    }

    /// Resident memory in MiB.
    pub(crate) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs on Linux");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("every process has some");
        let kib = line.split_whitespace().nth(1).and_then(|text| text.parse::<u64>().ok());
        kib.expect("a number") / 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
