//! Faults on purpose: what a provider and a network do on a bad day, decided by a seed or asked for one by one.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::seed;

/// No fault holds a reply for longer than this.
pub const LONGEST_DELAY: Duration = Duration::from_secs(60);

/// What can go wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    /// The request is executed; the connection closes without an answer.
    LoseReply,
    /// The request is executed; the answer is a 500, and the idempotency key remembers that 500.
    ErrorAfter,
    /// A 500; nothing is executed, nothing remembered.
    ErrorBefore,
    /// The request is executed at once; the answer comes late.
    DelayReply {
        /// Milliseconds of real time, at most [`LONGEST_DELAY`].
        millis: u64,
    },
    /// The request is executed late, whether or not the client still waits; until then its idempotency key is in use.
    Stall {
        /// Milliseconds of real time, at most [`LONGEST_DELAY`].
        millis: u64,
    },
    /// A 429 of the rate limiter; nothing is executed.
    RateLimit,
    /// A 429 of a contended object; nothing is executed.
    LockTimeout,
    /// The connection closes before anything is executed.
    Refuse,
    /// An event is delivered twice.
    WebhookDuplicate,
    /// One change makes two events with different ids.
    WebhookTwin,
    /// An event is delivered after a newer one.
    WebhookReorder,
    /// An event is never delivered.
    WebhookDrop,
    /// An event is delivered late.
    WebhookDelay {
        /// Seconds of the sandbox's clock.
        seconds: u64,
    },
}

impl FaultKind {
    fn is_webhook(&self) -> bool {
        match self {
            Self::WebhookDuplicate
            | Self::WebhookTwin
            | Self::WebhookReorder
            | Self::WebhookDrop
            | Self::WebhookDelay { .. } => true,
            Self::LoseReply
            | Self::ErrorAfter
            | Self::ErrorBefore
            | Self::DelayReply { .. }
            | Self::Stall { .. }
            | Self::RateLimit
            | Self::LockTimeout
            | Self::Refuse => false,
        }
    }
}

/// A fault and when it strikes. Once, unless it is told otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// Strikes with this chance, for as long as the fault is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// Strikes the next so many matching requests or events. Ignored when `percent` is given.
    #[serde(default = "once")]
    pub times: u32,
    /// Only requests with this method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only requests with this path, or events of this type; `*` stands for anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// Strikes the next request, or the next event for a webhook fault.
    #[must_use]
    pub fn once(kind: FaultKind) -> Self {
        Self { kind, percent: None, times: 1, method: None, path: None }
    }

    /// Strikes with a chance of so many percent, drawn from the sandbox's seed.
    #[must_use]
    pub fn percent(kind: FaultKind, percent: u8) -> Self {
        Self { percent: Some(percent.min(100)), ..Self::once(kind) }
    }

    /// Strikes so many times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Only requests with this method and path (`/v1/refunds`, `/v1/checkout/sessions/*/expire`).
    #[must_use]
    pub fn on(mut self, method: &str, path: &str) -> Self {
        self.method = Some(method.to_owned());
        self.path = Some(path.to_owned());
        self
    }

    /// Only events of this type (`checkout.session.completed`, `refund.*`).
    #[must_use]
    pub fn on_event(mut self, kind: &str) -> Self {
        self.path = Some(kind.to_owned());
        self
    }

    fn concerns(&self, method: Option<&str>, path: &str) -> bool {
        let method_fits =
            self.method.as_deref().is_none_or(|wanted| method.is_some_and(|m| m.eq_ignore_ascii_case(wanted)));
        method_fits && self.path.as_deref().is_none_or(|pattern| matches(pattern, path))
    }
}

/// `lose_reply`, `lose_reply=5` (percent), `delay_reply:500=10`, `webhook_delay:3600`.
impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, percent) = text.split_once('=').map_or((text, None), |(kind, percent)| (kind, Some(percent)));
        let (name, number) = kind.split_once(':').map_or((kind, None), |(name, number)| (name, Some(number)));
        let number = number.map(str::parse::<u64>).transpose().map_err(|_| format!("not a number in {text:?}"))?;
        let mut value = serde_json::json!({ "kind": name });
        if let Some(number) = number {
            value["millis"] = number.into();
            value["seconds"] = number.into();
        }
        let kind: FaultKind = serde_json::from_value(value).map_err(|error| format!("{text:?}: {error}"))?;
        let percent = percent.map(str::parse::<u8>).transpose().map_err(|_| format!("not a percentage in {text:?}"))?;
        match percent {
            Some(percent) if percent > 100 => Err(format!("more than 100 percent in {text:?}")),
            Some(percent) => Ok(Self::percent(kind, percent)),
            None => Ok(Self::once(kind)),
        }
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|left| {
            let mut ends = (0..=left.len()).filter(|at| left.is_char_boundary(*at));
            ends.any(|at| matches(rest, &left[at..]))
        }),
    }
}

