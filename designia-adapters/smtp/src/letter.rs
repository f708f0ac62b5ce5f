//! A mail as it goes over the wire.

use designia_core::mail::Mail;
use designia_core::ports::MailError;
use lettre::address::AddressError;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};

/// RFC 3834: no person wrote this, so no machine is to answer it.
#[derive(Clone, Copy)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The mail in MIME, from this sender.
pub(crate) fn message(mail: &Mail, from: &Mailbox) -> Result<Message, MailError> {
    let refused = |rule: String| MailError::refused(format!("the mail can't be written: {rule}"));
    let to: Address = mail.to.email.as_str().parse().map_err(|error: AddressError| refused(error.to_string()))?;
    let name = Some(mail.to.name.as_str().to_owned()).filter(|name| !name.is_empty());
    let parts = MultiPart::alternative_plain_html(mail.body.text.clone(), mail.body.html.clone());
    Message::builder()
        .from(from.clone())
        .to(Mailbox::new(name, to))
        .subject(mail.subject.as_str())
        .message_id(Some(format!("<{}@{}>", mail.key, from.email.domain())))
        .header(AutoSubmitted)
        .multipart(parts)
        .map_err(|error| refused(error.to_string()))
}
