//! What is owed to whom: every delivery, its attempts, and when it is due.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::fault::FaultKind;

/// After the first attempt, then twice a day until three days have passed. Stripe does not publish its own table.
const BACKOFF: [i64; 5] = [5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600];
const LATER: i64 = 12 * 3_600;
const GIVES_UP_AFTER: i64 = 3 * 86_400;
/// A reordered delivery does not wait for ever for something to overtake it.
const OVERTAKEN_WITHIN: i64 = 60;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) event: String,
    pub(crate) endpoint: String,
    created: i64,
    due: i64,
    state: State,
    /// Goes out only after something newer has.
    lets_overtake: bool,
    forced: bool,
    attempts: Vec<Attempt>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Waiting,
    Sending,
    Delivered,
    GivenUp,
    /// Lost on the way, by a fault: never sent, never retried.
    Dropped,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Attempt {
    at: i64,
    outcome: String,
}

impl Delivery {
    pub(crate) fn new(event: &str, endpoint: &str, now: i64) -> Self {
        Self {
            event: event.to_owned(),
            endpoint: endpoint.to_owned(),
            created: now,
            due: now,
            state: State::Waiting,
            lets_overtake: false,
            forced: false,
            attempts: Vec::new(),
        }
    }

    pub(crate) fn under(mut self, fault: &FaultKind) -> Self {
        match fault {
            FaultKind::WebhookDrop => self.state = State::Dropped,
            FaultKind::WebhookDelay { seconds } => self.due = self.due.saturating_add_unsigned(*seconds),
            FaultKind::WebhookReorder => self.lets_overtake = true,
            FaultKind::WebhookDuplicate
            | FaultKind::WebhookTwin
            | FaultKind::LoseReply
            | FaultKind::ErrorAfter
            | FaultKind::ErrorBefore
            | FaultKind::DelayReply { .. }
            | FaultKind::Stall { .. }
            | FaultKind::RateLimit
            | FaultKind::LockTimeout
            | FaultKind::Refuse => {}
        }
        self
    }

    fn next_due(&self, now: i64) -> Option<i64> {
        let pause = BACKOFF.get(self.attempts.len().saturating_sub(1)).copied().unwrap_or(LATER);
        let due = now + pause;
        (due <= self.created + GIVES_UP_AFTER).then_some(due)
    }

