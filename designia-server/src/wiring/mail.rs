//! Mail and notifications over the configured stores and mail server.

use std::sync::Arc;

use designia_core::ports::{Clock, Mailer, TaskQueue};
use designia_core::service::mails::{KeptBodies, MailPorts, Mails};
use designia_core::service::notifications::{NotificationPorts, Notifications};
use designia_smtp::{ConfigError, SmtpMailer};

use super::{Stores, WiringError};
use crate::config;
use crate::mail::{LogMailer, Teller};

/// What was mailed, and who delivers. Without a mail server the stored mails are where they are read, codes and all.
///
/// # Errors
///
/// When a setting can't be used after all.
pub fn mails(config: &config::Mail, stores: &Stores, clock: Arc<dyn Clock>) -> Result<Mails, WiringError> {
    let (mailer, keeps): (Arc<dyn Mailer>, _) = match &config.smtp {
        Some(_) => (
            Arc::new(smtp(config).map_err(|(variable, rule)| format!("{variable}: {rule}"))?),
            KeptBodies::OfTheHarmless,
        ),
        None => (Arc::new(LogMailer), KeptBodies::OfAll),
    };
    Ok(Mails::new(MailPorts { store: Arc::clone(&stores.mails), mailer, clock }, keeps))
}

/// What people are told on the site.
#[must_use]
pub fn notifications(stores: &Stores, clock: Arc<dyn Clock>) -> Notifications {
    let (store, broadcast) = (Arc::clone(&stores.notifications), stores.broadcast());
    Notifications::new(NotificationPorts { store, broadcast, clock })
}

/// Who tells people about orders.
pub(super) fn teller(stores: &Stores, tasks: Arc<dyn TaskQueue>, clock: Arc<dyn Clock>) -> Teller {
    Teller {
        notifications: notifications(stores, clock),
        accounts: Arc::clone(&stores.accounts),
        orders: Arc::clone(&stores.orders),
        tasks,
    }
}

/// Whether mail can be sent like this; nobody is asked.
///
/// # Errors
///
/// The variable to change and the rule that it breaks, without the URL, which may hold a password.
pub(crate) fn check_mail(config: &config::Mail) -> Result<(), (&'static str, String)> {
    let from = |error: ConfigError| ("MAIL_FROM", error.to_string());
    designia_smtp::check_sender(&config.from).map_err(from)?;
    config.smtp.as_ref().map_or(Ok(()), |_| smtp(config).map(drop))
}

fn smtp(config: &config::Mail) -> Result<SmtpMailer, (&'static str, String)> {
    let url = config.smtp.as_ref().map_or("", |url| url.expose());
    let told = |error: ConfigError| match error {
        ConfigError::Sender(_) => ("MAIL_FROM", error.to_string()),
        ConfigError::Certificate(_) | ConfigError::CertificateFile(_) => ("SMTP_CA_FILE", error.to_string()),
        ConfigError::Form | ConfigError::Parameter | ConfigError::OpenPassword => ("SMTP_URL", error.to_string()),
    };
    let server: designia_smtp::Config = url.parse().map_err(told)?;
    let server = match &config.authorities {
        Some(file) => server.with_root_file(file).map_err(told)?,
        None => server,
    };
    SmtpMailer::new(server, &config.from).map_err(told)
}
