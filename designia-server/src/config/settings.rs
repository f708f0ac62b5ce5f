//! The settings as an operator writes them: one place that declares flag, variable, default and help of each.
//!
//! Everything is text here, and is checked in [`Settings::check`]: clap's own complaint about a value repeats the value,
//! which a secret must not suffer, and takes several lines, which a start-up failure should not.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use designia_core::time::{DAY, HOUR};

use super::accounts::AccountSettings;
use super::console::ConsoleSettings;
use super::http::HttpSettings;
use super::mail::MailSettings;
use super::sockets::SocketSettings;
use super::traces::TraceSettings;
use super::values::{self, ConfigError};
use super::{
    Config, DEFAULT_LOG, Database, Log, MIN_JWT_SECRET_BYTES, Payment, Rates, Redis, Roles, Secret, Stripe, Tasks,
};

/// Help heading of the settings.
const HEADING: &str = "Settings (flag over environment over .env file)";

/// More connections than this slow a PostgreSQL server down; a pooler is the way to more.
const MAX_CONNECTIONS: u32 = 200;

/// What an operator may set.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = HEADING)]
pub struct Settings {
    /// Address and port to listen on
    #[arg(long, env = "BIND", global = true, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8001")]
    bind: String,

    /// What this node does: a list of serve (API and webhooks), worker (deadlines, outside calls, webhook events,
    /// background tasks) and scheduler (asks for tasks at their times)
    #[arg(long, env = "DESIGNIA_ROLES", global = true, value_name = "LIST", default_value = "serve,worker,scheduler")]
    roles: String,

    /// Where orders are stored: postgres://ROLE:PASSWORD@HOST/DATABASE for any number of nodes, sqlite://PATH, or memory: for
    /// a database that ends with the process; ?pooler=transaction says that pgbouncer stands between
    /// [default: designia.db in the data directory]
    #[arg(long, env = "DATABASE_URL", global = true, value_name = "URL")]
    database_url: Option<Secret>,

    /// Most connections of this node to a PostgreSQL server, besides one that listens
    #[arg(long, env = "DESIGNIA_DB_CONNECTIONS", global = true, value_name = "NUMBER", default_value = "10")]
    db_connections: String,

    /// Redis for background tasks and wake-up calls: redis://[USER:PASSWORD@]HOST[:PORT]/DB, or rediss:// for TLS
    /// [default: tasks are where the orders are]
    #[arg(long, env = "REDIS_URL", global = true, value_name = "URL")]
    redis_url: Option<Secret>,

    /// Queues that this node's worker takes tasks from, the most urgent first [default: those of every kind it can run]
    #[arg(long, env = "DESIGNIA_TASK_QUEUES", global = true, value_name = "LIST", visible_alias = "queues")]
    task_queues: Option<String>,

