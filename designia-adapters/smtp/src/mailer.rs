//! Handing mail over to an SMTP server.

use std::fmt;
use std::sync::OnceLock;

use async_trait::async_trait;
use designia_core::mail::Mail;
use designia_core::ports::{MailError, Mailer};
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{AsyncSmtpTransportBuilder, Error, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use tokio::runtime::Handle;

use crate::config::{Config, ConfigError, Security};
use crate::letter;

/// A [`Mailer`] over SMTP. It connects when there is something to send.
pub struct SmtpMailer {
    config: Config,
    from: Mailbox,
    builder: AsyncSmtpTransportBuilder,
    pool: OnceLock<Pool>,
}

/// Connections that are kept. Letting go of them takes the runtime that they were opened in, wherever that happens.
struct Pool {
    transport: Option<AsyncSmtpTransport<Tokio1Executor>>,
    runtime: Handle,
}

impl SmtpMailer {
    /// A mailer that sends as `from`, which is like `Shop <mail@shop.example>`.
    ///
    /// # Errors
    /// The sender or a certificate can't be read.
    pub fn new(config: Config, from: &str) -> Result<Self, ConfigError> {
        let from = sender(from)?;
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
            .port(config.port)
            .tls(tls(&config)?)
            .timeout(Some(config.timeout))
            .pool_config(PoolConfig::new().max_size(config.connections));
        if let Some(credentials) = &config.credentials {
            let (user, password) = (credentials.user.clone(), credentials.password.clone());
            builder = builder.credentials(authentication::Credentials::new(user, password));
        }
        Ok(Self { config, from, builder, pool: OnceLock::new() })
    }

    /// The connections, which want a runtime around them from the start.
    fn transport(&self) -> Option<&AsyncSmtpTransport<Tokio1Executor>> {
        let open = || Pool { transport: Some(self.builder.clone().build()), runtime: Handle::current() };
        self.pool.get_or_init(open).transport.as_ref()
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = letter::message(mail, &self.from)?;
        let Some(transport) = self.transport() else { return Err(MailError::unavailable("the mailer is closed")) };
        match tokio::time::timeout(self.config.timeout, transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(told(&error, mail)),
            Err(_) => Err(MailError::unavailable("the mail server took too long")),
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let _inside = self.runtime.enter();
        drop(self.transport.take());
    }
}

impl fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpMailer").field("config", &self.config).finish_non_exhaustive()
    }
}

/// Whether mail can be from this sender.
///
/// # Errors
/// If it is no address.
pub fn check_sender(from: &str) -> Result<(), ConfigError> {
    sender(from).map(drop)
}

fn sender(from: &str) -> Result<Mailbox, ConfigError> {
    from.parse().map_err(|_| ConfigError::Sender(from.to_owned()))
}

fn tls(config: &Config) -> Result<Tls, ConfigError> {
    if config.security == Security::None {
        return Ok(Tls::None);
    }
    let unreadable = |error: Error| ConfigError::Certificate(error.to_string());
    let mut parameters = TlsParameters::builder(config.host.clone());
    for root in &config.roots {
        parameters = parameters.add_root_certificate(Certificate::from_pem(root).map_err(unreadable)?);
    }
    let parameters = parameters.build_rustls().map_err(unreadable)?;
    Ok(match config.security {
        Security::Tls => Tls::Wrapper(parameters),
        Security::StartTls | Security::None => Tls::Required(parameters),
    })
}

/// What a failed conversation says about the mail. A password that is not accepted says nothing about it, nor does a server that
/// can't encrypt; but an address in letters that the server doesn't know will never be accepted.
fn told(error: &Error, mail: &Mail) -> MailError {
    let is_about_us = |code: u16| matches!(code, 530 | 534 | 535 | 538);
    let code = error.status().map(u16::from);
    // What a server answers may repeat the address, which is nobody's business in a log.
    let why = error.to_string().replace(mail.to.email.as_str(), "the address");
    let why: String = why.chars().filter(|c| !c.is_control()).take(300).collect();
    let is_foreign = error.is_client() && !mail.to.email.as_str().is_ascii();
    let is_final = is_foreign || (error.is_permanent() && !code.is_some_and(is_about_us));
    if is_final { MailError::refused(why) } else { MailError::unavailable(why) }
}
