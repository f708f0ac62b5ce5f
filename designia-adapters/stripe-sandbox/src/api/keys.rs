//! Idempotency keys: the first execution's answer, given again for a day.

use std::collections::{HashMap, VecDeque};
use std::fmt;

use serde::{Deserialize, Serialize};

/// Stripe keeps a key for at least this long, and the sandbox for exactly this long.
const REMEMBERED_FOR: i64 = 86_400;

/// An answer as it goes out. Its body may show a signing secret for the only time, so it prints without it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) request_id: String,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Keys {
    entries: HashMap<String, Entry>,
    by_age: VecDeque<(i64, String)>,
    /// Requests under way. They do not outlive the process.
    #[serde(skip)]
    running: HashMap<String, String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    fingerprint: String,
    answer: Answer,
    at: i64,
}

/// What a key says about a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Fresh,
    Replay(Answer),
    OtherRequest,
    InUse,
}

impl Keys {
    /// Asks what is known of a key, and marks it as running when it is fresh.
    pub(crate) fn begin(&mut self, key: &str, fingerprint: &str, now: i64) -> Verdict {
        self.forget(now);
        if let Some(running) = self.running.get(key) {
            return if running == fingerprint { Verdict::InUse } else { Verdict::OtherRequest };
        }
        match self.entries.get(key) {
            Some(entry) if entry.fingerprint == fingerprint => Verdict::Replay(entry.answer.clone()),
            Some(_) => Verdict::OtherRequest,
            None => {
                self.running.insert(key.to_owned(), fingerprint.to_owned());
                Verdict::Fresh
            }
        }
    }

    /// The request is over; `answer` is what to give again, if execution had begun.
    pub(crate) fn finish(&mut self, key: &str, answer: Option<Answer>, now: i64) {
        let Some(fingerprint) = self.running.remove(key) else { return };
        if let Some(answer) = answer {
            self.entries.insert(key.to_owned(), Entry { fingerprint, answer, at: now });
            self.by_age.push_back((now, key.to_owned()));
        }
    }

    fn forget(&mut self, now: i64) {
        while let Some((at, key)) = self.by_age.front().filter(|(at, _)| at + REMEMBERED_FOR <= now) {
            if self.entries.get(key).is_some_and(|entry| entry.at == *at) {
                self.entries.remove(key);
            }
            self.by_age.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Answer {
        Answer { status: 200, body: "{}".into(), request_id: "req_1".into() }
    }

    #[test]
    fn a_key_replays_refuses_other_requests_and_is_forgotten_after_a_day() {
        let mut keys = Keys::default();
        assert_eq!(keys.begin("k", "a", 0), Verdict::Fresh);
        assert_eq!(keys.begin("k", "a", 0), Verdict::InUse);
        keys.finish("k", Some(answer()), 0);
        assert_eq!(keys.begin("k", "a", 86_399), Verdict::Replay(answer()));
        assert_eq!(keys.begin("k", "b", 86_399), Verdict::OtherRequest);
        assert_eq!(keys.begin("k", "b", 86_400), Verdict::Fresh);
    }

    #[test]
    fn a_request_that_was_never_executed_leaves_no_trace() {
        let mut keys = Keys::default();
        assert_eq!(keys.begin("k", "a", 0), Verdict::Fresh);
        keys.finish("k", None, 0);
        assert_eq!(keys.begin("k", "b", 0), Verdict::Fresh);
    }
}
