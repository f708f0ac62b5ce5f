//! The names of the databases that tests may make and drop; no other name can be written into a statement.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

const PREFIX: &str = "designia_test_";

/// `designia_test_<machine>_<process>_<number>`: whose it is can be told from the name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name {
    machine: u32,
    process: u32,
    number: u32,
}

impl Name {
    /// A name that this process has not used before.
    pub(super) fn next() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        Self { machine: machine(), process: std::process::id(), number: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    /// The name, if it is one of ours in every letter.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(PREFIX)?.split('_');
        let name = Self {
            machine: u32::from_str_radix(parts.next()?, 16).ok()?,
            process: parts.next()?.parse().ok()?,
            number: parts.next()?.parse().ok()?,
        };
        (name.to_string() == text).then_some(name)
    }

    /// Whether its process ran on this machine and does so no more.
    pub(super) fn is_orphaned(&self) -> bool {
        let process = i32::try_from(self.process).ok().and_then(Pid::from_raw);
        self.machine == machine() && process.is_some_and(|process| test_kill_process(process) == Err(Errno::SRCH))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{:08x}_{}_{}", self.machine, self.process, self.number)
    }
}

/// This machine, or this container of it: what has the same number elsewhere is another process.
fn machine() -> u32 {
    static MACHINE: OnceLock<u32> = OnceLock::new();
    *MACHINE.get_or_init(|| {
        let mut hasher = DefaultHasher::new();
        rustix::system::uname().nodename().hash(&mut hasher);
        std::fs::read_link("/proc/self/ns/pid").ok().hash(&mut hasher);
        // Half of the hash is enough to tell the machines of one server apart.
        u32::try_from(hasher.finish() >> 32).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::{Name, machine};

    #[test]
    fn a_name_outside_the_prefix_is_refused() {
        let ours = Name::next();
        assert_eq!(Name::parse(&ours.to_string()), Some(ours));
        let strangers =
            ["designia", "postgres", "designia_test_", "designia_test_1_2_3", "xdesignia_test_0000000a_2_3"];
        let tricks =
            ["designia_test_0000000a_2_3_4", "designia_test_0000000a_02_3", "designia_test_0000000a_2_3; DROP"];
        for name in strangers.iter().chain(&tricks) {
            assert_eq!(Name::parse(name), None, "{name}");
        }
    }

    #[test]
    fn only_a_dead_process_of_this_machine_leaves_orphans() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let dead = Name { machine: machine(), process: child.id(), number: 0 };
        child.wait().unwrap();
        assert!(dead.is_orphaned());
        assert!(!Name { machine: !machine(), ..dead }.is_orphaned());
        assert!(!Name::next().is_orphaned());
    }
}
