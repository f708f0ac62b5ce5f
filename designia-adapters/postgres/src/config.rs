//! Where the database is, and how patient its callers are.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

/// How to open a [`PostgresStore`](crate::PostgresStore). Made from a URL; the fields may be changed after that.
///
/// ```
/// # fn main() -> Result<(), designia_postgres::ConfigError> {
/// use designia_postgres::Config;
///
/// let mut config: Config = "postgres://shop:secret@db.example/shop?sslmode=verify-full".parse()?;
/// config.max_connections = 20;
/// assert!(!format!("{config:?}").contains("secret"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Config {
    target: PgConnectOptions,
    /// At most so many connections of this process; at least one. 10 by default.
    pub max_connections: u32,
    /// How long a call waits for a connection before it fails as unavailable. 5 seconds by default.
    pub patience: Duration,
    /// How long the server may work on a statement before it gives up, for everything but migrations and the integrity
    /// check. 10 seconds by default.
    pub statement_timeout: Duration,
    /// How long a transaction may stand open without being worked on before the server takes it back, which happens if this
    /// process stalls in the middle of one. 30 seconds by default.
    pub idle_in_transaction_timeout: Duration,
    /// What the server's own lists call the connections. `designia` by default, or `application_name` of the URL.
    pub application_name: String,
    /// Whether a pooler stands between that lends a connection for one transaction at a time, such as pgbouncer in its
    /// transaction mode: then nothing is kept at the server from one transaction to the next. False by default, or
    /// `pooler=transaction` of the URL.
    pub pooler: bool,
}

/// The text is not the address of a PostgreSQL database. It never holds the address, which may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the address of a PostgreSQL database: {0}")]
pub struct ConfigError(String);

/// The parameters of a URL that the driver knows. It would pass over others, and log their values.
const PARAMETERS: [&str; 16] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
];

impl FromStr for Config {
    type Err = ConfigError;

    /// From `postgres://role:password@host:port/database?parameter=value`. The parameters are those of libpq
    /// (`sslmode`, `sslrootcert`, `host` …) and `pooler`, which is `none` or `transaction`. What the URL leaves out comes from
    /// the environment, as with libpq: `PGHOST`, `PGUSER`, `PGPASSWORD` …
    fn from_str(url: &str) -> Result<Self, ConfigError> {
        let wrong = |what: &str| ConfigError(what.to_owned());
        let (address, query) = url.split_once('?').unwrap_or((url, ""));
        let rest = address.strip_prefix("postgres://").or_else(|| address.strip_prefix("postgresql://"));
        let rest = rest.ok_or_else(|| wrong("it doesn't begin with postgres://"))?;
        // A password with such a character would be taken for a host, a port or a database, and be shown as that.
        let path = rest.split_once('/').map_or("", |(_, path)| path);
        if url.contains('#') || path.contains('@') || query.contains('@') {
            return Err(wrong("a special character in the password must be percent-encoded, such as # as %23"));
        }
        let mut pooler = false;
        let mut parameters = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (key, value) {
                ("pooler", "transaction") => pooler = true,
                ("pooler", "none") => pooler = false,
                ("pooler", _) => return Err(wrong("`pooler` is neither `none` nor `transaction`")),
                _ if PARAMETERS.contains(&key) || key.starts_with("options") => parameters.push(pair),
                _ => return Err(ConfigError(format!("the parameter `{key}` is not known"))),
            }
        }
        let target = format!("{address}?{}", parameters.join("&")).parse::<PgConnectOptions>();
        let target = target.map_err(|error| match error {
            sqlx::Error::Configuration(error) => ConfigError(error.to_string()),
            _ => wrong("it can't be understood"),
        })?;
        Ok(Self {
            application_name: target.get_application_name().unwrap_or("designia").to_owned(),
            target,
            max_connections: 10,
            patience: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
            idle_in_transaction_timeout: Duration::from_secs(30),
            pooler,
        })
    }
}

impl Config {
    /// Where the database is, for people: `host:port/database`.
    #[must_use]
    pub fn place(&self) -> String {
        let target = &self.target;
        let host = target.get_socket().map_or_else(
            || format!("{}:{}", target.get_host(), target.get_port()),
            |socket| socket.display().to_string(),
        );
        format!("{host}/{}", self.database())
    }

    /// Under which name this process logs in.
    pub(crate) fn role(&self) -> &str {
        self.target.get_username()
    }

    /// The database; the server takes the role's name if there is none.
    pub(crate) fn database(&self) -> &str {
        self.target.get_database().unwrap_or_else(|| self.role())
    }

    /// How the driver connects.
    ///
    /// What a session is to hold to is said at its start, at no cost. A pooler shares sessions among its clients and takes no
    /// such wishes, so there each transaction says it: see [`Config::begin`].
    pub(crate) fn connect_options(&self) -> PgConnectOptions {
        let options = self.target.clone().application_name(&self.application_name);
        // Not every pooler takes this wish, and there are no floats here to print.
        let options = options.extra_float_digits(None).disable_statement_logging();
        if self.pooler {
            return options.statement_cache_capacity(0);
        }
        options.options([
            ("statement_timeout", millis(self.statement_timeout).as_str()),
            ("idle_in_transaction_session_timeout", millis(self.idle_in_transaction_timeout).as_str()),
            // Whatever the database's default is, the statements here are written for this one.
            ("default_transaction_isolation", "read committed"),
            // A plan is kept as long as its session, and the first ones are made when the tables are nearly empty: what is
            // right for ten rows would walk through a million.
            ("enable_seqscan", "off"),
            ("enable_hashjoin", "off"),
            ("enable_mergejoin", "off"),
            ("enable_bitmapscan", "off"),
            // Compiling and starting processes pay for reports, not for statements that read a few rows.
            ("jit", "off"),
            ("max_parallel_workers_per_gather", "0"),
            // A node that lost its power must not hold its locks for hours. The driver offers no such thing on our side.
            ("tcp_keepalives_idle", "30"),
            ("tcp_keepalives_interval", "10"),
            ("tcp_keepalives_count", "3"),
        ])
    }

    /// What begins a transaction.
    pub(crate) fn begin(&self) -> String {
        let begin = "BEGIN ISOLATION LEVEL READ COMMITTED";
        if !self.pooler {
            return begin.to_owned();
        }
        let (statement, idle) = (millis(self.statement_timeout), millis(self.idle_in_transaction_timeout));
        format!(
            "{begin}; SET LOCAL statement_timeout = {statement}; SET LOCAL idle_in_transaction_session_timeout = {idle}; \
             SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; \
             SET LOCAL enable_bitmapscan = off; SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0"
        )
    }

    /// How long an answer can take if the server is alive: then it gives up by itself before.
    pub(crate) fn deadline(&self) -> Duration {
        self.statement_timeout + self.patience
    }
}

/// A duration as the server's settings count it.
fn millis(duration: Duration) -> String {
    duration.as_millis().to_string()
}

impl fmt::Debug for Config {
    /// Without the password, which nobody needs to see.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("place", &self.place())
            .field("role", &self.role())
            .field("max_connections", &self.max_connections)
            .field("patience", &self.patience)
            .field("statement_timeout", &self.statement_timeout)
            .field("idle_in_transaction_timeout", &self.idle_in_transaction_timeout)
            .field("application_name", &self.application_name)
            .field("pooler", &self.pooler)
            .finish()
    }
}
