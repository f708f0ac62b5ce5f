//! One time for all processes: the machine's, plus whole seconds that stand in a small file and that only the campaign moves.
//!
//! A look-up that finds nothing proves that nothing happened when two minutes have passed since the request may have been
//! sent, because by then a worker has sent or given up (its lease is 24 s) and the provider has executed what it got. Time
//! that runs faster must not break that assumption, or the campaign would blame the engine for its own physics:
//!
//! - In the ordinary course time runs at [`PACE`], eight times as fast as the machine's. The 96 s between the end of a lease
//!   and the proof are then 12 real seconds, and the longest that the sandbox sits on a request is 0.7.
//! - Before a jump the sandbox's delays are ended, so whatever it has taken in is executed before the time at which it is
//!   looked for. What a node is just sending arrives within milliseconds under its key, and the key is good for a day.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use designia_core::ports::Clock;
use designia_core::time::Timestamp;
use designia_server::edge::SystemClock;
use designia_stripe_sandbox::SandboxClock;
use tokio::time::MissedTickBehavior;

/// How many seconds pass in one of the machine's.
const PACE: u64 = 8;

/// The campaign's hand on the time.
#[derive(Debug)]
pub(crate) struct Time {
    file: PathBuf,
    sandbox: SandboxClock,
    offset: Mutex<u64>,
}

impl Time {
    /// The machine's time at first.
    pub(crate) fn in_file(file: PathBuf) -> Self {
        write(&file, 0);
        Self { file, sandbox: SandboxClock::real(), offset: Mutex::new(0) }
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// The provider's clock, which moves along.
    pub(crate) fn of_sandbox(&self) -> SandboxClock {
        self.sandbox.clone()
    }

    pub(crate) fn now(&self) -> Timestamp {
        SystemClock.now() + Duration::from_secs(*self.offset.lock().unwrap())
    }

    /// Moves time forward for everybody. The provider comes last: what it signs then is not from the nodes' future.
    pub(crate) fn advance(&self, by: Duration) {
        let mut offset = self.offset.lock().unwrap();
        *offset += by.as_secs();
        write(&self.file, *offset);
        self.sandbox.advance(by);
    }

    /// Lets time run, for as long as it is polled.
    pub(crate) async fn run(&self) {
        let mut ticks = tokio::time::interval(Duration::from_millis(1_000 / (PACE - 1)));
        // After a moment in which this process could not run, time must not catch up: the others may have stood still, too.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.advance(Duration::from_secs(1));
        }
    }
}

/// Replaces the file, so that nobody ever reads half a number.
fn write(file: &Path, offset: u64) {
    let draft = file.with_extension("draft");
    std::fs::write(&draft, offset.to_string()).unwrap();
    std::fs::rename(draft, file).unwrap();
}

/// A node's clock.
#[derive(Debug)]
pub(crate) struct FileClock(pub(crate) PathBuf);

impl Clock for FileClock {
    fn now(&self) -> Timestamp {
        let offset: u64 = std::fs::read_to_string(&self.0).unwrap().parse().unwrap();
        SystemClock.now() + Duration::from_secs(offset)
    }
}
