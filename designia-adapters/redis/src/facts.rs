//! What a Redis server says of itself.

use designia_core::ports::StoreError;

use crate::connection::{RedisConnection, version_in};

/// What a server says of itself; what it doesn't tell, as some who stand in for Redis, is absent.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RedisFacts {
    /// Its version.
    pub version: Option<String>,
    /// How much memory it uses for everything, keys of other programs among it.
    pub memory_bytes: Option<u64>,
    /// The most that it has used since it was started.
    pub peak_bytes: Option<u64>,
    /// How much it may use (`maxmemory`), if there is a limit.
    pub limit_bytes: Option<u64>,
    /// How many are connected, of all programs.
    pub connections: Option<u64>,
    /// How many keys it threw away for want of memory since it was started.
    pub evicted_keys: Option<u64>,
    /// For how many seconds it has been running.
    pub uptime_seconds: Option<u64>,
}

impl RedisConnection {
    /// What the server says of itself. Nothing that is stored is read.
    ///
    /// # Errors
    /// If the server can't be asked.
    pub async fn facts(&self) -> Result<RedisFacts, StoreError> {
        let info: String = self.ask(&redis::cmd("INFO")).await?;
        Ok(facts(&info))
    }
}

fn facts(info: &str) -> RedisFacts {
    let number = |key: &str| {
        let value = |line: &str| line.strip_prefix(key)?.strip_prefix(':')?.trim().parse::<u64>().ok();
        info.lines().find_map(value)
    };
    RedisFacts {
        version: version_in(info).map(|(_, text)| text.to_owned()),
        memory_bytes: number("used_memory"),
        peak_bytes: number("used_memory_peak"),
        limit_bytes: number("maxmemory").filter(|limit| *limit > 0),
        connections: number("connected_clients"),
        evicted_keys: number("evicted_keys"),
        uptime_seconds: number("uptime_in_seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_zero_is_none_and_what_is_not_told_is_absent() {
        let info = "# Server\r\nredis_version:7.0.15\r\nuptime_in_seconds:61\r\nconnected_clients:3\r\nused_memory:1048576\r\n\
                    used_memory_human:1.00M\r\nused_memory_peak:2097152\r\nmaxmemory:0\r\nevicted_keys:0\r\n";
        let told = facts(info);
        assert_eq!((told.version.as_deref(), told.memory_bytes), (Some("7.0.15"), Some(1_048_576)));
        assert_eq!((told.peak_bytes, told.limit_bytes, told.connections), (Some(2_097_152), None, Some(3)));
        assert_eq!((told.evicted_keys, told.uptime_seconds), (Some(0), Some(61)));
        assert_eq!(facts("maxmemory:5\n").limit_bytes, Some(5));
        assert_eq!(facts("hello"), RedisFacts::default());
    }
}
