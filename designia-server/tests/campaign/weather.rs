//! The provider's bad days: faults in percent, drawn from the campaign's seed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use designia_stripe_sandbox::{Fault, FaultKind, Faults, Sandbox};

/// How long a reply may be late, or a request lie about, in real milliseconds. See `time` for why it must be short.
const LONGEST: u64 = 700;

/// The faults in force during the storm. Of those that concern requests, the first that strikes wins.
fn storm() -> Vec<Fault> {
    [
        (FaultKind::LoseReply, 6),
        (FaultKind::ErrorAfter, 4),
        (FaultKind::ErrorBefore, 4),
        (FaultKind::DelayReply { millis: LONGEST / 2 }, 5),
        (FaultKind::Stall { millis: LONGEST }, 5),
        (FaultKind::RateLimit, 4),
        (FaultKind::LockTimeout, 3),
        (FaultKind::Refuse, 4),
        (FaultKind::WebhookDuplicate, 10),
        (FaultKind::WebhookTwin, 8),
        (FaultKind::WebhookReorder, 10),
        (FaultKind::WebhookDrop, 6),
        (FaultKind::WebhookDelay { seconds: 90 }, 10),
    ]
    .map(|(kind, percent)| Fault::percent(kind, percent))
    .to_vec()
}

/// The sandbox's faults, and a count of those that struck.
#[derive(Debug)]
pub(crate) struct Weather {
    faults: Faults,
    struck: Mutex<(BTreeSet<String>, BTreeMap<&'static str, u32>)>,
}

impl Weather {
    pub(crate) fn over(sandbox: &Sandbox) -> Self {
        Self { faults: sandbox.faults(), struck: Mutex::default() }
    }

    /// Faults strike from now on.
    pub(crate) fn storm(&self) {
        storm().into_iter().for_each(|fault| self.faults.add(fault));
    }

    /// No fault strikes any more, and what was delayed happens now.
    pub(crate) fn calm(&self) {
        self.faults.clear();
    }

    /// Counts what has struck requests lately: the sandbox forgets its oldest requests.
    pub(crate) fn look(&self, sandbox: &Sandbox) {
        let mut struck = self.struck.lock().unwrap();
        for request in sandbox.requests() {
            if let Some(word) = request.fault.as_ref().map(word)
                && struck.0.insert(request.id)
            {
                *struck.1.entry(word).or_default() += 1;
            }
        }
    }

    /// How often which fault struck a request.
    pub(crate) fn struck(&self) -> BTreeMap<&'static str, u32> {
        self.struck.lock().unwrap().1.clone()
    }
}

fn word(kind: &FaultKind) -> &'static str {
    match kind {
        FaultKind::LoseReply => "lose_reply",
        FaultKind::ErrorAfter => "error_after",
        FaultKind::ErrorBefore => "error_before",
        FaultKind::DelayReply { .. } => "delay_reply",
        FaultKind::Stall { .. } => "stall",
        FaultKind::RateLimit => "rate_limit",
        FaultKind::LockTimeout => "lock_timeout",
        FaultKind::Refuse => "refuse",
        _ => "webhook",
    }
}
