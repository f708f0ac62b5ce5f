//! The mailer of a server that has no mail server: the inbox in its console is where its mails are read.

use async_trait::async_trait;
use designia_core::mail::Mail;
use designia_core::ports::{MailError, Mailer};

/// Writes a line for each mail: what it is about, and nothing that opens anything. Its codes stand in the stored mail alone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LogMailer;

#[async_trait]
impl Mailer for LogMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        tracing::info!(mail = %mail.id, kind = %mail.kind, subject = %mail.subject, "a mail waits in the console's inbox");
        Ok(())
    }
}