    fn is_open(&self) -> bool {
        matches!(self.state, State::Waiting | State::Sending)
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Queue {
    deliveries: Vec<Delivery>,
    waiting: BTreeSet<(i64, usize)>,
    sending: BTreeSet<usize>,
    by_event: BTreeMap<String, Vec<usize>>,
    newest_sent: BTreeMap<String, usize>,
    pub(crate) held: bool,
}

impl Queue {
    pub(crate) fn push(&mut self, delivery: Delivery) {
        let at = self.deliveries.len();
        if delivery.state == State::Waiting {
            self.waiting.insert((delivery.due, at));
        }
        self.by_event.entry(delivery.event.clone()).or_default().push(at);
        self.deliveries.push(delivery);
    }

    /// How many deliveries of an event have not been acknowledged.
    pub(crate) fn unacknowledged(&self, event: &str) -> usize {
        let all = self.by_event.get(event).into_iter().flatten();
        all.filter(|at| self.deliveries[**at].state != State::Delivered).count()
    }

    /// The next delivery that may go out, which is then being sent.
    pub(crate) fn claim(&mut self, now: i64) -> Option<usize> {
        let ready = |(_, at): &&(i64, usize)| {
            let delivery = &self.deliveries[*at];
            delivery.forced || (!self.held && !self.waits_to_be_overtaken(*at, now))
        };
        let found = self.waiting.iter().take_while(|(due, _)| *due <= now).find(ready).copied()?;
        self.waiting.remove(&found);
        self.deliveries[found.1].state = State::Sending;
        self.sending.insert(found.1);
        Some(found.1)
    }

    fn waits_to_be_overtaken(&self, at: usize, now: i64) -> bool {
        let delivery = &self.deliveries[at];
        let overtaken = self.newest_sent.get(&delivery.endpoint).is_some_and(|newest| *newest > at);
        delivery.lets_overtake && !overtaken && now < delivery.due + OVERTAKEN_WITHIN
    }

    pub(crate) fn get(&self, at: usize) -> &Delivery {
        &self.deliveries[at]
    }

    pub(crate) fn finish(&mut self, at: usize, now: i64, delivered: bool, outcome: String) {
        self.sending.remove(&at);
        let delivery = &mut self.deliveries[at];
        delivery.attempts.push(Attempt { at: now, outcome });
        delivery.forced = false;
        let newest = self.newest_sent.entry(delivery.endpoint.clone()).or_default();
        *newest = at.max(*newest);
        if delivered {
            delivery.state = State::Delivered;
        } else if delivery.state == State::Sending {
            match delivery.next_due(now) {
                Some(due) => {
                    delivery.state = State::Waiting;
                    delivery.due = due;
                    self.waiting.insert((due, at));
                }
                None => delivery.state = State::GivenUp,
            }
        }
    }

    /// Everything that is still owed goes out now, due or not, held or not.
    pub(crate) fn force(&mut self, now: i64) {
        for (_, at) in std::mem::take(&mut self.waiting) {
            self.deliveries[at].forced = true;
            self.deliveries[at].due = self.deliveries[at].due.min(now);
            self.waiting.insert((self.deliveries[at].due, at));
        }
    }

    /// Whether something is being sent or could be sent now.
    pub(crate) fn is_busy(&self, now: i64) -> bool {
        let due = self.waiting.iter().take_while(|(due, _)| *due <= now);
        let sendable = |at: usize| self.deliveries[at].forced || (!self.held && !self.waits_to_be_overtaken(at, now));
        !self.sending.is_empty() || due.into_iter().any(|(_, at)| sendable(*at))
    }

    pub(crate) fn next_due(&self) -> Option<i64> {
        self.waiting.first().map(|(due, _)| *due)
    }

    /// A deleted endpoint is owed nothing more.
    pub(crate) fn abandon(&mut self, endpoint: &str) {
        for (at, delivery) in self.deliveries.iter_mut().enumerate() {
            if delivery.endpoint == endpoint && delivery.is_open() {
                self.waiting.remove(&(delivery.due, at));
                delivery.state = State::GivenUp;
            }
        }
    }

    /// After a restart, what was being sent has to be sent again: at least once is the promise.
    pub(crate) fn recover(&mut self) {
        for at in std::mem::take(&mut self.sending) {
            self.deliveries[at].state = State::Waiting;
            self.waiting.insert((self.deliveries[at].due, at));
        }
    }

    pub(crate) fn render(&self) -> Value {
        let count = |state| self.deliveries.iter().filter(|delivery| delivery.state == state).count();
        json!({
            "held": self.held,
            "counts": {
                "waiting": count(State::Waiting) + count(State::Sending),
                "delivered": count(State::Delivered),
                "given_up": count(State::GivenUp),
                "dropped": count(State::Dropped),
            },
            "deliveries": self.deliveries,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue_of(count: usize) -> Queue {
        let mut queue = Queue::default();
        (0..count).for_each(|n| queue.push(Delivery::new(&format!("evt_{n}"), "we_1", 1_000)));
        queue
    }

    #[test]
    fn a_failing_endpoint_is_tried_again_for_three_days_and_then_given_up() {
        let mut queue = queue_of(1);
        let mut now = 1_000;
        let mut attempts = 0;
        while let Some(at) = queue.claim(now) {
            attempts += 1;
            queue.finish(at, now, false, "500".into());
            now = queue.next_due().unwrap_or(now);
        }
        assert!(attempts > 6 && now - 1_000 <= GIVES_UP_AFTER, "{attempts} attempts until {now}");
        assert_eq!(queue.render()["counts"]["given_up"], 1);
        assert_eq!(queue.unacknowledged("evt_0"), 1);
    }

    #[test]
    fn a_held_queue_sends_only_what_is_forced() {
        let mut queue = queue_of(2);
        queue.held = true;
        assert_eq!(queue.claim(1_000), None);
        queue.force(1_000);
        assert_eq!(queue.claim(1_000), Some(0));
    }

    #[test]
    fn a_reordered_delivery_goes_out_after_a_newer_one_or_after_a_minute() {
        let mut queue = Queue::default();
        queue.push(Delivery::new("evt_0", "we_1", 0).under(&FaultKind::WebhookReorder));
        assert_eq!(queue.claim(0), None);
        queue.push(Delivery::new("evt_1", "we_1", 0));
        assert_eq!(queue.claim(0), Some(1));
        assert_eq!(queue.claim(0), None);
        queue.finish(1, 0, true, "200".into());
        assert_eq!(queue.claim(0), Some(0));
    }

    #[test]
    fn what_was_being_sent_at_a_crash_is_sent_again() {
        let mut queue = queue_of(1);
        assert_eq!(queue.claim(1_000), Some(0));
        queue.recover();
        assert_eq!(queue.claim(1_000), Some(0));
    }
}
