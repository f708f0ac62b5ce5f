//! The configuration: what an operator may set, where each value comes from, and the rule it has to obey.
//!
//! A value is looked for in the flags, then in the environment, then in the `.env` file, then among the defaults. An
//! empty value counts as absent, so that a copied `.env.example` changes nothing. Anything wrong stops the start with
//! one line that names the variable and its rule: a server that guesses what was meant guesses about money.

mod accounts;
mod console;
mod env_file;
mod http;
mod layers;
mod mail;
mod roles;
mod secret;
mod settings;
mod shown;
mod sockets;
mod tasks;
mod traces;
mod values;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use accounts::{Accounts, GoogleSignIn};
pub use console::Console;
pub use env_file::{EnvFile, EnvFileError};
pub use http::{Class, ForwardedBy, Http, Proxies, RateLimits};
pub use layers::{Environment, layered, unknown_names};
pub use mail::Mail;
pub use roles::Roles;
pub use secret::Secret;
pub use settings::Settings;
pub use shown::Shown;
pub use sockets::Sockets;
pub use tasks::{Redis, Tasks};
pub use traces::Traces;
pub use values::ConfigError;
pub(crate) use values::parse_duration;

/// Shortest secret that signs tokens: what HMAC-SHA-256 needs to be as strong as it looks.
pub const MIN_JWT_SECRET_BYTES: usize = 32;

/// What is logged if nothing else is asked for.
pub const DEFAULT_LOG: &str = "info";

/// Everything the server was told, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address and port to listen on.
    pub bind: SocketAddr,
    /// Where people and the payment provider reach this server, without a slash at the end; absent means where it
    /// listens.
    pub public_url: Option<String>,
    /// Where buyers return to from the payment page; absent means this server.
    pub shop_url: Option<String>,
    /// Directory of the database and of the generated secret.
    pub data_dir: PathBuf,
    /// What this node does.
    pub roles: Roles,
    /// Where orders are stored.
    pub database: Database,
    /// A Redis server that tasks and wake-up calls go through; absent means that tasks are where the orders are.
    pub redis: Option<Redis>,
    /// Background tasks.
    pub tasks: Tasks,
    /// The payment provider.
    pub stripe: Stripe,
    /// Signs tokens; absent means the one kept in the data directory.
    pub jwt_secret: Option<Secret>,
    /// What is written to the log and how.
    pub log: Log,
    /// Where spans are sent; absent means nowhere.
    pub traces: Option<Traces>,
    /// Limits and headers of the HTTP side.
    pub http: Http,
    /// Rules of paying.
    pub payment: Payment,
    /// Exchange rates.
    pub rates: Rates,
    /// Where uploaded files are kept.
    pub media: Media,
    /// Accounts.
    pub accounts: Accounts,
    /// Sockets.
    pub sockets: Sockets,
    /// Mail.
    pub mail: Mail,
    /// The operations console.
    pub console: Console,
    /// Whether demo products and demo accounts exist.
    pub demo: bool,
    /// What is allowed but worth a line in the log.
    pub warnings: Vec<String>,
}

/// Where orders are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// One SQLite file.
    Sqlite(PathBuf),
    /// The memory of this process, gone when it ends.
    Memory,
    /// A PostgreSQL server that any number of nodes share.
    Postgres(Postgres),
}

/// Where uploaded files are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Media {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket, as `s3://…`; who asks for it is said by the variables `AWS_…`.
    Bucket(String),
    /// The memory of this process, gone when it ends.
    Memory,
}

impl Database {
    /// The database that a URL names.
    ///
    /// # Errors
    ///
    /// The rule that the URL breaks, without the URL, which may hold a password.
    pub fn named(url: &Secret, connections: u32) -> Result<Self, ConfigError> {
        values::database(url, connections)
    }
}

/// How to reach a PostgreSQL server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Postgres {
    /// Role, password, host and database.
    pub url: Secret,
    /// Most connections of this node.
    pub connections: u32,
}

/// The payment provider.
#[derive(Clone, Debug)]
pub enum Stripe {
    /// The built-in sandbox, in this process.
    Sandbox {
        /// Signs its webhooks; absent means a secret of this run.
        webhook_secret: Option<Secret>,
    },
    /// Stripe, or something that speaks its protocol.
    Remote {
        /// The API's root, without a slash at the end.
        api_base: String,
        /// Authenticates this server to Stripe.
        secret_key: Secret,
        /// Authenticates Stripe's webhooks to this server.
        webhook_secret: Secret,
    },
}

/// What is written to the log and how.
#[derive(Clone, Debug)]
pub struct Log {
    /// A filter such as `info` or `designia_server=debug,info`.
    pub filter: String,
    /// The form of a line.
    pub format: LogFormat,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line, for machines.
    Json,
}

/// Rules of paying.
#[derive(Clone, Copy, Debug)]
pub struct Payment {
    /// From the order to its enforced deadline.
    pub grace: Duration,
    /// Pause between two looks for orders that are due.
    pub sweep_interval: Duration,
    /// What happens to money that arrives after the order was cancelled.
    pub late: LatePayment,
    /// How the checkout page is shown.
    pub checkout_ui: CheckoutUi,
}

/// What happens to money that arrives after the order was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LatePayment {
    /// It goes back.
    Refund,
    /// The order lives again if the stock is still there; else the money goes back.
    Reinstate,
    /// A person decides before a deadline.
    Hold,
}

/// How the checkout page is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckoutUi {
    /// The buyer is sent to the provider's page.
    Hosted,
    /// The shop's own page embeds the provider's form.
    Embedded,
}

/// Exchange rates.
#[derive(Clone, Debug)]
pub struct Rates {
    /// Where rates come from, tried in this order.
    pub sources: Vec<RatesFrom>,
    /// Oldest rate that may still be used.
    pub freshness: Duration,
}

/// One source of exchange rates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RatesFrom {
    /// The dated snapshot inside this binary.
    Bundled,
    /// exchangerate-api.com, version 4 of its protocol.
    ExchangeRateApi,
    /// The European Central Bank's daily reference rates.
    Ecb,
    /// A file on this machine.
    File(PathBuf),
}
