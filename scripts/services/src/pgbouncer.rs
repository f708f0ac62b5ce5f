//! A private PgBouncer in transaction mode, the pooler that most hosts of Postgres put in front of it.

use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use crate::error::Error;
use crate::postgres::or_skip;
use crate::process::Process;
use crate::url::Url;
use crate::{ports, programs};

/// How often another port is tried, when somebody took ours between looking and listening.
const PORTS: u32 = 5;

/// A pooler on a free port of 127.0.0.1, in front of all databases of one server, in transaction mode.
///
/// It has PgBouncer's defaults, above all an empty `ignore_startup_parameters`: a client that asks for anything but what
/// PgBouncer tracks is refused, as it is at many hosts. sqlx asks for `extra_float_digits` unless told not to, with
/// `PgConnectOptions::extra_float_digits(None)`.
#[derive(Debug)]
pub struct PgBouncer {
    port: u16,
    // Dropped, it stops the program and removes its directory.
    _process: Process,
}

impl PgBouncer {
    /// Starts a pooler in front of the server of a database; it knows the user of that address and no other.
    ///
    /// `server_connections` is how many connections to the server each database gets: fewer than there are clients, so that
    /// clients do change theirs.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] if PgBouncer is not installed, others with what the program said.
    pub fn launch(database_url: &str, server_connections: u16) -> Result<Self, Error> {
        let program = programs::named("pgbouncer")?;
        let url = Url::parse(database_url)?;
        let ((host, server_port), (user, password)) = (url.host_and_port()?, url.user_and_password()?);
        let mut process = Process::new("pgbouncer", None)?;
        let quoted = |text: &str| text.replace('"', "\"\"");
        let users = process.write("users", &format!("\"{}\" \"{}\"\n", quoted(&user), quoted(&password)))?;
        let mut tries = 1;
        loop {
            let port = ports::free()?;
            let configuration = format!(
                "[databases]\n* = host={host} port={server_port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
                 listen_port = {port}\nunix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {}\n\
                 pool_mode = transaction\ndefault_pool_size = {server_connections}\nmax_client_conn = 1000\n",
                users.display()
            );
            let file = process.write("pgbouncer.ini", &configuration)?;
            let mut command = process.command(&program);
            command.arg(file);
            process.spawn(command)?;
            let listens = |_: &Process| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
            match process.wait_until(Duration::from_secs(20), listens) {
                Err(Error::Failed { told, .. }) if told.contains("in use") && tries < PORTS => tries += 1,
                Err(error) => return Err(error),
                Ok(()) => return Ok(Self { port, _process: process }),
            }
        }
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of a database of the server, through the pooler: same user, password, name and parameters.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if that is not the address of a database.
    pub fn url_of(&self, database_url: &str) -> Result<String, Error> {
        Ok(Url::parse(database_url)?.with_server(&format!("127.0.0.1:{}", self.port)))
    }
}

/// A pooler, or `None` after a line `SKIPPED` if PgBouncer is not installed.
///
/// # Panics
///
/// If it is installed and doesn't start, or isn't installed where `CI` is `true`.
#[must_use]
pub fn pgbouncer_or_skip(database_url: &str, server_connections: u16) -> Option<PgBouncer> {
    or_skip(PgBouncer::launch(database_url, server_connections))
}
