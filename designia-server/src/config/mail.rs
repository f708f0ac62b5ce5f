//! The settings of mail.

use std::path::PathBuf;

use clap::Args;

use super::Secret;
use super::values::{self, ConfigError};

/// Who the mails are from if nobody says so: an address that can't exist, in the words of RFC 2606.
const NOBODY: &str = "Designia <no-reply@designia.invalid>";

/// Mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The mail server that mails are handed over to; absent means that they are read in the console's inbox.
    pub smtp: Option<Secret>,
    /// Who they are from.
    pub from: String,
    /// A file with the certificates of authorities that may vouch for the mail server besides the public ones.
    pub authorities: Option<PathBuf>,
}

/// The same as an operator writes them.
#[derive(Args, Clone, Debug)]
pub(super) struct MailSettings {
    /// Mail server: smtps://USER:PASSWORD@HOST, smtp:// for STARTTLS, smtp://HOST?tls=none for no encryption
    /// [default: none, and mails are read in the console's inbox]
    #[arg(long, env = "SMTP_URL", global = true, value_name = "URL")]
    smtp_url: Option<Secret>,

    /// Who mails are from, like "My Shop <mail@shop.example>"; needed with SMTP_URL. The name is the shop's in all mails
    #[arg(long, env = "MAIL_FROM", global = true, value_name = "SENDER")]
    mail_from: Option<String>,

    /// File with the certificate of a private authority that vouches for the mail server, in PEM form
    /// [default: the public authorities alone]
    #[arg(long, env = "SMTP_CA_FILE", global = true, value_name = "PATH")]
    smtp_ca_file: Option<PathBuf>,
}

impl MailSettings {
    pub(super) fn check(&self) -> Result<Mail, ConfigError> {
        let from = self.mail_from.clone().unwrap_or_else(|| NOBODY.to_owned());
        let mail = Mail { smtp: self.smtp_url.clone(), from, authorities: self.smtp_ca_file.clone() };
        crate::wiring::check_mail(&mail).map_err(|(variable, rule)| ConfigError::new(variable, rule))?;
        values::require("MAIL_FROM", mail.smtp.is_none() || self.mail_from.is_some(), "needed with SMTP_URL")?;
        Ok(mail)
    }
}

impl Mail {
    /// What the shop is called: the sender's name, or else the address.
    #[must_use]
    pub fn brand(&self) -> &str {
        let name = self.from.split('<').next().unwrap_or_default().trim().trim_matches('"');
        if name.is_empty() { self.from.trim() } else { name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shop_is_called_what_its_sender_is() {
        for (from, brand) in [
            ("My Shop <mail@shop.example>", "My Shop"),
            ("\"My, Shop\" <mail@shop.example>", "My, Shop"),
            ("mail@shop.example", "mail@shop.example"),
            (NOBODY, "Designia"),
        ] {
            assert_eq!(Mail { smtp: None, from: from.to_owned(), authorities: None }.brand(), brand);
        }
    }
}
