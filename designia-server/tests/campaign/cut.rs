//! Where a node dies by itself: named places in the flow of a change, and how often one is passed before it is fatal.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Signal, getpid, kill_process};
use serde::{Deserialize, Serialize};

/// A place in the flow of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Cut {
    /// Decided, and nothing is stored.
    BeforeCommit,
    /// Stored, and nobody has been told.
    AfterCommit,
    /// Stored together with a call to the provider that nobody has claimed yet.
    AfterEffectPlanned,
    /// The call is marked as sent, and nothing has been sent.
    AfterClaim,
    /// The last byte of a request is on its way to the provider, and no byte of the reply has been read.
    AfterRequestSent,
    /// The provider's reply was understood, and nothing of it is recorded.
    AfterReply,
    /// In the middle of a sweep's transaction.
    InSweep,
    /// A webhook event is stored, and the provider has no answer.
    AfterWebhookStored,
}

impl Cut {
    /// Every place.
    pub(crate) const ALL: [Self; 8] = [
        Self::BeforeCommit,
        Self::AfterCommit,
        Self::AfterEffectPlanned,
        Self::AfterClaim,
        Self::AfterRequestSent,
        Self::AfterReply,
        Self::InSweep,
        Self::AfterWebhookStored,
    ];
}

/// The place at which this process is to die, if any. Clones share the count.
#[derive(Clone, Debug)]
pub(crate) struct Cuts(Option<Arc<Armed>>);

#[derive(Debug)]
struct Armed {
    at: Cut,
    left: AtomicU32,
}

impl Cuts {
    /// Dies at the so-manieth passing of a place, counted from one.
    pub(crate) fn armed(order: Option<(Cut, u32)>) -> Self {
        Self(order.map(|(at, passing)| Arc::new(Armed { at, left: AtomicU32::new(passing) })))
    }

    /// Passes a place, or dies there.
    pub(crate) fn pass(&self, at: Cut) {
        let Some(armed) = self.0.as_ref().filter(|armed| armed.at == at) else { return };
        if armed.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            die(at);
        }
    }
}

/// Says one line and ends like after a power cut: nothing is flushed, closed or answered.
fn die(at: Cut) -> ! {
    say(&format!("cut {at:?}"));
    kill_process(getpid(), Signal::KILL).unwrap();
    loop {
        std::thread::park();
    }
}

/// Tells the campaign something, in a line that the test harness can't be taken for.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // One write: a pipe takes a short line whole.
    out.write_all(format!("> {line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}
