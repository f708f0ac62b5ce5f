//! What a browser complains of: scripts that fail, files that are missing, and whatever a policy forbids.

use crate::extra::console;
use crate::page::Page;

impl Page {
    /// Errors on the console since this was asked last; whatever breaks the Content-Security-Policy is among them.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let entries = console(&self.client).await;
        let errors = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        errors.map(|entry| entry["message"].as_str().unwrap().to_owned()).collect()
    }

    /// Nothing was to complain of.
    pub(crate) async fn is_quiet(&self) {
        let complaints = self.complaints().await;
        assert!(complaints.is_empty(), "{} complains: {complaints:#?}", self.path().await);
    }
}
