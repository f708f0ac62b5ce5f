//! A place in memory for data that nobody keeps: a copy of a database takes a tenth of the time there.

use std::path::Path;
use std::process::Command;

/// What must be free: a hundred databases of tests, and the machine's other work.
const ENOUGH_KIB: u64 = 3 * 1024 * 1024;

/// Linux's file system in memory, if it has room (a container gives it 64 MiB) and so has the machine.
pub(crate) fn directory() -> Option<&'static Path> {
    let directory = Path::new("/dev/shm");
    let output = Command::new("df").arg("-Pk").arg(directory).output().ok()?;
    let room = free_of(&String::from_utf8(output.stdout).ok()?)?;
    let memory = available_of(&std::fs::read_to_string("/proc/meminfo").ok()?)?;
    (room.min(memory) >= ENOUGH_KIB).then_some(directory)
}

/// The fourth column of the second line, in POSIX's format.
fn free_of(df: &str) -> Option<u64> {
    df.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

fn available_of(meminfo: &str) -> Option<u64> {
    meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{available_of, free_of};

    #[test]
    fn free_room_is_read_from_what_the_system_tells() {
        let df = "Filesystem 1024-blocks Used Available Capacity Mounted on\ntmpfs 65536 0 65500 0% /dev/shm\n";
        assert_eq!(free_of(df), Some(65_500));
        assert_eq!(free_of(""), None);
        assert_eq!(available_of("MemTotal:       24105 kB\nMemAvailable:   23446 kB\n"), Some(23_446));
    }
}
