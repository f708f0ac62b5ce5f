//! Room for each test on the server that `REDIS_URL` names, which may hold others' data, too.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::error::Error;
use crate::skip::skipped;

/// Longest time for one answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Removes up to a thousand keys of a namespace, and answers where to go on.
const SWEEP: &str = "local page = redis.call('SCAN', ARGV[1], 'MATCH', ARGV[2], 'COUNT', 1000) \
                     for _, key in ipairs(page[2]) do redis.call('UNLINK', key) end return page[1]";

/// The server that `REDIS_URL` names, or `None` after a line `SKIPPED` if it names none.
///
/// # Panics
///
/// If the variable is absent where `CI` is `true`.
#[must_use]
pub fn redis() -> Option<SharedRedis> {
    let Some(url) = std::env::var("REDIS_URL").ok().filter(|url| !url.is_empty()) else {
        skipped("REDIS_URL is not set");
        return None;
    };
    Some(SharedRedis { url })
}

/// A server on which tests may have namespaces.
#[derive(Clone, Debug)]
pub struct SharedRedis {
    url: String,
}

impl SharedRedis {
    /// The address this server was found at.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A namespace that nobody else uses.
    #[must_use]
    pub fn fresh_namespace(&self) -> Namespace {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // A number of the process comes again; the nanoseconds don't.
        let since = std::time::UNIX_EPOCH.elapsed().map(|it| it.subsec_nanos()).unwrap_or_default();
        let name = format!("designia-test-{}-{since:x}-{number}", std::process::id());
        Namespace { server: self.clone(), name }
    }
}

/// Keys of a server that begin alike, removed when this is dropped. On a server that speaks TLS they stay.
#[derive(Debug)]
pub struct Namespace {
    server: SharedRedis,
    name: String,
}

impl Namespace {
    /// The server's address with this namespace.
    #[must_use]
    pub fn url(&self) -> String {
        let and = if self.server.url.contains('?') { '&' } else { '?' };
        format!("{}{and}namespace={}", self.server.url, self.name)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // A server that is gone took the keys along.
        let _ = swept(&self.server.url, &self.name);
    }
}

fn swept(url: &str, name: &str) -> Result<(), Error> {
    let Some(rest) = url.strip_prefix("redis://") else { return Ok(()) };
    let rest = rest.split('?').next().unwrap_or_default();
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (credentials, server) = authority.rsplit_once('@').unwrap_or(("", authority));
    let server = if server.contains(':') { server.to_owned() } else { format!("{server}:6379") };
    let stream = TcpStream::connect(server).map_err(Error::io("reach redis"))?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(Error::io("wait for redis"))?;
    let mut session = BufReader::new(stream);
    if let Some((user, password)) = credentials.split_once(':') {
        let user = if user.is_empty() { "default" } else { user };
        ask(&mut session, &["AUTH", &crate::url::decoded(user)?, &crate::url::decoded(password)?])?;
    }
    if !database.is_empty() {
        ask(&mut session, &["SELECT", database])?;
    }
    let pattern = format!("{{{name}}}*");
    let mut cursor = "0".to_owned();
    loop {
        cursor = ask(&mut session, &["EVAL", SWEEP, "0", &cursor, &pattern])?;
        if cursor == "0" {
            return Ok(());
        }
    }
}

/// Sends one command and reads its answer, which is one line or one text.
fn ask(session: &mut BufReader<TcpStream>, command: &[&str]) -> Result<String, Error> {
    let mut request = format!("*{}\r\n", command.len());
    for word in command {
        request.push_str(&format!("${}\r\n{word}\r\n", word.len()));
    }
    session.get_mut().write_all(request.as_bytes()).map_err(Error::io("ask redis"))?;
    let mut line = String::new();
    session.read_line(&mut line).map_err(Error::io("read what redis answers"))?;
    match line.trim_end().split_at_checked(1) {
        Some(("$", _)) => {
            line.clear();
            session.read_line(&mut line).map_err(Error::io("read what redis answers"))?;
            Ok(line.trim_end().to_owned())
        }
        Some(("+" | ":", answer)) => Ok(answer.to_owned()),
        _ => Err(Error::Refused { reason: "redis refuses a command".to_owned() }),
    }
}
