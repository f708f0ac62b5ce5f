//! Celery's priorities on Redis.

use serde::{Deserialize, Serialize};

/// A priority as Celery has it on Redis: 0 goes first and is what tasks have that say nothing, 9 goes last. Redis knows four
/// steps of it: 0 to 2, 3 to 5, 6 to 8, and 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Priority(u8);

impl Priority {
    /// The least priority of each step, the step that goes first first.
    pub(super) const STEPS: [Self; 4] = [Self(0), Self(3), Self(6), Self(9)];

    /// 0 to 9.
    #[must_use]
    pub const fn new(priority: u8) -> Option<Self> {
        if priority <= 9 { Some(Self(priority)) } else { None }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The step that it belongs to.
    pub(super) const fn step(self) -> u8 {
        self.0 / 3 * 3
    }

    /// What goes first in Designia's queue: the kind's own priority, unless the sender wants the task to go later.
    pub(super) fn of_kind(self, kind: designia_core::task::Priority) -> designia_core::task::Priority {
        use designia_core::task::Priority::{Low, Normal};
        match self.step() {
            0 => kind,
            3 => kind.max(Normal),
            _ => kind.max(Low),
        }
    }
}

#[cfg(test)]
mod tests {
    use designia_core::task::Priority::{High, Low, Normal};

    use super::*;

    #[test]
    fn ten_priorities_fall_into_the_four_steps_of_kombu() {
        let steps: Vec<u8> = (0..=9).map(|it| Priority::new(it).unwrap().step()).collect();
        assert_eq!(steps, [0, 0, 0, 3, 3, 3, 6, 6, 6, 9]);
        assert_eq!(Priority::new(10), None);
    }

    #[test]
    fn a_sender_can_let_a_task_wait_but_not_overtake_what_its_kind_may_not() {
        assert_eq!(Priority(0).of_kind(High), High);
        assert_eq!(Priority(0).of_kind(Low), Low);
        assert_eq!(Priority(4).of_kind(High), Normal);
        assert_eq!(Priority(4).of_kind(Low), Low);
        assert_eq!(Priority(9).of_kind(High), Low);
    }
}
