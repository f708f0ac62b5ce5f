//! The configuration in force, for people: each setting under the variable that sets it, secrets only as set or not.

use std::fmt::Display;

use super::{Config, Console, Database, LatePayment, Media, RatesFrom, Secret, Stripe};

/// A setting and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The variable.
    pub name: &'static str,
    /// What it is set to, as far as anybody may see it.
    pub value: String,
}

impl Config {
    /// What is in force. Nothing in it is a secret, and no address holds a password.
    #[must_use]
    pub fn shown(&self) -> Vec<Shown> {
        let mut all = Vec::new();
        let mut show = |name, value: &dyn Display| all.push(Shown { name, value: value.to_string() });
        show("BIND", &self.bind);
        show("DESIGNIA_ROLES", &self.roles.names().collect::<Vec<_>>().join(","));
        show("DATABASE_URL", &database(&self.database));
        show("REDIS_URL", &self.redis.as_ref().map_or_else(|| "none".to_owned(), |redis| address(&redis.url)));
        show("DESIGNIA_PUBLIC_URL", &self.public_url.as_deref().unwrap_or("where it listens"));
        show("DESIGNIA_SHOP_URL", &self.shop_url.as_deref().unwrap_or("this server"));
        show("DESIGNIA_DATA_DIR", &self.data_dir.display());
        show("DESIGNIA_MEDIA", &media(&self.media));
        match &self.stripe {
            Stripe::Sandbox { .. } => show("STRIPE_SECRET_KEY", &"none: the built-in sandbox plays Stripe"),
            Stripe::Remote { api_base, secret_key, webhook_secret } => {
                show("STRIPE_API_BASE", api_base);
                show("STRIPE_SECRET_KEY", &hidden(Some(secret_key)));
                show("STRIPE_WEBHOOK_SECRET", &hidden(Some(webhook_secret)));
            }
        }
        show("JWT_SECRET", &hidden(self.jwt_secret.as_ref()));
        show("SMTP_URL", &self.mail.smtp.as_ref().map_or_else(|| "none: mails are read here".to_owned(), address));
        show("MAIL_FROM", &self.mail.from);
        show("DESIGNIA_PAYMENT_GRACE", &format!("{:?}", self.payment.grace));
        show("DESIGNIA_SWEEP_INTERVAL", &format!("{:?}", self.payment.sweep_interval));
        show("DESIGNIA_LATE_PAYMENT", &late(self.payment.late));
        show("DESIGNIA_RATES_SOURCES", &self.rates.sources.iter().map(rates).collect::<Vec<_>>().join(","));
        show("DESIGNIA_RATES_FRESHNESS_HOURS", &(self.rates.freshness.as_secs() / 3_600));
        show("DESIGNIA_TASK_CONCURRENCY", &self.tasks.concurrency);
        show("DESIGNIA_TASKS_KEPT", &format!("{:?}", self.tasks.kept_for));
        show("DESIGNIA_REQUEST_TIMEOUT", &format!("{:?}", self.http.request_timeout));
        show("DESIGNIA_BODY_LIMIT", &self.http.body_limit);
        show("DESIGNIA_UPLOAD_LIMIT", &self.http.upload_limit);
        show("DESIGNIA_RATE_LIMITS", &if self.http.rate_limits.is_some() { "on" } else { "off" });
        show("DESIGNIA_CORS_ORIGINS", &self.http.cors_origins.join(","));
        show("DESIGNIA_METRICS", &if self.http.metrics_open { "everyone" } else { "admin" });
        show("DESIGNIA_LOG", &self.log.filter);
        show("DESIGNIA_CONSOLE", &console(self.console));
        show("DESIGNIA_DEMO", &if self.demo { "on" } else { "off" });
        all
    }
}

fn hidden(secret: Option<&Secret>) -> &'static str {
    if secret.is_some() { "set" } else { "made by this installation" }
}

/// A URL without whoever logs in there, and without its query.
fn address(url: &Secret) -> String {
    let url = url.expose();
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    let place = place.split('?').next().unwrap_or_default();
    format!("{scheme}://{place}")
}

fn database(database: &Database) -> String {
    match database {
        Database::Sqlite(path) => format!("sqlite://{}", path.display()),
        Database::Memory => "memory:".to_owned(),
        Database::Postgres(postgres) => format!("{} with {} connections", address(&postgres.url), postgres.connections),
    }
}

fn media(media: &Media) -> String {
    match media {
        Media::Folder(path) => path.display().to_string(),
        Media::Bucket(url) => url.split('?').next().unwrap_or_default().to_owned(),
        Media::Memory => "memory".to_owned(),
    }
}

fn rates(source: &RatesFrom) -> String {
    match source {
        RatesFrom::Bundled => "bundled".to_owned(),
        RatesFrom::ExchangeRateApi => "exchangerate-api".to_owned(),
        RatesFrom::Ecb => "ecb".to_owned(),
        RatesFrom::File(path) => format!("file:{}", path.display()),
    }
}

const fn late(policy: LatePayment) -> &'static str {
    match policy {
        LatePayment::Refund => "refund",
        LatePayment::Reinstate => "reinstate",
        LatePayment::Hold => "hold",
    }
}

const fn console(mode: Console) -> &'static str {
    match mode {
        Console::On => "on",
        Console::ReadOnly => "read-only",
        Console::Off => "off",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_who_logs_in_there() {
        for (url, shown) in [
            ("postgres://role:p%40ss@db.example:5432/shop?sslmode=require", "postgres://db.example:5432/shop"),
            ("redis://:secret@cache/0", "redis://cache/0"),
            ("smtp://mail.example", "smtp://mail.example"),
            ("postgres://a:b@c@db/x", "postgres://db/x"),
        ] {
            assert_eq!(address(&Secret::new(url)), shown);
        }
    }
}
