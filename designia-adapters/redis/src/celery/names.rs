//! The names under which Celery keeps things in Redis.
//!
//! Read in the sources of kombu 5.7.0 (`transport/redis.py`) and Celery 5.7.0 (`backends/redis.py`), and seen on the wire.

use super::Priority;

/// What separates the parts of a name that kombu puts together.
const SEPARATOR: &str = "\u{6}\u{16}";

/// Celery's names, under the `global_keyprefix` of its transport options; most systems have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    prefix: String,
}

impl Names {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    /// A queue's list for messages of this priority.
    pub(super) fn list(&self, queue: &str, priority: Priority) -> String {
        match priority.step() {
            0 => format!("{}{queue}", self.prefix),
            step => format!("{}{queue}{SEPARATOR}{step}", self.prefix),
        }
    }

    /// A queue's lists, the one that goes first first.
    pub(super) fn lists(&self, queue: &str) -> Vec<String> {
        Priority::STEPS.into_iter().map(|priority| self.list(queue, priority)).collect()
    }

    /// Where messages are put that this bridge can't carry.
    pub(super) fn refused(&self, queue: &str) -> String {
        format!("{}{queue}:refused", self.prefix)
    }

    /// The set of what is bound to the exchange that a queue has for itself, and the member that binds the queue.
    pub(super) fn binding(&self, queue: &str) -> (String, String) {
        (format!("{}_kombu.binding.{queue}", self.prefix), format!("{queue}{SEPARATOR}{SEPARATOR}{queue}"))
    }

    /// The set that keeps a queue's bindings from being swept (kombu 5.7 and later).
    pub(super) fn permanent_binding(&self, queue: &str) -> String {
        format!("{}_kombu.binding_permanent.{queue}", self.prefix)
    }

    /// A hash: what consumers hold, by delivery tag.
    pub(super) fn unacked(&self) -> String {
        format!("{}unacked", self.prefix)
    }

    /// A sorted set: since when consumers hold it, by delivery tag.
    pub(super) fn unacked_index(&self) -> String {
        format!("{}unacked_index", self.prefix)
    }

    /// Where a task's result is, and the channel that tells of it.
    pub(super) fn result(&self, id: &str) -> String {
        format!("{}celery-task-meta-{id}", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_that_celery_was_seen_to_use() {
        let names = Names::default();
        assert_eq!(names.list("q1", Priority::new(0).unwrap()), "q1");
        assert_eq!(names.list("q1", Priority::new(5).unwrap()), "q1\x06\x163");
        assert_eq!(names.lists("q1"), ["q1", "q1\x06\x163", "q1\x06\x166", "q1\x06\x169"]);
        assert_eq!(names.binding("q1"), ("_kombu.binding.q1".to_owned(), "q1\x06\x16\x06\x16q1".to_owned()));
        assert_eq!(names.result("7"), "celery-task-meta-7");
        assert_eq!(Names::new("shop:").unacked_index(), "shop:unacked_index");
    }
}
