//! The binary as a child process that sees no setting of this machine and does not outlive its test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// A directory of its own for each test, and a binary that sees no setting of this machine.
pub(crate) struct Place(pub(crate) PathBuf);

impl Place {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("designia-binary-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_designia-server"));
        command.args(args).env_clear().current_dir(&self.0).stdin(Stdio::null());
        command
    }

    pub(crate) fn output(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running server that does not outlive its test.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: String,
    pub(crate) greeting: Vec<String>,
}

impl Server {
    /// With a database in memory.
    pub(crate) fn start(place: &Place, args: &[&str]) -> Self {
        Self::run(place.command(args).env("DATABASE_URL", "memory:"))
    }

    pub(crate) fn run(command: &mut Command) -> Self {
        Self::run_until(command, "admin")
    }

    /// One whose greeting ends with a line that begins in this way.
    pub(crate) fn run_until(command: &mut Command, last: &str) -> Self {
        let mut child = command.env("BIND", "127.0.0.1:0").stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut greeting = Vec::new();
        for line in lines {
            let is_last = line.trim_start().starts_with(last);
            greeting.push(line);
            if is_last {
                break;
            }
        }
        let address = greeting[0].split("http://").nth(1).unwrap().to_owned();
        Self { child, address, greeting }
    }

    pub(crate) fn get(&self, path: &str) -> String {
        self.send("GET", path, "")
    }

    /// One request of the demo's buyer; the whole answer.
    pub(crate) fn send(&self, method: &str, path: &str, body: &str) -> String {
        let mut answer = String::new();
        self.send_only(method, path, body).read_to_string(&mut answer).unwrap();
        answer
    }

    /// One request of the demo's buyer, who doesn't wait for the answer.
    pub(crate) fn send_only(&self, method: &str, path: &str, body: &str) -> TcpStream {
        let authorization = format!("authorization: Bearer {}", self.token_of("buyer"));
        self.send_with(method, path, &authorization, body)
    }

    /// Somebody's token: they log in as the greeting says.
    pub(crate) fn token_of(&self, name: &str) -> String {
        let line = self.greeting.iter().find(|line| line.trim_start().starts_with(&format!("{name} "))).unwrap();
        let (email, password) = line.split_once("log in as ").unwrap().1.split_once(" with ").unwrap();
        let body = format!(r#"{{"email":"{email}","password":"{password}"}}"#);
        let ask = |method, path, body| {
            let mut answer = String::new();
            self.send_with(method, path, "accept: */*", body).read_to_string(&mut answer).unwrap();
            answer
        };
        // A node listens before it has opened its database and put the demo's people into it.
        for _ in 0..200 {
            let is_ready = ask("GET", "/health/ready", "").starts_with("HTTP/1.1 200");
            let answer = ask("POST", "/api/auth/login/", &body);
            if let Some(rest) = answer.split(r#""access":""#).nth(1) {
                return rest.split('"').next().unwrap().to_owned();
            }
            assert!(!is_ready, "{answer}");
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{name} can't log in for ten seconds");
    }

    pub(crate) fn send_with(&self, method: &str, path: &str, header: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{header}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        stream
    }

    pub(crate) fn terminate(mut self) -> Option<i32> {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}
