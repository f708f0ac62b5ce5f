//! How whoever makes work tells those who do it.

use std::sync::Arc;

use tokio::sync::Notify;

/// Tells one loop that there may be something to do, so that it doesn't wait for its next look. Cheap to ring, and rung often
/// it is heard once; what is rung while nobody listens is heard as soon as somebody does. Clones ring the same bell.
#[derive(Clone, Debug, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    /// Something may have been enqueued.
    pub fn ring(&self) {
        self.0.notify_one();
    }

    /// Waits until it is rung.
    pub(crate) async fn rung(&self) {
        self.0.notified().await;
    }
}
