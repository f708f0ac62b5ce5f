//! Who leads, where one node is enough.

use async_trait::async_trait;
use designia_core::ports::{Lease, StoreError};
use designia_core::time::Timestamp;

use crate::connection::RedisConnection;
use crate::script::{Script, script};

static HOLD: Script = script!("hold");
static RELEASE: Script = script!("release");

/// A [`Lease`] on a Redis server: a row per name, which stays, so that tokens only ever rise. A server that forgets, because it
/// keeps nothing or takes over from one that was ahead of it, begins to count anew.
#[derive(Clone, Debug)]
pub struct RedisLease {
    connection: RedisConnection,
}

impl RedisLease {
    /// Leases on a connection that others may use as well.
    #[must_use]
    pub const fn new(connection: RedisConnection) -> Self {
        Self { connection }
    }

    fn key(&self, name: &str) -> String {
        self.connection.key(format_args!("lease:{name}"))
    }
}

#[async_trait]
impl Lease for RedisLease {
    async fn hold(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        let call = HOLD.at(&self.connection, &self.key(name));
        call.arg(holder).arg(now.as_micros()).arg(until.as_micros()).run().await
    }

    async fn release(&self, name: &str, holder: &str) -> Result<bool, StoreError> {
        RELEASE.at(&self.connection, &self.key(name)).arg(holder).run().await
    }
}
