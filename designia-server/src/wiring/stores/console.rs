//! What the operations console reads of the stores themselves, and what it writes about those who use it.

use std::sync::Arc;

use designia_core::ports::{AuditLog, StoreError, StoreFacts};
use designia_core::service::Engine;
use designia_redis::RedisFacts;

use super::Stores;
use crate::checks::{self, Checkup};
use crate::http::health::Health;

/// The ports of the operations console.
#[derive(Clone, Debug)]
pub struct ConsolePorts {
    /// What staff did.
    pub audit: Arc<dyn AuditLog>,
    /// What the database says of itself.
    pub facts: Arc<dyn StoreFacts>,
    stores: Stores,
}

impl Stores {
    /// The ports of the operations console.
    #[must_use]
    pub fn console(&self) -> ConsolePorts {
        ConsolePorts { audit: Arc::clone(&self.audit), facts: Arc::clone(&self.facts), stores: self.clone() }
    }
}

impl ConsolePorts {
    /// What Redis says of itself, if there is one.
    ///
    /// # Errors
    /// It doesn't answer.
    pub async fn redis(&self) -> Result<Option<RedisFacts>, StoreError> {
        match &self.stores.redis {
            Some(connection) => connection.facts().await.map(Some),
            None => Ok(None),
        }
    }

    /// Every check of this installation but that of the payment provider, which is [`checks::gateway`]: what was found, and why it is
    /// wrong where it is. For staff: the reasons may name hosts and paths.
    pub async fn checks(&self, health: &Health, engine: &Engine) -> Vec<Checkup> {
        checks::system(health, engine, &self.stores).await
    }
}

#[cfg(test)]
mod tests {
    use designia_core::ports::{AuditFilter, PageRequest};

    use super::*;

    #[tokio::test]
    async fn a_shop_in_memory_has_a_console_and_no_redis() {
        let console = Stores::in_memory().console();
        assert_eq!(console.facts.facts().await.unwrap().engine, "memory");
        assert_eq!(console.redis().await.unwrap(), None);
        let page = console.audit.audit_page(&AuditFilter::default(), PageRequest { after: None, limit: 1 }).await;
        assert!(page.unwrap().rows.is_empty());
    }
}