    /// How many tasks this node's worker runs at once
    #[arg(
        long,
        env = "DESIGNIA_TASK_CONCURRENCY",
        global = true,
        value_name = "NUMBER",
        default_value = "16",
        visible_alias = "concurrency"
    )]
    task_concurrency: String,

    /// How long a task that has ended is kept, with its result
    #[arg(long, env = "DESIGNIA_TASKS_KEPT", global = true, value_name = "DURATION", default_value = "24h")]
    tasks_kept: String,

    /// Stripe's secret key, sk_… or rk_… [default: none, and a built-in sandbox plays Stripe]
    #[arg(long, env = "STRIPE_SECRET_KEY", global = true, value_name = "KEY")]
    stripe_secret_key: Option<Secret>,

    /// Signing secret of the webhook endpoint, whsec_…; needed with STRIPE_SECRET_KEY [default: the sandbox makes its own]
    #[arg(long, env = "STRIPE_WEBHOOK_SECRET", global = true, value_name = "SECRET")]
    stripe_webhook_secret: Option<Secret>,

    /// Root of the Stripe API: https, or http on this machine
    #[arg(long, env = "STRIPE_API_BASE", global = true, value_name = "URL", default_value = "https://api.stripe.com")]
    stripe_api_base: String,

    /// Signs access tokens, at least 32 bytes [default: made at the first start, kept in the data directory]
    #[arg(long, env = "JWT_SECRET", global = true, value_name = "SECRET")]
    jwt_secret: Option<Secret>,

    /// Directory of the database file and of the generated secret
    #[arg(long, env = "DESIGNIA_DATA_DIR", global = true, value_name = "PATH", default_value = "designia-data")]
    data_dir: String,

    /// Where uploaded files are kept: a folder, or s3://BUCKET[/PREFIX][?region=…&endpoint=URL&path_style=true] with the credentials of
    /// the usual AWS_… variables [default: media in the data directory; in memory with a database in memory]
    #[arg(long, env = "DESIGNIA_MEDIA", global = true, value_name = "PATH|URL")]
    media: Option<String>,

    /// Where people and the payment provider reach this server [default: http:// and BIND]
    #[arg(long, env = "DESIGNIA_PUBLIC_URL", global = true, value_name = "URL")]
    public_url: Option<String>,

    /// Where the shop's own pages are, to which buyers return from the payment page [default: this server]
    #[arg(long, env = "DESIGNIA_SHOP_URL", global = true, value_name = "URL")]
    shop_url: Option<String>,

    /// What to log: off, error, warn, info, debug, trace, or a filter such as designia_server=debug,info
    #[arg(long, env = "DESIGNIA_LOG", global = true, value_name = "FILTER", default_value = DEFAULT_LOG)]
    log: String,

    /// Form of a log line: text or json
    #[arg(long, env = "DESIGNIA_LOG_FORMAT", global = true, value_name = "FORM", default_value = "text")]
    log_format: String,

    #[command(flatten)]
    traces: TraceSettings,

    #[command(flatten)]
    http: HttpSettings,

    /// Time from an order to the enforced deadline of its payment
    #[arg(long, env = "DESIGNIA_PAYMENT_GRACE", global = true, value_name = "DURATION", default_value = "3d")]
    payment_grace: String,

    /// Pause between two looks for orders that are due
    #[arg(long, env = "DESIGNIA_SWEEP_INTERVAL", global = true, value_name = "DURATION", default_value = "5s")]
    sweep_interval: String,

    /// Money that arrives after the order was cancelled: refund it, reinstate the order, or hold it for a person
    #[arg(long, env = "DESIGNIA_LATE_PAYMENT", global = true, value_name = "POLICY", default_value = "refund")]
    late_payment: String,

    /// Checkout page: hosted by the provider, or embedded in the shop's own page
    #[arg(long, env = "DESIGNIA_CHECKOUT_UI", global = true, value_name = "UI", default_value = "hosted")]
    checkout_ui: String,

    /// Exchange rate sources in the order to try them: bundled, exchangerate-api, ecb, file:PATH
    #[arg(long, env = "DESIGNIA_RATES_SOURCES", global = true, value_name = "LIST", default_value = "bundled")]
    rates_sources: String,

    /// Oldest exchange rate that may be used, in hours
    #[arg(long, env = "DESIGNIA_RATES_FRESHNESS_HOURS", global = true, value_name = "HOURS", default_value = "168")]
    rates_freshness_hours: String,

    #[command(flatten)]
    accounts: AccountSettings,

    #[command(flatten)]
    sockets: SocketSettings,

    #[command(flatten)]
    mail: MailSettings,

    #[command(flatten)]
    console: ConsoleSettings,

    /// Demo products and demo accounts: on or off
    #[arg(long, env = "DESIGNIA_DEMO", global = true, value_name = "SWITCH", default_value = "on")]
    demo: String,
}

impl Settings {
    /// The same settings for a node that does one thing only, whatever they say of its roles.
    #[must_use]
    pub fn in_role(self, role: &str) -> Self {
        Self { roles: role.to_owned(), ..self }
    }

    /// Checks every value and the rules between them.
    ///
    /// # Errors
    ///
    /// The first value that breaks its rule.
    pub fn check(&self) -> Result<Config, ConfigError> {
        let mut warnings = Vec::new();
        let bind: SocketAddr = values::parsed("BIND", &self.bind, "an address and port like 127.0.0.1:8001")?;
        let public_url = self.public_url.as_ref().map(|url| values::web_url("DESIGNIA_PUBLIC_URL", url)).transpose()?;
        let redis = self.redis_url.as_ref().map(Redis::parse).transpose()?;
        let data_dir = PathBuf::from(&self.data_dir);
        let connections = values::count("DESIGNIA_DB_CONNECTIONS", &self.db_connections, 1, MAX_CONNECTIONS)?;
        let database = match &self.database_url {
            Some(url) => values::database(url, connections)?,
            None => Database::Sqlite(data_dir.join("designia.db")),
        };
        let (roles, stripe) = (Roles::parse(&self.roles)?, self.check_stripe()?);
        roles.check(&database, &stripe)?;
        if let Some(secret) = &self.jwt_secret {
            let long_enough = secret.expose().len() >= MIN_JWT_SECRET_BYTES;
            values::require("JWT_SECRET", long_enough, format!("shorter than {MIN_JWT_SECRET_BYTES} bytes"))?;
        }
        let media = values::media(self.media.as_deref(), &data_dir, &database)?;
        let demo = values::switch("DESIGNIA_DEMO", &self.demo)?;
        let is_live = |key: &Secret| ["sk_live_", "rk_live_"].iter().any(|prefix| key.expose().starts_with(prefix));
        if demo && self.stripe_secret_key.as_ref().is_some_and(is_live) {
            warnings.push(
                "STRIPE_SECRET_KEY moves real money and the demo accounts are open: set DESIGNIA_DEMO=off".to_owned(),
            );
        }
        if demo && !bind.ip().is_loopback() {
            warnings.push(format!(
                "BIND is {bind}, which other machines can reach, and the demo accounts are open: set DESIGNIA_DEMO=off unless this is meant"
            ));
        }
        if redis.is_some() && database == Database::Memory {
            warnings.push(
                "DATABASE_URL is a database in memory: tasks in Redis outlive the orders that they are about"
                    .to_owned(),
            );
        }
        if matches!(database, Database::Postgres(_)) {
            warnings.extend(self.doubts_about_nodes(&stripe));
        }
        Ok(Config {
            bind,
            public_url,
            shop_url: self.shop_url.as_ref().map(|url| values::web_url("DESIGNIA_SHOP_URL", url)).transpose()?,
            data_dir,
            roles,
            database,
            redis,
            tasks: Tasks::parse(self.task_queues.as_deref(), &self.task_concurrency, &self.tasks_kept)?,
            stripe,
            jwt_secret: self.jwt_secret.clone(),
            log: self.check_log()?,
            traces: self.traces.check()?,
            http: self.http.check()?,
            payment: self.check_payment()?,
            rates: self.check_rates()?,
            media,
            accounts: self.accounts.check()?,
            sockets: self.sockets.check()?,
            mail: self.mail.check()?,
            console: self.console.check()?,
            demo,
            warnings,
        })
    }

