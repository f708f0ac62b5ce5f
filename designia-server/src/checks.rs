//! What has to work: asked by the readiness probe, and by `doctor` in more detail.

use async_trait::async_trait;
use designia_core::service::Engine;

use crate::http::health::Check;

/// What the server can't work without. The payment provider is not among it: orders can be placed while it is away, and
/// taking the server out of the balancer would not bring it back.
pub(crate) fn readiness(engine: &Engine) -> Vec<Box<dyn Check>> {
    vec![Box::new(DatabaseCheck(engine.clone()))]
}

#[derive(Debug)]
struct DatabaseCheck(Engine);

#[async_trait]
impl Check for DatabaseCheck {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> Result<(), String> {
        match self.0.ports().catalog.page(None, 1).await {
            Ok(_) => Ok(()),
            Err(error) => {
                // The store's own words may name hosts and paths, and a probe is read by anyone.
                tracing::warn!(%error, "the database does not answer");
                Err("the database does not answer; the log says more".to_owned())
            }
        }
    }
}
