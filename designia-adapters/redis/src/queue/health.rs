//! Whether the server is set up in a way that a queue can be trusted to: what an operator should know before tasks are missed.

use designia_core::ports::StoreError;

use super::RedisQueue;
use crate::connection::version_in;

/// The share of the memory in use, in percent, from which on it is worth a look.
const NEARLY_FULL: u64 = 80;

/// How good or bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthLevel {
    /// As it should be.
    Ok,
    /// Worth knowing; nothing is at risk that was promised.
    Note,
    /// Tasks are at risk.
    Wrong,
}

/// One thing that was looked at, in one line, with what to do if it is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HealthFinding {
    /// How good or bad it is.
    pub level: HealthLevel,
    /// What was found.
    pub told: String,
}

impl RedisQueue {
    /// Looks at how the server is set up and how it fares, without reading what is stored.
    ///
    /// # Errors
    /// If the server can't be asked.
    pub async fn health(&self) -> Result<Vec<HealthFinding>, StoreError> {
        let info: String = self.connection.ask(&redis::cmd("INFO")).await?;
        let mut get = redis::cmd("CONFIG");
        get.arg("GET").arg("appendfsync");
        // Whoever rents out servers often keeps this command to himself.
        let fsync = self.connection.try_ask::<Vec<String>>(&get).await?.ok().and_then(|pair| pair.into_iter().nth(1));
        Ok(findings(&info, fsync.as_deref()))
    }
}

fn findings(info: &str, fsync: Option<&str>) -> Vec<HealthFinding> {
    let told = |key: &str| {
        let value = |line: &str| line.strip_prefix(key)?.strip_prefix(':').map(|value| value.trim().to_owned());
        info.lines().find_map(value).unwrap_or_default()
    };
    let version = version_in(info).map_or("of an unknown version", |(_, text)| text);
    let mut findings = vec![finding(HealthLevel::Ok, format!("Redis {version}"))];
    if ["slave", "replica"].contains(&told("role").as_str()) {
        let told = "it is a replica, which takes no tasks: name the primary in the address";
        findings.push(finding(HealthLevel::Wrong, told));
    }
    findings.push(of_eviction(&told("maxmemory_policy"), &told("maxmemory")));
    findings.push(of_durability(&told("aof_enabled"), fsync));
    for (key, what) in [("aof_last_write_status", "append-only file"), ("rdb_last_bgsave_status", "last snapshot")] {
        if told(key) == "err" {
            let told = format!("the {what} could not be written: look at the server's log and its disk");
            findings.push(finding(HealthLevel::Wrong, told));
        }
    }
    findings.extend(of_memory(&told("used_memory"), &told("maxmemory")));
    findings
}

fn of_eviction(policy: &str, most: &str) -> HealthFinding {
    if policy == "noeviction" {
        return finding(HealthLevel::Ok, "nothing is thrown away when the memory is full (noeviction)");
    }
    // What is never to be thrown away by policy alone: keys of tasks have no time to live.
    let throws = if policy.starts_with("allkeys") { "tasks" } else { "limits on rates and cached values" };
    let level = match (throws, most) {
        (_, "0") => HealthLevel::Note,
        ("tasks", _) => HealthLevel::Wrong,
        _ => HealthLevel::Note,
    };
    let told =
        format!("maxmemory-policy is {policy}: a full server throws {throws} away; set maxmemory-policy noeviction");
    finding(level, told)
}

fn of_durability(enabled: &str, fsync: Option<&str>) -> HealthFinding {
    match (enabled, fsync) {
        ("1", Some("always")) => finding(HealthLevel::Ok, "what is answered is on the disk (appendfsync always)"),
        ("1", Some("everysec")) => {
            let told = "a crash of the machine may lose about a second of tasks (appendfsync everysec)";
            finding(HealthLevel::Note, told)
        }
        ("1", Some("no")) => {
            let told = "a crash of the machine may lose half a minute of tasks; set appendfsync everysec";
            finding(HealthLevel::Wrong, told)
        }
        ("1", _) => finding(HealthLevel::Note, "there is an append-only file; how often it is synced can't be asked"),
        _ => {
            let told = "there is no append-only file: a restart loses tasks that were enqueued; set appendonly yes";
            finding(HealthLevel::Wrong, told)
        }
    }
}

fn of_memory(used: &str, most: &str) -> Option<HealthFinding> {
    let (used, most): (u64, u64) = (used.parse().ok()?, most.parse().ok()?);
    let percent = (used.saturating_mul(100)).checked_div(most)?;
    let told = format!("{percent} % of maxmemory is in use");
    Some(if percent < NEARLY_FULL {
        finding(HealthLevel::Ok, told)
    } else {
        finding(HealthLevel::Wrong, format!("{told}: a full server takes no more tasks; raise maxmemory"))
    })
}

fn finding(level: HealthLevel, told: impl Into<String>) -> HealthFinding {
    HealthFinding { level, told: told.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(info: &str, fsync: Option<&str>) -> Vec<HealthLevel> {
        findings(info, fsync).iter().map(|finding| finding.level).collect()
    }

    #[test]
    fn a_queue_wants_a_log_on_disk_and_no_eviction() {
        use HealthLevel::{Note, Ok, Wrong};
        let sound =
            "redis_version:7.0.15\r\nrole:master\r\naof_enabled:1\r\nmaxmemory_policy:noeviction\r\nmaxmemory:0\r\n";
        assert_eq!(levels(sound, Some("always")), [Ok, Ok, Ok]);
        assert_eq!(levels(sound, Some("everysec")), [Ok, Ok, Note]);
        assert_eq!(levels(sound, Some("no")), [Ok, Ok, Wrong]);
        assert_eq!(levels(sound, None), [Ok, Ok, Note]);
        let cache = "role:slave\naof_enabled:0\nmaxmemory_policy:allkeys-lru\nmaxmemory:100\nused_memory:90\n";
        assert_eq!(levels(cache, None), [Ok, Wrong, Wrong, Wrong, Wrong]);
        assert_eq!(of_eviction("volatile-lru", "100").level, Note);
        assert_eq!(levels(&format!("{sound}aof_last_write_status:err\n"), Some("always")), [Ok, Ok, Ok, Wrong]);
    }
}