    /// What works for one node on a shared database, and not for a second.
    fn doubts_about_nodes(&self, stripe: &Stripe) -> Vec<String> {
        let mut doubts = Vec::new();
        if matches!(stripe, Stripe::Sandbox { .. }) {
            doubts.push(
                "STRIPE_SECRET_KEY is not set: every node on this database would have a Stripe sandbox of its own; start only one"
                    .to_owned(),
            );
        }
        if self.jwt_secret.is_none() {
            doubts.push(
                "JWT_SECRET is not set: every node makes its own and refuses the others' tokens; give all nodes the same"
                    .to_owned(),
            );
        }
        if self.media.is_none() {
            doubts.push(
                "DESIGNIA_MEDIA is not set: every node keeps pictures of its own; name a folder that all share, or a bucket"
                    .to_owned(),
            );
        }
        doubts
    }

    fn check_stripe(&self) -> Result<Stripe, ConfigError> {
        let api_base = values::web_url("STRIPE_API_BASE", &self.stripe_api_base)?;
        let webhook_secret = self.stripe_webhook_secret.clone();
        let is_secret = webhook_secret.as_ref().is_none_or(|secret| secret.expose().starts_with("whsec_"));
        values::require("STRIPE_WEBHOOK_SECRET", is_secret, "does not start with whsec_")?;
        let Some(key) = &self.stripe_secret_key else {
            return Ok(Stripe::Sandbox { webhook_secret });
        };
        let is_key = ["sk_", "rk_"].iter().any(|prefix| key.expose().starts_with(prefix));
        values::require("STRIPE_SECRET_KEY", is_key, "does not start with sk_ or rk_")?;
        let encrypted = api_base.starts_with("https://") || values::is_loopback(&api_base);
        values::require(
            "STRIPE_API_BASE",
            encrypted,
            "would send the secret key unencrypted to another machine; use https",
        )?;
        let missing = || ConfigError::new("STRIPE_WEBHOOK_SECRET", "needed with STRIPE_SECRET_KEY");
        let webhook_secret = webhook_secret.ok_or_else(missing)?;
        Ok(Stripe::Remote { api_base, secret_key: key.clone(), webhook_secret })
    }

    fn check_log(&self) -> Result<Log, ConfigError> {
        let fits = tracing_subscriber::EnvFilter::try_new(&self.log).is_ok();
        values::require(
            "DESIGNIA_LOG",
            fits,
            format!("`{}` is not a filter like info or designia_server=debug,info", self.log),
        )?;
        let format = values::one_of("DESIGNIA_LOG_FORMAT", &self.log_format, &values::LOG_FORMATS)?;
        Ok(Log { filter: self.log.clone(), format })
    }

    fn check_payment(&self) -> Result<Payment, ConfigError> {
        // Stripe keeps a payment page open for half an hour at least, so less than that cannot be paid in.
        Ok(Payment {
            grace: values::duration("DESIGNIA_PAYMENT_GRACE", &self.payment_grace, HOUR, 365 * DAY)?,
            sweep_interval: values::duration(
                "DESIGNIA_SWEEP_INTERVAL",
                &self.sweep_interval,
                Duration::from_millis(50),
                HOUR,
            )?,
            late: values::one_of("DESIGNIA_LATE_PAYMENT", &self.late_payment, &values::LATE_PAYMENTS)?,
            checkout_ui: values::one_of("DESIGNIA_CHECKOUT_UI", &self.checkout_ui, &values::CHECKOUT_UIS)?,
        })
    }

    fn check_rates(&self) -> Result<Rates, ConfigError> {
        let variable = "DESIGNIA_RATES_FRESHNESS_HOURS";
        let hours: u32 = values::parsed(variable, &self.rates_freshness_hours, "a whole number of hours")?;
        values::require(variable, hours > 0, "must be at least 1")?;
        Ok(Rates { sources: values::rate_sources(&self.rates_sources)?, freshness: hours * HOUR })
    }
}
