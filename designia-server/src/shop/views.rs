//! Counts who looks at what, a moment later and many at once.
//!
//! A page that is looked at must not wait for a count, and a thousand looks a second must not be a thousand transactions. So they are
//! gathered for a second and handed to the store as increments. What is gathered when the process dies is lost: it is a count of
//! looks and not of money.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use designia_core::catalog::Activity;
use designia_core::id::ProductId;
use designia_core::ports::{Clock, ShopFigures};

/// How long looks are gathered.
const GATHER: Duration = Duration::from_secs(1);

/// Most looks at one product that count in one second; beyond, somebody plays with the counter.
const MOST: u32 = 50;

/// Gathers what is to be counted. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Views {
    gathered: Arc<Mutex<BTreeMap<(Activity, ProductId), u32>>>,
    figures: Arc<dyn ShopFigures>,
    clock: Arc<dyn Clock>,
}

impl Views {
    /// Hands what it gathers to these figures.
    pub(crate) fn new(figures: Arc<dyn ShopFigures>, clock: Arc<dyn Clock>) -> Self {
        Self { gathered: Arc::default(), figures, clock }
    }

    /// Counts one more.
    pub(crate) fn note(&self, activity: Activity, product: ProductId) {
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = gathered.is_empty();
        let count = gathered.entry((activity, product)).or_insert(0);
        *count = (*count + 1).min(MOST);
        if is_first {
            let views = self.clone();
            tokio::spawn(async move {
                tokio::time::sleep(GATHER).await;
                views.hand_over().await;
            });
        }
    }

    async fn hand_over(&self) {
        let gathered = std::mem::take(&mut *self.gathered.lock().unwrap_or_else(PoisonError::into_inner));
        // A product is in a call once: a statement that changes a row twice changes it once.
        for round in 0..gathered.values().copied().max().unwrap_or(0) {
            for activity in Activity::ALL {
                let again = gathered.iter().filter(|((it, _), count)| it == activity && **count > round);
                let products: Vec<_> = again.map(|((_, product), _)| *product).collect();
                if products.is_empty() {
                    continue;
                }
                if let Err(error) = self.figures.note_activity(*activity, &products, self.clock.now()).await {
                    tracing::warn!(%error, "looks at products were not counted");
                    return;
                }
            }
        }
    }
}
