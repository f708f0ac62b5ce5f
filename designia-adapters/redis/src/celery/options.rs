//! What both sides of the bridge must agree on with Celery.

use std::time::Duration;

/// What both sides of the bridge must agree on with Celery's settings. The defaults are Celery's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CeleryOptions {
    /// `global_keyprefix` of `broker_transport_options`.
    pub key_prefix: String,
    /// `global_keyprefix` of `result_backend_transport_options`.
    pub result_key_prefix: String,
    /// `visibility_timeout` of `broker_transport_options`: a consumer that has held a message for longer is taken for dead.
    /// One hour by default. To be the same for all consumers of a Redis.
    pub visibility_timeout: Duration,
    /// For how long this bridge may hold a message before others may have it; no longer than the visibility timeout. It holds
    /// messages for as long as storing them takes, so this is short: one minute by default.
    pub hold: Duration,
    /// `result_expires`: for how long a result is kept; one day by default.
    pub result_expires: Duration,
    /// `task_track_started`: whether to tell that a task has been started. On by default, other than in Celery, since it is what
    /// people look for when they move a task.
    pub track_started: bool,
}

impl Default for CeleryOptions {
    fn default() -> Self {
        Self {
            key_prefix: String::new(),
            result_key_prefix: String::new(),
            visibility_timeout: Duration::from_secs(3600),
            hold: Duration::from_secs(60),
            result_expires: Duration::from_secs(24 * 3600),
            track_started: true,
        }
    }
}