/// The faults in force; clones share them.
#[derive(Clone, Debug)]
pub struct Faults {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    seed: u64,
    state: Mutex<State>,
    /// Changes when the faults are cleared, which ends every delay under way.
    cleared: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    rules: Vec<Fault>,
    seen: HashMap<u64, u64>,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self { inner: Arc::new(Inner { seed, state: Mutex::default(), cleared: watch::Sender::new(0) }) }
    }

    /// Adds a fault.
    pub fn add(&self, fault: Fault) {
        self.state().rules.push(fault);
    }

    /// The faults in force; one that has struck as often as it should is gone.
    #[must_use]
    pub fn list(&self) -> Vec<Fault> {
        self.state().rules.clone()
    }

    /// Takes every fault away and ends every delay under way.
    pub fn clear(&self) {
        self.state().rules.clear();
        self.inner.cleared.send_modify(|count| *count += 1);
    }

    /// What strikes this request: the first fault that does.
    pub(crate) fn for_request(&self, method: &str, path: &str, key: Option<&str>) -> Option<FaultKind> {
        let concerns = |fault: &Fault| !fault.kind.is_webhook() && fault.concerns(Some(method), path);
        self.draw(&[method, path, key.unwrap_or_default()], concerns, true).pop()
    }

    /// What strikes this event: every fault that does.
    pub(crate) fn for_event(&self, kind: &str, id: &str) -> Vec<FaultKind> {
        self.draw(&[kind, id], |fault| fault.kind.is_webhook() && fault.concerns(None, kind), false)
    }

    /// Waits out a delay, or until the faults are cleared after this call.
    pub(crate) fn delay(&self, millis: u64) -> impl Future<Output = ()> + Send + use<> {
        let mut cleared = self.inner.cleared.subscribe();
        let length = Duration::from_millis(millis).min(LONGEST_DELAY);
        async move {
            tokio::select! {
                () = tokio::time::sleep(length) => {}
                _ = cleared.changed() => {}
            }
        }
    }

    fn draw(&self, about: &[&str], concerns: impl Fn(&Fault) -> bool, first_only: bool) -> Vec<FaultKind> {
        let mut state = self.state();
        if state.rules.is_empty() {
            return Vec::new();
        }
        let subject = seed::hash(about);
        // The same request drawn again gets another die, and other requests in between change nothing.
        let seen = state.seen.entry(subject).or_default();
        *seen += 1;
        let draw = seed::mix(self.inner.seed ^ seed::mix(subject ^ *seen));
        let mut struck = Vec::new();
        for (index, fault) in state.rules.iter_mut().enumerate().filter(|(_, fault)| concerns(fault)) {
            let die = seed::mix(draw ^ u64::try_from(index).unwrap_or_default()) % 100;
            let strikes = fault.percent.map_or(fault.times > 0, |percent| die < u64::from(percent));
            if !strikes {
                continue;
            }
            if fault.percent.is_none() {
                fault.times -= 1;
            }
            struck.push(fault.kind.clone());
            if first_only {
                break;
            }
        }
        state.rules.retain(|fault| fault.percent.is_some() || fault.times > 0);
        struck
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_once_and_only_what_it_is_meant_for() {
        let faults = Faults::new(1);
        faults.add(Fault::once(FaultKind::LoseReply).on("POST", "/v1/checkout/sessions/*/expire"));
        assert_eq!(faults.for_request("POST", "/v1/refunds", None), None);
        assert_eq!(faults.for_request("GET", "/v1/checkout/sessions/cs_1/expire", None), None);
        let path = "/v1/checkout/sessions/cs_1/expire";
        assert_eq!(faults.for_request("POST", path, None), Some(FaultKind::LoseReply));
        assert_eq!(faults.for_request("POST", path, None), None);
        assert!(faults.list().is_empty());
    }

    #[test]
    fn one_seed_gives_one_run_of_bad_luck_whatever_happens_in_between() {
        let run = |seed, noise: bool| {
            let faults = Faults::new(seed);
            faults.add(Fault::percent(FaultKind::Refuse, 30));
            let draw = |n: u32| {
                if noise {
                    faults.for_request("GET", "/v1/balance", None);
                }
                faults.for_request("POST", "/v1/refunds", Some(&format!("key-{n}"))).is_some()
            };
            (0..200).map(draw).collect::<Vec<_>>()
        };
        assert_eq!(run(7, false), run(7, true));
        assert_ne!(run(7, false), run(8, false));
        let struck = run(7, false).into_iter().filter(|struck| *struck).count();
        assert!((35..90).contains(&struck), "{struck} of 200 at 30 %");
    }

    #[test]
    fn faults_are_read_from_the_command_line() {
        assert_eq!("lose_reply".parse(), Ok(Fault::once(FaultKind::LoseReply)));
        assert_eq!("webhook_drop=5".parse(), Ok(Fault::percent(FaultKind::WebhookDrop, 5)));
        assert_eq!("stall:250=10".parse(), Ok(Fault::percent(FaultKind::Stall { millis: 250 }, 10)));
        assert!("nonsense".parse::<Fault>().is_err());
        assert!("refuse=101".parse::<Fault>().is_err());
    }

    #[tokio::test]
    async fn clearing_the_faults_ends_a_delay() {
        let faults = Faults::new(1);
        let delay = faults.delay(60_000);
        faults.clear();
        delay.await;
    }
}
