//! Messages to people, until mail is wired: told to the log, without what only the addressee should read.

use async_trait::async_trait;
use designia_core::effect::{IdempotencyKey, Message};
use designia_core::ports::{Notifier, NotifyError};

/// Writes a line for each message. The order's id leads to the rest.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogNotifier;

#[async_trait]
impl Notifier for LogNotifier {
    async fn notify(&self, message: &Message, key: &IdempotencyKey) -> Result<(), NotifyError> {
        let kind = serde_json::to_value(&message.kind).unwrap_or_default();
        let kind = kind.as_str().map(str::to_owned).or_else(|| kind.as_object()?.keys().next().cloned());
        tracing::info!(order = %message.order, key = %key, kind = kind.unwrap_or_default(), "told a person");
        Ok(())
    }
}
