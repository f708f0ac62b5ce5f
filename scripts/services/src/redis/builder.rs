//! What a private server is made of: what it keeps, its password, its certificate.

use std::fmt::Write;
use std::sync::Mutex;

use super::PrivateRedis;
use crate::error::Error;
use crate::postgres::{or_skip, secret};
use crate::process::Process;
use crate::{ports, programs};

/// How often another port is tried, when somebody took ours between looking and listening.
const PORTS: u32 = 5;

/// What a server still has after it was stopped or crashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// Nothing.
    None,
    /// What was written up to a second before a crash, as Redis advises: `appendfsync everysec`.
    EverySecond,
    /// Everything that was answered: `appendfsync always`.
    Always,
}

/// Settings of a [`PrivateRedis`] to be.
#[derive(Clone, Debug)]
#[must_use]
pub struct RedisBuilder {
    settings: Vec<(String, String)>,
    persistence: Persistence,
    certificate: Option<(String, String)>,
}

impl RedisBuilder {
    pub(super) fn new() -> Self {
        Self { settings: Vec::new(), persistence: Persistence::None, certificate: None }
    }

    /// Sets a parameter of the server, as a line of its configuration would.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What it still has after it was stopped or crashed.
    pub fn persistence(mut self, persistence: Persistence) -> Self {
        self.persistence = persistence;
        self
    }

    /// Speaks TLS and nothing else, with this certificate and its key in PEM, which are to be for 127.0.0.1.
    pub fn tls(mut self, certificate: &str, key: &str) -> Self {
        self.certificate = Some((certificate.to_owned(), key.to_owned()));
        self
    }

    /// Makes and starts the server; returns when it takes commands.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] if Redis is not installed, others with what the program said.
    pub fn launch(self) -> Result<PrivateRedis, Error> {
        let program = programs::named("redis-server")?;
        let process = Process::new("redis", None)?;
        let password = secret()?;
        let configuration = self.configuration(&process, &password)?;
        let (process, has_tls) = (Mutex::new(process), self.certificate.is_some());
        let mut redis = PrivateRedis { process, program, configuration, has_tls, port: 0, password };
        let mut tries = 1;
        loop {
            redis.port = ports::free()?;
            match redis.start_again() {
                Err(Error::Failed { told, .. }) if told.contains("in use") && tries < PORTS => tries += 1,
                outcome => return outcome.map(|()| redis),
            }
        }
    }

    /// [`Self::launch`], or `None` after a line `SKIPPED` if Redis is not installed.
    ///
    /// # Panics
    ///
    /// If it is installed and doesn't start, or isn't installed where `CI` is `true`.
    #[must_use]
    pub fn launch_or_skip(self) -> Option<PrivateRedis> {
        or_skip(self.launch())
    }

    /// Everything but the port.
    fn configuration(&self, process: &Process, password: &str) -> Result<String, Error> {
        let data = process.data().display();
        let mut text = format!("bind 127.0.0.1\nprotected-mode no\ndir {data}\nrequirepass {password}\nsave \"\"\n");
        text.push_str(match self.persistence {
            Persistence::None => "appendonly no\n",
            Persistence::EverySecond => "appendonly yes\nappendfsync everysec\n",
            Persistence::Always => "appendonly yes\nappendfsync always\n",
        });
        if let Some((certificate, key)) = &self.certificate {
            let (certificate, key) = (process.write("tls.crt", certificate)?, process.write("tls.key", key)?);
            let (certificate, key) = (certificate.display(), key.display());
            let tls = format!("port 0\ntls-cert-file {certificate}\ntls-key-file {key}\ntls-auth-clients no\n");
            text.push_str(&tls);
        }
        for (name, value) in &self.settings {
            // Writing to a string can't fail.
            let _ = writeln!(text, "{name} {value}");
        }
        Ok(text)
    }
}
