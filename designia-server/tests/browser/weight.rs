//! What a page costs whoever opens it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::extra::tell;
use crate::page::Page;

/// The page and all that it asked for until now, as its browser measured them.
const MEASURED: &str = "const [page] = performance.getEntriesByType('navigation');
    const all = [page, ...performance.getEntriesByType('resource')];
    return { loaded: page.loadEventEnd > 0, load: Math.ceil(page.loadEventEnd), answer: Math.ceil(page.responseEnd),
             bytes: all.reduce((sum, one) => sum + one.transferSize, 0), requests: all.length }";

/// What a page costs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weight {
    /// Bytes over the network, compressed and with headers, of the page and all that it asked for.
    pub(crate) bytes: u64,
    /// Requests, with that for the page.
    pub(crate) requests: u64,
    /// From the beginning of the navigation to the last byte of the page itself.
    pub(crate) answer: Duration,
    /// From the beginning of the navigation to the end of `load`.
    pub(crate) load: Duration,
}

impl Page {
    /// What the page that is open cost.
    pub(crate) async fn weight(&self) -> Weight {
        let mut measured = Value::Null;
        self.until("the page is loaded", async || {
            measured = self.eval(MEASURED).await;
            measured["loaded"] == true
        })
        .await;
        let figure = |name: &str| measured[name].as_u64().unwrap();
        let time = |name| Duration::from_millis(figure(name));
        Weight { bytes: figure("bytes"), requests: figure("requests"), answer: time("answer"), load: time("load") }
    }

    /// The next page is loaded as for the first time.
    pub(crate) async fn forget_files(&self) {
        tell(&self.client, "Network.clearBrowserCache", json!({})).await;
    }
}
