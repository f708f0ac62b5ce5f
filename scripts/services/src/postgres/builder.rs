//! What a private server is made of: its settings, its data, its two roles.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Mutex;

use super::{PrivatePostgres, or_skip};
use crate::error::Error;
use crate::process::Process;
use crate::{memory, ports, programs};

/// What every private server has. No socket: a path of a socket has a limit, which temporary directories can exceed.
const ALWAYS: &[(&str, &str)] =
    &[("listen_addresses", "127.0.0.1"), ("unix_socket_directories", ""), ("max_connections", "300")];

/// Nothing of this survives a power cut, and nothing of it has to.
const FAST: &[(&str, &str)] = &[
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("autovacuum", "off"),
    // It may be memory that the log takes.
    ("max_wal_size", "128MB"),
    ("jit", "off"),
];

/// How often another port is tried, when somebody took ours between looking and listening.
const PORTS: u32 = 5;

/// Settings of a [`PrivatePostgres`] to be.
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    settings: Vec<(String, String)>,
    data_under: Option<PathBuf>,
}

impl Builder {
    pub(super) fn fast() -> Self {
        Self { data_under: memory::directory().map(PathBuf::from), ..Self::durable() }.with(FAST)
    }

    pub(super) fn durable() -> Self {
        Self { settings: Vec::new(), data_under: None }.with(ALWAYS)
    }

    /// Sets a parameter of the server; a later value replaces an earlier one.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Keeps the data in a new directory under this one, for instance on the disk that is to be measured. Without it, a durable
    /// server has its data in the system's temporary directory, a fast one in memory if there is plenty. Root needs a place that
    /// other users can reach.
    pub fn data_under(mut self, directory: impl Into<PathBuf>) -> Self {
        self.data_under = Some(directory.into());
        self
    }

    /// Makes and starts the server; returns when it takes connections.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] if Postgres is not installed, others with what the program said.
    pub fn launch(self) -> Result<PrivatePostgres, Error> {
        let programs = programs::postgres()?;
        let mut process = Process::new("postgres", self.data_under.as_deref())?;
        let (password, admin_password) = (secret()?, secret()?);
        let data = process.data().join("data");

        let passwords = process.write("password", &admin_password)?;
        let mut initdb = process.command(&programs.join("initdb"));
        initdb.args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync"]);
        initdb.arg("--pwfile").arg(passwords).arg("--pgdata").arg(&data);
        process.run(initdb, "initdb", "")?;

        // Without a network, a client library, and the superuser's password.
        let mut single = process.command(&programs.join("postgres"));
        single.args(["--single", "-F", "-c", "exit_on_error=on", "-D"]).arg(&data).arg("postgres");
        let roles = format!(
            "CREATE ROLE designia LOGIN CREATEDB PASSWORD '{password}';\nCREATE DATABASE designia OWNER designia;\n"
        );
        process.run(single, "postgres --single", &roles)?;

        let (program, process) = (programs.join("postgres"), Mutex::new(process));
        let mut postgres =
            PrivatePostgres { process, program, settings: self.settings, port: 0, password, admin_password };
        let mut tries = 1;
        loop {
            postgres.port = ports::free()?;
            match postgres.start() {
                Err(Error::Failed { told, .. }) if told.contains("could not bind") && tries < PORTS => tries += 1,
                outcome => return outcome.map(|()| postgres),
            }
        }
    }

    /// [`Self::launch`], or `None` after a line `SKIPPED` if Postgres is not installed.
    ///
    /// # Panics
    ///
    /// If it is installed and doesn't start, or isn't installed where `CI` is `true`.
    #[must_use]
    pub fn launch_or_skip(self) -> Option<PrivatePostgres> {
        or_skip(self.launch())
    }

    fn with(self, settings: &[(&str, &str)]) -> Self {
        settings.iter().fold(self, |builder, (name, value)| builder.setting(name, value))
    }
}

/// A password that no other user of this machine can guess.
pub(crate) fn secret() -> Result<String, Error> {
    let mut bytes = [0; 16];
    let read = File::open("/dev/urandom").and_then(|mut random| random.read_exact(&mut bytes));
    read.map_err(Error::io("read random numbers"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
